package sqlite

import (
	"context"
	"fmt"
	"sync"
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

// watchers passes on what was committed. Whoever commits never waits: a watcher
// that is busy finds the news later, each once and in order. The zero value is ready.
type watchers struct {
	mu  sync.Mutex
	all map[*watcher]bool
}

// watcher is one call of Watch.
type watcher struct {
	topic store.Topic
	wake  chan struct{} // holds a token while pending is not empty

	mu      sync.Mutex
	pending []string
	isThere map[string]bool // what pending holds
}

// maxPending bounds the Traced news that waits for a watcher. There are never
// more than some thousands of polls.
const maxPending = 64

func (ws *watchers) add(topic store.Topic) *watcher {
	w := &watcher{topic: topic, wake: make(chan struct{}, 1), isThere: make(map[string]bool)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all = make(map[*watcher]bool)
	}
	ws.all[w] = true
	return w
}

func (ws *watchers) remove(w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.all, w)
}

// tell is called after a commit.
func (ws *watchers) tell(topic store.Topic, news string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.all {
		if w.topic == topic {
			w.put(news)
		}
	}
}

func (w *watcher) put(news string) {
	w.mu.Lock()
	_, trace := store.SplitNews(news)
	if !w.isThere[news] && (trace == "" || len(w.pending) < maxPending) {
		w.pending, w.isThere[news] = append(w.pending, news), true
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // awake already
	}
}

// take returns what came since the last take.
func (w *watcher) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	news := w.pending
	w.pending = nil
	clear(w.isThere)
	return news
}
