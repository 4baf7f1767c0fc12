package count

import (
	"popeye/vote"
)

// Totals are the plain totals of a poll, whatever its rule: who voted, and the votes of
// each option.
type Totals struct {
	Voters    int64    `json:"voters"`    // with a ballot that is valid for the poll
	Invalid   int64    `json:"invalid"`   // with another: hand-made rows, or options taken away since
	Abstained int64    `json:"abstained"` // who chose nothing, and said so
	Options   []Option `json:"options"`   // every option, in the poll's order, zero included
}

// Option is the total of one option. Votes are its voters (single), its
// approvals (multiple), its first preferences (ranked) or the sum of its
// points (score).
type Option struct {
	vote.Option
	Votes    int64 `json:"votes"`
	*Ratings       // of a score poll, else nil
}

// newTotals returns those of an election without ballots.
func newTotals(e Election) Totals {
	t := Totals{Options: make([]Option, len(e.Options))}
	for i, o := range e.Options {
		t.Options[i].Option = o
		if e.Kind == vote.Score {
			t.Options[i].Ratings = &Ratings{Distribution: map[int]int64{}}
		}
	}
	return t
}

// add adds a ballot.
func (t *Totals) add(kind vote.Kind, marks []vote.Mark, voters int64) {
	t.Voters += voters
	for _, m := range marks {
		if kind == vote.Ranked && m.N > 1 {
			return // they are in order: no first preference is left
		}
		o := &t.Options[m.Place]
		switch {
		case o.Ratings != nil:
			o.Votes += voters * int64(m.N)
			o.Raters += voters
			o.Distribution[m.N] += voters
		default:
			o.Votes += voters
		}
	}
}

// tee adds each ballot that goes by.
func (t *Totals) tee(kind vote.Kind, ballots Marked) Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		for marks, voters := range ballots {
			t.add(kind, marks, voters)
			if !yield(marks, voters) {
				return
			}
		}
	}
}
