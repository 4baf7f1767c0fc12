package count

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

// archive is a ranked election as a file of testdata/elections has it.
type archive struct {
	names   []string
	options int // where the file tells it
	seats   int
	ballots []archived
}

// archived is a ballot: the options that share each place, and how many cast it.
type archived struct {
	places [][]int
	voters int64
}

// option returns the option of a name, a new one if need be.
func (a *archive) option(name string) int {
	i := slices.Index(a.names, name)
	if i < 0 {
		i = len(a.names)
		a.names = append(a.names, name)
	}
	return i
}

// election is what rules count. Its options are named as in the file.
func (a *archive) election() (Election, Marked) {
	e := Election{Kind: vote.Ranked, Seats: max(1, a.seats)}
	for _, name := range a.names {
		e.Options = append(e.Options, vote.Option{ID: name, Label: name})
	}
	e.Lot = drawLot(e.Options, "")
	return e, func(yield func([]vote.Mark, int64) bool) {
		for _, b := range a.ballots {
			var marks []vote.Mark
			for n, place := range b.places {
				for _, o := range place {
					marks = append(marks, vote.Mark{Place: o, N: n + 1})
				}
			}
			if !yield(marks, b.voters) {
				return
			}
		}
	}
}

// readArchive reads a file by the form that its name tells.
func readArchive(t *testing.T, name string) *archive {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "elections", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a := &archive{}
	switch filepath.Ext(name) {
	case ".csv":
		err = a.readCSV(f)
	case ".blt":
		err = a.readLines(f, a.bltLine)
	default:
		err = a.readLines(f, a.prefLibLine)
	}
	if err != nil || len(a.ballots) == 0 {
		t.Fatalf("%s has %d ballots: %v", name, len(a.ballots), err)
	}
	return a
}

// readCSV reads count,rank1,rank2,...; a place may be blank.
func (a *archive) readCSV(f io.Reader) error {
	r := csv.NewReader(f)
	r.Comment = '#'
	lines, err := r.ReadAll()
	if err != nil {
		return err
	}
	for _, line := range lines[1:] {
		b := archived{}
		if b.voters, err = strconv.ParseInt(line[0], 10, 64); err != nil {
			return err
		}
		for _, name := range line[1:] {
			if name == "" || name == "undervote" || name == "overvote" {
				continue
			}
			place := []int{a.option(name)}
			if !slices.ContainsFunc(b.places, func(p []int) bool { return p[0] == place[0] }) {
				b.places = append(b.places, place)
			}
		}
		a.ballots = append(a.ballots, b)
	}
	return nil
}

func (a *archive) readLines(f io.Reader, line func(string) error) error {
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if err := line(lines.Text()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// prefLibLine reads a line of PrefLib's formats, as in 1: {5,6},2,1.
func (a *archive) prefLibLine(line string) error {
	if name, ok := strings.CutPrefix(line, "# ALTERNATIVE NAME "); ok {
		_, name, _ = strings.Cut(name, ": ")
		a.option(name)
	}
	if strings.HasPrefix(line, "#") {
		return nil
	}
	voters, order, _ := strings.Cut(line, ": ")
	b := archived{}
	var err error
	b.voters, err = strconv.ParseInt(voters, 10, 64)
	shared := false
	for part := range strings.SplitSeq(order, ",") {
		n, bad := strconv.Atoi(strings.Trim(part, "{}"))
		err = errors.Join(err, bad)
		if shared {
			last := &b.places[len(b.places)-1]
			*last = append(*last, n-1)
		} else {
			b.places = append(b.places, []int{n - 1})
		}
		shared = (shared || strings.HasPrefix(part, "{")) && !strings.HasSuffix(part, "}")
	}
	a.ballots = append(a.ballots, b)
	return err
}

// bltLine reads a line of a BLT file: options and seats, ballots as in 6 1 10 0, a 0,
// names, the title.
func (a *archive) bltLine(line string) error {
	if name, ok := strings.CutPrefix(line, `"`); ok {
		if a.names = append(a.names, strings.TrimSuffix(name, `"`)); len(a.names) > a.options {
			a.names = a.names[:a.options] // the last is the title
		}
		return nil
	}
	var numbers []int
	for field := range strings.FieldsSeq(line) {
		n, err := strconv.Atoi(field)
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	switch {
	case a.seats == 0:
		a.options, a.seats = numbers[0], numbers[1]
	case len(numbers) > 1:
		b := archived{voters: int64(numbers[0])}
		for _, n := range numbers[1 : len(numbers)-1] {
			b.places = append(b.places, []int{n - 1})
		}
		a.ballots = append(a.ballots, b)
	}
	return nil
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
		check       func(r Result) bool // what else is published
	}{
		{
			// The city has 4,313 to 4,061: it judged the ballots with equal ranks otherwise.
			file:   "burlington-2009.toi",
			first:  "Kurt Wright 2951, Bob Kiss 2585, Andy Montroll 2063, Dan Smith 1306, Write-In 36, James Simpson 35",
			last:   "Bob Kiss 4314, Kurt Wright 4064",
			winner: "Bob Kiss",
			check:  func(r Result) bool { return r.Rounds[0].Exhausted == "4" },
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
			check:  func(r Result) bool { return len(r.Rounds) == 4 && r.Rounds[3].Exhausted == "4" },
		},
	} {
		t.Run(tt.file, func(t *testing.T) {
			r := irv.Count(readArchive(t, tt.file).election())
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
			e, ballots := readArchive(t, ward+".blt").election()
			r := stv.Count(e, ballots)
			stages := published.Stages[:len(published.Stages)-1] // the last only repeats the votes, when all is done
			if len(r.Rounds) != len(stages) || e.Seats != published.Seats {
				t.Fatalf("%d rounds for %d seats, want %d for %d", len(r.Rounds), e.Seats, len(stages), published.Seats)
			}
			for i, s := range stages {
				want := Round{Votes: s.Votes, Exhausted: s.Exhausted, Quota: published.Quota}
				got := Round{Votes: r.Rounds[i].Votes, Exhausted: r.Rounds[i].Exhausted, Quota: r.Rounds[i].Quota}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("stage %d, %s (-want +got):\n%s", i+1, s.Action, d)
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
