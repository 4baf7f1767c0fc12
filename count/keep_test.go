package count

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/vote"
)

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
		kept := keep(profile{ballots: want}.all())
		for range 2 {
			var got []ballot
			for marks, voters := range kept.all() {
				got = append(got, ballot{append([]vote.Mark(nil), marks...), voters})
			}
			if d := cmp.Diff(want, got, cmp.AllowUnexported(ballot{})); d != "" {
				t.Fatal(d)
			}
		}
		for stop := range want {
			n := 0
			for range kept.all() {
				if n++; n > stop {
					break
				}
			}
		}
	})
}

// A ranking takes a byte for each option, and two.
func TestKeptBallotsTakeLittle(t *testing.T) {
	p := profile{ballots: slices.Repeat([]ballot{{[]vote.Mark{{Place: 1, N: 1}, {Place: 63, N: 2}, {Place: 0, N: 3}}, 1}}, 100_000)}
	total, allocated := 0, 0
	for _, chunk := range keep(p.all()).chunks {
		total, allocated = total+len(chunk), allocated+cap(chunk)
	}
	if want := len(p.ballots) * (3 + 2); total != want || allocated > want+2*largeChunk {
		t.Errorf("%d ballots take %d bytes and allocate %d, want %d", len(p.ballots), total, allocated, want)
	}
}
