package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"popeye/queue"
	"popeye/store"
)

const (
	// measureEvery is how often the account is taken.
	measureEvery = 2 * time.Second
	// recordEvery is how often an account that does not change is recorded: so
	// often whoever reads it learns that a worker is there.
	recordEvery  = 10 * time.Second
	compactEvery = time.Minute
	// keepFor is how long the names of batches are kept at least. A queue that
	// lost its memory does not know what workers hold; nobody holds a batch for
	// so long.
	keepFor = 10 * time.Minute
)

// keepHouse takes the account for operators, and forgets the names of batches
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
			err = errors.Join(w.measure(ctx), w.measureSpace(ctx))
		case <-compact.C:
			err = w.compact(ctx)
		}
		if err != nil && ctx.Err() == nil {
			w.Log.Debug("cannot keep house now", "error", err)
		}
	}
}

// measure takes the account, shows it to operators, and records it in the store
// for those who can't reach the queue.
func (w *Worker) measure(ctx context.Context) error {
	high, err := w.Store.HighWater(ctx) // first: what the store has, a sound queue has assigned before
	if err != nil {
		return err
	}
	f, err := w.Meter.Stats(ctx)
	if err != nil {
		return err
	}
	w.instruments.holds(f)
	if high > f.Position {
		w.tellMisplaced("the queue went back behind the store, as one does that lost its memory or was restored from a copy: "+
			"new votes are ordered behind those stored", fmt.Errorf("it has assigned up to position %d, stored is %d", f.Position, high))
		if err := w.Consumers[0].Fence(ctx, high); err != nil {
			return err
		}
	}
	a, err := Account(ctx, w.Meter, w.Store)
	if err != nil {
		return err
	}
	if w.Guard != nil {
		a.QueueRisk = string(w.Guard.Risk())
	}
	came := w.crowd(ctx)
	a.NewVoters, a.NewVotersLargest, a.Crowds = came.All, came.Largest(), store.NewCrowds(came.Followed)
	w.instruments.accounts(a)
	if d := a.Difference(); d != w.difference {
		w.tellDifference(d)
	}
	if !worthRecording(w.recorded, a) {
		return nil
	}
	if err := w.Store.Record(ctx, a); err != nil {
		return err
	}
	w.recorded = a
	return nil
}

// crowd asks who came, and who is there. They are figures: that they can't be had keeps
// nothing of the account from being recorded.
func (w *Worker) crowd(ctx context.Context) queue.Arrivals {
	if w.Crowd == nil {
		return queue.Arrivals{}
	}
	came, err := w.Crowd.Arrivals(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Debug("cannot learn of new voters now", "error", err)
		}
		return queue.Arrivals{}
	}
	return came
}

// measureSpace shows how much memory the queue and how much disk space the store takes.
func (w *Worker) measureSpace(ctx context.Context) error {
	size, err := w.Store.Size(ctx)
	if err == nil {
		w.instruments.storeBytes.Set(float64(size))
	}
	if w.Memory == nil {
		return err
	}
	m, err2 := w.Memory.Memory(ctx)
	if err2 == nil {
		w.instruments.queueMemory.Set(float64(m.Used))
		w.instruments.queueLimit.Set(float64(m.Limit))
	}
	return errors.Join(err, err2)
}

// tellDifference logs once that the account does not balance, and once that it
// does again.
func (w *Worker) tellDifference(d int64) {
	switch {
	case d > 0:
		w.Log.Error("the account does not balance: accepted messages are missing in the store", "missing", d)
	case d < 0:
		w.Log.Error("the account does not balance: the store has more than the queue remembers to have accepted", "more", -d)
	default:
		w.Log.Info("the account balances again")
	}
	w.difference = d
}

// worthRecording reports whether a tells more than what was recorded last.
func worthRecording(last, a store.Account) bool {
	if a.AsOf.Sub(last.AsOf).Abs() >= recordEvery {
		return true
	}
	last.AsOf, last.Lag, a.AsOf, a.Lag = time.Time{}, 0, time.Time{}, 0
	return last != a
}

// compact forgets batches that were applied and acknowledged. The store is
// asked first: what it had seen by then and the queue does not hold afterwards
// is over. What is young is kept all the same.
func (w *Worker) compact(ctx context.Context) error {
	below, err := w.Store.HighWater(ctx)
	if err != nil {
		return err
	}
	f, err := w.Meter.Stats(ctx)
	if err != nil {
		return err
	}
	if len(f.Leased) > 0 {
		below = min(below, f.Leased[0].ID)
	}
	return w.Store.Compact(ctx, min(below, f.AsOf.Add(-keepFor).UnixMicro()))
}
