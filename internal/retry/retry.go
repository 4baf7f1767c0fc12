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

// idle is how long a step takes, at least, that waited in vain for something to do
// before it failed, rather than for an answer: a server that hangs is given less.
const idle = time.Minute

// Do calls step until it succeeds, with growing pauses, and returns nil; or
// until ctx ends, and returns why. what completes the sentence "cannot ... yet".
// The times that it logs are those since it began to fail.
func Do(ctx context.Context, log *slog.Logger, what string, step func(context.Context) error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstWait, longest
	var tried, failing, logged time.Time // when the last try began; since when it fails; when that was said

	try := func() (struct{}, error) {
		tried = time.Now()
		err := step(ctx)
		if err != nil && (failing.IsZero() || time.Since(tried) >= idle) {
			failing = time.Now()
		}
		return struct{}{}, err
	}
	notify := func(err error, _ time.Duration) {
		if time.Since(logged) >= logEvery {
			log.Warn("cannot "+what+" yet: trying again",
				"error", err, "for", time.Since(failing).Round(time.Second))
			logged = time.Now()
		}
	}
	_, err := backoff.Retry(ctx, try,
		backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0), backoff.WithNotify(notify))
	if err == nil && !logged.IsZero() {
		log.Info("can "+what+" again", "after", tried.Sub(failing).Round(time.Millisecond))
	}
	return err
}

// Permanent marks an error that no further try can mend: Do returns it at once.
func Permanent(err error) error { return backoff.Permanent(err) }
