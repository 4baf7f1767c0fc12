package rules

import (
	"math/rand/v2"
	"testing"

	"popeye/count"
	"popeye/vote"
)

// BenchmarkPairs compares 30 options on 100,000 full rankings, all different.
func BenchmarkPairs(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	p := profile{Election: count.Election{Kind: vote.Ranked, Seats: 1, Lot: ints(30)}}
	for i := range 30 {
		p.Options = append(p.Options, vote.Option{ID: vote.OptionID(i)})
	}
	for range 100_000 {
		marks := make([]vote.Mark, 30)
		for i, place := range random.Perm(30) {
			marks[i] = vote.Mark{Place: place, N: i + 1}
		}
		p.ballots = append(p.ballots, ballot{marks, 1})
	}
	for _, r := range []Rule{schulze, rankedPairs, borda} {
		b.Run(r.Name, func(b *testing.B) {
			for b.Loop() {
				p.count(r)
			}
		})
	}
}
