package countview

import (
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
)

// pairs shows how each option does against each other one: a table with a row and a
// column for each, in the order of the result. What a cell says it says by a sign and a
// word for those who hear it. It scrolls by itself; the names of rows stay.
func (o *outcome) pairs(id string) g.Node {
	ids := slices.Concat(o.Order...)
	switch {
	case len(o.Pairwise) == 0:
		return nil
	case len(ids)*len(ids) > maxCells:
		return h.P(g.Text(o.say.Text("result.pairs.too_many", args{"Count": len(ids)})))
	}
	head := g.Group{h.Th(h.Scope("col"), g.Text(o.say.Text("result.pairs.option", nil)))}
	var rows g.Group
	for i, row := range ids {
		number := strconv.Itoa(i + 1)
		head = append(head, h.Th(h.Scope("col"), g.El("abbr", h.Title(o.label(row)), g.Text(number))))
		cells := g.Group{h.Th(h.Scope("row"), g.Text(number+". "), ui.Words(o.label(row)))}
		for _, column := range ids {
			cells = append(cells, o.pair(row, column))
		}
		rows = append(rows, h.Tr(cells))
	}
	return g.Group{
		h.H3(h.ID(id+"pairs"), g.Text(o.say.Text("result.pairs.title", nil))),
		h.P(o.beatsAll(ids)), h.P(h.Class("small quiet"), g.Text(o.say.Text("result.pairs.legend", nil))),
		h.Div(h.Class("wide"), h.ID(id+"matrix"), h.Role("region"), h.Aria("labelledby", id+"pairs"), h.TabIndex("0"),
			h.Table(h.Class("cells pairs"), h.Caption(h.Class("heard"), g.Text(o.say.Text("result.pairs.caption", nil))),
				h.THead(h.Tr(head)), h.TBody(rows))),
	}
}

// pair is the cell of two options.
func (o *outcome) pair(row, column string) g.Node {
	if row == column {
		return h.Td(g.Text("–"))
	}
	ahead, behind := o.Pairwise[row][column], o.Pairwise[column][row]
	switch voters := g.Text(ui.Grouped(ahead)); {
	case ahead > behind:
		return h.Td(h.Class("wins"), h.B(g.Text("✓ "), voters), o.heard("result.pairs.wins"))
	case ahead == behind:
		return h.Td(g.Text("= "), voters, o.heard("result.pairs.equal"))
	default:
		return h.Td(voters)
	}
}

// heard is a word for those who hear a page, where the others see a sign.
func (o *outcome) heard(code string) g.Node {
	return h.Span(h.Class("heard"), g.Text(" "+o.say.Text(code, nil)))
}

// beatsAll says whether one option wins against each other one.
func (o *outcome) beatsAll(ids []string) g.Node {
	for _, a := range ids {
		loses := func(b string) bool { return a != b && o.Pairwise[a][b] <= o.Pairwise[b][a] }
		if !slices.ContainsFunc(ids, loses) {
			return ui.Sentence(o.say, "result.pairs.beats_all", args{"Option": h.Strong(ui.Words(o.label(a)))})
		}
	}
	return g.Text(o.say.Text("result.pairs.beats_none", nil))
}
