package store

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"popeye/internal/retry"
)

// listenAgainAfter keeps a store that hangs up at once from being called in a
// tight circle.
const listenAgainAfter = 500 * time.Millisecond

// Follow watches a topic until ctx ends, and returns why it did. A watch that
// breaks is begun again, for as long as it takes; changed is then called with
// "", both as it breaks and as it is back: anything may have changed, or may be
// out of reach.
func Follow(ctx context.Context, log *slog.Logger, w Watcher, topic Topic, changed func(news string)) error {
	for {
		var lost <-chan error
		err := retry.Do(ctx, log, "listen to the store", func(ctx context.Context) (err error) {
			lost, err = listen(ctx, w, topic, changed)
			return err
		})
		if err != nil {
			return err
		}
		err = <-lost
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		log.Warn("the store's news stopped: listening again", "topic", topic, "error", err)
		changed("")
		select {
		case <-time.After(listenAgainAfter):
		case <-ctx.Done():
		}
	}
}

// listen returns once the watch has begun, with where its end will be told.
func listen(ctx context.Context, w Watcher, topic Topic, changed func(news string)) (<-chan error, error) {
	listening, lost := make(chan struct{}), make(chan error, 1)
	begun := sync.OnceFunc(func() { close(listening) })
	go func() {
		lost <- w.Watch(ctx, topic, func(news string) { begun(); changed(news) })
	}()
	select {
	case <-listening:
		return lost, nil
	case err := <-lost:
		return nil, err
	}
}
