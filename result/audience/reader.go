package audience

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"popeye/count/rules"
	"popeye/internal/metrics"
	"popeye/store"
	"popeye/vote"
)

const (
	// StoreTimeout bounds one step of the store while somebody waits.
	StoreTimeout = 3 * time.Second
	// LookupTimeout bounds the first read for a name that is not known to be that of
	// a poll. Most are given up earlier: see timeoutOf.
	LookupTimeout = 30 * time.Second
	// ReadTimeout bounds any read.
	ReadTimeout = 10 * time.Minute
	// MaxLookups bounds the reads under way for names that are not known to be
	// those of polls, so that strangers who make up names leave the store's
	// connections to the polls that have viewers.
	MaxLookups = 4
	// MaxLate is how many names that could not be looked up in time are remembered.
	MaxLate = 64
	// KeepFor is how many times as long as a read took what it brought is kept for
	// single requests, if it took dearTime and the poll has DearVoters: one that was slow
	// for another reason is none to show old figures.
	KeepFor  = 4
	dearTime = 50 * time.Millisecond
	// DearVoters is how many voters a poll has at least whose reading may be expensive.
	DearVoters = 1000
)

// Reader reads tallies for feeds and single requests alike: one at a time of
// each poll, shared by all who wait for it.
type Reader struct {
	store   store.Tallies
	outcome map[string]*metrics.Counter
	lookups chan struct{} // holds a place for each lookup under way
	files   chan struct{} // holds a place for each request for ballots
	// ownFiles holds those of organisers.
	ownFiles chan struct{}

	mu     sync.Mutex
	linger bool // a read goes on though nobody waits: who comes back finds it done
	// polls has those being read, those known to be polls, and the last few that could
	// not be looked up in time: no stranger can add more.
	polls map[string]*reading
	late  []string // the names of those few, at most MaxLate
}

// reading is what goes on with one poll, guarded by Reader.mu.
type reading struct {
	known   bool          // there was such a poll when it was read last
	took    time.Duration // what the last read took, or failed ones since if longer; 0 if there is nothing to remember
	running *read         // nil if none
	next    *read         // begins when running ends, for those who came meanwhile; nil if none did
	kept    *read         // an expensive one that ended well; nil if there is none
	until   time.Time     // how long kept is good
}

// read is one read of the store.
type read struct {
	slug    string
	waiting int                // those who wait for it; guarded by Reader.mu
	cancel  context.CancelFunc // set when it runs; guarded by Reader.mu
	asked   bool               // the store is asked: it waits for no place; guarded by Reader.mu

	done     chan struct{} // closed when the rest is set
	snapshot Counted
	err      error
	took     time.Duration
}

// NewReader returns one that counts its reads in the registry.
func NewReader(s store.Tallies, r *metrics.Registry) *Reader {
	outcome := r.Counters("popeye_result_reads_total", "Reads of a tally from the store, by outcome.",
		"outcome", "read", "no_poll", "failed")
	return &Reader{
		store: s, outcome: outcome, lookups: make(chan struct{}, MaxLookups),
		files: make(chan struct{}, MaxFiles), ownFiles: make(chan struct{}, MaxFiles), polls: map[string]*reading{},
	}
}

// Fresh returns a snapshot whose reading began after the call, for whoever was
// told of a change must not get what was read before; and how long it took. What
// it holds is shared: nobody may change it.
func (r *Reader) Fresh(ctx context.Context, slug string) (Counted, time.Duration, error) {
	c := r.join(slug)
	select {
	case <-c.done:
		return c.snapshot, c.took, c.err
	case <-ctx.Done():
		r.abandon(c)
		return Counted{}, 0, fmt.Errorf("wait for the tally of a poll: %w", gaveUp(ctx))
	}
}

// Recent is Fresh, but of a poll that is expensive to read it returns what was
// read a moment ago, so that requests can't keep the store busy with it; and what
// was read before, however old, if ctx ends before the new is there. The snapshot
// says as of when it is.
func (r *Reader) Recent(ctx context.Context, slug string) (Counted, error) {
	if s, ok := r.before(slug, false); ok {
		return s, nil
	}
	s, _, err := r.Fresh(ctx, slug)
	if err != nil && ctx.Err() != nil {
		if s, ok := r.before(slug, true); ok {
			return s, nil
		}
	}
	return s, err
}

// before returns what an earlier read of an expensive poll brought, if it is good
// still, or is being replaced, or may be old.
func (r *Reader) before(slug string, old bool) (s Counted, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.polls[slug]
	if p == nil || p.kept == nil || !old && p.running == nil && !time.Now().Before(p.until) {
		return s, false
	}
	return p.kept.snapshot, true
}

// join makes the caller wait for the next read of a poll to begin.
func (r *Reader) join(slug string) *read {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.polls[slug]
	if p == nil {
		p = &reading{}
		r.polls[slug] = p
	}
	if p.next == nil {
		p.next = &read{slug: slug, done: make(chan struct{})}
	}
	c := p.next
	c.waiting++
	r.goOn(slug, p)
	return c
}

// goOn begins the next read if it can begin, or forgets the poll if there is
// nothing to remember of it. The caller holds mu.
func (r *Reader) goOn(slug string, p *reading) {
	switch {
	case p.running != nil:
	case p.next != nil:
		p.running, p.next = p.next, nil
		ctx, cancel := context.WithTimeout(context.Background(), timeoutOf(p))
		p.running.cancel = cancel
		go r.run(ctx, p.running, !p.known)
	case !p.known && p.took == 0:
		delete(r.polls, slug)
	}
}

// timeoutOf gives a read four times as long as the last one took, well or not. So
// where a connection hangs this is soon noticed, and a poll of millions of different
// ballots, which can't be read in time, gets more each time until it can.
func timeoutOf(p *reading) time.Duration {
	least := StoreTimeout
	if !p.known {
		least = LookupTimeout
	}
	return min(max(least, 4*p.took), ReadTimeout)
}

func (r *Reader) run(ctx context.Context, c *read, lookup bool) {
	c.snapshot, c.took, c.err = r.ask(ctx, c, lookup)
	late := ctx.Err() == context.DeadlineExceeded
	r.mu.Lock()
	defer r.mu.Unlock()
	c.cancel()
	close(c.done)
	p := r.polls[c.slug] // it is there while it has a running read
	p.running = nil
	if c.err == nil || !late { // what was only too slow takes nothing away
		p.kept = nil
	}
	switch {
	case c.err == nil:
		r.outcome["read"].Inc()
		p.known, p.took = true, c.took
		if n := c.snapshot.totals; c.took >= dearTime && n.Voters+n.Invalid >= DearVoters {
			p.kept, p.until = c, time.Now().Add(KeepFor*c.took)
		}
	case errors.Is(c.err, store.ErrNoPoll):
		r.outcome["no_poll"].Inc()
		p.known, p.took = false, 0
	default:
		r.outcome["failed"].Inc()
		if !p.known && late && c.asked {
			r.rememberLate(c.slug)
		}
		if p.known || late && c.asked {
			p.took = max(p.took, c.took)
		}
	}
	r.goOn(c.slug, p)
}

// rememberLate remembers a name that could not be looked up in time: if it is a
// poll's, the next try needs more. The oldest such name is forgotten for it. The
// caller holds mu.
func (r *Reader) rememberLate(slug string) {
	if slices.Contains(r.late, slug) {
		return
	}
	r.late = append(r.late, slug)
	if len(r.late) <= MaxLate {
		return
	}
	oldest := r.late[0]
	r.late = slices.Delete(r.late, 0, 1)
	if p := r.polls[oldest]; p != nil && !p.known {
		p.took = 0
		r.goOn(oldest, p)
	}
}

// ask reads the store. A lookup waits for a place first.
func (r *Reader) ask(ctx context.Context, c *read, lookup bool) (Counted, time.Duration, error) {
	if lookup {
		select {
		case r.lookups <- struct{}{}:
			defer func() { <-r.lookups }()
		case <-ctx.Done():
			return Counted{}, 0, fmt.Errorf("wait to look a poll up: %w", gaveUp(ctx))
		}
	}
	r.mu.Lock()
	c.asked = true
	r.mu.Unlock()
	began := time.Now()
	var s Counted
	var err, failed error
	s.snapshot, err = r.store.Snapshot(ctx, c.slug, func(p vote.Poll, ballots vote.Ballots) {
		var unknown error
		if s.totals, s.count, unknown = rules.Count(p, ballots); unknown != nil {
			failed = fmt.Errorf("%w: %w", store.ErrNewerSchema, unknown)
		}
	})
	return s, time.Since(began), cmp.Or(err, failed)
}

// gaveUp says why nobody waits for a read any more. One that takes too long is a
// store that is out of reach.
func gaveUp(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, ctx.Err())
	}
	return ctx.Err()
}

// abandon takes off one who waits no more.
func (r *Reader) abandon(c *read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.waiting--
	p := r.polls[c.slug]
	switch {
	case c.waiting > 0 || p == nil:
	case p.next == c:
		p.next = nil
	case p.running == c && !(r.linger && c.asked):
		c.cancel()
	}
}

// Names returns how many names of polls it remembers.
func (r *Reader) Names() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.polls)
}

// IsAway reports that the store is out of reach, or that nobody waits for its answer
// any more.
func IsAway(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled)
}

// SetLinger says whether reads go on for which nobody waits any more. They
// should while the station runs: of a poll that takes long to read, everybody
// who gives up would else begin it anew.
func (r *Reader) SetLinger(linger bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.linger = linger
	for _, p := range r.polls {
		if c := p.running; c != nil && c.waiting == 0 && !linger {
			c.cancel()
		}
	}
}
