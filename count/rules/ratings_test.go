package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/count"
	"popeye/vote"
)

// rated is a score poll in which 0 points can be given.
func rated() vote.Poll {
	p := tea(vote.Score)
	p.Min = 0
	return p
}

// Ten of a hundred heard the talk, and loved it: it is not the last.
func TestRatingsAreOfThoseWhoRated(t *testing.T) {
	p := rated()
	got := countTally(p, vote.Tally{"a=5,b=3": 9, "a=4,b=3": 1, "b=3": 80, "b=2,c=0": 10}).Options
	want := []count.Ratings{
		{Raters: 10, Mean: "4.90", Place: 1, Distribution: map[int]int64{4: 1, 5: 9}},
		{Raters: 100, Mean: "2.90", Place: 2, Distribution: map[int]int64{2: 10, 3: 90}},
		{Raters: 10, Mean: "0.00", Place: 3, Distribution: map[int]int64{0: 10}},
		{Raters: 0, Mean: "", Place: 4, Distribution: map[int]int64{}},
	}
	for i, o := range got {
		if diff := cmp.Diff(want[i], *o.Ratings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", o.ID, diff)
		}
	}
	if got[0].Votes != 49 || got[1].Votes != 290 {
		t.Errorf("votes are the sum of points, not %d and %d", got[0].Votes, got[1].Votes)
	}
}

func TestRatingsInJSON(t *testing.T) {
	options := countTally(rated(), vote.Tally{"a=5,b=10": 2}).Options // the second is no ballot
	options = append(options, countTally(rated(), vote.Tally{"a=5": 9, "a=4": 1}).Options[0], countTally(tea(vote.Single), vote.Tally{"a": 3}).Options[0])
	raw, err := json.Marshal([]count.Option{options[0], options[4], options[5]})
	want := `[{"id":"a","label":"Assam","votes":0,"raters":0,"place":1,"distribution":{}},` +
		`{"id":"a","label":"Assam","votes":49,"raters":10,"mean":"4.90","place":1,"distribution":{"4":1,"5":9}},` +
		`{"id":"a","label":"Assam","votes":3}]`
	if err != nil || string(raw) != want {
		t.Errorf("got %s, want %s, %v", raw, want, err)
	}
}

func TestOptionsByMean(t *testing.T) {
	for _, c := range []struct {
		tally  vote.Tally
		want   string // id:place
		reason string
	}{
		{nil, "a:1 b:1 c:1 d:1", "nobody rated any"},
		{vote.Tally{"b=0": 1}, "b:1 a:2 c:2 d:2", "a rating of 0 is a rating"},
		{vote.Tally{"a=3,b=3": 1, "b=3": 1}, "b:1 a:2 c:3 d:3", "more raters come first"},
		{vote.Tally{"a=3,c=3,d=4": 1}, "d:1 a:2 c:2 b:4", "equal ones share a place"},
		{vote.Tally{"a=5": 3 << 40, "b=5": 3<<40 - 1, "b=4": 1}, "a:1 b:2 c:3 d:3", "means that differ far behind the point"},
	} {
		got := ""
		for _, o := range count.ByMean(countTally(rated(), c.tally).Options) {
			got += fmt.Sprintf(" %s:%d", o.ID, o.Place)
		}
		if got[1:] != c.want {
			t.Errorf("%s: got %s, want %s", c.reason, got[1:], c.want)
		}
	}
}

// Whatever the order in which a tally goes by, and however it is cut, the
// ratings are those of all its voters.
func TestRatingsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rated()
		tally := vote.Tally{}
		for range rapid.IntRange(0, 20).Draw(t, "ballots") {
			id := rapid.SampledFrom(p.Options).Draw(t, "option").ID
			tally[vote.Ballot(fmt.Sprintf("%s=%d", id, rapid.IntRange(p.Min, p.Max).Draw(t, "points")))] += rapid.Int64Range(1, 9).Draw(t, "voters")
		}
		for _, o := range countTally(p, tally).Options {
			var raters, sum int64
			for n, voters := range o.Distribution {
				raters += voters
				sum += int64(n) * voters
			}
			if raters != o.Raters || sum != o.Votes {
				t.Fatalf("%s: %v is of %d raters and %d points, not %d and %d", o.ID, o.Distribution, raters, sum, o.Raters, o.Votes)
			}
		}
		places := count.ByMean(countTally(p, tally).Options)
		if !slices.IsSortedFunc(places, func(a, b count.Option) int { return a.Place - b.Place }) {
			t.Fatalf("places out of order: %+v", places)
		}
	})
}
