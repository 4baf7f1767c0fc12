package rules

import (
	"math/big"
	"slices"

	"popeye/count"
	"popeye/count/internal/order"
	"popeye/count/internal/pairwise"
	"popeye/vote"
)

// rankedPairs locks the victories in, the strongest first, each unless it would close a
// circle with those before it. The order is what the locked ones say. Of victories that
// are equally strong that of the option drawn first comes first, then that over the
// option drawn last; if that could make a difference the options are noted as a tie.
//
// Source: T. N. Tideman, Independence of clones as a criterion for voting rules, Soc.
// Choice Welf. 4 (1987), with winning votes for strength.
var rankedPairs = Rule{
	Name: "ranked-pairs/1", Message: "rule.ranked_pairs", Meaning: "rule.ranked_pairs.meaning", Kind: vote.Ranked, EqualRanks: true,
	count: func(e count.Election, ballots count.Marked) (r count.Result) {
		prefer := pairwise.Compare(len(e.Options), ballots)
		r.Pairwise = prefer.Named(e.Options)
		locked := newReach(len(e.Options))
		for equal := range equallyStrong(victories(e, prefer)) {
			fits := slices.DeleteFunc(slices.Clone(equal), func(v victory) bool { return locked.has(v.loser, v.winner) })
			if !locked.takesAll(fits) {
				r.Ties = append(r.Ties, count.Tie{Options: e.SortedIDs(inCircle(fits, locked)), By: count.ByLot})
			}
			for _, v := range fits {
				if !locked.has(v.loser, v.winner) {
					locked.add(v.winner, v.loser)
				}
			}
		}
		order.Layers(e, &r, locked.has)
		return r
	},
}

// victory is one option's over another.
type victory struct {
	winner, loser int
	pairwise.Strength
}

// victories returns all of them, the strongest first, of equal ones in the lot's order.
func victories(e count.Election, m pairwise.Matrix) (all []victory) {
	drawn := make([]int, len(e.Lot))
	for i, o := range e.Lot {
		drawn[o] = i
	}
	for a := range m {
		for b := range m {
			if s, beats := m.Victory(a, b); beats {
				all = append(all, victory{a, b, s})
			}
		}
	}
	slices.SortFunc(all, func(v, w victory) int {
		if c := w.Compare(v.Strength); c != 0 {
			return c
		}
		if c := drawn[v.winner] - drawn[w.winner]; c != 0 {
			return c
		}
		return drawn[w.loser] - drawn[v.loser]
	})
	return all
}

// equallyStrong yields victories that follow one another and are equally strong.
func equallyStrong(all []victory) func(yield func([]victory) bool) {
	return func(yield func([]victory) bool) {
		for i := 0; i < len(all); {
			end := i + 1
			for end < len(all) && all[end].Strength == all[i].Strength {
				end++
			}
			if !yield(all[i:end]) {
				return
			}
			i = end
		}
	}
}

// reach says from which options the locked victories lead to which others: a set of
// options for each.
type reach []*big.Int

func newReach(n int) reach {
	r := make(reach, n)
	for i := range r {
		r[i] = new(big.Int)
	}
	return r
}

func (r reach) has(from, to int) bool { return r[from].Bit(to) == 1 }

// add locks a victory in.
func (r reach) add(winner, loser int) {
	if r.has(winner, loser) {
		return
	}
	for from := range r {
		if from == winner || r.has(from, winner) {
			r[from].Or(r[from], r[loser])
			r[from].SetBit(r[from], loser, 1)
		}
	}
}

// takesAll reports whether all of these can be locked in, so that their order makes no
// difference.
func (r reach) takesAll(all []victory) bool {
	if len(all) < 2 {
		return true
	}
	try := make(reach, len(r))
	for i := range r {
		try[i] = new(big.Int).Set(r[i])
	}
	for _, v := range all {
		if try.has(v.loser, v.winner) {
			return false
		}
		try.add(v.winner, v.loser)
	}
	return true
}

// inCircle returns the options of those victories that are part of a circle with the
// others and what is locked.
func inCircle(all []victory, locked reach) (options []int) {
	try := make(reach, len(locked))
	for i := range locked {
		try[i] = new(big.Int).Set(locked[i])
	}
	for _, v := range all {
		try.add(v.winner, v.loser)
	}
	for o := range try {
		if try.has(o, o) {
			options = append(options, o)
		}
	}
	return options
}
