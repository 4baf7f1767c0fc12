package main

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"popeye/vote"
)

// preferences is what a crowd likes as time goes by: each option comes into fashion
// and out of it in a rhythm of its own.
type preferences struct{ seed uint64 }

const (
	// shortest and longest are how long an option takes to be in fashion again.
	shortest, longest = 80 * time.Second, 4 * time.Minute
	// contrast is how much more an option in fashion is liked than one that is out: e to twice this.
	contrast = 1.1
)

// likes returns how much an option, by its place, is liked at a time; more than
// 0, and 1 on average or so.
func (t preferences) likes(option int, at time.Duration) float64 {
	chance := rand.New(rand.NewPCG(t.seed, uint64(option)))
	period := shortest + time.Duration(chance.Int64N(int64(longest-shortest)))
	turn := at.Seconds()/period.Seconds() + chance.Float64()
	return math.Exp(contrast * math.Sin(2*math.Pi*turn))
}

// ballot is what one voter says, in the form that the API takes for the kind of
// poll: one id, a list of them, or points by id.
type ballot any

// ballot makes up what one of the crowd votes at a time.
func (t preferences) ballot(p vote.Poll, at time.Duration, chance *rand.Rand) ballot {
	order := t.order(p.Options, at, chance)
	switch p.Kind {
	case vote.Multiple:
		return order[:between(p.Min, p.Max, chance)]
	case vote.Ranked:
		return order[:between(1, len(order), chance)]
	case vote.Score:
		return points(p, order, chance)
	default: // one choice
		return order[0]
	}
}

// order puts the options into an order of preference. What is liked twice as
// much comes first twice as often.
func (t preferences) order(options []vote.Option, at time.Duration, chance *rand.Rand) []string {
	waits := map[string]float64{} // as if each came after a random time, the more liked the sooner
	for i, o := range options {
		waits[o.ID] = chance.ExpFloat64() / t.likes(i, at)
	}
	return slices.SortedFunc(maps.Keys(waits), func(a, b string) int {
		if waits[a] < waits[b] {
			return -1
		}
		return 1
	})
}

// points gives the most to the first of an order, and less and less to the rest;
// the last ones may go without.
func points(p vote.Poll, order []string, chance *rand.Rand) map[string]int {
	given := map[string]int{}
	for i, id := range order[:between(1, len(order), chance)] {
		given[id] = p.Max - i*(p.Max-p.Min)/len(order)
	}
	return given
}

// between returns a number from low to high, both included.
func between(low, high int, chance *rand.Rand) int { return low + chance.IntN(high-low+1) }
