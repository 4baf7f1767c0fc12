package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"popeye/vote"
)

// drawBallot draws a ballot of p, whatever its kind.
func drawBallot(t *rapid.T, p vote.Poll) vote.Ballot {
	some := rapid.Permutation(p.Options).Draw(t, "options")
	low, high := 1, len(some)
	switch p.Kind {
	case vote.Single:
		high = 1
	case vote.Multiple:
		low, high = p.Min, p.Max
	case vote.Ranked, vote.Score:
	}
	var parts []string
	for _, o := range some[:rapid.IntRange(low, high).Draw(t, "number")] {
		part := o.ID
		if p.Kind == vote.Score {
			part = fmt.Sprintf("%s=%d", part, rapid.IntRange(p.Min, p.Max).Draw(t, "points"))
		}
		parts = append(parts, part)
	}
	separator := ","
	if p.Kind == vote.Ranked {
		separator = ">"
	}
	b, err := vote.ParseBallot(p, strings.Join(parts, separator))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The figures of a count agree with one another and with the tally.
func TestCountAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := tea(rapid.SampledFrom(vote.Kinds).Draw(t, "kind"))
		tally, voters, invalid, marks := vote.Tally{}, int64(0), int64(0), int64(0)
		for range rapid.IntRange(0, 8).Draw(t, "ballots") {
			b := drawBallot(t, p)
			if _, there := tally[b]; there {
				continue
			}
			tally[b] = rapid.Int64Range(1, 1000).Draw(t, "voters")
			voters += tally[b]
			marks += tally[b] * int64(len(p.Read(b)))
		}
		if rapid.Bool().Draw(t, "hand-made") {
			tally["not a ballot"] = 5
			invalid = 5
		}
		c := countTally(p, tally)
		sum, highest := int64(0), int64(0)
		for i, o := range c.Options {
			if o.Option != p.Options[i] {
				t.Fatalf("option %d is %v, want %v", i, o.Option, p.Options[i])
			}
			sum, highest = sum+o.Votes, max(highest, o.Votes)
		}
		if c.Voters != voters || c.Invalid != invalid {
			t.Fatalf("got %d voters and %d invalid, want %d and %d", c.Voters, c.Invalid, voters, invalid)
		}
		switch p.Kind {
		case vote.Single, vote.Ranked: // each voter has one choice, or one first preference
			if sum != voters {
				t.Fatalf("%d votes of %d voters", sum, voters)
			}
		case vote.Multiple: // as many as were chosen, and nobody chooses an option twice
			if sum != marks || highest > voters {
				t.Fatalf("%d approvals, want %d; %d of one option by %d voters", sum, marks, highest, voters)
			}
		case vote.Score:
			if sum < marks*int64(p.Min) || sum > marks*int64(p.Max) || highest > voters*int64(p.Max) {
				t.Fatalf("%d points in %d marks of %d to %d points", sum, marks, p.Min, p.Max)
			}
		}
	})
}

// A result depends on the tally, not on the order in which its ballots come.
func TestOrderOfBallotsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := tea(rapid.SampledFrom(vote.Kinds).Draw(t, "kind"))
		tally := vote.Tally{}
		for range rapid.IntRange(0, 8).Draw(t, "ballots") {
			tally[drawBallot(t, p)] += rapid.Int64Range(1, 5).Draw(t, "voters")
		}
		ballots := slices.Sorted(maps.Keys(tally))
		in := func(order []vote.Ballot) string {
			r, _, _ := Count(p, func(yield func(vote.Ballot, int64) bool) {
				for _, b := range order {
					if !yield(b, tally[b]) {
						return
					}
				}
			})
			var text strings.Builder
			fmt.Fprintf(&text, "%d %d", r.Voters, r.Invalid)
			for _, o := range r.Options {
				fmt.Fprintf(&text, " %s %d", o.ID, o.Votes)
				if o.Ratings != nil {
					fmt.Fprintf(&text, " %+v", *o.Ratings)
				}
			}
			return text.String()
		}
		if one, other := in(ballots), in(rapid.Permutation(ballots).Draw(t, "order")); one != other {
			t.Fatalf("%s\nin another order: %s", one, other)
		}
	})
}
