package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"popeye/internal/retry"
	"popeye/queue"
	"popeye/store"
)

// applyTimeout bounds one try to apply a batch: a store that hangs is tried
// again on another connection.
const applyTimeout = 30 * time.Second

// takeAhead is how many messages in a batch tell that more are waiting.
const takeAhead = 500

// consume takes one batch after the other until ctx ends.
//
// One consumer takes at a time. With a batch so large that more must be waiting it
// passes the turn on at once, so that the next is on its way while the store works;
// else it keeps the turn until the batch is over: what comes meanwhile makes one batch,
// not several. Batches may be stored in any order: a ballot is replaced by a greater
// position alone, and batches that are leased at once are what several workers have.
func (w *Worker) consume(ctx context.Context, q queue.Consumer) error {
	for ctx.Err() == nil {
		select {
		case w.turn <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := w.consumeOne(ctx, q, sync.OnceFunc(func() { <-w.turn })); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// consumeOne takes a batch and brings it to its end, and passes the turn on.
func (w *Worker) consumeOne(ctx context.Context, q queue.Consumer, pass func()) error {
	defer pass()
	var batch queue.Batch
	err := retry.Do(ctx, w.Log, "take votes from the queue", func(ctx context.Context) (err error) {
		batch, err = w.take(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	if len(batch.Messages) >= takeAhead {
		pass()
	}
	// From here on the batch is ours. The order to stop must not cut a step in
	// half: it only sets a bound.
	bounded, cancel := outlive(ctx, drainTimeout)
	defer cancel()
	return w.handle(bounded, q, batch)
}

// take takes the next batch, and tells the queue how far the store is when it
// asks for that. If it asks at once again, there is something to wait for.
func (w *Worker) take(ctx context.Context, q queue.Consumer) (queue.Batch, error) {
	batch, err := q.Take(ctx)
	switch {
	case errors.Is(err, queue.ErrAhead):
		w.tellMisplaced("the queue's last position can't be, it is set back", err)
	case errors.Is(err, queue.ErrUnfenced):
		w.Log.Info("the queue was started anew, or lost its memory: new votes are ordered behind those stored")
	default:
		return batch, err
	}
	if err := w.fence(ctx, q); err != nil {
		return queue.Batch{}, err
	}
	return q.Take(ctx)
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
func (w *Worker) handle(ctx context.Context, q queue.Consumer, batch queue.Batch) (err error) {
	var report store.Report
	var spans traced
	taken, first := time.Now(), true
	err = retry.Do(ctx, w.Log, "store votes", func(ctx context.Context) error {
		judged, err := w.judge.judge(ctx, batch)
		if err != nil {
			return err
		}
		spans = w.trace(judged, taken, first)
		first = false
		report, err = w.apply(ctx, judged, &spans)
		if err != nil {
			spans.end(err)
		}
		if errors.Is(err, store.ErrMoved) {
			w.judge.forget()
		}
		if errors.Is(err, store.ErrMisplaced) {
			return retry.Permanent(err)
		}
		return err
	})
	if errors.Is(err, store.ErrMisplaced) {
		return w.placeAnew(ctx, q, batch, err)
	}
	if err != nil {
		return err
	}
	defer func() { spans.end(err) }()
	w.tellOf(batch, report)
	refused := make([]queue.Refusal, len(report.Dead))
	for i, d := range report.Dead {
		refused[i] = queue.Refusal{Position: d.Position, Reason: d.Reason}
	}
	return retry.Do(ctx, w.Log, "acknowledge votes", func(ctx context.Context) error {
		return q.Ack(ctx, batch, refused)
	})
}

// placeAnew has the queue place a batch anew, behind everything that is stored.
// Nothing of it is stored, and nothing is acknowledged before the queue has it. It
// may end after any step: then another worker is leased the batch, learns the same,
// and does it again.
func (w *Worker) placeAnew(ctx context.Context, q queue.Consumer, batch queue.Batch, why error) error {
	w.instruments.misplaced.Inc()
	w.tellMisplaced("the queue came back with an older memory, or without: its votes are placed anew, behind those stored", why)
	return retry.Do(ctx, w.Log, "have votes placed anew", func(ctx context.Context) error {
		if err := w.fence(ctx, q); err != nil {
			return err
		}
		return q.Replace(ctx, batch)
	})
}

// misplacedEvery is how often it is said that positions are wrong.
const misplacedEvery = 30 * time.Second

// tellMisplaced logs that positions were wrong, not again for every batch.
func (w *Worker) tellMisplaced(what string, err error) {
	now := time.Now().UnixNano()
	last := w.toldMisplaced.Load()
	if last != 0 && now-last < int64(misplacedEvery) || !w.toldMisplaced.CompareAndSwap(last, now) {
		return
	}
	w.Log.Error(what, "error", err)
}

// tellOf logs what an operator should know of a batch, in one line: a flood of
// rubbish must not become a flood of lines. Each letter keeps its own reason.
func (w *Worker) tellOf(b queue.Batch, r store.Report) {
	if r.Redelivered {
		w.Log.Info("a batch came again: it is stored already", "batch", b.ID, "messages", len(b.Messages))
	}
	if len(r.Dead) > 0 {
		w.Log.Warn("messages are no votes: they are kept as dead letters (popeye dead list)",
			"messages", len(r.Dead), "first", r.Dead[0].Position, "reason", r.Dead[0].Reason)
	}
}

func (w *Worker) apply(ctx context.Context, b store.Batch, spans *traced) (store.Report, error) {
	bounded, cancel := context.WithTimeout(ctx, applyTimeout)
	defer cancel()
	spans.commitBegins()
	began := time.Now()
	report, err := w.Store.Apply(bounded, b)
	spans.commitEnds(report, err)
	if err == nil {
		w.instruments.applied(b, report, time.Since(began))
	}
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		w.Log.Warn("the store did not finish a batch in time", "votes", len(b.Votes), "bound", applyTimeout)
	}
	return report, err
}
