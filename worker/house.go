package worker

import (
	"context"
	"time"
)

const (
	measureEvery = 2 * time.Second
	compactEvery = time.Minute
)

// keepHouse keeps the figures for operators, and forgets the names of batches
// that are over, until ctx ends.
func (w *Worker) keepHouse(ctx context.Context) error {
	measure, compact := time.NewTicker(measureEvery), time.NewTicker(compactEvery)
	defer measure.Stop()
	defer compact.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-measure.C:
			err = w.measure(ctx)
		case <-compact.C:
			err = w.compact(ctx)
		}
		if err != nil && ctx.Err() == nil {
			w.Log.Debug("cannot keep house now", "error", err)
		}
	}
}

func (w *Worker) measure(ctx context.Context) error {
	f, err := w.Meter.Figures(ctx)
	if err != nil {
		return err
	}
	var held int64
	for _, h := range f.Held {
		held += h.Messages
	}
	w.metrics.waiting.Set(float64(f.Waiting))
	w.metrics.held.Set(float64(held))
	w.metrics.deadKept.Set(float64(f.Dead))
	return nil
}

// compact forgets batches that were applied and acknowledged. The store is
// asked first: what it had seen by then and the queue does not hold afterwards
// is over.
func (w *Worker) compact(ctx context.Context) error {
	below, err := w.Store.HighWater(ctx)
	if err != nil {
		return err
	}
	f, err := w.Meter.Figures(ctx)
	if err != nil {
		return err
	}
	if len(f.Held) > 0 {
		below = min(below, f.Held[0].ID)
	}
	return w.Store.Compact(ctx, below)
}
