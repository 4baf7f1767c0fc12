package worker

import (
	"context"
	"errors"
	"time"

	"popeye/internal/retry"
	"popeye/queue"
	"popeye/store"
)

// applyTimeout bounds one try to apply a batch: a store that hangs is tried
// again on another connection.
const applyTimeout = 30 * time.Second

// consume takes one batch after the other until ctx ends.
func (w *Worker) consume(ctx context.Context) error {
	for ctx.Err() == nil {
		var batch queue.Batch
		err := retry.Do(ctx, w.Log, "take votes from the queue", func(ctx context.Context) (err error) {
			batch, err = w.Queue.Take(ctx)
			return err
		})
		if err != nil {
			return err
		}
		// From here on the batch is ours. The order to stop must not cut a step in
		// half: it only sets a bound.
		bounded, cancel := outlive(ctx, drainTimeout)
		err = w.handle(bounded, batch)
		cancel()
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// outlive returns a context that ends some time after ctx has.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(by, func() { cancel(context.Cause(ctx)) })
	})
	return longer, func() { stop(); cancel(nil) }
}

// handle stores a batch and acknowledges it. While the store is away it holds
// the batch and tries again.
func (w *Worker) handle(ctx context.Context, batch queue.Batch) error {
	var report store.Report
	err := retry.Do(ctx, w.Log, "store votes", func(ctx context.Context) error {
		judged, err := w.judge.judge(ctx, batch)
		if err != nil {
			return err
		}
		began := time.Now()
		report, err = w.apply(ctx, judged)
		if err == nil {
			w.metrics.applied(judged, report, time.Since(began))
		}
		return err
	})
	if err != nil {
		return err
	}
	dead := deadLetters(batch, report.Dead)
	w.tellOfDead(dead)
	return retry.Do(ctx, w.Log, "acknowledge votes", func(ctx context.Context) error {
		return w.Queue.Ack(ctx, batch, dead)
	})
}

// tellOfDead logs what was given up, in one line for each batch: a flood of
// rubbish must not become a flood of lines. Each letter keeps its own reason.
func (w *Worker) tellOfDead(dead []queue.Dead) {
	if len(dead) > 0 {
		w.Log.Warn("messages are no votes: they are kept as dead letters",
			"messages", len(dead), "first", dead[0].Position, "reason", dead[0].Reason)
	}
}

func (w *Worker) apply(ctx context.Context, b store.Batch) (store.Report, error) {
	bounded, cancel := context.WithTimeout(ctx, applyTimeout)
	defer cancel()
	report, err := w.Store.Apply(bounded, b)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		w.Log.Warn("the store did not finish a batch in time", "votes", len(b.Votes), "bound", applyTimeout)
	}
	return report, err
}

// deadLetters finds the messages that a verdict is about.
func deadLetters(b queue.Batch, verdicts []store.Dead) []queue.Dead {
	reasons := make(map[int64]string, len(verdicts))
	for _, v := range verdicts {
		reasons[v.Position] = v.Reason
	}
	var dead []queue.Dead
	now := time.Now()
	for _, m := range b.Messages {
		if reason, ok := reasons[m.Position]; ok {
			dead = append(dead, queue.Dead{Message: m, Reason: reason, At: now})
		}
	}
	return dead
}
