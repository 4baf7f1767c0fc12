//go:build unix

package rules

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"popeye/vote"
)

// manyRankings is a poll of so many options, and as many ballots that rank all of them.
// As good as no two are the same.
func manyRankings(options, ballots int, rule string) (vote.Poll, []vote.Ballot) {
	p := vote.Poll{Slug: "long", Question: "In which order?", Kind: vote.Ranked, Status: vote.Open}
	p.Rule = rule
	p.Seats = 1
	if rule == "stv/1" {
		p.Seats = 5
	}
	ids := make([]string, options)
	for i := range ids {
		ids[i] = string(rune('a' + i%26))
		if i >= 26 {
			ids[i] = "a" + ids[i]
		}
		p.Options = append(p.Options, vote.Option{ID: ids[i], Label: "Option " + ids[i]})
	}
	random := rand.New(rand.NewPCG(1, 2))
	cast := make([]vote.Ballot, ballots)
	for i := range cast {
		random.Shuffle(options, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		cast[i] = vote.Ballot(strings.Join(ids, ">"))
	}
	return p, cast
}

// cpu returns the CPU time that this process has had.
func cpu(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// A refresh of a poll: from ballots as the store has them to a result. cpu-ms/op is
// what counts on a machine that does other things too.
func BenchmarkRefresh(b *testing.B) {
	for _, rule := range Names(vote.Ranked) {
		for _, ballots := range []int{100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/options=30/ballots=%d", rule, ballots), func(b *testing.B) {
				p, cast := manyRankings(30, ballots, rule)
				all := func(yield func(vote.Ballot, int64) bool) {
					for _, c := range cast {
						if !yield(c, 1) {
							return
						}
					}
				}
				runtime.GC()
				b.ReportAllocs()
				began := cpu(b)
				for b.Loop() {
					if _, r, err := Count(p, all); err != nil || r.Voters != int64(ballots) {
						b.Fatal(r.Voters, err)
					}
				}
				b.ReportMetric(float64((cpu(b)-began).Milliseconds())/float64(b.N), "cpu-ms/op")
			})
		}
	}
}
