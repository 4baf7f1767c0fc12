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
		p.Options = append(p.Options, Option{ID: ids[i], Label: "Option " + ids[i]})
	}
	random := rand.New(rand.NewPCG(1, 2))
	cast := make([]Ballot, ballots)
	for i := range cast {
		random.Shuffle(options, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		cast[i] = Ballot(strings.Join(ids, sepRanks))
	}
	return p, cast
}

func BenchmarkRead(b *testing.B) {
	for _, options := range []int{4, 100} {
		b.Run(fmt.Sprintf("ranked/options=%d", options), func(b *testing.B) {
			p, ballots := ranking(options, 1000)
			r := p.Reader()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Read(ballots[i%len(ballots)])
			}
		})
	}
}

// Reading takes nothing per option: no list is made, none is searched.
func TestReadTakesNoMemory(t *testing.T) {
	for _, options := range []int{4, 100} {
		p, ballots := ranking(options, 1)
		r := p.Reader()
		if n := testing.AllocsPerRun(100, func() { r.Read(ballots[0]) }); n > 0 {
			t.Errorf("to read a ballot of %d options takes %v allocations", options, n)
		}
	}
}
