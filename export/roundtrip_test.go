package export

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/count"
	"popeye/vote"
)

// drawPoll draws a poll of any kind and rule, with names and ids that look like what
// files are made of.
func drawPoll(t *rapid.T) vote.Poll {
	kind := rapid.SampledFrom(vote.Kinds).Draw(t, "kind")
	p := vote.Poll{
		Slug: "lunch", Kind: kind, Status: vote.Closed, Settings: vote.DefaultSettings(kind),
		Question: rapid.SampledFrom([]string{"Where to?", "=1+1", "'=x", `He said "no"`, "# comment", "a,b;c"}).Draw(t, "question"),
	}
	labels := []string{
		"Pizza", `"Sushi"`, "=HYPERLINK(1)", "'=x", "''-1", "a,b;c", "# no", `back\slash`, "Crème brûlée", "0", "UWI", "undervote", "-", `x\"y`, "漢字",
		`quote" behind`, `two"" quotes`, "5",
	}
	ids := []string{"a", "b", "-", "-c", "_", "0", "aa", "1", "z"}
	for i, label := range rapid.Permutation(labels).Draw(t, "labels")[:rapid.IntRange(3, 7).Draw(t, "options")] {
		p.Options = append(p.Options, vote.Option{ID: vote.OptionID(i), Label: label})
	}
	if rapid.Bool().Draw(t, "own ids") {
		for i, id := range rapid.Permutation(ids).Draw(t, "ids")[:len(p.Options)] {
			p.Options[i].ID = id
		}
	}
	for i := range p.Options {
		p.Options[i].Note = rapid.SampledFrom([]string{"", "", "wood-fired", "=1+1", `"raw", mostly`, "# no", "وصف"}).Draw(t, "note")
	}
	switch kind {
	case vote.Multiple:
		p.Min, p.Max = 1, rapid.IntRange(1, len(p.Options)).Draw(t, "max")
	case vote.Score:
		p.Min = rapid.IntRange(0, 2).Draw(t, "min")
		p.Max, p.Quorum = p.Min+rapid.IntRange(1, 5).Draw(t, "range"), rapid.Int64Range(0, 20).Draw(t, "quorum")
	case vote.Ranked:
		p.EqualRanks = rapid.Bool().Draw(t, "equal ranks")
	case vote.Single:
	}
	p.Abstain = rapid.Bool().Draw(t, "abstain")
	p.LotSeed = rapid.SampledFrom([]string{"", "seed", "=seed", "a,b"}).Draw(t, "seed")
	p.Rule = rapid.SampledFrom(count.Names(kind)).Draw(t, "rule")
	p.Seats = rapid.IntRange(0, len(p.Options)-2).Draw(t, "seats")
	if rapid.Bool().Draw(t, "withdrawal") {
		p.Withdrawn = []string{p.Options[rapid.IntRange(0, len(p.Options)-1).Draw(t, "withdrawn")].ID}
	}
	if p.Validate() != nil || count.Check(p) != nil {
		t.Skip("no such poll")
	}
	return p
}

// drawTally draws ballots of p, and some that are none.
func drawTally(t *rapid.T, p vote.Poll) vote.Tally {
	tally := vote.Tally{}
	for range rapid.IntRange(0, 9).Draw(t, "ballots") {
		var b strings.Builder
		for i, o := range rapid.Permutation(p.Options).Draw(t, "order")[:rapid.IntRange(1, len(p.Options)).Draw(t, "named")] {
			separators := map[vote.Kind][]string{vote.Ranked: {">", ">", "="}}[p.Kind]
			if separators == nil {
				separators = []string{","}
			}
			if i > 0 {
				b.WriteString(rapid.SampledFrom(separators).Draw(t, "separator"))
			}
			b.WriteString(o.ID)
			if p.Kind == vote.Score {
				fmt.Fprintf(&b, "=%d", rapid.IntRange(p.Min, p.Max).Draw(t, "points"))
			}
		}
		ballot, err := vote.ParseBallot(p, b.String())
		if err != nil {
			ballot = vote.Ballot(b.String()) // which is invalid then, as others may be
		}
		tally[ballot] += rapid.Int64Range(1, 1000).Draw(t, "voters")
	}
	for _, odd := range []vote.Ballot{vote.Abstention, "", "=1+1", "'", "a>a", "\"", "a,b\"", " a", "a ", "a\nb", "a\r\n", "\x00", "a\xff", "\t=1", "#", vote.Ballot(strings.Repeat("a>", 3000))} {
		if rapid.Bool().Draw(t, "odd") {
			tally[odd] += rapid.Int64Range(1, 1000).Draw(t, "voters")
		}
	}
	return tally
}

// recount counts a file of ours as popeye count does.
func recount(t rapid.TB, file []byte, format string) count.Result {
	f, err := Read(bytes.NewReader(file), format)
	if err != nil {
		t.Fatalf("%s: %v\n%s", format, err, file)
	}
	rule, err := count.Lookup(f.Rule)
	if err != nil || !f.Own {
		t.Fatalf("%s: %v, own %t", format, err, f.Own)
	}
	r := rule.With(f.Election, f.Ballots, f.Withdrawn)
	for _, of := range []*count.Result{&r, r.Without} {
		if of != nil {
			of.Voters, of.Invalid, of.Abstained = f.Voters, f.Invalid, f.Abstained
		}
	}
	return r
}

var writers = map[string]func(io.Writer, vote.Poll, vote.Ballots) error{"json": WriteJSON, "csv": WriteCSV, "blt": WriteBLT}

// What a file of ours is counted to is what its poll is.
func TestExportsRecountToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPoll(t)
		tally := drawTally(t, p)
		_, want, err := count.Poll(p, tally.All())
		if err != nil {
			t.Fatal(err)
		}
		for format, write := range writers {
			var file, again bytes.Buffer
			if err := write(&file, p, tally.All()); err != nil {
				if format == "blt" && p.Kind == vote.Score {
					continue
				}
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, recount(t, file.Bytes(), format)); diff != "" {
				t.Fatalf("%s (-poll +file):\n%s\n%s", format, diff, &file)
			}
			if err := write(&again, p, tally.All()); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
				t.Fatalf("%s: the same tally makes another file: %v", format, err)
			}
		}
	})
}

// A spreadsheet that saves a CSV of ours may part the cells by something else, and make
// each line as long as the longest. Nothing of it changes the count.
func TestCSVIsReadBackFromASpreadsheet(t *testing.T) {
	p := vote.Poll{
		Slug: "lunch", Question: "Where to?", Kind: vote.Ranked, Settings: vote.DefaultSettings(vote.Ranked),
		Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}},
	}
	tally := vote.Tally{"a>b": 3, "b": 4, "c>b>a": 2, "?": 1}
	var file bytes.Buffer
	if err := WriteCSV(&file, p, tally.All()); err != nil {
		t.Fatal(err)
	}
	want := recount(t, file.Bytes(), "csv")
	for _, separator := range []string{";", "\t", ","} {
		var saved strings.Builder
		for line := range strings.Lines(file.String()) {
			line = strings.ReplaceAll(strings.TrimSpace(line), ",", separator)
			saved.WriteString(line + strings.Repeat(separator, max(0, 2-strings.Count(line, separator))) + "\r\n")
		}
		if diff := cmp.Diff(want, recount(t, []byte(saved.String()), "csv")); diff != "" {
			t.Errorf("%q: (-ours +saved):\n%s\n%s", separator, diff, &saved)
		}
	}
}

// The fields of a JSON come in any order.
func TestJSONInAnyOrder(t *testing.T) {
	file := `{"ballots":[{"voters":2,"ballot":"a"},{"ballot":"b","voters":1}],"withdrawn":null,"options":[{"id":"a","label":"A"},{"id":"b","label":"B"}],` +
		`"kind":"single","question":"?","slug":"x","rule":"plurality/1","seats":1}`
	if r := recount(t, []byte(file), "json"); !slices.Equal(r.Winners, []string{"a"}) || r.Voters != 3 {
		t.Errorf("%+v", r)
	}
}
