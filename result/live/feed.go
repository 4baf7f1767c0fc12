package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"popeye/internal/socketio"
	"popeye/result/audience"
	"popeye/store"
	"popeye/vote"
)

const (
	// MinPause is the least time between two reads of one poll: at most some
	// 20 updates a second, however many votes come in.
	MinPause = 50 * time.Millisecond
	// LookAnyway bounds how long a viewer may go without knowing that the store
	// is out of reach, and covers news that got lost.
	LookAnyway = 3 * time.Second
	// A feed rests pauseFor times as long as its last read took, so that a poll
	// that is expensive to read is read for a quarter of the time at most; and
	// restFor times as long when there is no news.
	pauseFor = 3
	restFor  = 10
)

// feed keeps one poll's viewers up to date.
type feed struct {
	slug    string
	hub     *hub
	woken   chan time.Time // holds one wake: when it came
	first   chan struct{}  // closed when the first read has ended, well or not
	once    sync.Once      // closes first
	news    time.Time      // owned by run: when the first came that no read has answered; zero if none
	viewers int            // guarded by hub.mu
	// traced holds what the next look will see. No lock guards it, since news must
	// not wait while many viewers are told; pointers, since few polls need the room.
	traced chan *tracedVote

	over context.Context // ends, under mu, when the last viewer leaves
	stop context.CancelFunc

	mu      sync.Mutex                   // also orders what each viewer is sent
	looking bool                         // a read is awaited
	known   bool                         // newest has a count
	gone    bool                         // there is no such poll
	stale   bool                         // newest may be old: the tally can't be read
	poll    vote.Poll                    // as of newest
	newest  [len(audience.Askers)]update // by asker
}

func newFeed(slug string, h *hub) *feed {
	f := &feed{
		slug: slug, hub: h, woken: make(chan time.Time, 1), first: make(chan struct{}),
		traced: make(chan *tracedVote, maxTraced),
	}
	f.over, f.stop = context.WithCancel(context.Background())
	return f
}

// roomOf names the room where those of a poll's viewers are who may see the same.
func roomOf(slug string, a audience.Asker) string { return fmt.Sprint("poll:", a, ":", slug) }

func (f *feed) room(a audience.Asker) string { return roomOf(f.slug, a) }

// classicRoom is where those are who asked for nothing: they get the default
// poll's scores only.
const classicRoom = "classic"

// wake makes the feed look soon. It never waits.
func (f *feed) wake() {
	select {
	case f.woken <- time.Now():
	default: // it will look anyway
	}
}

// run reads whenever woken, and now and then, until ctx ends or nobody is left.
func (f *feed) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(f.over, cancel)()
	patience := audience.StoreTimeout
	for ctx.Err() == nil {
		took, err := f.look(ctx, patience)
		patience = max(audience.StoreTimeout, pauseFor*took)
		pause, anyway := pace(took, err)
		resting, waiting := time.NewTimer(pause), time.NewTimer(anyway)
		select {
		case <-resting.C:
		case <-ctx.Done():
		}
		select {
		case at := <-f.woken:
			if f.news.IsZero() {
				f.news = at
			}
		case <-waiting.C:
		case <-ctx.Done():
		}
		waiting.Stop()
	}
}

// pace returns how long a feed pauses after a read, and when it looks again
// without news. Whether a store is back that failed is asked soon, in any case.
func pace(took time.Duration, err error) (pause, anyway time.Duration) {
	pause, anyway = max(MinPause, pauseFor*took), max(LookAnyway, restFor*took)
	if err != nil {
		return min(pause, LookAnyway), LookAnyway
	}
	return pause, anyway
}

// look reads the tally and tells the viewers what is new; or, as soon as its
// patience is at an end, that there is nothing yet. It returns how long the
// read took.
func (f *feed) look(ctx context.Context, patience time.Duration) (time.Duration, error) {
	votes := f.takeTraced()
	f.expect(true)
	late := time.AfterFunc(patience, f.tellLate)
	counted, took, err := f.hub.reader.Fresh(ctx, f.slug)
	late.Stop()
	f.expect(false)
	if ctx.Err() != nil {
		return took, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over.Err() != nil {
		return took, err // new viewers have a new feed, which may have read something newer
	}
	defer f.once.Do(func() { close(f.first) })
	switch {
	case err == nil:
		f.tell(counted)
		f.traceBroadcast(votes)
	case errors.Is(err, store.ErrNoPoll):
		f.tellGone()
		return took, nil
	default:
		f.hub.complain(f.slug, err)
		f.keepTraced(votes...)
		f.tellStale()
	}
	return took, err
}

// expect notes whether a read is awaited.
func (f *feed) expect(looking bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looking = looking
}

// tellLate says that the last figures may be old if a read is still awaited.
func (f *feed) tellLate() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.looking && f.over.Err() == nil {
		f.tellStale()
	}
}

// end tells the feed that the last viewer has left.
func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stop()
}

// tell sends each viewer what they may see of a count, if it differs from the last.
// The caller holds mu.
func (f *feed) tell(c audience.Counted) {
	all, err := newUpdates(c) // also of the same count: whoever joins learns how fresh it is
	if err != nil {
		f.hub.log.Error("cannot encode a tally", "error", err)
		return
	}
	f.hub.paces.add(f.slug, c.For(audience.Organiser).Total, time.Now())
	first, last, wasStale := !f.known || f.gone, f.newest, f.stale
	f.poll, f.newest, f.known, f.stale, f.gone = c.Poll(), all, true, false, false
	fresh := false
	for a, u := range all {
		if first || u.differs(last[a]) {
			fresh = true
			f.hub.broadcast(f.room(audience.Asker(a)), f.slug, u.packets...)
		}
	}
	if anyone := all[audience.Anyone]; f.slug == vote.DefaultSlug && (first || anyone.differs(last[audience.Anyone])) {
		f.hub.broadcast(classicRoom, f.slug, anyone.classic...)
	}
	if fresh && !f.news.IsZero() {
		f.hub.measures.update.UpdateDuration(f.news)
	}
	f.news = time.Time{}
	if wasStale {
		f.say("stale:"+f.slug, f.staleness())
	}
}

// say tells all of the poll's viewers the same.
func (f *feed) say(key string, p socketio.Packet) {
	for _, a := range audience.Askers {
		f.hub.broadcast(f.room(a), key, p)
	}
}

// tellStale says that the last figures may be old. The caller holds mu.
func (f *feed) tellStale() {
	if !f.stale {
		f.stale = true
		f.say("stale:"+f.slug, f.staleness())
	}
}

// tellGone says that there is no such poll. The caller holds mu.
func (f *feed) tellGone() {
	f.stale, f.news = false, time.Time{}
	if !f.gone {
		f.gone = true
		f.say(f.slug, mustEncode("gone", map[string]string{"poll": f.slug}))
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
		body["as_of"] = f.newest[audience.Anyone].seen.AsOf
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

// asker returns who a viewer is to this poll, by what they bring.
func (f *feed) asker(organiser bool, pass string) audience.Asker {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case organiser:
		return audience.Organiser
	case f.known && f.poll.CheckPass(pass, time.Now()):
		return audience.Voter
	default:
		return audience.Anyone
	}
}

// admit lets a viewer into one of this poll's rooms and tells it the newest that it may
// see there: in order with what is broadcast, so that nothing is missed and nothing
// comes twice.
func (f *feed) admit(k *socketio.Socket, room string, a audience.Asker) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := k.Join(room); err != nil {
		return err
	}
	classic := room == classicRoom
	switch u := f.newest[a]; {
	case f.known && classic:
		k.EmitLatest(f.slug, u.classic...)
	case f.known:
		k.EmitLatest(f.slug, u.packets...)
	}
	if f.stale && !classic {
		k.EmitLatest("stale:"+f.slug, f.staleness())
	}
	return nil
}
