package count_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
	"popeye/export"
	"popeye/vote"
)

// archive is a file of testdata/elections.
type archive struct {
	*export.File
	name map[string]string // of an option, by its id
}

func readArchive(t *testing.T, name string) archive {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "elections", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := export.Read(f, export.FormatOf(name))
	if err != nil {
		t.Fatal(err)
	}
	a := archive{file, map[string]string{}}
	for _, o := range file.Election.Options {
		a.name[o.ID] = o.Label
	}
	return a
}

func (a archive) count(t *testing.T, rule string) count.Result {
	t.Helper()
	r, err := count.Lookup(rule)
	if err != nil {
		t.Fatal(err)
	}
	return r.Count(a.Election, a.Ballots)
}

// names are the names of options.
func (a archive) names(ids []string) []string {
	var names []string
	for _, id := range ids {
		names = append(names, a.name[id])
	}
	return names
}

// votes are votes by the name of the option.
func (a archive) votes(r count.Round) map[string]string {
	votes := map[string]string{}
	for id, n := range r.Votes {
		votes[a.name[id]] = n
	}
	return votes
}

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
			a := readArchive(t, tt.file)
			r := a.count(t, "irv/1")
			if d := cmp.Diff(named(tt.last), a.votes(r.Rounds[len(r.Rounds)-1])); d != "" {
				t.Errorf("last round (-want +got):\n%s", d)
			}
			if d := cmp.Diff(named(tt.first), a.votes(r.Rounds[0])); d != "" && tt.first != "" {
				t.Errorf("first round (-want +got):\n%s", d)
			}
			if !slices.Equal(a.names(r.Winners), []string{tt.winner}) || len(r.Ties) > 0 || tt.check != nil && !tt.check(r) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// Every stage of two wards of Glasgow, to five decimals.
func TestScottishCountsGiveThePublishedStages(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "elections", "glasgow-2007-stages.json"))
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
			a := readArchive(t, ward+".blt")
			r := a.count(t, "stv/1")
			stages := published.Stages[:len(published.Stages)-1] // the last only repeats the votes, when all is done
			if len(r.Rounds) != len(stages) || a.Election.Seats != published.Seats {
				t.Fatalf("%d rounds for %d seats, want %d for %d", len(r.Rounds), a.Election.Seats, len(stages), published.Seats)
			}
			for i, s := range stages {
				got := r.Rounds[i]
				if d := cmp.Diff(s.Votes, a.votes(got)); d != "" {
					t.Errorf("stage %d, %s (-want +got):\n%s", i+1, s.Action, d)
				}
				if got.Exhausted != s.Exhausted || got.Quota != published.Quota {
					t.Errorf("stage %d: %s are exhausted, the quota is %s; want %s, %s", i+1, got.Exhausted, got.Quota, s.Exhausted, published.Quota)
				}
				out, _ := strings.CutPrefix(s.Action, "Transfer defeated: ")
				if out != s.Action && !slices.Equal(a.names(r.Rounds[i-1].Eliminated), []string{out}) {
					t.Errorf("stage %d: %v went out, want %s", i+1, r.Rounds[i-1].Eliminated, out)
				}
			}
			if got, want := slices.Sorted(slices.Values(a.names(r.Winners))), slices.Sorted(slices.Values(published.Elected)); !slices.Equal(got, want) || len(r.Ties) > 0 {
				t.Errorf("%v are elected, want %v; ties %+v", got, want, r.Ties)
			}
		})
	}
}

// Burlington is known for it: the runoff passes over the option that beats every other.
func TestPairwiseRulesGiveThePublishedResult(t *testing.T) {
	for _, rule := range []string{"schulze/1", "ranked-pairs/1"} {
		burlington := readArchive(t, "burlington-2009.toi")
		r := burlington.count(t, rule)
		if got := burlington.names(r.Winners); !slices.Equal(got, []string{"Andy Montroll"}) {
			t.Errorf("%s: Burlington elects %v", rule, got)
		}
		over := func(a, b string) [2]int64 {
			id := func(name string) string {
				i := slices.IndexFunc(r.Options, func(o vote.Option) bool { return o.Label == name })
				return r.Options[i].ID
			}
			return [2]int64{r.Pairwise[id(a)][id(b)], r.Pairwise[id(b)][id(a)]}
		}
		if got, want := over("Andy Montroll", "Bob Kiss"), [2]int64{4067, 3477}; got != want {
			t.Errorf("%s: Montroll over Kiss is %d, want %d", rule, got, want)
		}
		if got, want := over("Andy Montroll", "Kurt Wright"), [2]int64{4597, 3668}; got != want {
			t.Errorf("%s: Montroll over Wright is %d, want %d", rule, got, want)
		}
		// A cycle of three: by margins it would be Arab.
		minneapolis := readArchive(t, "minneapolis-2021-ward2.csv")
		if got := minneapolis.names(minneapolis.count(t, rule).Winners); !slices.Equal(got, []string{"Robin Wonsley Worlobah"}) {
			t.Errorf("%s: Minneapolis elects %v", rule, got)
		}
	}
}
