package poll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
)

const (
	// maxFollowers bounds the pages that follow their polls by a stream, in one
	// process; they never take more than half of the connections there may be. The
	// others ask every ten seconds.
	maxFollowers = 10_000
	// lookEvery is how often a followed poll is looked at, in the queue's memory.
	lookEvery = 250 * time.Millisecond
	// beatEvery is how often a stream says again what it said: a page that hears
	// nothing for longer knows that it is cut off.
	beatEvery = 15 * time.Second
	// eventTimeout bounds the write of one event.
	eventTimeout = 10 * time.Second
)

// stateHeader and the streams tell the state of a poll: our page looks again when
// it is another one than its own.
const stateHeader = "Popeye-State"

// stateOf names what a poll is to voters; p is as of now. Every change gives it
// another name.
func stateOf(p vote.Poll) string {
	return strconv.FormatInt(p.Revision, 10) + "." + string(p.Status)
}

// goneState is that of a poll that was deleted.
const goneState = "gone"

// follow tells a page of every change of its poll, as server-sent events.
func (s *Station) follow(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	poll, err := s.watch.join(p)
	if err != nil {
		return err
	}
	defer s.watch.leave(poll)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // for nginx, which would hold events back
	conn := http.NewResponseController(w)
	// The server's bounds are for requests; each event has its own.
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("follow a poll: %w", err)
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		state, changed := poll.now()
		if err := send(conn, w, state); err != nil {
			return nil // the page is gone
		}
		select {
		case <-changed:
		case <-beat.C:
		case <-r.Context().Done():
			return nil
		case <-s.watch.ended:
			return nil
		}
	}
}

// send writes one event.
func send(conn *http.ResponseController, w http.ResponseWriter, state string) error {
	if err := conn.SetWriteDeadline(time.Now().Add(eventTimeout)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "data: %s\n\n", state); err != nil {
		return err
	}
	return conn.Flush()
}

// EndStreams ends every stream, so that the server can drain.
func (s *Station) EndStreams() { s.watch.end() }

// watchers look at the polls that pages follow: one goroutine for each poll, however
// many follow it. Safe for concurrent use.
type watchers struct {
	inbox queue.Inbox
	most  int           // followers
	ended chan struct{} // closed by end

	mu        sync.Mutex
	polls     map[string]*watched // those with followers
	followers int
	refused   *metrics.Counter
}

func newWatchers(inbox queue.Inbox, maxConns int, r *metrics.Registry) *watchers {
	w := &watchers{inbox: inbox, most: maxFollowers, ended: make(chan struct{}), polls: map[string]*watched{}}
	if maxConns > 0 {
		w.most = min(w.most, maxConns/2)
	}
	w.refused = r.Counter("popeye_poll_followers_refused_total", "Ballot pages that got no stream because of the limit; they ask every ten seconds instead.")
	r.GaugeFunc("popeye_poll_followers", "Ballot pages that follow their polls by a stream.", func() float64 {
		w.mu.Lock()
		defer w.mu.Unlock()
		return float64(w.followers)
	})
	return w
}

// watched is a poll that is looked at.
type watched struct {
	slug      string
	followers int                // under the mutex of watchers
	stop      context.CancelFunc // ends the goroutine that looks

	mu      sync.Mutex
	state   string
	changed chan struct{} // closed and replaced when state changes
}

// now returns the state, and what is closed when there is another one.
func (p *watched) now() (string, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.changed
}

func (p *watched) set(state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if state == p.state {
		return
	}
	p.state = state
	close(p.changed)
	p.changed = make(chan struct{})
}

// join adds a follower of a poll. Each must leave.
func (w *watchers) join(p vote.Poll) (*watched, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.ended:
		return nil, queue.ErrUnavailable
	default:
	}
	if w.followers >= w.most {
		w.refused.Inc()
		return nil, &web.Error{
			Status: http.StatusServiceUnavailable, Code: codeTooMany, Message: "poll_error.too_many_pages", RetryAfter: beatEvery,
		}
	}
	poll := w.polls[p.Slug]
	if poll == nil {
		ctx, stop := context.WithCancel(context.Background())
		poll = &watched{slug: p.Slug, stop: stop, state: stateOf(asOf(p, time.Now())), changed: make(chan struct{})}
		w.polls[p.Slug] = poll
		go w.look(ctx, poll)
	}
	poll.followers++
	w.followers++
	return poll, nil
}

// leave takes a follower away; with the last one the looking ends.
func (w *watchers) leave(p *watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.followers--
	if p.followers--; p.followers == 0 {
		delete(w.polls, p.slug)
		p.stop()
	}
}

func (w *watchers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.ended:
	default:
		close(w.ended)
	}
}

// look keeps the state of a poll. While the queue is away, it is what it was.
func (w *watchers) look(ctx context.Context, poll *watched) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		asking, cancel := context.WithTimeout(ctx, castTimeout)
		p, err := w.inbox.Poll(asking, poll.slug)
		cancel()
		switch {
		case err == nil:
			poll.set(stateOf(asOf(p, time.Now())))
		case errors.Is(err, queue.ErrNoPoll):
			poll.set(goneState)
		}
	}
}
