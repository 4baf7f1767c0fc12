package store

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"popeye/vote"
)

// The rules of a change of a poll that every implementation shares.

// Revise returns what change makes of old, where it may: a valid poll with the
// slug, the code, the history, the revision and the times that old has. An error is the
// caller's own refusal.
func Revise(old vote.Poll, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	given := old
	given.Options = slices.Clone(old.Options) // change may write to it
	p, err := change(given)
	if err != nil {
		return vote.Poll{}, err
	}
	p.Slug, p.Code = old.Slug, old.Code
	p.Revision, p.CreatedAt, p.ChangedAt = old.Revision, old.CreatedAt, old.ChangedAt
	p.Corrections, p.Reopenings, p.Parent = old.Corrections, old.Reopenings, old.Parent
	p.OpensAt, p.ClosesAt = Moment(p.OpensAt), Moment(p.ClosesAt)
	return p, p.Validate()
}

// Same reports whether nothing was changed. Times are compared by what they
// mean, the rest by what it is.
func Same(p, q vote.Poll) bool {
	moments := p.OpensAt.Equal(q.OpensAt) && p.ClosesAt.Equal(q.ClosesAt)
	p.OpensAt, p.ClosesAt = q.OpensAt, q.ClosesAt
	return moments && reflect.DeepEqual(p, q)
}

// Told adds to p's history what the public is told of the change from old, at a
// moment when the poll had so many voters.
func Told(old, p vote.Poll, at time.Time, voters int64) vote.Poll {
	at = Moment(at)
	p.Corrections = append(slices.Clip(old.Corrections), p.Corrected(old, at)...)
	if p.Reopens(old) {
		p.Reopenings = append(slices.Clip(old.Reopenings), old.Reopened(at, voters))
		p.Reopenings = p.Reopenings[max(0, len(p.Reopenings)-vote.MaxReopenings):]
	}
	return p
}

// Moment is t as it comes back from a database: in UTC, to the microsecond.
func Moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// NewRound is what BeginRound is asked for.
type NewRound struct {
	Next vote.Poll // takes its slug and its code from the poll that has them now
	// Request names what asks for the round, as for CreateOnce; "" for no name.
	Request string
	// Keep returns the slug under which that poll is kept, or an error that says
	// why it should stay where it is.
	Keep func(old vote.Poll) (slug string, err error)
}

// Kept returns old as it is kept under another name: it takes no vote from now
// on and has no schedule; those let in before are still stored. An error says why
// the round can't begin.
func (r NewRound) Kept(old vote.Poll) (vote.Poll, error) {
	slug, err := r.Keep(old)
	if err != nil {
		return vote.Poll{}, err
	}
	if err := vote.ValidateSlug(slug); err != nil {
		return vote.Poll{}, fmt.Errorf("keep a poll as %q: %w", slug, err)
	}
	next := r.Next
	next.Slug = old.Slug
	if err := next.Validate(); err != nil {
		return vote.Poll{}, err
	}
	kept := old
	kept.Slug, kept.Code, kept.OpensAt = slug, "", time.Time{} // the code is drawn
	if old.Status == vote.Open {
		kept.Status, kept.ClosesAt = vote.Closing, time.Time{}
	}
	return kept, nil
}
