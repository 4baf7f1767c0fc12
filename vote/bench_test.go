package vote

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// ranking is a ranked poll of so many options, and ballots that rank all of them.
func ranking(options, ballots int) (Poll, []Ballot) {
	p := Poll{Slug: "long", Question: "In which order?", Kind: Ranked, Status: Open}
	ids := make([]string, options)
	for i := range ids {
		ids[i] = fmt.Sprintf("option-%03d", i)
		p.Options = append(p.Options, Option{ids[i], "Option " + ids[i]})
	}
	random := rand.New(rand.NewPCG(1, 2))
	cast := make([]Ballot, ballots)
	for i := range cast {
		random.Shuffle(options, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		cast[i] = Ballot(strings.Join(ids, sepRanked))
	}
	return p, cast
}

func BenchmarkCount(b *testing.B) {
	for _, options := range []int{4, 100} {
		b.Run(fmt.Sprintf("ranked/options=%d", options), func(b *testing.B) {
			p, ballots := ranking(options, 1000)
			c := p.Counter()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.Add(ballots[i%len(ballots)], 1)
			}
		})
	}
}

// Reading takes nothing per option: no list is made, none is searched.
func TestCountTakesNoMemory(t *testing.T) {
	for _, options := range []int{4, 100} {
		p, ballots := ranking(options, 1)
		c := p.Counter()
		if n := testing.AllocsPerRun(100, func() { c.Add(ballots[0], 1) }); n > 0 {
			t.Errorf("to count a ballot of %d options takes %v allocations", options, n)
		}
	}
}
