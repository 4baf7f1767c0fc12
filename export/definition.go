package export

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"popeye/vote"
)

// definition is what a file of ours says of its poll: as much as a count needs, and
// everyone may know.
type definition struct {
	Slug       string        `json:"slug"`
	Question   string        `json:"question"`
	Kind       vote.Kind     `json:"kind"`
	Options    []vote.Option `json:"options"`
	Min        int           `json:"min"`
	Max        int           `json:"max"`
	Rule       string        `json:"rule"`
	Seats      int           `json:"seats"`
	Quorum     int64         `json:"quorum"`
	EqualRanks bool          `json:"equal_ranks"`
	Abstain    bool          `json:"abstain"`
	Withdrawn  []string      `json:"withdrawn"`
	LotSeed    string        `json:"lot_seed"`
}

func definitionOf(p vote.Poll) definition {
	return definition{
		Slug: p.Slug, Question: p.Question, Kind: p.Kind, Options: p.Options, Min: p.Min, Max: p.Max,
		Rule: p.CountedBy(), Seats: max(1, p.Seats), Quorum: p.Quorum, EqualRanks: p.EqualRanks, Abstain: p.Abstain,
		Withdrawn: append([]string{}, p.Withdrawn...), LotSeed: p.LotSeed,
	}
}

// poll returns the poll that d is of. The error is a *vote.Error.
func (d definition) poll() (vote.Poll, error) {
	p := vote.Poll{
		Slug: d.Slug, Question: d.Question, Kind: d.Kind, Options: d.Options, Min: d.Min, Max: d.Max, Status: vote.Closed,
		Settings: vote.Settings{
			Rule: d.Rule, Seats: d.Seats, Quorum: d.Quorum, EqualRanks: d.EqualRanks, Abstain: d.Abstain,
			Withdrawn: d.Withdrawn, LotSeed: d.LotSeed,
		},
	}
	return p, p.Validate()
}

// signature is the first line of what a file that is no JSON says of its poll, after
// the "# " that makes each of these lines a comment to other programs.
const signature = "popeye ballots/1"

// lines is d as lines of fields, for such files. field and setField know the same names.
func (d definition) lines() [][]string {
	all := [][]string{{signature}}
	for _, name := range fieldNames {
		all = append(all, []string{name, d.field(name)})
	}
	for _, id := range d.Withdrawn {
		all = append(all, []string{"withdrawn", id})
	}
	for _, o := range d.Options {
		all = append(all, []string{"option", o.ID, o.Label})
	}
	for _, o := range d.Options {
		if o.Note != "" {
			all = append(all, []string{"note", o.ID, o.Note})
		}
	}
	return all
}

var fieldNames = []string{"slug", "question", "kind", "min", "max", "rule", "seats", "quorum", "equal_ranks", "abstain", "lot_seed"}

func (d definition) field(name string) string {
	return fmt.Sprint(map[string]any{
		"slug": d.Slug, "question": d.Question, "kind": d.Kind, "min": d.Min, "max": d.Max, "rule": d.Rule, "seats": d.Seats,
		"quorum": d.Quorum, "equal_ranks": d.EqualRanks, "abstain": d.Abstain, "lot_seed": d.LotSeed,
	}[name])
}

// set takes up one of the lines. A name that is not known may change what is counted, so
// none is passed over.
func (d *definition) set(line []string) (err error) {
	name, values := line[0], line[1:]
	if want := valuesOf(name); len(values) != want {
		return fmt.Errorf("%q takes values: %d, not %d", name, want, len(values))
	}
	switch name {
	case "option":
		d.Options = append(d.Options, vote.Option{ID: values[0], Label: values[1]})
	case "note":
		i := slices.IndexFunc(d.Options, func(o vote.Option) bool { return o.ID == values[0] })
		if i < 0 {
			return fmt.Errorf("a note is of option %q, which is not there", values[0])
		}
		d.Options[i].Note = values[1]
	case "withdrawn":
		d.Withdrawn = append(d.Withdrawn, values[0])
	default:
		err = d.setField(name, values[0])
	}
	return err
}

// valuesOf is how many values stand behind a name.
func valuesOf(name string) int {
	if name == "option" || name == "note" {
		return 2
	}
	return 1
}

func (d *definition) setField(name, value string) (err error) {
	texts := map[string]*string{"slug": &d.Slug, "question": &d.Question, "kind": (*string)(&d.Kind), "rule": &d.Rule, "lot_seed": &d.LotSeed}
	numbers := map[string]*int{"min": &d.Min, "max": &d.Max, "seats": &d.Seats}
	switches := map[string]*bool{"equal_ranks": &d.EqualRanks, "abstain": &d.Abstain}
	switch {
	case !slices.Contains(fieldNames, name):
		return fmt.Errorf("a newer popeye made this file: %q is not known here", name)
	case texts[name] != nil:
		*texts[name] = value
	case numbers[name] != nil:
		*numbers[name], err = strconv.Atoi(value)
	case switches[name] != nil:
		*switches[name], err = strconv.ParseBool(value)
	default:
		d.Quorum, err = strconv.ParseInt(value, 10, 64)
	}
	if err != nil {
		return fmt.Errorf("%q can't be %q", name, value)
	}
	return nil
}

// row is a distinct ballot with its voters.
type row struct {
	Ballot vote.Ballot `json:"ballot"`
	Voters int64       `json:"voters"`
}

// sorted returns ballots in ascending order, so that one tally makes one file, and says
// nothing of who came first. It needs the memory of the tally.
func sorted(ballots vote.Ballots) []row {
	var all []row
	for ballot, voters := range ballots {
		all = append(all, row{onOneLine(ballot), voters})
	}
	slices.SortFunc(all, func(a, b row) int { return cmp.Compare(a.Ballot, b.Ballot) })
	return all
}

// onOneLine makes a hand-made ballot one that every format can hold: short, and with
// nothing in it that can't be printed. It stays as invalid as it is, since no option has
// a quote in its id; a valid one stays as it is.
func onOneLine(b vote.Ballot) vote.Ballot {
	b = b[:min(len(b), vote.MaxBallot+1)]
	if strings.ContainsFunc(string(b), func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) {
		return vote.Ballot(strconv.Quote(string(b)))
	}
	return b
}
