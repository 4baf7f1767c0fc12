// Package retry waits for something that will come back: a server that is not
// up yet, a connection that was lost. What enters is a step that may fail; what
// leaves is its success, or the end of the context. The first failure is
// logged, then one in a while, then the recovery: enough for a person to know,
// too little to drown a log.
package retry

import (
	"context"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	firstWait = 50 * time.Millisecond
	longest   = 2 * time.Second
	logEvery  = 30 * time.Second
)

// Do calls step until it succeeds, with growing pauses, and returns nil; or
// until ctx ends, and returns why. what completes the sentence "cannot ... yet".
func Do(ctx context.Context, log *slog.Logger, what string, step func(context.Context) error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstWait, longest
	began, logged := time.Now(), time.Time{}

	notify := func(err error, _ time.Duration) {
		if time.Since(logged) >= logEvery {
			log.Warn("cannot "+what+" yet: trying again",
				"error", err, "for", time.Since(began).Round(time.Second))
			logged = time.Now()
		}
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, step(ctx) },
		backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0), backoff.WithNotify(notify))
	if err == nil && !logged.IsZero() {
		log.Info("can "+what+" again", "after", time.Since(began).Round(time.Millisecond))
	}
	return err
}

// Permanent marks an error that no further try can mend: Do returns it at once.
func Permanent(err error) error { return backoff.Permanent(err) }
