package count

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

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

// Ratings says how an option of a score poll was rated. Who did not rate it
// counts nowhere in it.
type Ratings struct {
	Raters       int64         `json:"raters"`         // voters who gave it points
	Mean         string        `json:"mean,omitempty"` // of their points, see mean; "" without raters
	Place        int           `json:"place"`          // 1 is the best; equal ones share a place
	Distribution map[int]int64 `json:"distribution"`   // points -> voters who gave them; none with 0 voters
}

// NewTotals returns those of an election without ballots.
func NewTotals(e Election) Totals {
	t := Totals{Options: make([]Option, len(e.Options))}
	for i, o := range e.Options {
		t.Options[i].Option = o
		if e.Kind == vote.Score {
			t.Options[i].Ratings = &Ratings{Distribution: map[int]int64{}}
		}
	}
	return t
}

// Add adds a ballot.
func (t *Totals) Add(kind vote.Kind, marks []vote.Mark, voters int64) {
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

// Finish completes the ratings, once all ballots are added.
func (t *Totals) Finish() {
	if len(t.Options) == 0 || t.Options[0].Ratings == nil {
		return
	}
	order := ByMean(t.Options)
	for i, o := range order {
		o.Mean, o.Place = mean(o.Votes, o.Raters), i+1
		if i > 0 && CompareMeans(order[i-1], o) == 0 {
			o.Place = order[i-1].Place
		}
	}
}

// ByMean returns the options of a score poll, the highest mean first, then the
// one with more raters, then in the poll's order. Those without raters come
// last.
func ByMean(options []Option) []Option {
	order := slices.Clone(options)
	slices.SortStableFunc(order, CompareMeans)
	return order
}

// CompareMeans compares the means of two options of a score poll, then their raters,
// exactly: a before b is negative.
func CompareMeans(a, b Option) int {
	if a.Raters == 0 || b.Raters == 0 {
		return cmp.Compare(b.Raters, a.Raters)
	}
	// a.Votes/a.Raters and b.Votes/b.Raters, multiplied crosswise.
	aHigh, aLow := bits.Mul64(uint64(a.Votes), uint64(b.Raters))
	bHigh, bLow := bits.Mul64(uint64(b.Votes), uint64(a.Raters))
	return cmp.Or(cmp.Compare(bHigh, aHigh), cmp.Compare(bLow, aLow), cmp.Compare(b.Raters, a.Raters))
}

// mean writes a mean with two decimals. It is rounded to the nearest, a half up.
func mean(points, raters int64) string {
	if raters == 0 {
		return ""
	}
	whole, rest := points/raters, points%raters
	hundredths := (200*rest + raters) / (2 * raters)
	return fmt.Sprintf("%d.%02d", whole+hundredths/100, hundredths%100)
}
