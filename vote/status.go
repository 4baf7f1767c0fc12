package vote

import (
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // every program knows the same zones, wherever it runs
)

// Status says where a poll stands in its life.
type Status string

// A poll is a draft until it opens. Closing shuts the gate at once; the poll
// is closed only when every vote that was accepted before is stored, so the
// figures of a closed poll are final. A closed poll may open again.
const (
	Draft   Status = "draft"
	Open    Status = "open"
	Closing Status = "closing"
	Closed  Status = "closed"
)

// next lists what may follow each status.
var next = map[Status][]Status{
	Draft:   {Open},
	Open:    {Closing},
	Closing: {Closed, Open},
	Closed:  {Open},
}

func (s Status) valid() bool { _, ok := next[s]; return ok }

// To returns the status after a change from s to t. To stay is no change and
// never an error; an error wraps ErrInvalid.
func (s Status) To(t Status) (Status, error) {
	if s == t || slices.Contains(next[s], t) {
		return t, nil
	}
	return s, invalid("status.change", Args{"Status": string(s), "Next": Clip(string(t))})
}

// Stores reports whether a vote that was accepted may still be stored: a vote
// cast while the poll was open may arrive while it is closing.
func (s Status) Stores() bool { return s == Open || s == Closing }

// Due returns what the schedule makes of p at a moment, and whether that is a
// change. A draft or closed poll opens and forgets OpensAt; an open one begins
// to close and keeps ClosesAt, to tell when it was. If both times went by
// while nobody looked, the poll stays as it is and forgets them: to open it
// for no time at all would say that nobody wanted to vote.
func (p Poll) Due(now time.Time) (Poll, bool) {
	if at := p.NextDue(); at.IsZero() || at.After(now) {
		return p, false
	}
	switch {
	case p.Status == Open:
		p.Status = Closing
	case reached(p.ClosesAt, now):
		p.OpensAt, p.ClosesAt = time.Time{}, time.Time{}
	default:
		p.Status, p.OpensAt, p.Archived = Open, time.Time{}, false
	}
	return p, true
}

// NextDue returns when the schedule will change p; zero for never. A poll that
// is closing opens again only after it is closed.
func (p Poll) NextDue() time.Time {
	switch p.Status {
	case Open:
		return p.ClosesAt
	case Draft, Closed:
		return p.OpensAt
	default:
		return time.Time{}
	}
}

// Schedule is what there is to tell of when a poll opens and closes, in its
// organiser's time zone. What is zero is not to be told.
type Schedule struct {
	Opens  time.Time // it will open, for the first time or again
	Closes time.Time // it will close
	Closed time.Time // it closed by itself
}

// Schedule returns what there is to tell at a moment. A closed poll's end is
// told only if it opens by itself before.
func (p Poll) Schedule(now time.Time) (s Schedule) {
	zone := p.Zone()
	tell := func(at *time.Time, t time.Time) {
		if !t.IsZero() {
			*at = t.In(zone)
		}
	}
	if p.Status != Open {
		tell(&s.Opens, p.OpensAt)
	}
	switch {
	case !reached(p.ClosesAt, now):
		if p.Status == Open || p.Status == Draft || !s.Opens.IsZero() {
			tell(&s.Closes, p.ClosesAt)
		}
	case p.Status != Draft:
		tell(&s.Closed, p.ClosesAt)
	}
	return s
}

// None reports whether there is nothing to tell.
func (s Schedule) None() bool { return s == Schedule{} }

// ByHand returns p opened or closed by a person, who is not bound by the
// schedule. A poll that opens has no opening to come, and no end that has
// passed. One that is closed before its time forgets that time: it would shut
// the poll by surprise, should it open again.
func (p Poll) ByHand(s Status, now time.Time) (q Poll, err error) {
	q = p
	if q.Status, err = p.Status.To(s); err != nil {
		return p, err
	}
	switch {
	case s == Open:
		q.OpensAt, q.Archived = time.Time{}, false
		q = q.WithoutPastClose(now)
	case p.Status == Open && !reached(q.ClosesAt, now):
		q.ClosesAt = time.Time{}
	}
	return q, nil
}

// WithoutPastClose returns p without a ClosesAt that has come: it closed the poll, and
// says nothing about the next time that it is open.
func (p Poll) WithoutPastClose(now time.Time) Poll {
	if reached(p.ClosesAt, now) {
		p.ClosesAt = time.Time{}
	}
	return p
}

// Ahead refuses a time of p's schedule that was not in that of old and has come
// already: nothing would ever happen then. The error wraps ErrInvalid.
func (p Poll) Ahead(old Poll, now time.Time) error {
	for _, c := range []struct {
		name     string
		was, set time.Time
	}{{"opens_at", old.OpensAt, p.OpensAt}, {"closes_at", old.ClosesAt, p.ClosesAt}} {
		if reached(c.set, now) && !c.set.Equal(c.was) {
			return invalid("schedule.past", Args{
				"Field": c.name, "Time": c.set.UTC().Format(time.RFC3339), "Now": now.UTC().Format(time.RFC3339),
			})
		}
	}
	return nil
}

// reached reports whether a time of a schedule has come.
func reached(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// MaxTimeZone bounds the name of a time zone, in bytes.
const MaxTimeZone = 40

// zones keeps those that were loaded: reading one means reading a file.
var zones sync.Map // name -> *time.Location

// LoadZone returns the time zone of a name in IANA's list, such as Europe/Paris; UTC
// for "". An error is an *Error.
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	// Names that begin in lower case are files of some systems, which other machines
	// lack or read otherwise ("right/" counts leap seconds). Local is each machine's own.
	if len(name) > MaxTimeZone || name[0] < 'A' || name[0] > 'Z' || name == "Local" {
		return nil, noZone(name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, noZone(name)
	}
	zones.Store(name, zone)
	return zone, nil
}

func noZone(name string) error { return invalid("poll.time_zone", Args{"Zone": Clip(name)}) }

// Zone returns the time zone in which p's organiser tells its times.
func (p Poll) Zone() *time.Location {
	zone, err := LoadZone(p.TimeZone)
	if err != nil { // Validate refuses it
		return time.UTC
	}
	return zone
}
