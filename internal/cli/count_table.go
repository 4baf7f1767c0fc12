package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"popeye/count"
	"popeye/internal/i18n"
	"popeye/vote"
)

// table writes a result for a person: as wide as any terminal, without colour.
type table struct {
	count.Result
	*election
	out   bytes.Buffer
	names map[string]string // option -> what it is called here
	order []string          // the options, the best first
}

const (
	lineWidth = 80
	nameWidth = 32 // of an option in a row
)

// print writes what was counted.
func (e *election) print(r count.Result, out io.Writer) error {
	t := newTable(e, r)
	t.wrap("", OneLine(e.name, 300))
	t.wrap("", fmt.Sprintf("%s (%s), %s: %s, %d invalid, %d abstained.", i18n.English.Text(e.rule.Message, nil), r.Rule,
		number(int64(r.Seats), "seat"), number(r.Voters, "voter"), r.Invalid, r.Abstained))
	if e.note != "" {
		t.wrap("", e.note)
	}
	if len(r.Withdrawn) > 0 && r.Without == nil {
		t.wrap("", "Withdrawn, and not counted: "+t.all(r.Withdrawn)+".")
	}
	t.body()
	if r.Without != nil {
		w := newTable(e, *r.Without)
		fmt.Fprintln(&w.out)
		w.wrap("", "WITHOUT "+t.all(r.Withdrawn)+", withdrawn:")
		w.body()
		t.out.Write(w.out.Bytes())
	}
	_, err := out.Write(t.out.Bytes())
	return err
}

func newTable(e *election, r count.Result) *table {
	t := &table{Result: r, election: e, names: map[string]string{}}
	same := map[string]int{}
	for _, o := range e.File.Election.Options {
		same[o.Label]++
	}
	for _, o := range e.File.Election.Options {
		name := OneLine(o.Label, 300)
		if same[o.Label] > 1 {
			name += " (" + o.ID + ")"
		}
		t.names[o.ID] = name
	}
	t.order = slices.Concat(r.Order...)
	return t
}

func (t *table) body() {
	t.winners()
	t.ranking()
	t.rounds()
	t.pairwise()
	t.ties()
}

// winners says who won, and if only a lot decided it.
func (t *table) winners() {
	fmt.Fprintln(&t.out)
	begin := "Winner: "
	for i, w := range t.Winners {
		if len(t.Winners) > 1 {
			begin = fmt.Sprintf("Winner %d: ", i+1)
		}
		t.wrap(strings.Repeat(" ", len(begin)), begin+t.names[w]+t.byLot(w))
	}
}

// byLot says of a winner that a lot was needed.
func (t *table) byLot(winner string) string {
	for _, tie := range t.Result.Ties {
		if tie.By == count.ByLot && slices.Contains(tie.Options, winner) {
			others := slices.DeleteFunc(slices.Clone(tie.Options), func(o string) bool { return o == winner })
			where := ""
			if tie.Round > 0 {
				where = fmt.Sprintf(" in round %d", tie.Round)
			}
			return " (by lot: tied with " + t.all(others) + where + ")"
		}
	}
	return ""
}

// ranking writes the order, with what an option got.
func (t *table) ranking() {
	head := []string{"", "Order"}
	heads, cells := t.amounts()
	wide := lineWidth - 8 // beside the place, and what it got
	for range heads {
		wide -= 14
	}
	rows := [][]string{append(head, heads...)}
	place := 1
	for _, equal := range t.Order {
		for _, o := range equal {
			rows = append(rows, append([]string{strconv.Itoa(place), fitName(t.names[o], wide)}, cells(o)...))
		}
		place += len(equal)
	}
	fmt.Fprintln(&t.out)
	t.grid(rows, 1)
}

// amounts returns the columns of what an option got in all.
func (t *table) amounts() (heads []string, cells func(option string) []string) {
	var columns []map[string]string
	column := func(head string, values map[string]string) {
		heads, columns = append(heads, head), append(columns, values)
	}
	if t.Scores != nil {
		column(map[string]string{"score/1": "sum", "median/1": "median"}[t.Rule], t.Scores)
		if heads[0] == "" {
			heads[0] = "points"
		}
	}
	if t.Means != nil {
		column("mean", rounded(t.Means))
	}
	if t.Raters != nil {
		column("raters", texts(t.Raters))
	}
	if t.rule.Kind == vote.Single || t.rule.Kind == vote.Multiple {
		votes, shares := t.votes()
		column("votes", votes)
		column("of voters", shares)
	}
	return heads, func(option string) (all []string) {
		for _, c := range columns {
			all = append(all, c[option])
		}
		return all
	}
}

func texts(numbers map[string]int64) map[string]string {
	all := make(map[string]string, len(numbers))
	for o, n := range numbers {
		all[o] = strconv.FormatInt(n, 10)
	}
	return all
}

// rounded writes decimals with as many places as a person compares.
func rounded(decimals map[string]string) map[string]string {
	all := make(map[string]string, len(decimals))
	for o, text := range decimals {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			text = strconv.FormatFloat(f, 'f', 4, 64)
		}
		all[o] = text
	}
	return all
}

// votes returns the marks of each option, and their share of the voters.
func (t *table) votes() (votes, shares map[string]string) {
	options := t.File.Election.Options
	sums := make([]int64, len(options))
	for marks, voters := range t.Ballots {
		for _, m := range marks {
			sums[m.Place] += voters
		}
	}
	votes, shares = map[string]string{}, map[string]string{}
	for i, o := range options {
		votes[o.ID] = strconv.FormatInt(sums[i], 10)
		if t.Voters > 0 {
			shares[o.ID] = fmt.Sprintf("%.2f %%", 100*float64(sums[i])/float64(t.Voters))
		}
	}
	return votes, shares
}

// mostInMatrix is how many options a pairwise matrix has, at most, to be read by a person.
const mostInMatrix = 40

// pairwise writes how many voters prefer row to column.
func (t *table) pairwise() {
	if t.Pairwise == nil {
		return
	}
	fmt.Fprintln(&t.out)
	if len(t.order) > mostInMatrix {
		t.wrap("", fmt.Sprintf("--json has the pairwise matrix of the %d options.", len(t.order)))
		return
	}
	t.wrap("", "Voters who prefer the row to the column (* more than the other way round):")
	number := map[string]string{}
	for i, o := range t.order {
		number[o] = strconv.Itoa(i + 1)
	}
	var rows [][]string
	head := []string{"", ""}
	for _, o := range t.order {
		head = append(head, number[o]+" ")
	}
	rows = append(rows, head)
	for _, row := range t.order {
		line := []string{number[row], fitName(t.names[row], nameWidth/2)}
		for _, column := range t.order {
			switch n, other := t.Pairwise[row][column], t.Pairwise[column][row]; {
			case row == column:
				line = append(line, "- ")
			case n > other:
				line = append(line, strconv.FormatInt(n, 10)+"*")
			default:
				line = append(line, strconv.FormatInt(n, 10)+" ")
			}
		}
		rows = append(rows, line)
	}
	t.grid(rows, 1)
}

// ties says what was tied, and what broke it.
func (t *table) ties() {
	if len(t.Result.Ties) == 0 {
		return
	}
	fmt.Fprintln(&t.out)
	for _, tie := range t.Result.Ties {
		where := "Tie"
		if tie.Round > 0 {
			where = fmt.Sprintf("Tie in round %d", tie.Round)
		}
		options, how := tie.Options, "the rule's own tie-break decided: "+tie.By
		switch tie.By {
		case count.ByPreviousRounds:
			how = "the votes in the rounds before decided"
		case count.ByLot:
			options = slices.SortedFunc(slices.Values(tie.Options), func(a, b string) int {
				return slices.Index(t.Lot, a) - slices.Index(t.Lot, b)
			})
			how = "nothing but the lot decided, which has them in this order"
		}
		t.wrap("  ", fmt.Sprintf("%s: %s; %s.", where, t.all(options), how))
	}
}

// all names options.
func (t *table) all(ids []string) string {
	named := make([]string, len(ids))
	for i, id := range ids {
		named[i] = t.names[id]
	}
	return strings.Join(named, ", ")
}
