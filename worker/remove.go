package worker

import (
	"context"
	"time"
)

const (
	// removeEvery is how often the store is asked for deleted polls.
	removeEvery = time.Second
	// After each slice the store gets a rest of restFor times as long as that took:
	// the rest of the time is the votes'.
	restFor = 2
	minRest = time.Millisecond
)

// removeDeleted removes what deleted polls have left, slice by slice, until ctx
// ends. The next worker goes on where this one stopped.
func (w *Worker) removeDeleted(ctx context.Context) error {
	failed := false
	for {
		began := time.Now()
		more, err := w.removeSome(ctx)
		rest := removeEvery
		if more {
			rest = max(minRest, restFor*time.Since(began))
		}
		if err != nil && ctx.Err() == nil && !failed { // once, until it works again
			w.Log.Warn("cannot remove the ballots of deleted polls now", "error", err)
		}
		failed = err != nil
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// removeSome removes one slice, and reports whether there may be more. A default
// poll that waits for the name of a deleted one is made as soon as it is free.
func (w *Worker) removeSome(ctx context.Context) (more bool, err error) {
	slug, free, err := w.Store.RemoveSome(ctx)
	if err != nil {
		return false, err
	}
	if free {
		w.Log.Info("all ballots of a deleted poll are removed: its name is free again", "poll", slug)
	}
	if w.defaultWaits && (free || slug == "") {
		w.defaultWaits = false
		if err = w.defineDefault(ctx); err != nil {
			w.defaultWaits = true
		}
	}
	return slug != "", err
}
