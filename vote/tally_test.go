package vote

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCount(t *testing.T) {
	tests := []struct {
		name    string
		kind    Kind
		tally   Tally
		voters  int64
		invalid int64
		votes   [4]int64 // of a, b, c, d
	}{
		{name: "nobody voted", kind: Single},
		{name: "nobody voted", kind: Score, tally: Tally{}},
		{name: "voters", kind: Single, tally: Tally{"a": 12, "b": 7, "d": 3}, voters: 22, votes: [4]int64{12, 7, 0, 3}},
		{name: "approvals", kind: Multiple, tally: Tally{"a,b": 2, "a,c,d": 3}, voters: 5, votes: [4]int64{5, 2, 3, 3}},
		{name: "first preferences", kind: Ranked, tally: Tally{"b>a>c": 4, "b": 1, "a>b": 2}, voters: 7, votes: [4]int64{2, 5, 0, 0}},
		{name: "points", kind: Score, tally: Tally{"a=5,b=1": 2, "b=3": 1}, voters: 3, votes: [4]int64{10, 5, 0, 0}},
		{name: "hand-made rows", kind: Single, tally: Tally{"a": 1, "z": 2, "": 3, "a,b": 4}, voters: 1, invalid: 9, votes: [4]int64{1}},
		{name: "hand-made rows that are not canonical", kind: Multiple, tally: Tally{"b,a": 2, "a": 1}, invalid: 3},
		{name: "more than 32 bits", kind: Score, tally: Tally{"a=5": 3 << 40}, voters: 3 << 40, votes: [4]int64{15 << 40}},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+"/"+tt.name, func(t *testing.T) {
			p := tea(tt.kind)
			want := Count{Voters: tt.voters, Invalid: tt.invalid}
			for i, o := range p.Options {
				want.Options = append(want.Options, OptionCount{Option: o, Votes: tt.votes[i]})
			}
			got := p.Count(tt.tally)
			for i := range got.Options {
				if rated := got.Options[i].Ratings != nil; rated != (tt.kind == Score) {
					t.Errorf("%+v has ratings: %t", got.Options[i], rated)
				}
				got.Options[i].Ratings = nil // TestRatings has them
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
