package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"popeye/queue"
)

// guarded is an inbox that takes no vote while the data folder's database is not
// the file that we write to.
type guarded struct {
	queue.Inbox
	intact func() error
}

func (g guarded) Cast(ctx context.Context, c queue.Cast) error {
	if err := g.intact(); err != nil {
		return fmt.Errorf("%w: %w", queue.ErrUnavailable, err)
	}
	return g.Inbox.Cast(ctx, c)
}

// intactEvery is how soon a log tells that the database was taken away, also
// while nobody votes.
const intactEvery = time.Second

// watchData says in the log when the database was taken away, and when it is back,
// until ctx ends.
func watchData(ctx context.Context, log *slog.Logger, intact func() error) error {
	every := time.NewTicker(intactEvery)
	defer every.Stop()
	gone := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		err := intact()
		switch {
		case err != nil && !gone:
			log.Error("votes are refused: the data folder was changed under the running program", "error", err)
		case err == nil && gone:
			log.Info("votes are taken again: the database is back")
		}
		gone = err != nil
	}
}
