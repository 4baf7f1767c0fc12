package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/retry"
	"popeye/queue"
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

// publish brings the queue into line with the store, does what is due, and returns
// when to look again, if there is no news before.
func (w *Worker) publish(ctx context.Context) (next time.Duration, err error) {
	through, err := w.bringUp(ctx)
	if err != nil {
		return 0, err
	}
	return w.advance(ctx, through)
}

// bringUp publishes what is not published yet. It returns a revision of the store:
// all up to that is published. What is published is read before the store, so only
// a store that was restored knows less.
func (w *Worker) bringUp(ctx context.Context) (through int64, err error) {
	for {
		published, err := w.Catalog.Published(ctx)
		if err != nil {
			return 0, err
		}
		if err := w.polls.refresh(ctx); err != nil {
			return 0, err
		}
		stored := w.polls.at()
		if behind(stored, published) {
			if err := w.advanceRevision(ctx, stored, published); err != nil {
				return 0, err
			}
			continue
		}
		if published.Revision == 0 { // a queue without memory: it may count from the start
			if err := w.fence(ctx, w.Consumers[0]); err != nil {
				return 0, err
			}
		}
		if published.Revision == stored.Revision {
			return stored.Revision, nil
		}
		through, err := w.send(ctx, published)
		if !errors.Is(err, queue.ErrOtherVersion) { // another worker was faster: look again
			return through, err
		}
	}
}

// send publishes what has changed since the published version; everything, if the
// store does not know that one.
func (w *Worker) send(ctx context.Context, published vote.Version) (through int64, err error) {
	change, err := w.Store.CatalogSince(ctx, published)
	if err != nil {
		return 0, err
	}
	if err := w.Catalog.Publish(ctx, change); err != nil {
		return 0, err
	}
	w.Log.Info("polls are published", "polls", len(change.Polls), "deleted", len(change.Deleted),
		"revision", change.To.Revision, "whole", change.Whole())
	return change.To.Revision, nil
}

// behind reports whether the store knows less than was published from it, or other
// things under the same revision: it was restored from a backup. So is one that does
// not know how it came to its revision: that was given by hand, or by an older program.
func behind(stored, published vote.Version) bool {
	if stored.Mark == "" || stored.Revision < published.Revision {
		return true
	}
	return stored.Revision == published.Revision && published.Mark != "" && published.Mark != stored.Mark
}

// advanceRevision mends a store that is behind. What it says now is the truth, and must count
// as newer.
func (w *Worker) advanceRevision(ctx context.Context, stored, published vote.Version) error {
	w.Log.Warn("the store's polls are not those from which was published: it was restored or changed by hand, and they are published again",
		"store", stored.Revision, "published", published.Revision)
	return w.Store.AdvanceRevision(ctx, max(stored.Revision, published.Revision))
}

// advance takes each poll a step further that is due, and returns when to look again.
// All up to a revision is published: a poll that changed later has perhaps a gate that
// is about to open, so it is not closed yet.
func (w *Worker) advance(ctx context.Context, through int64) (next time.Duration, err error) {
	now := time.Now()
	due, at := w.polls.dueAt(now)
	for _, p := range due {
		if err := w.keepSchedule(ctx, p, now); err != nil {
			return 0, err
		}
	}
	next = reconcileEvery
	if !at.IsZero() {
		next = min(next, max(0, at.Sub(now)))
	}
	for _, p := range w.polls.closingPolls() {
		next = min(next, settleEvery)
		if p.Revision > through {
			continue
		}
		done, err := w.settle(ctx, p)
		if err != nil {
			return 0, err
		}
		if done {
			next = 0 // its end is to be published
		}
	}
	return next, nil
}

// keepSchedule opens a poll, or begins to close it, because it is time. Another
// worker, or the organiser, may have been faster.
func (w *Worker) keepSchedule(ctx context.Context, p vote.Poll, now time.Time) error {
	known := p
	p, err := w.Store.ChangePoll(ctx, p.Slug, func(stored vote.Poll) (vote.Poll, error) {
		stored, _ = stored.Due(now)
		return stored, nil
	})
	if errors.Is(err, store.ErrNoPoll) || err == nil && p.Revision == known.Revision {
		w.polls.distrust() // someone may have changed it by hand: it must not look due for ever
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep a poll's schedule: %w", err)
	}
	w.Log.Info("a poll's time has come", "poll", p.Slug, "was", known.Status, "is", p.Status)
	return nil
}

// errMovedOn says that a poll changed while it was being closed.
var errMovedOn = errors.New("the poll has changed")

// settle closes a closing poll once every vote that was let in is stored. p's
// gate is shut in what is published. Should p have changed in the store since,
// its revision tells, and this end is not its end.
func (w *Worker) settle(ctx context.Context, p vote.Poll) (done bool, err error) {
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
	case errors.Is(err, store.ErrNoPoll):
		w.polls.distrust() // as in keepSchedule
		return false, nil
	case errors.Is(err, errMovedOn):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("close a poll: %w", err)
	}
	w.Log.Info("a poll is closed: every vote that was accepted is stored", "poll", p.Slug)
	return true, w.dropEmpty(ctx, p.Slug)
}
