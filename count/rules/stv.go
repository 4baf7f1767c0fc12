package rules

import (
	"math/big"
	"slices"

	"popeye/count"
	"popeye/count/internal/stages"
	"popeye/vote"
)

// stvUnit is a vote in stv: amounts are cut to five decimals.
const stvUnit = 100_000

// stv is the single transferable vote as Scottish councils are elected (SSI 2007/42,
// schedule 1): an option with the quota is elected; what it has beyond that goes on,
// the largest surplus first, each of its ballots for an equal part of what it was
// worth, cut to five decimals. Without a surplus the option with the fewest votes goes
// out. It ends when all seats are filled, or as many options are left as seats. Options
// that tie are parted as in irv.
var stv = Rule{
	Name: "stv/1", Message: "rule.stv", Meaning: "rule.stv.meaning", Kind: vote.Ranked,
	count: func(e count.Election, ballots count.Marked) count.Result {
		s := stvCount{stages.New(e, stvUnit)}
		s.Deal(ballots)
		quota := s.quota()
		for {
			s.Open(s.Amount(quota))
			s.electAll(func(o int) bool { return s.Votes[o].Cmp(quota) >= 0 })
			if left := e.Seats - len(s.Elected); left == 0 {
				return s.Finish()
			} else if len(s.In()) <= left {
				s.electAll(func(int) bool { return true })
				return s.Finish()
			}
			if spare := s.spare(quota); len(spare) > 0 {
				s.release(s.Most(spare), quota)
			} else {
				s.Drop(s.Fewest(s.In()))
			}
		}
	},
}

// stvCount is a count with a quota.
type stvCount struct{ *stages.Count }

// quota returns the fewest whole votes that no more options than seats can have: of the
// voters whose ballot has a first option, one in seats and one more, and one vote.
func (s stvCount) quota() *big.Int {
	all := new(big.Int)
	for _, n := range s.Votes {
		all.Add(all, n)
	}
	voters := all.Quo(all, big.NewInt(s.Unit))
	voters.Quo(voters, big.NewInt(int64(s.Seats)+1))
	return voters.Mul(voters.Add(voters, big.NewInt(1)), big.NewInt(s.Unit))
}

// electAll elects those who continue and are fit, the one with the most votes first.
func (s stvCount) electAll(fit func(option int) bool) {
	in := slices.DeleteFunc(s.In(), func(o int) bool { return !fit(o) })
	slices.SortStableFunc(in, s.Compare)
	for _, o := range in {
		s.Elect(o)
	}
}

// spare returns the elected options that have more than the quota, in the order of the
// lot.
func (s stvCount) spare(quota *big.Int) []int {
	return slices.DeleteFunc(slices.Clone(s.Lot), func(o int) bool {
		return !slices.Contains(s.Elected, o) || s.Votes[o].Cmp(quota) <= 0
	})
}

// release gives on what an option has beyond the quota.
func (s stvCount) release(option int, quota *big.Int) {
	all := s.Votes[option]
	surplus := new(big.Int).Sub(all, quota)
	s.Transfer(option, func(worth int64) int64 {
		part := new(big.Int).Mul(surplus, big.NewInt(worth))
		return part.Quo(part, all).Int64() // no more than worth
	})
	s.Votes[option] = quota
}
