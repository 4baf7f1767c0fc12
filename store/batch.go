package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"popeye/vote"
)

// The rules of a batch that every implementation shares.

// Last returns the greatest position in the batch.
func (b Batch) Last() int64 {
	last := b.ID
	for _, e := range b.Votes {
		last = max(last, e.Position)
	}
	for _, d := range b.Dead {
		last = max(last, d.Position)
	}
	return last
}

// Ahead is how far a position may lie beyond the clock, and beyond everything that
// is stored: else one wrong number would leave no room for those to come. It is
// also how long the digest of a forgotten batch is kept. In microseconds, as
// positions are.
const Ahead = int64(24 * time.Hour / time.Microsecond)

// Neighbours is what an implementation knows of the batches beside one that comes
// for the first time.
type Neighbours struct {
	Folded int64  // the greatest position of the batches whose rows are gone
	Below  *int64 // the greatest position of the next batch with a smaller ID; nil for none
	Above  *int64 // what the next batch with a greater ID says it came after; nil for none
}

// Misplaced returns ErrMisplaced, with the reason, for a batch that comes for the
// first time and whose positions can't be its own.
//
// In a sound queue batches follow each other and may be applied in any order. So
// the next one above, already stored, came after this one: what it was assigned
// after is at least this batch's last position. Where it is less, a queue that
// knew nothing of this batch assigned it: that queue's memory was lost or replaced
// since, and a vote of this batch, though newer, would lose against an older one.
// And what is compacted away was acknowledged, so all of it came before.
//
// To come with greater positions than everything that is stored is fine in any
// case, also for a queue without memory: its votes are the newest.
func (b Batch) Misplaced(n Neighbours) error {
	switch {
	case !b.Chained:
		return nil
	case b.Prev >= b.ID:
		return fmt.Errorf("%w: its first position is %d, and the last one before it was %d", ErrMisplaced, b.ID, b.Prev)
	case b.ID <= n.Folded:
		return fmt.Errorf("%w: it begins at position %d, and what is stored for long ends at %d", ErrMisplaced, b.ID, n.Folded)
	case n.Below != nil && *n.Below >= b.ID:
		return fmt.Errorf("%w: it begins at position %d, inside a batch that ends at %d", ErrMisplaced, b.ID, *n.Below)
	case n.Above != nil && *n.Above < b.Last():
		return fmt.Errorf("%w: it ends at position %d, and the next one came after %d", ErrMisplaced, b.Last(), *n.Above)
	}
	return nil
}

// Reused returns ErrMisplaced unless the batch is the one that was applied under
// its ID, as far as digests tell.
func (b Batch) Reused(applied []byte) error {
	if len(applied) == 0 || len(b.Digest) == 0 || bytes.Equal(applied, b.Digest) {
		return nil
	}
	return fmt.Errorf("%w: another one with the same ID %d is stored", ErrMisplaced, b.ID)
}

// Forgotten returns ErrMisplaced for a batch with an ID that Compact went over,
// unless it may have been applied: applied is the digest of the one that was, nil
// if it is not known any more.
func (b Batch) Forgotten(applied []byte) error {
	if len(applied) > 0 || !b.Chained || len(b.Digest) == 0 {
		return b.Reused(applied)
	}
	return fmt.Errorf("%w: it has the ID %d, and all that came so early is stored for long", ErrMisplaced, b.ID)
}

// TooFar returns ErrMisplaced for a batch that ends more than a day beyond the
// position given, the greatest of what clocks and store say.
func (b Batch) TooFar(most int64) error {
	if b.Last() <= most+Ahead {
		return nil
	}
	return fmt.Errorf("%w: it ends at position %d, more than a day ahead of %d", ErrMisplaced, b.Last(), most)
}

// Slugs returns the names of the batch's polls, sorted, without those that no
// poll can have: a database is never asked for them.
func (b Batch) Slugs() []string {
	var slugs []string
	seen := make(map[string]bool)
	for _, e := range b.Votes {
		if slug := e.Vote.Poll; !seen[slug] {
			seen[slug] = true
			if vote.ValidateSlug(slug) == nil {
				slugs = append(slugs, slug)
			}
		}
	}
	slices.Sort(slugs)
	return slugs
}

// PollState is what decides whether a poll stores a vote.
type PollState struct {
	Status  vote.Status
	Created string // the poll's CreatedKey
}

// Judge starts the report on a batch that comes for the first time, with what
// the polls decide: polls holds those that exist, by slug. Votes are Refused or,
// until the implementation knows better, Superseded. It returns ErrMoved for a
// vote that says it was cast in another poll than the one of that name.
func (b Batch) Judge(polls map[string]PollState) (Report, error) {
	r := Report{Outcomes: make([]Outcome, len(b.Votes))}
	for _, d := range b.Dead {
		r.addDead(d.Position, d.Reason)
	}
	for i, e := range b.Votes {
		r.Outcomes[i] = Superseded
		p, ok := polls[e.Vote.Poll]
		switch {
		case e.Vote.Created != "" && e.Vote.Created != p.Created:
			return Report{}, ErrMoved
		case !ok:
			r.Refuse(i, e.Position, "no such poll")
		case !p.Status.Stores():
			r.Refuse(i, e.Position, "the poll is "+string(p.Status))
		}
	}
	return r, nil
}

// Refuse turns vote i, which lies at position, into a dead letter.
func (r *Report) Refuse(i int, position int64, reason string) {
	r.Outcomes[i] = Refused
	r.addDead(position, reason)
}

// addDead adds to Dead in the order of positions. The reason is reduced to text
// that every database keeps as it is, so that a batch that comes again gets
// the very same answer.
func (r *Report) addDead(position int64, reason string) {
	reason = strings.ReplaceAll(strings.ToValidUTF8(reason, "\uFFFD"), "\x00", "\uFFFD")
	at, _ := slices.BinarySearchFunc(r.Dead, position, func(d Dead, p int64) int { return cmp.Compare(d.Position, p) })
	r.Dead = slices.Insert(r.Dead, at, Dead{Position: position, Reason: reason})
}

// DeadLetters returns what is to be kept of the messages that r says are dead, in
// its order. When they were given up is left to the implementation.
func (b Batch) DeadLetters(r Report) []DeadLetter {
	if len(r.Dead) == 0 {
		return nil
	}
	raw := make(map[int64][]byte, len(b.Votes)+len(b.Dead))
	for _, e := range b.Votes {
		raw[e.Position] = e.Raw
	}
	for _, d := range b.Dead {
		raw[d.Position] = d.Raw
	}
	deadLetters := make([]DeadLetter, len(r.Dead))
	for i, d := range r.Dead {
		whole := raw[d.Position]
		deadLetters[i] = DeadLetter{
			Position: d.Position, Reason: d.Reason, Size: len(whole),
			Raw: append([]byte{}, whole[:min(len(whole), MaxDeadLetter)]...), // never nil, which a database takes for NULL
		}
	}
	return deadLetters
}

// Stored counts the votes that were not refused.
func (r Report) Stored() int {
	n := 0
	for _, o := range r.Outcomes {
		if o != Refused {
			n++
		}
	}
	return n
}
