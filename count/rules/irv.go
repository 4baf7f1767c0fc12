package rules

import (
	"math/big"

	"popeye/count"
	"popeye/count/internal/stages"
	"popeye/vote"
)

// irv is the instant runoff: the option with the fewest votes goes out, one at a time,
// and each ballot goes to the next option on it that is still in. It ends when one has
// more than half of the votes still in, or two are left. Of options that tie, the one
// with fewer votes in the latest earlier round in which they differ goes out; then the
// lot decides. A ballot whose top place holds several options that are still in counts
// as exhausted until only one of them is left.
var irv = Rule{
	Name: "irv/1", Message: "rule.irv", Meaning: "rule.irv.meaning", Kind: vote.Ranked, OneSeat: true,
	count: func(e count.Election, ballots count.Marked) count.Result {
		s := stages.New(e, 1)
		s.KeepUndecided()
		s.Deal(ballots)
		for {
			s.Open("")
			in := s.In()
			if len(in) <= 2 || majority(s, in) {
				if len(in) > 0 {
					s.Elect(s.Most(in))
				}
				return s.Finish()
			}
			s.Drop(s.Fewest(in))
		}
	},
}

// majority reports whether one option has more than half of the votes still in.
func majority(s *stages.Count, in []int) bool {
	all, best := new(big.Int), new(big.Int)
	for _, o := range in {
		all.Add(all, s.Votes[o])
		if s.Votes[o].Cmp(best) > 0 {
			best = s.Votes[o]
		}
	}
	return new(big.Int).Lsh(best, 1).Cmp(all) > 0
}
