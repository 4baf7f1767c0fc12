package pile

import (
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/vote"
)

// ballot is what one says, with its voters.
type ballot struct {
	marks  []vote.Mark
	voters int64
}

func marked(ballots []ballot) iter.Seq2[[]vote.Mark, int64] {
	return func(yield func([]vote.Mark, int64) bool) {
		for _, b := range ballots {
			if !yield(b.marks, b.voters) {
				return
			}
		}
	}
}

// What is kept comes back as it was, of every kind and size.
func TestKeptBallotsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		options := rapid.SampledFrom([]int{3, 64, 65, 100, 20_000}).Draw(t, "options")
		var want []ballot
		silent := int64(0)
		for range rapid.IntRange(0, 200).Draw(t, "ballots") {
			b := ballot{voters: rapid.Int64Range(1, 1<<62/200).Draw(t, "voters")}
			for range rapid.IntRange(0, 5).Draw(t, "marks") {
				b.marks = append(b.marks, vote.Mark{Place: rapid.IntRange(0, options-1).Draw(t, "place"), N: rapid.IntRange(0, 300).Draw(t, "n")})
			}
			if len(b.marks) == 0 {
				silent += b.voters
			} else {
				want = append(want, b)
			}
		}
		if silent > 0 {
			want = append(want, ballot{nil, silent})
		}
		kept := Keep(marked(want))
		for range 2 {
			var got []ballot
			for marks, voters := range kept.All() {
				got = append(got, ballot{append([]vote.Mark(nil), marks...), voters})
			}
			if d := cmp.Diff(want, got, cmp.AllowUnexported(ballot{})); d != "" {
				t.Fatal(d)
			}
		}
		for stop := range want {
			n := 0
			for range kept.All() {
				if n++; n > stop {
					break
				}
			}
		}
	})
}

// A ranking takes a byte for each option, and two.
func TestKeptBallotsTakeLittle(t *testing.T) {
	ballots := slices.Repeat([]ballot{{[]vote.Mark{{Place: 1, N: 1}, {Place: 63, N: 2}, {Place: 0, N: 3}}, 1}}, 100_000)
	total, allocated := 0, 0
	for _, chunk := range Keep(marked(ballots)).chunks {
		total, allocated = total+len(chunk), allocated+cap(chunk)
	}
	if want := len(ballots) * (3 + 2); total != want || allocated > want+2*largeChunk {
		t.Errorf("%d ballots take %d bytes and allocate %d, want %d", len(ballots), total, allocated, want)
	}
}
