package countview

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
)

const (
	// shownRounds is how many rounds a count has that are all shown without a click. Of
	// more, the last one is.
	shownRounds = 6
	// namedOptions is how many options that go out at once are named.
	namedOptions = 3
)

// rounds shows a count in rounds: each as a fold whose first line says what happened
// in it, with a table of the options that were in. So a phone needs no second
// direction to scroll in, and 30 rounds are 30 lines.
func (o *outcome) rounds(id string) g.Node {
	if len(o.Rounds) == 0 {
		return nil
	}
	first := o.firstTable()
	folds := g.Group{}
	for i := range o.Rounds {
		open := len(o.Rounds) <= shownRounds || i == len(o.Rounds)-1
		folds = append(folds, h.Details(h.Class("round"), h.ID(id+"round-"+strconv.Itoa(i+1)), g.If(open, g.Attr("open")),
			h.Summary(o.happened(i)), o.threshold(i), o.wentTo(i), g.Iff(i >= first, func() g.Node { return o.round(i) }), o.tiesOf(i)))
	}
	return g.Group{h.H3(g.Text(o.say.Text("result.rounds.title", nil))), o.flow(), h.Div(h.Class("rounds"), folds)}
}

// firstTable returns the first round with a table: of very many cells a page has the
// last ones.
func (o *outcome) firstTable() int {
	cells := 0
	for i, r := range slices.Backward(o.Rounds) {
		if cells += len(r.Votes); cells > maxCells {
			return i + 1
		}
	}
	return 0
}

// isStar says that the first round counts points, and the second is a runoff.
func (o *outcome) isStar() bool { return strings.HasPrefix(o.Rule, "star/") }

// happened says what a round brought.
func (o *outcome) happened(i int) g.Node {
	r := o.Rounds[i]
	var what g.Group
	say := func(code string, ids []string) {
		if len(what) > 0 {
			what = append(what, g.Text(o.say.Text("result.rounds.separator", nil)))
		}
		what = append(what, ui.Sentence(o.say, code, args{"Options": o.list(ids), "Count": len(ids)}))
	}
	if o.isStar() && i == 0 {
		say("result.rounds.runoff", o.still(i))
	} else if len(r.Elected) > 0 {
		say("result.rounds.elected", r.Elected)
	}
	switch n := len(r.Eliminated); {
	case n > namedOptions:
		say("result.rounds.out_many", r.Eliminated)
	case n > 0:
		say("result.rounds.out", r.Eliminated)
	}
	if len(what) == 0 {
		what = append(what, g.Text(o.say.Text("result.rounds.nothing", nil)))
	}
	return ui.Sentence(o.say, "result.rounds.round", args{"Round": i + 1, "What": what})
}

// still returns the options that are in after a round, in the order of the result.
func (o *outcome) still(i int) (ids []string) {
	for _, id := range slices.Concat(o.Order...) {
		if _, in := o.Rounds[i].Votes[id]; in && !slices.Contains(o.Rounds[i].Eliminated, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// threshold says what an option needed.
func (o *outcome) threshold(i int) g.Node {
	r := o.Rounds[i]
	switch {
	case r.Quota != "":
		return h.P(h.Class("small"), g.Text(o.say.Text("result.rounds.quota", args{"Quota": amount(r.Quota)})))
	case !strings.HasPrefix(o.Rule, "irv/"):
		return nil
	}
	sum := new(big.Int)
	for _, votes := range r.Votes {
		if n, ok := new(big.Int).SetString(votes, 10); ok {
			sum.Add(sum, n)
		}
	}
	half := new(big.Int).Rsh(sum, 1)
	half.Add(half, big.NewInt(1))
	return h.P(h.Class("small"), g.Text(o.say.Text("result.rounds.half", args{"Votes": amount(sum.String()), "Half": amount(half.String())})))
}

// round is the table of one: a row for each option that was in, the most votes first.
func (o *outcome) round(i int) g.Node {
	r := o.Rounds[i]
	transfers := i > 0 && !o.isStar()
	column, rest := "result.rounds.votes", "result.rounds.exhausted"
	if o.isStar() {
		rest = "result.rounds.no_preference"
		if i == 0 {
			column, rest = "result.rounds.points", ""
		}
	}
	head := h.Tr(o.head("result.rounds.option"), o.head(column), g.Iff(transfers, func() g.Node { return o.head("result.rounds.change") }))
	var rows g.Group
	ids := o.byVotes(r)
	for _, id := range ids {
		rows = append(rows, h.Tr(
			h.Th(h.Scope("row"), h.Span(h.Dir("auto"), g.Text(o.label(id))), o.fate(i, id), ratioBar(r.Votes[id], r.Votes[ids[0]])),
			h.Td(g.Text(amount(r.Votes[id]))),
			g.Iff(transfers, func() g.Node { return h.Td(g.Text(change(o.Rounds[i-1].Votes[id], r.Votes[id]))) })))
	}
	var foot g.Node
	if rest != "" {
		foot = h.TFoot(h.Tr(h.Th(h.Scope("row"), g.Text(o.say.Text(rest, nil))), h.Td(g.Text(amount(r.Exhausted))),
			g.Iff(transfers, func() g.Node { return h.Td(g.Text(change(o.Rounds[i-1].Exhausted, r.Exhausted))) })))
	}
	return h.Table(h.Class("cells"), h.THead(head), h.TBody(rows), foot)
}

func (o *outcome) head(code string) g.Node {
	return h.Th(h.Scope("col"), g.Text(o.say.Text(code, nil)))
}

// fate says what became of an option in a round, or in one before.
func (o *outcome) fate(i int, id string) g.Node {
	var text string
	switch {
	case slices.Contains(o.Rounds[i].Elected, id):
		text = o.say.Text("result.rounds.mark.elected", nil)
	case slices.Contains(o.Rounds[i].Eliminated, id):
		text = o.say.Text("result.rounds.mark.out", nil)
	default:
		before := slices.IndexFunc(o.Rounds[:i], func(r count.Round) bool { return slices.Contains(r.Elected, id) })
		if before < 0 {
			return nil
		}
		text = o.say.Text("result.rounds.mark.elected_before", args{"Round": before + 1})
	}
	return g.Group{g.Text(" "), h.Span(h.Class("fate"), g.Text(text))}
}

// tiesOf tells the ties of a round.
func (o *outcome) tiesOf(i int) g.Node {
	return g.Map(o.Ties, func(t count.Tie) g.Node {
		if t.Round != i+1 {
			return nil
		}
		return h.P(h.Class("small"), o.tie(t))
	})
}

// ratioBar draws an amount beside the largest of its round.
func ratioBar(votes, most string) g.Node {
	whole := exact(most)
	if whole.Sign() == 0 {
		return nil
	}
	part, _ := new(big.Rat).Quo(exact(votes), whole).Float64()
	return h.SVG(h.Class("bar thin"), h.Aria("hidden", "true"),
		g.El("rect", h.Width(strconv.FormatFloat(100*part, 'f', 1, 64)+"%"), h.Height("100%")))
}

// byVotes returns the options of a round, the most votes first, then in the order of
// the result.
func (o *outcome) byVotes(r count.Round) []string {
	ids := slices.DeleteFunc(slices.Concat(o.Order...), func(id string) bool { _, in := r.Votes[id]; return !in })
	slices.SortStableFunc(ids, func(a, b string) int { return exact(r.Votes[b]).Cmp(exact(r.Votes[a])) })
	return ids
}

// exact reads a decimal; 0 for what is none.
func exact(decimal string) *big.Rat {
	if n, ok := new(big.Rat).SetString(cmp.Or(decimal, "0")); ok {
		return n
	}
	return new(big.Rat)
}

// change writes by how much a number grew: "+12", "−3.50000", or "" for not at all.
func change(from, to string) string {
	by := exact(to)
	by.Sub(by, exact(from))
	places := 0
	for _, decimal := range []string{from, to} {
		_, fraction, _ := strings.Cut(decimal, ".")
		places = max(places, len(fraction))
	}
	switch text := amount(new(big.Rat).Abs(by).FloatString(places)); by.Sign() {
	case 1:
		return "+" + text
	case -1:
		return "−" + text
	default:
		return ""
	}
}
