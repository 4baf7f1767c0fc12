package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
	"popeye/count/rules"
	"popeye/export"
)

// counted counts an election of testdata as the command does, under the options' names.
func counted(t *testing.T, file, rule string) count.Result {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "testdata", "elections", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	election, err := export.Read(f, export.FormatOf(file))
	if err != nil {
		t.Fatal(err)
	}
	for i := range election.Election.Options { // the rules know an option by its id only
		election.Election.Options[i].ID = election.Election.Options[i].Label
	}
	r, err := rules.Lookup(rule)
	if err != nil {
		t.Fatal(err)
	}
	return r.Count(election.Election, election.Ballots)
}

// Burlington elected by irv another mayor than the one who beats every other candidate.
// In Minneapolis' second ward three candidates beat one another in a circle, which
// winning votes and margins solve in different ways.
func TestPairwiseRulesGiveThePublishedWinner(t *testing.T) {
	for _, tt := range []struct{ file, winner string }{
		{"burlington-2009.toi", "Andy Montroll"},
		{"minneapolis-2021-ward2.csv", "Robin Wonsley Worlobah"},
	} {
		for _, rule := range []string{"schulze/1", "ranked-pairs/1"} {
			if r := counted(t, tt.file, rule); fmt.Sprint(r.Winners) != "["+tt.winner+"]" || len(r.Ties) > 0 {
				t.Errorf("%s: %s elects %v, ties %v; want %s", tt.file, rule, r.Winners, r.Ties, tt.winner)
			}
		}
	}
	pairs := counted(t, "burlington-2009.toi", "schulze/1").Pairwise
	got := [4]int64{
		pairs["Andy Montroll"]["Bob Kiss"], pairs["Bob Kiss"]["Andy Montroll"],
		pairs["Andy Montroll"]["Kurt Wright"], pairs["Kurt Wright"]["Andy Montroll"],
	}
	if want := [4]int64{4067, 3477, 4597, 3668}; got != want {
		t.Errorf("Montroll against Kiss and Wright has %v, want %v", got, want)
	}
}

// A public poll with its published sums and runoff.
func TestStarGivesThePublishedResult(t *testing.T) {
	r := counted(t, "star-skins.csv", "star/1")
	want := map[string]string{
		"Star Guardian": "2930", "Prestige K/DA": "2458", "True Damage": "2379", "K/DA All Out": "2371", "K/DA": "2325",
		"Blood Moon": "2175", "Original": "2175", "Infernal": "2092", "Project": "1955", "Crime City Nightmare": "1952",
		"Silverfang": "1754", "Headhunter": "1735", "Nurse": "1731", "Sashimi": "1440", "Stinger": "1293", "All-Star": "1287",
	}
	if d := cmp.Diff(want, r.Scores); d != "" {
		t.Errorf("sums (-want +got):\n%s", d)
	}
	runoff := count.Round{
		Votes: map[string]string{"Star Guardian": "288", "Prestige K/DA": "80"}, Exhausted: "301",
		Elected: []string{"Star Guardian"}, Eliminated: []string{"Prestige K/DA"},
	}
	if d := cmp.Diff(runoff, r.Rounds[1]); d != "" {
		t.Errorf("runoff (-want +got):\n%s", d)
	}
}
