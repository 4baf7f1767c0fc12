package rules

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
	"popeye/vote"
)

// ranked makes ballots of orders such as "ACBED", each with its voters.
func ranked(t *testing.T, options string, orders map[string]int64) profile {
	t.Helper()
	p := profile{Election: count.Election{Kind: vote.Ranked, Seats: 1, Lot: ints(len(options))}}
	for _, o := range options {
		p.Options = append(p.Options, vote.Option{ID: string(o)})
	}
	for _, order := range slices.Sorted(maps.Keys(orders)) {
		b := ballot{voters: orders[order]}
		for i, o := range order {
			place := slices.IndexFunc(p.Options, func(p vote.Option) bool { return p.ID == string(o) })
			if place < 0 {
				t.Fatalf("no option %c", o)
			}
			b.marks = append(b.marks, vote.Mark{Place: place, N: i + 1})
		}
		p.ballots = append(p.ballots, b)
	}
	return p
}

// The capital of Tennessee is the field's usual example: Memphis, Nashville,
// Chattanooga, Knoxville, by how far people live from each.
var tennessee = map[string]int64{"MNCK": 42, "NCKM": 26, "CKNM": 15, "KCNM": 17}

// Textbook cases. Schulze's own example has 45 voters (Soc. Choice Welf. 36, 2011).
func TestTextbook(t *testing.T) {
	schulzes := map[string]int64{
		"ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8,
	}
	for _, tt := range []struct {
		rule    Rule
		options string
		ballots map[string]int64
		order   string
	}{
		{schulze, "ABCDE", schulzes, "[[E] [A] [C] [B] [D]]"},
		{rankedPairs, "ABCDE", schulzes, "[[A] [C] [E] [B] [D]]"},
		{schulze, "MNCK", tennessee, "[[N] [C] [K] [M]]"},
		{rankedPairs, "MNCK", tennessee, "[[N] [C] [K] [M]]"},
		{borda, "MNCK", tennessee, "[[N] [C] [M] [K]]"},
		{irv, "MNCK", tennessee, "[[K] [M] [N] [C]]"},
		// A circle of three that is equally strong has no best option.
		{schulze, "ABC", map[string]int64{"ABC": 1, "BCA": 1, "CAB": 1}, "[[A B C]]"},
	} {
		p := ranked(t, tt.options, tt.ballots)
		if got := fmt.Sprint(p.count(tt.rule).Order); got != tt.order {
			t.Errorf("%s counts %v as %s, want %s", tt.rule.Name, tt.ballots, got, tt.order)
		}
	}
	p := ranked(t, "MNCK", tennessee)
	want := map[string]string{"M": "126", "N": "194", "C": "173", "K": "107"}
	if d := cmp.Diff(want, p.count(borda).Scores); d != "" {
		t.Errorf("Borda's points (-want +got):\n%s", d)
	}
}

// A circle of equal victories is a tie of ranked pairs, and the lot decides it.
func TestRankedPairsNotesWhatTheLotDecides(t *testing.T) {
	p := ranked(t, "ABC", map[string]int64{"ABC": 1, "BCA": 1, "CAB": 1})
	for _, lot := range [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}} {
		p.Lot = lot
		got := p.count(rankedPairs)
		if want := []count.Tie{{Options: []string{"A", "B", "C"}, By: count.ByLot}}; !cmp.Equal(want, got.Ties) || got.Winners[0] != p.Options[lot[0]].ID {
			t.Errorf("with the lot %v %v wins, ties %+v", lot, got.Winners, got.Ties)
		}
	}
}
