package sqlite

import (
	"sync"

	"popeye/store"
)

// watchers passes on what was committed. Whoever commits never waits: a watcher
// that is busy finds the slugs later, each once. The zero value is ready.
type watchers struct {
	mu  sync.Mutex
	all map[*watcher]bool
}

// watcher is one call of Watch.
type watcher struct {
	topic store.Topic
	wake  chan struct{} // holds a token while pending is not empty

	mu      sync.Mutex
	pending map[string]bool
}

func (ws *watchers) add(topic store.Topic) *watcher {
	w := &watcher{topic: topic, wake: make(chan struct{}, 1), pending: make(map[string]bool)}
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
func (ws *watchers) tell(topic store.Topic, slug string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.all {
		if w.topic == topic {
			w.put(slug)
		}
	}
}

func (w *watcher) put(slug string) {
	w.mu.Lock()
	w.pending[slug] = true
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
	slugs := make([]string, 0, len(w.pending))
	for slug := range w.pending {
		slugs = append(slugs, slug)
	}
	clear(w.pending)
	return slugs
}
