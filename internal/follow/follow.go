// Package follow tells open pages of what changes, as server-sent events. What enters is
// a key that somebody follows and a function that looks at it; what leaves is an event
// for each change, and one now and then that says the same again.
//
// One goroutine looks at each key, however many follow: when there is news, and now and
// then in any case. Who follows is served by the goroutine of the request.
package follow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// BeatEvery is how often a stream says again what it said: a page that hears
	// nothing for longer knows that it is cut off.
	BeatEvery = 15 * time.Second
	// lookTimeout bounds one look.
	lookTimeout = 3 * time.Second
	// lookAgain is how soon news is looked at after other news: a burst of it is one.
	lookAgain = 20 * time.Millisecond
	// eventTimeout bounds the write of one event.
	eventTimeout = 10 * time.Second
)

// ErrFull says that as many follow as may.
var ErrFull = errors.New("too many follow")

// ErrEnded says that the streams have ended: the server stops.
var ErrEnded = errors.New("the streams have ended")

// Said is what followers are told: two of the same State are one, whatever the Data.
type Said struct {
	State string
	Data  string // one line
}

// Look says how a key is, of which so many are told. ok is false where that can't be
// known now: then it is as it was.
type Look func(ctx context.Context, key string, followers int) (s Said, ok bool)

// Hub is who follows what. Safe for concurrent use.
type Hub struct {
	most  int
	every time.Duration
	look  Look
	news  func() <-chan struct{} // closed when a look may say something else; nil for none
	ended chan struct{}          // closed by End

	mu        sync.Mutex
	keys      map[string]*watched // those with followers
	followers int
}

// New returns a Hub for so many followers at most, which looks so often at each key
// without news.
func New(most int, every time.Duration, look Look, news func() <-chan struct{}) *Hub {
	return &Hub{most: most, every: every, look: look, news: news, ended: make(chan struct{}), keys: map[string]*watched{}}
}

// Most is how many may follow.
func (h *Hub) Most() int { return h.most }

// Followers is how many follow.
func (h *Hub) Followers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.followers
}

// Crowds is how many follow each key.
func (h *Hub) Crowds() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]int, len(h.keys))
	for key, w := range h.keys {
		all[key] = w.followers
	}
	return all
}

// Keys is how many keys they follow.
func (h *Hub) Keys() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.keys)
}

// End ends every stream, so that the server can drain.
func (h *Hub) End() {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.ended:
	default:
		close(h.ended)
	}
}

// Serve tells whoever sent a request of a key until they leave. first is how it is: the
// caller has just looked. It returns ErrFull or ErrEnded before anything is written.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, key string, first Said) error {
	watched, err := h.join(key, first)
	if err != nil {
		return err
	}
	defer h.leave(watched)
	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // for nginx, which would hold events back
	conn := http.NewResponseController(w)
	// The server's bounds are for requests; each event has its own.
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	beat := time.NewTicker(BeatEvery)
	defer beat.Stop()
	for {
		event, changed := watched.now()
		if err := send(conn, w, event); err != nil {
			return nil // the page is gone
		}
		select {
		case <-changed:
		case <-beat.C:
		case <-r.Context().Done():
			return nil
		case <-h.ended:
			return nil
		}
	}
}

func send(conn *http.ResponseController, w http.ResponseWriter, event []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(eventTimeout)); err != nil {
		return err
	}
	if _, err := w.Write(event); err != nil {
		return err
	}
	return conn.Flush()
}

// watched is a key that is looked at.
type watched struct {
	key       string
	followers int                // under the mutex of the Hub
	stop      context.CancelFunc // ends the goroutine that looks

	mu      sync.Mutex
	state   string
	event   []byte        // as it is written
	changed chan struct{} // closed and replaced when there is another state
}

// now returns the event of now, and what is closed when there is another one.
func (w *watched) now() ([]byte, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.event, w.changed
}

func (w *watched) set(s Said) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.State == w.state {
		return
	}
	w.state, w.event = s.State, eventOf(s)
	close(w.changed)
	w.changed = make(chan struct{})
}

func eventOf(s Said) []byte { return []byte("data: " + s.Data + "\n\n") }

// join adds a follower of a key. Each must leave.
func (h *Hub) join(key string, first Said) (*watched, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.ended:
		return nil, ErrEnded
	default:
	}
	if h.followers >= h.most {
		return nil, ErrFull
	}
	w := h.keys[key]
	if w == nil {
		ctx, stop := context.WithCancel(context.Background())
		w = &watched{key: key, stop: stop, state: first.State, event: eventOf(first), changed: make(chan struct{})}
		h.keys[key] = w
		go h.watch(ctx, w)
	}
	w.followers++
	h.followers++
	return w, nil
}

// leave takes a follower away; with the last one the looking ends.
func (h *Hub) leave(w *watched) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.followers--
	if w.followers--; w.followers == 0 {
		delete(h.keys, w.key)
		w.stop()
	}
}

// watch keeps the state of a key.
func (h *Hub) watch(ctx context.Context, w *watched) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	for {
		var news <-chan struct{}
		if h.news != nil {
			news = h.news() // before the look: what comes meanwhile is looked at again
		}
		h.lookAt(ctx, w)
		select {
		case <-news:
			if !pause(ctx, w, h) {
				return
			}
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// pause looks at once, then waits a little before the next look. It reports whether ctx
// goes on.
func pause(ctx context.Context, w *watched, h *Hub) bool {
	h.lookAt(ctx, w)
	select {
	case <-time.After(lookAgain):
		return true
	case <-ctx.Done():
		return false
	}
}

func (h *Hub) lookAt(ctx context.Context, w *watched) {
	h.mu.Lock()
	followers := w.followers
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if s, ok := h.look(ctx, w.key, followers); ok {
		w.set(s)
	}
}

// News is told to all who wait for it. The zero value is ready; safe for concurrent use.
type News struct {
	mu   sync.Mutex
	next chan struct{}
}

// Tell tells those who wait.
func (n *News) Tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// Next returns what is closed by the next Tell.
func (n *News) Next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}
