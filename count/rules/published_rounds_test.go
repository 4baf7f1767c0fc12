package rules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
)

// named are votes as in "Kiss 2585, Montroll 2063".
func named(text string) map[string]string {
	votes := map[string]string{}
	if text == "" {
		return votes
	}
	for part := range strings.SplitSeq(text, ", ") {
		i := strings.LastIndex(part, " ")
		votes[part[:i]] = part[i+1:]
	}
	return votes
}

func TestRunoffsGiveThePublishedResult(t *testing.T) {
	for _, tt := range []struct {
		file        string
		first, last string // the votes of the first round, if published, and of the last
		winner      string
		check       func(r count.Result) bool // what else is published
	}{
		{
			// The city has 4,313 to 4,061: it judged the ballots with equal ranks otherwise.
			file:   "burlington-2009.toi",
			first:  "Kurt Wright 2951, Bob Kiss 2585, Andy Montroll 2063, Dan Smith 1306, Write-In 36, James Simpson 35",
			last:   "Bob Kiss 4314, Kurt Wright 4064",
			winner: "Bob Kiss",
			check:  func(r count.Result) bool { return r.Rounds[0].Exhausted == "4" },
		},
		{
			file:   "minneapolis-2021-ward2.csv",
			last:   "Robin Wonsley Worlobah 4056, Yusra Arab 4037",
			winner: "Robin Wonsley Worlobah",
		},
		{
			file:   "uk-labour-2010-mps.soi",
			first:  "D.Milbnd 111, E.Milbnd 84, E.Balls 40, A.Burnhm 24, D.Abbott 7",
			last:   "D.Milbnd 140, E.Milbnd 122",
			winner: "D.Milbnd",
			check:  func(r count.Result) bool { return len(r.Rounds) == 4 && r.Rounds[3].Exhausted == "4" },
		},
	} {
		t.Run(tt.file, func(t *testing.T) {
			r := counted(t, tt.file, "irv/1")
			if d := cmp.Diff(named(tt.last), r.Rounds[len(r.Rounds)-1].Votes); d != "" {
				t.Errorf("last round (-want +got):\n%s", d)
			}
			if d := cmp.Diff(named(tt.first), r.Rounds[0].Votes); d != "" && tt.first != "" {
				t.Errorf("first round (-want +got):\n%s", d)
			}
			if !slices.Equal(r.Winners, []string{tt.winner}) || len(r.Ties) > 0 || tt.check != nil && !tt.check(r) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// Every stage of two wards of Glasgow, to five decimals.
func TestScottishCountsGiveThePublishedStages(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "elections", "glasgow-2007-stages.json"))
	if err != nil {
		t.Fatal(err)
	}
	var wards map[string]struct {
		Seats   int
		Quota   string
		Elected []string `json:"elected_in_order"`
		Stages  []struct {
			Action    string
			Votes     map[string]string
			Exhausted string `json:"nontransferable"`
		}
	}
	if err := json.Unmarshal(raw, &wards); err != nil || len(wards) != 2 {
		t.Fatal(wards, err)
	}
	for ward, published := range wards {
		t.Run(ward, func(t *testing.T) {
			r := counted(t, ward+".blt", "stv/1")
			stages := published.Stages[:len(published.Stages)-1] // the last only repeats the votes, when all is done
			if len(r.Rounds) != len(stages) || r.Seats != published.Seats {
				t.Fatalf("%d rounds for %d seats, want %d for %d", len(r.Rounds), r.Seats, len(stages), published.Seats)
			}
			for i, s := range stages {
				got := r.Rounds[i]
				if d := cmp.Diff(s.Votes, got.Votes); d != "" {
					t.Errorf("stage %d, %s (-want +got):\n%s", i+1, s.Action, d)
				}
				if got.Exhausted != s.Exhausted || got.Quota != published.Quota {
					t.Errorf("stage %d: %s are exhausted, the quota is %s; want %s, %s", i+1, got.Exhausted, got.Quota, s.Exhausted, published.Quota)
				}
				out, _ := strings.CutPrefix(s.Action, "Transfer defeated: ")
				if out != s.Action && !slices.Equal(r.Rounds[i-1].Eliminated, []string{out}) {
					t.Errorf("stage %d: %v went out, want %s", i+1, r.Rounds[i-1].Eliminated, out)
				}
			}
			if got, want := slices.Sorted(slices.Values(r.Winners)), slices.Sorted(slices.Values(published.Elected)); !slices.Equal(got, want) || len(r.Ties) > 0 {
				t.Errorf("%v are elected, want %v; ties %+v", got, want, r.Ties)
			}
		})
	}
}
