package cli

import (
	"fmt"
	"slices"
	"strings"

	"popeye/count"
)

// mostInRound is how many options a round has, at most, to be shown as a column.
const mostInRound = 40

// rounds writes the votes of each round, as many rounds beside one another as fit, and
// what happened in each.
func (t *table) rounds() {
	if len(t.Rounds) == 0 {
		return
	}
	fmt.Fprintln(&t.out)
	if quota := t.Rounds[0].Quota; quota != "" {
		t.wrap("", "Quota: "+quota)
	}
	first := slices.IndexFunc(t.Rounds, func(r count.Round) bool { return len(r.Votes) <= mostInRound })
	if first < 0 {
		first = len(t.Rounds) - 1
	}
	if first > 0 {
		t.wrap("", fmt.Sprintf("Rounds with more than %d options are not shown here; --json has them.", mostInRound))
	}
	for begin := first; begin < len(t.Rounds); {
		if begin > first {
			fmt.Fprintln(&t.out)
		}
		begin += t.block(begin)
	}
	t.wrap("", "(* elected in this round, - out at its end)")
	fmt.Fprintln(&t.out)
	for i, r := range t.Rounds {
		t.event(i+1, r)
	}
}

// block writes rounds from one on, as many as fit on a line, and returns how many.
func (t *table) block(begin int) int {
	name, wide := 9, 4 // exhausted
	for _, r := range t.Rounds[begin:] {
		wide = max(wide, len(r.Exhausted))
		for o, votes := range r.Votes {
			name, wide = max(name, columns(fitName(t.names[o], nameWidth))), max(wide, len(votes))
		}
	}
	n := min(len(t.Rounds)-begin, max(1, (lineWidth-name-2)/(wide+1+2)))
	shown := t.Rounds[begin : begin+n]
	rows := [][]string{{"", "Round"}, {"", "exhausted"}}
	for i, r := range shown {
		rows[0] = append(rows[0], fmt.Sprintf("%d ", begin+i+1))
		rows[1] = append(rows[1], r.Exhausted+" ")
	}
	for _, o := range t.order {
		row := []string{"", fitName(t.names[o], nameWidth)}
		in := false
		for _, r := range shown {
			votes, there := r.Votes[o]
			in = in || there
			row = append(row, votes+sign(r, o))
		}
		if in {
			rows = slices.Insert(rows, len(rows)-1, row)
		}
	}
	t.grid(rows, 1)
	return n
}

// sign says what becomes of an option in a round.
func sign(r count.Round, option string) string {
	switch {
	case slices.Contains(r.Elected, option):
		return "*"
	case slices.Contains(r.Eliminated, option):
		return "-"
	}
	return " "
}

// event says what happened in a round.
func (t *table) event(n int, r count.Round) {
	var parts []string
	if len(r.Elected) > 0 {
		parts = append(parts, t.all(r.Elected)+verb(r.Elected, " is", " are")+" elected"+t.with(r, r.Elected))
	}
	if len(r.Eliminated) > 0 {
		parts = append(parts, t.all(r.Eliminated)+verb(r.Eliminated, " goes", " go")+" out"+t.with(r, r.Eliminated))
	}
	if len(parts) > 0 {
		t.wrap("  ", fmt.Sprintf("Round %d: %s.", n, strings.Join(parts, "; ")))
	}
}

// with says how many votes the one option has that is meant.
func (t *table) with(r count.Round, options []string) string {
	if len(options) != 1 || r.Votes[options[0]] == "" {
		return ""
	}
	return " with " + r.Votes[options[0]]
}

func verb(options []string, one, several string) string {
	if len(options) == 1 {
		return one
	}
	return several
}
