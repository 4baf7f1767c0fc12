package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
	"popeye/count/rules"
	"popeye/export"
	"popeye/vote"
)

var update = flag.Bool("update", false, "write the tables in testdata/count again; read them afterwards")

const archive = "../../count/testdata/elections/"

// counted runs popeye count with a file.
func counted(t *testing.T, c Count, file string) (string, error) {
	t.Helper()
	var out, said bytes.Buffer
	c.From.File = file
	err := c.Run(t.Context(), Console{In: strings.NewReader(""), Out: &out, Err: &said})
	if said.Len() > 0 {
		t.Errorf("it said %q where nobody looks", &said)
	}
	return out.String(), err
}

// written returns the name of a file with a text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The real elections have the winners that were published, and the votes of the last
// round; stages.go's own tests and those of count compare the rest.
func TestRealElections(t *testing.T) {
	for _, test := range []struct {
		file, rule string
		winners    []string
		last       map[string]string // votes in the last round, by name
		exhausted  string
		pairs      map[[2]string]int64
	}{
		{
			file: "burlington-2009.toi", winners: []string{"Bob Kiss"}, exhausted: "602",
			last: map[string]string{"Bob Kiss": "4314", "Kurt Wright": "4064"},
		},
		{
			file: "burlington-2009.toi", rule: "schulze/1", winners: []string{"Andy Montroll"},
			pairs: map[[2]string]int64{
				{"Andy Montroll", "Bob Kiss"}: 4067, {"Bob Kiss", "Andy Montroll"}: 3477,
				{"Andy Montroll", "Kurt Wright"}: 4597, {"Kurt Wright", "Andy Montroll"}: 3668,
			},
		},
		{file: "burlington-2009.toi", rule: "ranked-pairs/1", winners: []string{"Andy Montroll"}},
		{file: "burlington-2009.toi", rule: "plurality/1", winners: []string{"Kurt Wright"}},
		{
			file: "minneapolis-2021-ward2.csv", winners: []string{"Robin Wonsley Worlobah"}, exhausted: "1434",
			last: map[string]string{"Robin Wonsley Worlobah": "4056", "Yusra Arab": "4037"},
		},
		{file: "minneapolis-2021-ward2.csv", rule: "schulze/1", winners: []string{"Robin Wonsley Worlobah"}},
		{file: "minneapolis-2021-ward2.csv", rule: "ranked-pairs/1", winners: []string{"Robin Wonsley Worlobah"}},
		{file: "uk-labour-2010-mps.soi", winners: []string{"D.Milbnd"}, exhausted: "4", last: map[string]string{"D.Milbnd": "140", "E.Milbnd": "122"}},
		{
			file: "Govan-2007.blt", winners: []string{"Allison Hunter", "John Flanagan", "Stephen Dornan", "Shaukat Butt"}, exhausted: "2065.43220",
			last: map[string]string{
				"Allison Hunter": "1913.00000", "John Flanagan": "1984.14270", "Stephen Dornan": "1921.68010", "Shaukat Butt": "1675.73560",
			},
		},
		{file: "star-skins.csv", rule: "star/1", winners: []string{"Star Guardian"}, exhausted: "301", last: map[string]string{"Star Guardian": "288", "Prestige K/DA": "80"}},
	} {
		out, err := counted(t, Count{Rule: test.rule, JSON: true}, archive+test.file)
		var r count.Result
		if err != nil || json.Unmarshal([]byte(out), &r) != nil {
			t.Errorf("%s: %v, %.100s", test.file, err, out)
			continue
		}
		names, ids := map[string]string{}, map[string]string{}
		for _, o := range r.Options {
			names[o.ID], ids[o.Label] = o.Label, o.ID
		}
		var winners []string
		for _, w := range r.Winners {
			winners = append(winners, names[w])
		}
		if !slices.Equal(winners, test.winners) {
			t.Errorf("%s %s: %v won", test.file, r.Rule, winners)
		}
		if test.last != nil {
			last, got := r.Rounds[len(r.Rounds)-1], map[string]string{}
			for id, votes := range last.Votes {
				got[names[id]] = votes
			}
			if diff := cmp.Diff(test.last, got); diff != "" || last.Exhausted != test.exhausted {
				t.Errorf("%s %s: %s exhausted, the last round (-want +got):\n%s", test.file, r.Rule, last.Exhausted, diff)
			}
		}
		for pair, n := range test.pairs {
			if got := r.Pairwise[ids[pair[0]]][ids[pair[1]]]; got != n {
				t.Errorf("%s: %v %d, want %d", test.file, pair, got, n)
			}
		}
	}
}

// example is a poll of a kind, with ballots of every sort that it can have.
func example(k vote.Kind, rule string) (vote.Poll, vote.Tally) {
	p := vote.Poll{
		Slug: "lunch", Question: "Where to?", Kind: k, Settings: vote.DefaultSettings(k), Status: vote.Closed,
		Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}, {ID: "soup", Label: "=Soup"}},
	}
	p.Rule, p.Abstain, p.LotSeed, p.Withdrawn = rule, true, "a seed", []string{"b"}
	tally := vote.Tally{"a": 5, "b": 4, "c": 3, "soup": 3, "-": 2, "nonsense": 1}
	switch k {
	case vote.Multiple:
		p.Min, p.Max = 1, 3
		tally = vote.Tally{"a,b": 5, "b": 4, "c": 3, "b,c,soup": 6, "-": 2, "a,b,c,soup": 1}
	case vote.Ranked:
		tally = vote.Tally{"a>b": 5, "b>c>a": 4, "c": 3, "soup>c": 3, "-": 2, "a>a": 1}
	case vote.Score:
		p.Max = 5
		tally = vote.Tally{"a=5,b=4": 5, "b=5,c=1,soup=0": 4, "c=5": 3, "a=3,soup=3": 3, "-": 2, "a=9": 1}
	case vote.Single:
	}
	return p, tally
}

// Each export, counted by the command, is what the poll's results say: the same object.
func TestAnExportCountsToTheResultsOfItsPoll(t *testing.T) {
	for _, k := range vote.Kinds {
		for _, rule := range rules.Names(k) {
			p, tally := example(k, rule)
			_, result, err := rules.Count(p, tally.All())
			if err != nil {
				t.Fatal(err)
			}
			want, err := json.Marshal(result)
			if err != nil {
				t.Fatal(err)
			}
			var files [3]bytes.Buffer
			if export.WriteJSON(&files[0], p, tally.All()) != nil || export.WriteCSV(&files[1], p, tally.All()) != nil {
				t.Fatal("not written")
			}
			if err := export.WriteBLT(&files[2], p, tally.All()); (err != nil) != (k == vote.Score) {
				t.Errorf("%s as BLT: %v", k, err)
			}
			for i, format := range []string{"json", "csv", "blt"} {
				if files[i].Len() == 0 {
					continue
				}
				out, err := counted(t, Count{JSON: true}, written(t, "lunch."+format, files[i].String()))
				if diff := cmp.Diff(string(want)+"\n", out); err != nil || diff != "" {
					t.Errorf("%s %s: %v (-results +command):\n%s", rule, format, err, diff)
				}
			}
		}
	}
}

// A person reads these tables: testdata/count has them as they should be.
func TestTables(t *testing.T) {
	many := "count,rank1,rank2\n"
	for i := range 60 {
		many += fmt.Sprintf("%d,Option number %d with quite a long name,Option number %d with quite a long name\n", i/2+1, i+1, i*7%60+1)
	}
	p, tally := example(vote.Ranked, "irv/1")
	var own bytes.Buffer
	if err := export.WriteJSON(&own, p, tally.All()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, file, text string
		command          Count
	}{
		{"burlington-irv", "burlington-2009.toi", "", Count{}},
		{"burlington-schulze", "burlington-2009.toi", "", Count{Rule: "schulze/1"}},
		{"burlington-plurality-without", "burlington-2009.toi", "", Count{Rule: "plurality/1", Withdraw: []string{"e", "Write-In"}}},
		{"govan-stv", "Govan-2007.blt", "", Count{}},
		{"govan-ranked-pairs", "Govan-2007.blt", "", Count{Rule: "ranked-pairs/1"}},
		{"govan-irv", "Govan-2007.blt", "", Count{Rule: "irv/1"}},
		{"skins-score", "star-skins.csv", "", Count{}},
		{"skins-star", "star-skins.csv", "", Count{Rule: "star/1"}},
		{"own", "lunch.json", own.String(), Count{}},
		{"tie", "tie.csv", "count,rank1,rank2\n4,Red,\n4,Blue,\n4,漢字 and more,Red\n1,\x1b[2JGreen,\n1,Yellow,\n1,undervote,\n", Count{}},
		{"approval", "x.cat", "# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 2\n# ALTERNATIVE NAME 1: A\n4: {1,3},2\n1: {},{1,2,3}\n2: 2,{1,3}\n", Count{}},
		{"many", "many.csv", many, Count{}},
		{"many-borda", "many.csv", many, Count{Rule: "borda/1", Seats: new(3)}},
		{"many-schulze", "many.csv", many, Count{Rule: "schulze/1"}},
	} {
		file := archive + test.file
		if test.text != "" {
			file = written(t, test.file, test.text)
		}
		got, err := counted(t, test.command, file)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for line := range strings.Lines(got) {
			if line = strings.TrimSuffix(line, "\n"); columns(line) > lineWidth || strings.TrimRight(line, " ") != line || strings.Contains(line, "\x1b") {
				t.Errorf("%s: a line of %d columns: %q", test.name, columns(line), line)
			}
		}
		golden := filepath.Join("testdata", "count", test.name+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if diff := cmp.Diff(string(want), got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}

// What can't be counted is refused in words, and nothing is printed.
func TestCountRefuses(t *testing.T) {
	ranked, score, blt := archive+"uk-labour-2010-mps.soi", archive+"star-skins.csv", archive+"Govan-2007.blt"
	p, tally := example(vote.Single, "plurality/9")
	var newer bytes.Buffer
	if err := export.WriteJSON(&newer, p, tally.All()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		command    Count
		file, want string
	}{
		{Count{}, "nowhere.blt", "open nowhere.blt: no such file or directory"},
		{Count{}, "-", "say what - is with --format: json, csv, tsv, blt, soc, soi, toc, toi, cat"},
		{Count{Format: "xls"}, score, "say what " + score + " is with --format: json, csv, tsv, blt, soc, soi, toc, toi, cat"},
		{Count{Format: "blt"}, "-", "-: the file is empty"},
		{Count{Format: "blt"}, score, score + `: line 1, column 1: a BLT file begins with the number of options, at most 1000, and the number of seats, not with "count,Original,Nurse,Blood"`},
		{Count{Rule: "irv/2"}, ranked, ranked + `: there is no counting rule "irv/2": the rules are `},
		{Count{Rule: "score/1"}, ranked, ranked + ": score/1 counts points, and the ballots are orders of preference: choose one of irv/1, "},
		{Count{Rule: "irv/1"}, score, score + ": irv/1 counts orders of preference, and the ballots are points: choose one of score/1, "},
		{Count{Rule: "approval/1"}, score, score + ": approval/1 counts approvals, and the ballots are points: choose one of score/1, "},
		{Count{Rule: "irv/1", Seats: new(2)}, ranked, ranked + ": irv/1 finds one winner, not 2: choose another rule, as "},
		{Count{Seats: new(0)}, ranked, ranked + ": --seats is at least 1, not 0"},
		{Count{Seats: new(5)}, ranked, ranked + ": with 5 options there is nothing to decide: the number of seats, 5, must be less"},
		{Count{Withdraw: []string{"a", "c", "D.Milbnd", "e"}}, ranked, ranked + ": with 1 option there is nothing to decide: the number of seats, 1, must be less"},
		{Count{Seats: new(9), Withdraw: []string{"a", "b"}}, blt, blt + ": with 9 options there is nothing to decide: the number of seats, 9, must be less"},
		{Count{Withdraw: []string{"z"}}, ranked, ranked + `: there is no option "z" to withdraw: the options are a (D.Abbott), b (E.Balls), `},
		{Count{}, written(t, "newer.json", newer.String()), `there is no counting rule "plurality/9"`},
		{Count{}, written(t, "bad.json", strings.Replace(newer.String(), `"seats": 1`, `"seats": 4`, 1)), "The number of winners is at least 1 and less than the number of options (4), not 4."},
	} {
		out, err := counted(t, test.command, test.file)
		if err == nil || !strings.Contains(err.Error(), test.want) || out != "" {
			t.Errorf("%+v: %q,\n got %v\nwant %s", test.command, out, err, test.want)
		}
	}
}

// Approval counts points of 0 and 1 as what they are.
func TestApprovalOfPoints(t *testing.T) {
	out, err := counted(t, Count{Rule: "approval/1", JSON: true}, written(t, "x.csv", "count,A,B\n3,0,1\n4,1,0\n2,1,\n5,0,0\n"))
	if err != nil || !strings.Contains(out, `"winners":["a"]`) || !strings.Contains(out, `"voters":14`) {
		t.Errorf("%s, %v", out, err)
	}
}

// A lot with a seed is that of the contract, and without one the order of the file.
func TestLotOfAFile(t *testing.T) {
	file := written(t, "tie.csv", "count,rank1\n1,A\n1,B\n1,C\n")
	for seed, want := range map[string]string{"": `"lot":["a","b","c"]`, "2026": `"lot":["b","a","c"]`} {
		if out, err := counted(t, Count{Lot: seed, JSON: true}, file); err != nil || !strings.Contains(out, want) {
			t.Errorf("%q: %s, %v", seed, out, err)
		}
	}
}

// A person who waits is told how far it is, and the line is taken away.
func TestProgressIsSaid(t *testing.T) {
	var said strings.Builder
	p := &progress{ctx: t.Context(), in: strings.NewReader("0123456789"), out: &said, size: 10, said: time.Now().Add(-time.Hour)}
	if n, err := p.Read(make([]byte, 4)); n != 4 || err != nil {
		t.Error(n, err)
	}
	p.done()
	if want := "\rreading:  40 %\r\x1b[K"; said.String() != want {
		t.Errorf("%q, want %q", said.String(), want)
	}
}
