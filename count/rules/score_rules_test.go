package rules

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
	"popeye/vote"
)

// scored makes a score election of 0 to 5 points: a row of points for each ballot, one
// for each option; -1 leaves it out.
func scored(voters []int64, rows ...[]int) profile {
	p := profile{Election: count.Election{Kind: vote.Score, Seats: 1, Max: 5, Lot: ints(len(rows[0]))}}
	for i := range rows[0] {
		p.Options = append(p.Options, vote.Option{ID: vote.OptionID(i)})
	}
	for i, row := range rows {
		b := ballot{voters: voters[i]}
		for place, n := range row {
			if n >= 0 {
				b.marks = append(b.marks, vote.Mark{Place: place, N: n})
			}
		}
		p.ballots = append(p.ballots, b)
	}
	return p
}

func TestScore(t *testing.T) {
	// a: 5 points of one rater. b: 8 of two, c: 16 of four, the same mean. d: none.
	p := scored([]int64{1, 1, 2}, []int{5, 4, 4, -1}, []int{-1, 4, 4, -1}, []int{-1, -1, 4, -1})
	got := p.count(score)
	if s := fmt.Sprint(got.Order, got.Ties); s != "[[a] [c] [b] [d]] [{0 [b c] raters}]" {
		t.Errorf("order and ties %s", s)
	}
	want := count.Result{
		Scores: map[string]string{"a": "5", "b": "8", "c": "16", "d": "0"},
		Means:  map[string]string{"a": "5", "b": "4", "c": "4"},
		Raters: map[string]int64{"a": 1, "b": 2, "c": 4, "d": 0},
	}
	if d := cmp.Diff(want, count.Result{Scores: got.Scores, Means: got.Means, Raters: got.Raters}); d != "" {
		t.Error(d)
	}
	p.Quorum = 2
	if s := fmt.Sprint(p.count(score).Order); s != "[[c] [b] [a] [d]]" {
		t.Errorf("with a quorum of 2 the order is %s", s)
	}
}

func TestMeansAreExact(t *testing.T) {
	// 1/3 and 333333333/1000000000 are the same in ten decimals' neighbourhood, not in order.
	p := scored([]int64{333333333, 666666667, 1, 2}, []int{1, -1}, []int{0, -1}, []int{-1, 1}, []int{-1, 0})
	got := p.count(score)
	if got.Winners[0] != "b" || got.Means["a"] != "0.333333333" || got.Means["b"] != "0.3333333333" {
		t.Errorf("winner %v, means %v", got.Winners, got.Means)
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		name   string
		p      profile
		order  string
		grades map[string]string
	}{
		{
			"of two in the middle the lower", scored([]int64{1, 1}, []int{5, 4}, []int{3, 4}),
			"[[b] [a]] []",
			map[string]string{"a": "3", "b": "4"},
		},
		{
			"who leaves it out gives the lowest grade", scored([]int64{1, 2}, []int{5, 1}, []int{-1, 1}),
			"[[b] [a]] []",
			map[string]string{"a": "0", "b": "1"},
		},
		{
			// a: 1 3 3 5 5, b: 2 2 3 4 4. Without the middle both have 3 and then 3 or 2.
			"the majority value decides", scored([]int64{1, 1, 1, 1, 1}, []int{1, 2}, []int{3, 2}, []int{3, 3}, []int{5, 4}, []int{5, 4}),
			"[[a] [b]] [{0 [a b] majority value}]",
			map[string]string{"a": "3", "b": "3"},
		},
		{
			"all the same is a tie for the lot", scored([]int64{7}, []int{5, 5}),
			"[[a b]] [{0 [a b] lot}]",
			map[string]string{"a": "5", "b": "5"},
		},
	} {
		got := tt.p.count(median)
		if s := fmt.Sprint(got.Order, got.Ties); s != tt.order {
			t.Errorf("%s: order and ties %s, want %s", tt.name, s, tt.order)
		}
		if d := cmp.Diff(tt.grades, got.Scores); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestStar(t *testing.T) {
	for _, tt := range []struct {
		name   string
		p      profile
		order  string
		runoff map[string]string
		none   string
	}{
		{
			"who has the most points may lose the runoff", scored([]int64{3, 2}, []int{3, 4, 0}, []int{5, 0, 1}),
			"[[b] [a] [c]] []",
			map[string]string{"a": "2", "b": "3"},
			"0",
		},
		{
			// b, c and d have 6 points; d loses to both others, then b loses to c.
			"who lost the most matches goes out", scored([]int64{1, 1, 1}, []int{5, 2, 3, 1}, []int{5, 1, 2, 0}, []int{5, 3, 1, 5}),
			"[[a] [c] [b d]] [{1 [b c d] head-to-head} {1 [b c] head-to-head}]",
			map[string]string{"a": "3", "c": "0"},
			"0",
		},
		{
			"the highest scores decide between those without a match", scored([]int64{1, 1}, []int{5, 5, 2}, []int{4, 0, 3}),
			"[[a] [b] [c]] [{1 [b c] highest scores}]",
			map[string]string{"a": "1", "b": "0"},
			"1",
		},
		{
			"a tie in the runoff goes to the points", scored([]int64{1, 1}, []int{5, 1}, []int{3, 4}),
			"[[a] [b]] [{2 [a b] total score}]",
			map[string]string{"a": "1", "b": "1"},
			"0",
		},
		{
			"nothing parts them", scored([]int64{4}, []int{5, 5, 0}),
			"[[a b] [c]] [{2 [a b] lot}]",
			map[string]string{"a": "0", "b": "0"},
			"4",
		},
		{
			"nobody voted", scored([]int64{0}, []int{0, 0, 0}),
			"[[a b] [c]] [{1 [a b c] lot} {2 [a b] lot}]",
			map[string]string{"a": "0", "b": "0"},
			"0",
		},
	} {
		got := tt.p.count(star)
		if s := fmt.Sprint(got.Order, got.Ties); s != tt.order {
			t.Errorf("%s: order and ties %s, want %s", tt.name, s, tt.order)
		}
		if d := cmp.Diff(tt.runoff, got.Rounds[1].Votes); d != "" || got.Rounds[1].Exhausted != tt.none {
			t.Errorf("%s: %s none %s", tt.name, d, got.Rounds[1].Exhausted)
		}
	}
}
