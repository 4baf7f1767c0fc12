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
	reconcileEvery = 5 * time.Second
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
			var closing bool
			err := retry.Do(ctx, w.Log, "publish polls", func(ctx context.Context) (err error) {
				closing, err = w.publish(ctx)
				return err
			})
			if err != nil {
				return err
			}
			wait := reconcileEvery
			if closing {
				wait = settleEvery
			}
			select {
			case <-changed:
			case <-time.After(wait):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return g.Wait()
}

// publish brings queue and store into line once, and reports whether a poll is
// still closing.
func (w *Worker) publish(ctx context.Context) (closing bool, err error) {
	board, err := w.Store.Board(ctx)
	if err != nil {
		return false, err
	}
	w.judge.learn(board)
	published, err := w.Board.Revision(ctx)
	if err != nil {
		return false, err
	}
	if published == 0 { // a queue without memory: it may count from the start
		if err := w.fence(ctx); err != nil {
			return false, err
		}
	}
	if published < board.Revision {
		if err := w.Board.Publish(ctx, board); err != nil {
			return false, err
		}
		w.Log.Info("polls are published", "polls", len(board.Polls), "revision", board.Revision)
	}
	for _, p := range board.Polls {
		if p.Status != vote.Closing {
			continue
		}
		done, err := w.settle(ctx, p)
		if err != nil {
			return true, err
		}
		closing = closing || !done
	}
	return closing, nil
}

// errMovedOn says that a poll changed while it was being closed.
var errMovedOn = errors.New("the poll has changed")

// settle closes a closing poll once every vote that was let in is stored. p's
// gate is shut in what is published. Should p have changed in the store since,
// its revision tells, and this end is not its end.
func (w *Worker) settle(ctx context.Context, p vote.Poll) (done bool, err error) {
	settled, err := w.Board.Settled(ctx, p.Slug)
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
	return true, nil
}

// defineDefault makes the default poll what the environment says. Its status is
// the organiser's; while it is closed its figures are final, and so are its
// words.
func (w *Worker) defineDefault(ctx context.Context) error {
	want := w.Default
	_, err := w.Store.ChangePoll(ctx, want.Slug, func(now vote.Poll) (vote.Poll, error) {
		if now.Status == vote.Closed {
			w.Log.Info("the default poll is closed: it stays as it is, whatever the environment says")
			return now, nil
		}
		now.Question, now.Kind, now.Options, now.Min, now.Max = want.Question, want.Kind, want.Options, want.Min, want.Max
		return now, nil
	})
	if errors.Is(err, store.ErrNoPoll) {
		_, err = w.Store.CreatePoll(ctx, want)
	}
	if errors.Is(err, store.ErrExists) {
		return nil // another worker was faster
	}
	return err
}
