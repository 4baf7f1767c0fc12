package sqlite

import (
	"context"
	"fmt"
	"time"

	"popeye/store"
)

// look is how often a watcher looks for changes made by other processes.
const look = time.Second

// Watch implements store.Watcher. What this Store commits it hears at once,
// what others commit within a second or so.
func (s *Store) Watch(ctx context.Context, topic store.Topic, changed func(news string)) error {
	if err := s.watch(ctx, topic, changed); ctx.Err() == nil {
		return fmt.Errorf("watch %s: %w", topic, classified(err))
	}
	return ctx.Err()
}

func (s *Store) watch(ctx context.Context, topic store.Topic, changed func(news string)) error {
	w := s.watchers.add(topic)
	defer s.watchers.remove(w)
	seen, err := s.othersVersion(ctx)
	if err != nil {
		return err
	}
	changed("")
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.wake:
			for _, news := range w.take() {
				changed(news)
			}
		case <-ticker.C:
			version, err := s.othersVersion(ctx)
			if err != nil {
				return err
			}
			if version != seen {
				changed("")
			}
			seen = version
		}
	}
}

// othersVersion returns a number that differs from the last one if another
// connection has committed since. It asks the connection that writes, for
// whose own commits the number stays.
func (s *Store) othersVersion(ctx context.Context) (version int64, err error) {
	err = s.write.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version)
	return version, err
}
