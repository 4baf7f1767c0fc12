package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/retry"
	"popeye/store"
	"popeye/vote"
)

const (
	// reconcileEvery bounds how long a queue that lost its memory goes without
	// definitions, and a piece of news that got lost.
	reconcileEvery = time.Second
	// settleEvery is how often a closing poll is looked at.
	settleEvery = 100 * time.Millisecond
)

// project publishes the store's polls to the queue, at every change, until ctx
// ends.
func (w *Worker) project(ctx context.Context) error {
	changed := make(chan struct{}, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return store.Follow(ctx, w.Log, w.Store, store.PollsChanged, func(string) {
			select {
			case changed <- struct{}{}:
			default: // it will look anyway
			}
		})
	})
	g.Go(func() error {
		for {
			var next time.Duration
			err := retry.Do(ctx, w.Log, "publish polls", func(ctx context.Context) (err error) {
				next, err = w.publish(ctx)
				return err
			})
			if err != nil {
				return err
			}
			select {
			case <-changed:
			case <-time.After(next):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return g.Wait()
}

// publish brings queue and store into line once, and returns when to look
// again, if there is no news before.
func (w *Worker) publish(ctx context.Context) (next time.Duration, err error) {
	published, err := w.Catalog.Revision(ctx)
	if err != nil {
		return 0, err
	}
	catalog, err := w.Store.Catalog(ctx)
	if err != nil {
		return 0, err
	}
	if catalog.Revision < published {
		return 0, w.outrun(ctx, catalog.Revision, published)
	}
	w.judge.learn(catalog)
	if published == 0 { // a queue without memory: it may count from the start
		if err := w.fence(ctx); err != nil {
			return 0, err
		}
	}
	if published < catalog.Revision {
		if err := w.Catalog.Publish(ctx, catalog); err != nil {
			return 0, err
		}
		w.Log.Info("polls are published", "polls", len(catalog.Polls), "revision", catalog.Revision)
	}
	next = reconcileEvery
	for _, p := range catalog.Polls {
		wait, err := w.advance(ctx, p, catalog)
		if err != nil {
			return 0, err
		}
		next = min(next, wait)
	}
	return next, nil
}

// outrun mends a store that knows less than was published from it: the catalog was
// read after its revision, so the store was restored from a backup. What it says
// now is the truth, and must count as newer.
func (w *Worker) outrun(ctx context.Context, old, published int64) error {
	w.Log.Warn("the store is older than what was published: it was restored, and its polls are published again",
		"store", old, "published", published)
	return w.Store.Outrun(ctx, published)
}

// advance takes one published poll a step further, if it is due, and returns
// when to look at it again.
func (w *Worker) advance(ctx context.Context, p vote.Poll, catalog vote.Catalog) (time.Duration, error) {
	now := time.Now()
	if _, due := p.Due(now); due {
		return 0, w.keepSchedule(ctx, p, now)
	}
	if p.Status == vote.Closing {
		done, err := w.settle(ctx, p, catalog)
		if err != nil || done {
			return 0, err // its end is to be published
		}
		return settleEvery, nil
	}
	if at := p.NextDue(); !at.IsZero() {
		return at.Sub(now), nil
	}
	return reconcileEvery, nil
}

// keepSchedule opens a poll, or begins to close it, because it is time. Another
// worker, or the organiser, may have been faster.
func (w *Worker) keepSchedule(ctx context.Context, p vote.Poll, now time.Time) error {
	then := p.Status
	p, err := w.Store.ChangePoll(ctx, p.Slug, func(stored vote.Poll) (vote.Poll, error) {
		stored, _ = stored.Due(now)
		return stored, nil
	})
	if errors.Is(err, store.ErrNoPoll) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep a poll's schedule: %w", err)
	}
	w.Log.Info("a poll's time has come", "poll", p.Slug, "was", then, "is", p.Status)
	return nil
}

// errMovedOn says that a poll changed while it was being closed.
var errMovedOn = errors.New("the poll has changed")

// settle closes a closing poll once every vote that was let in is stored. p's
// gate is shut in what is published. Should p have changed in the store since,
// its revision tells, and this end is not its end.
func (w *Worker) settle(ctx context.Context, p vote.Poll, catalog vote.Catalog) (done bool, err error) {
	settled, err := w.Catalog.Settled(ctx, p.Slug)
	if err != nil || !settled {
		return false, err
	}
	_, err = w.Store.ChangePoll(ctx, p.Slug, func(now vote.Poll) (vote.Poll, error) {
		if now.Revision != p.Revision {
			return now, errMovedOn
		}
		now.Status = vote.Closed
		return now, nil
	})
	switch {
	case errors.Is(err, errMovedOn), errors.Is(err, store.ErrNoPoll):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("close a poll: %w", err)
	}
	w.Log.Info("a poll is closed: every vote that was accepted is stored", "poll", p.Slug)
	return true, w.dropEmpty(ctx, p.Slug, catalog)
}
