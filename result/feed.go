package result

import (
	"context"
	"errors"
	"sync"
	"time"

	"popeye/internal/socketio"
	"popeye/store"
	"popeye/vote"
)

const (
	// minPause is the least time between two reads of one poll: at most some
	// 20 updates a second, however many votes come in.
	minPause = 50 * time.Millisecond
	// lookAnyway bounds how long a viewer may go without knowing that the store
	// is out of reach, and covers news that got lost.
	lookAnyway = 3 * time.Second
)

// feed keeps one poll's viewers up to date.
type feed struct {
	slug    string
	hub     *hub
	woken   chan struct{} // holds one wake
	left    chan struct{} // closed, under mu, when the last viewer left
	first   chan struct{} // closed when the first read has ended, well or not
	once    sync.Once     // closes first
	viewers int           // guarded by hub.mu

	mu     sync.Mutex // also orders what each viewer is sent
	known  bool       // last is a count
	gone   bool       // there is no such poll
	stale  bool       // last may be old: the store does not answer
	last   results
	newest update // last, encoded
}

func newFeed(slug string, h *hub) *feed {
	return &feed{
		slug: slug, hub: h, woken: make(chan struct{}, 1),
		left: make(chan struct{}), first: make(chan struct{}),
	}
}

// roomOf names the room where a poll's viewers are.
func roomOf(slug string) string { return "poll:" + slug }

func (f *feed) room() string { return roomOf(f.slug) }

// classicRoom is where those are who asked for nothing: they get the default
// poll's scores only.
const classicRoom = "classic"

// wake makes the feed look soon. It never waits.
func (f *feed) wake() {
	select {
	case f.woken <- struct{}{}:
	default: // it will look anyway
	}
}

// run reads whenever woken, and now and then, until ctx ends or nobody is left.
func (f *feed) run(ctx context.Context) {
	for {
		f.look(ctx)
		anyway := time.NewTimer(lookAnyway)
		pause := time.NewTimer(minPause)
		select {
		case <-pause.C:
		case <-f.left:
		case <-ctx.Done():
		}
		select {
		case <-f.woken:
		case <-anyway.C:
		case <-f.left:
			return
		case <-ctx.Done():
			return
		}
		anyway.Stop()
	}
}

// look reads the tally and tells the viewers what is new.
func (f *feed) look(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	snapshot, err := f.hub.store.Snapshot(bounded, f.slug)
	if ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.isOver() {
		return // new viewers have a new feed, which may have read something newer
	}
	defer f.once.Do(func() { close(f.first) })
	switch {
	case err == nil:
		f.hub.reads.WithLabelValues("read").Inc()
		f.tell(newResults(snapshot))
	case errors.Is(err, store.ErrNoPoll):
		f.hub.reads.WithLabelValues("no_poll").Inc()
		f.tellGone()
	default:
		f.hub.reads.WithLabelValues("failed").Inc()
		f.tellStale()
	}
}

// isOver reports whether the last viewer has left. The caller holds mu.
func (f *feed) isOver() bool {
	select {
	case <-f.left:
		return true
	default:
		return false
	}
}

// end tells the feed that the last viewer has left.
func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.left)
}

// tell sends figures that differ from the last ones. The caller holds mu.
func (f *feed) tell(r results) {
	u, err := newUpdate(r) // also of the same count: whoever joins learns how fresh it is
	if err != nil {
		f.hub.log.Error("cannot encode a tally", "error", err)
		return
	}
	fresh := !f.known || f.gone || r.Seq != f.last.Seq || r.Status != f.last.Status
	wasStale := f.stale
	f.last, f.newest, f.known, f.stale, f.gone = r, u, true, false, false
	if fresh {
		f.hub.broadcast(f.room(), f.slug, u.scores, u.tally)
		if f.slug == vote.DefaultSlug {
			f.hub.broadcast(classicRoom, f.slug, u.scores)
		}
	}
	if wasStale {
		f.hub.broadcast(f.room(), "stale:"+f.slug, f.staleness())
	}
}

// tellStale says that the last figures may be old. The caller holds mu.
func (f *feed) tellStale() {
	if !f.stale {
		f.stale = true
		f.hub.broadcast(f.room(), "stale:"+f.slug, f.staleness())
	}
}

// tellGone says that there is no such poll. The caller holds mu.
func (f *feed) tellGone() {
	f.stale = false
	if !f.gone {
		f.gone = true
		f.hub.broadcast(f.room(), f.slug, mustEncode("gone", map[string]string{"poll": f.slug}))
	}
}

// isGone reports whether the store knows no such poll.
func (f *feed) isGone() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.gone
}

// staleness is the `stale` event: whether the store is out of reach, and when
// the figures were last known to be good.
func (f *feed) staleness() socketio.Packet {
	body := map[string]any{"poll": f.slug, "stale": f.stale, "as_of": nil}
	if f.known {
		body["as_of"] = f.last.AsOf
	}
	return mustEncode("stale", body)
}

// mustEncode encodes what can't fail: maps of plain values.
func mustEncode(event string, body any) socketio.Packet {
	p, err := socketio.Encode(event, body)
	if err != nil {
		panic(err)
	}
	return p
}

// admit lets a viewer into one of this poll's rooms and tells it the newest
// figures: in order with what is broadcast, so that none is missed and none
// comes twice.
func (f *feed) admit(k *socketio.Socket, room string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := k.Join(room); err != nil {
		return err
	}
	classic := room == classicRoom
	switch {
	case f.known && classic:
		k.EmitLatest(f.slug, f.newest.scores)
	case f.known:
		k.EmitLatest(f.slug, f.newest.scores, f.newest.tally)
	}
	if f.stale && !classic {
		k.EmitLatest("stale:"+f.slug, f.staleness())
	}
	return nil
}
