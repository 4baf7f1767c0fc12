package rules

import (
	"popeye/count"
	"popeye/count/internal/order"
	"popeye/count/internal/pairwise"
	"popeye/vote"
)

// schulze compares options by the strongest path of victories from one to the other; a
// path is as strong as its weakest victory, by winning votes. The options that no other
// one has a stronger path to come first; then those of the others, and so on.
//
// Source: M. Schulze, A new monotonic, clone-independent, reversal symmetric, and
// Condorcet-consistent single-winner election method, Soc. Choice Welf. 36 (2011).
var schulze = Rule{
	Name: "schulze/1", Message: "rule.schulze", Meaning: "rule.schulze.meaning", Kind: vote.Ranked, EqualRanks: true,
	count: func(e count.Election, ballots count.Marked) (r count.Result) {
		prefer := pairwise.Compare(len(e.Options), ballots)
		r.Pairwise = prefer.Named(e.Options)
		path := strongestPaths(prefer)
		order.Layers(e, &r, func(a, b int) bool { return path[a][b].Compare(path[b][a]) > 0 })
		return r
	},
}

// strongestPaths returns how strong the strongest path is from each option to each
// other; one without a path is the weakest of all.
func strongestPaths(m pairwise.Matrix) [][]pairwise.Strength {
	path := make([][]pairwise.Strength, len(m))
	for a := range m {
		path[a] = make([]pairwise.Strength, len(m))
		for b := range m {
			if s, beats := m.Victory(a, b); beats {
				path[a][b] = s
			}
		}
	}
	for over := range m {
		for a := range m {
			first := path[a][over]
			if first == (pairwise.Strength{}) {
				continue
			}
			for b := range m {
				second := path[over][b]
				if second == (pairwise.Strength{}) || a == b {
					continue
				}
				if second.Compare(first) > 0 {
					second = first
				}
				if second.Compare(path[a][b]) > 0 {
					path[a][b] = second
				}
			}
		}
	}
	return path
}
