package poll

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// fakeInbox is a queue that is strict with the station and as unkind to it as
// the contract allows: the faults meet the next casts, one each.
type fakeInbox struct {
	t *testing.T

	mu        sync.Mutex
	polls     map[string]vote.Poll
	cast      []queue.Cast           // what was appended
	once      map[string]vote.Ballot // by poll, voter and id
	events    map[string]event.Event
	news      chan struct{} // closed and replaced by publish
	faults    []fault
	away      error // what Poll answers instead of a poll
	revisions int64
}

// fault stands in for a cast; pass does what the cast would have done.
type fault func(ctx context.Context, pass func() error) error

// The bad luck of a cast.
var (
	unavailable fault = func(context.Context, func() error) error {
		return fmt.Errorf("cast a vote: %w: connection refused", queue.ErrUnavailable)
	}
	// answerLost appends the vote, and the answer never arrives.
	answerLost fault = func(_ context.Context, pass func() error) error {
		if err := pass(); err != nil {
			return err
		}
		return fmt.Errorf("cast a vote: %w: unexpected EOF", queue.ErrUnavailable)
	}
	// slow does not answer for as long as the voter is patient.
	slow fault = func(ctx context.Context, _ func() error) error {
		<-ctx.Done()
		return ctx.Err()
	}
)

func refuse(err error) fault {
	return func(context.Context, func() error) error { return err }
}

// changed lets an organiser change the poll in the last moment.
func (f *fakeInbox) changed(slug string, change func(*vote.Poll)) fault {
	return func(_ context.Context, pass func() error) error {
		f.change(slug, change)
		return pass()
	}
}

func newFakeInbox(t *testing.T) *fakeInbox {
	return &fakeInbox{t: t, polls: map[string]vote.Poll{}, once: map[string]vote.Ballot{}, events: map[string]event.Event{}, news: make(chan struct{})}
}

// publish puts polls beside those that are there.
func (f *fakeInbox) publish(polls ...vote.Poll) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range polls {
		if err := p.Validate(); err != nil {
			f.t.Fatal(err)
		}
		f.revisions++
		p.Revision = f.revisions
		f.polls[p.Slug] = p
	}
	f.tell()
}

// publishEvent puts an event beside those that are there.
func (f *fakeInbox) publishEvent(e event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revisions++
	e.Revision = f.revisions
	f.events[e.Code] = e
	f.tell()
}

// tell tells of news. Called with mu held.
func (f *fakeInbox) tell() {
	close(f.news)
	f.news = make(chan struct{})
}

func (f *fakeInbox) Code(_ context.Context, code string) (joincode.Target, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !joincode.Is(code) {
		f.t.Errorf("the queue was asked for the code %q", code)
	}
	if f.away != nil {
		return joincode.Target{}, f.away
	}
	if e, ok := f.events[code]; ok {
		return joincode.Target{Event: e}, nil
	}
	for _, p := range f.polls {
		if p.Code == code {
			return joincode.Target{Poll: p.Slug}, nil
		}
	}
	return joincode.Target{}, joincode.ErrUnknown
}

func (f *fakeInbox) Listed(context.Context) (slugs []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for slug, p := range f.polls {
		if p.Found() {
			slugs = append(slugs, slug)
		}
	}
	slices.Sort(slugs)
	return slugs, f.away
}

func (f *fakeInbox) News() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.news
}

// change publishes a poll anew.
func (f *fakeInbox) change(slug string, change func(*vote.Poll)) {
	f.mu.Lock()
	p := f.polls[slug]
	f.mu.Unlock()
	change(&p)
	f.publish(p)
}

// fail gives the next casts a fault each.
func (f *fakeInbox) fail(faults ...fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, faults...)
}

// lose makes the queue unreachable, or reachable again when err is nil.
func (f *fakeInbox) lose(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = err
}

func (f *fakeInbox) Poll(_ context.Context, slug string) (vote.Poll, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := vote.ValidateSlug(slug); err != nil {
		f.t.Errorf("the queue was asked for %q", slug)
	}
	p, ok := f.polls[slug]
	switch {
	case f.away != nil:
		return vote.Poll{}, f.away
	case !ok:
		return vote.Poll{}, queue.ErrNoPoll
	}
	return p, nil
}

func (f *fakeInbox) Cast(ctx context.Context, c queue.Cast) error {
	f.checkCast(ctx, c)
	f.mu.Lock()
	var next fault
	if len(f.faults) > 0 {
		next, f.faults = f.faults[0], f.faults[1:]
	}
	f.mu.Unlock()
	pass := func() error { return f.append(c) }
	if next != nil {
		return next(ctx, pass)
	}
	return pass()
}

// checkCast holds the station to what a queue may rely on.
func (f *fakeInbox) checkCast(ctx context.Context, c queue.Cast) {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > castTimeout {
		f.t.Error("a cast without a bound")
	}
	for _, err := range []error{vote.ValidateSlug(c.Vote.Poll), vote.ValidateVoter(c.Vote.Voter), vote.ValidateID(c.Vote.ID)} {
		if err != nil {
			f.t.Errorf("cast %+v: %v", c, err)
		}
	}
	if age := time.Since(c.Vote.At); age < 0 || age > time.Minute {
		f.t.Errorf("a vote accepted %v ago", age)
	}
	if _, err := queue.Encode(c.Vote); err != nil {
		f.t.Errorf("cast %+v: %v", c, err)
	}
}

// append is the gate.
func (f *fakeInbox) append(c queue.Cast) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := c.Vote.Poll + " " + c.Vote.Voter + " " + c.Vote.ID
	if b, there := f.once[key]; there && c.Once {
		if b != c.Vote.Ballot {
			return queue.ErrIDReused
		}
		if c.Repeated != nil {
			*c.Repeated = true
		}
		return nil
	}
	p, ok := f.polls[c.Vote.Poll]
	switch {
	case !ok:
		return queue.ErrNoPoll
	case p.Status != vote.Open:
		return queue.ErrNotOpen
	case p.Revision != c.Revision:
		return queue.ErrChanged
	}
	if p.Read(c.Vote.Ballot) == nil && !p.Abstains(c.Vote.Ballot) {
		f.t.Errorf("the ballot %q is none of poll %q", c.Vote.Ballot, p.Slug)
	}
	if c.Once {
		f.once[key] = c.Vote.Ballot
	}
	f.cast = append(f.cast, c)
	return nil
}

// casts returns what was appended.
func (f *fakeInbox) casts() []queue.Cast {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]queue.Cast(nil), f.cast...)
}

// ballots returns the ballots that were appended.
func (f *fakeInbox) ballots() []vote.Ballot {
	ballots := []vote.Ballot{}
	for _, c := range f.casts() {
		ballots = append(ballots, c.Vote.Ballot)
	}
	return ballots
}
