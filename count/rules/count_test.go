package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
	"popeye/vote"
)

// tea is a poll of a kind, with four options.
func tea(kind vote.Kind) vote.Poll {
	p := vote.Poll{
		Slug: "tea", Question: "Which tea?", Kind: kind, Status: vote.Open,
		Options: []vote.Option{{ID: "a", Label: "Assam"}, {ID: "b", Label: "Bancha"}, {ID: "c", Label: "Ceylon"}, {ID: "d", Label: "Darjeeling"}},
	}
	switch kind {
	case vote.Multiple:
		p.Min, p.Max = 2, 3
	case vote.Score:
		p.Min, p.Max = 1, 5
	case vote.Single, vote.Ranked:
	}
	return p
}

// countTally counts by the rule of the poll's kind.
func countTally(p vote.Poll, t vote.Tally) count.Totals {
	totals, _, _ := Count(p, t.All())
	return totals
}

// Every kind that can be made has a rule of its own, and every rule its name.
func TestEveryKindHasARule(t *testing.T) {
	for _, k := range vote.Kinds {
		if r, err := For(tea(k)); r.Kind != k || err != nil || Names(k)[0] != r.Name {
			t.Errorf("a %s poll is counted by %s, which is for %v: %v", k, r.Name, r.Kind, err)
		}
	}
	names := map[string]bool{}
	for _, r := range table {
		if found, err := Lookup(r.Name); err != nil || found.Name != r.Name || names[r.Name] {
			t.Errorf("rule %q is found as %q, with %v, before: %t", r.Name, found.Name, err, names[r.Name])
		}
		names[r.Name] = true
	}
	if r, err := Lookup("plurality/2"); err == nil {
		t.Errorf("a rule that nobody wrote is %+v", r)
	}
}

func TestKindWithoutRuleHasNoValidBallot(t *testing.T) {
	if r := countTally(tea("riddle"), vote.Tally{"a": 3}); r.Voters != 0 || r.Invalid != 3 {
		t.Errorf("counted %+v", r)
	}
}

func TestCount(t *testing.T) {
	tests := []struct {
		name    string
		kind    vote.Kind
		tally   vote.Tally
		voters  int64
		invalid int64
		votes   [4]int64 // of a, b, c, d
	}{
		{name: "no tally", kind: vote.Single},
		{name: "nobody voted", kind: vote.Score, tally: vote.Tally{}},
		{name: "voters", kind: vote.Single, tally: vote.Tally{"a": 12, "b": 7, "d": 3}, voters: 22, votes: [4]int64{12, 7, 0, 3}},
		{name: "approvals", kind: vote.Multiple, tally: vote.Tally{"a,b": 2, "a,c,d": 3}, voters: 5, votes: [4]int64{5, 2, 3, 3}},
		{name: "first preferences", kind: vote.Ranked, tally: vote.Tally{"b>a>c": 4, "b": 1, "a>b": 2}, voters: 7, votes: [4]int64{2, 5, 0, 0}},
		{name: "points", kind: vote.Score, tally: vote.Tally{"a=5,b=1": 2, "b=3": 1}, voters: 3, votes: [4]int64{10, 5, 0, 0}},
		{name: "hand-made rows", kind: vote.Single, tally: vote.Tally{"a": 1, "z": 2, "": 3, "a,b": 4}, voters: 1, invalid: 9, votes: [4]int64{1}},
		{name: "hand-made rows that are not canonical", kind: vote.Multiple, tally: vote.Tally{"b,a": 2, "a": 1}, invalid: 3},
		{name: "more than 32 bits", kind: vote.Score, tally: vote.Tally{"a=5": 3 << 40}, voters: 3 << 40, votes: [4]int64{15 << 40}},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+"/"+tt.name, func(t *testing.T) {
			p := tea(tt.kind)
			want := count.Totals{Voters: tt.voters, Invalid: tt.invalid}
			for i, o := range p.Options {
				want.Options = append(want.Options, count.Option{Option: o, Votes: tt.votes[i]})
			}
			got := countTally(p, tt.tally)
			for i := range got.Options {
				if rated := got.Options[i].Ratings != nil; rated != (tt.kind == vote.Score) {
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
