package rules

import (
	"cmp"
	"strconv"

	"popeye/count"
	"popeye/count/internal/order"
	"popeye/vote"
)

// median orders options by the grade that half of the voters give at least: the middle
// one, of two in the middle the lower. Of equal ones that median is taken away from
// both, again and again, until they differ: the majority value of the majority judgment.
// Who leaves an option out gives it the lowest grade.
//
// Source: M. Balinski and R. Laraki, Majority Judgment, MIT Press (2010).
var median = Rule{
	Name: "median/1", Message: "rule.median", Meaning: "rule.median.meaning", Kind: vote.Score,
	count: func(e count.Election, ballots count.Marked) (r count.Result) {
		grades := newGrades(e, ballots)
		r.Scores = make(map[string]string, len(grades))
		for i, o := range e.Options {
			r.Scores[o.ID] = strconv.Itoa(grades[i].median() + e.Min)
		}
		order.Rank(e, &r,
			func(a, b int) int { return cmp.Compare(grades[b].median(), grades[a].median()) },
			count.ByMajorityValue, func(a, b int) int { return -grades[a].compare(grades[b]) })
		return r
	},
}

// grades says of an option how many voters gave it each grade, the lowest first. All
// options have grades of all voters.
type grades []int64

func newGrades(e count.Election, ballots count.Marked) []grades {
	all, total := make([]grades, len(e.Options)), int64(0)
	for i := range all {
		all[i] = make(grades, e.Max-e.Min+1)
	}
	for marks, voters := range ballots {
		total += voters
		for _, m := range marks {
			all[m.Place][m.N-e.Min] += voters
		}
	}
	for _, g := range all {
		g[0] += total - g.voters()
	}
	return all
}

func (g grades) voters() (n int64) {
	for _, voters := range g {
		n += voters
	}
	return n
}

// median returns the middle grade; the lowest without voters.
func (g grades) median() int { return g.at((g.voters() - 1) / 2) }

// at returns the grade of the voter at a place, those with the lowest grades first.
func (g grades) at(place int64) int {
	for grade, voters := range g {
		if place -= voters; place < 0 {
			return grade
		}
	}
	return 0
}

// run returns how many voters there are from a place on, up or down, with its grade.
func (g grades) run(place int64, up bool) int64 {
	below := int64(0)
	for _, voters := range g {
		if place < below+voters {
			if up {
				return below + voters - place
			}
			return place - below + 1
		}
		below += voters
	}
	return 1
}

// compare compares majority values: positive if g's is the higher. To take the median
// away again and again goes from the middle outwards: of an odd number of voters the
// middle, one down, one up, two down ...; of an even number the lower middle, one up,
// one down, two up ... Voters of the same grade are passed all at once.
func (g grades) compare(h grades) int {
	n := g.voters()
	low, high := (n-1)/2, (n-1)/2+1 // the next down, the next up
	down := true                    // the median itself is the first
	if n%2 == 1 && n > 0 {
		if c := cmp.Compare(g.at(low), h.at(low)); c != 0 {
			return c
		}
		low--
	}
	for low >= 0 || high < n {
		first, second := low, high
		if !down {
			first, second = high, low
		}
		for _, place := range []int64{first, second} {
			if place < 0 || place >= n {
				continue
			}
			if c := cmp.Compare(g.at(place), h.at(place)); c != 0 {
				return c
			}
		}
		step := max(low, n-high)
		for _, of := range []grades{g, h} {
			if low >= 0 {
				step = min(step, of.run(low, false))
			}
			if high < n {
				step = min(step, of.run(high, true))
			}
		}
		low, high = low-max(1, step), high+max(1, step)
	}
	return 0
}
