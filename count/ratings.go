package count

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// Ratings says how an option of a score poll was rated. Who did not rate it
// counts nowhere in it.
type Ratings struct {
	Raters       int64         `json:"raters"`         // voters who gave it points
	Mean         string        `json:"mean,omitempty"` // of their points, see mean; "" without raters
	Place        int           `json:"place"`          // 1 is the best; equal ones share a place
	Distribution map[int]int64 `json:"distribution"`   // points -> voters who gave them; none with 0 voters
}

// place completes the ratings, once all ballots are added.
func (t *Totals) place() {
	if len(t.Options) == 0 || t.Options[0].Ratings == nil {
		return
	}
	order := ByMean(t.Options)
	for i, o := range order {
		o.Mean, o.Place = mean(o.Votes, o.Raters), i+1
		if i > 0 && compareMeans(order[i-1], o) == 0 {
			o.Place = order[i-1].Place
		}
	}
}

// ByMean returns the options of a score poll, the highest mean first, then the
// one with more raters, then in the poll's order. Those without raters come
// last.
func ByMean(options []Option) []Option {
	order := slices.Clone(options)
	slices.SortStableFunc(order, compareMeans)
	return order
}

// compareMeans compares exactly: a before b is negative.
func compareMeans(a, b Option) int {
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
