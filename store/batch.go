package store

import (
	"cmp"
	"slices"
	"strings"

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
		r.bury(d.Position, d.Reason)
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
	r.bury(position, reason)
}

// bury adds to Dead in the order of positions. The reason is reduced to text
// that every database keeps as it is, so that a batch that comes again gets
// the very same answer.
func (r *Report) bury(position int64, reason string) {
	reason = strings.ReplaceAll(strings.ToValidUTF8(reason, "\uFFFD"), "\x00", "\uFFFD")
	at, _ := slices.BinarySearchFunc(r.Dead, position, func(d Dead, p int64) int { return cmp.Compare(d.Position, p) })
	r.Dead = slices.Insert(r.Dead, at, Dead{Position: position, Reason: reason})
}

// Letters returns what is to be kept of the messages that r says are dead, in
// its order. When they were given up is left to the implementation.
func (b Batch) Letters(r Report) []Letter {
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
	letters := make([]Letter, len(r.Dead))
	for i, d := range r.Dead {
		whole := raw[d.Position]
		letters[i] = Letter{
			Position: d.Position, Reason: d.Reason, Size: len(whole),
			Raw: append([]byte{}, whole[:min(len(whole), MaxLetter)]...), // never nil, which a database takes for NULL
		}
	}
	return letters
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
