package styleguide

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// seriesShown is more than there are colours: the rest have other patterns.
const seriesShown = 12

func (p panel) header() g.Node {
	return h.Div(h.Class("brand"),
		h.A(h.Href("#"), ui.Logo(), h.Strong(g.Text("Popeye"))),
		h.Span(h.Class("cluster"), g.Text(p.words.event), ui.Steps(2, 4, p.words.step)))
}

func (p panel) question() g.Node {
	return g.Group{
		h.H2(h.Dir("auto"), g.Text(p.words.question)),
		h.P(h.Class("quiet"), g.Text(p.words.hint)),
	}
}

// tokens are the colours, in the order of the style sheet.
const tokens = "ink ink-2 ground card line hair accent accent-ink accent-soft calm track good good-soft bad bad-soft warn warn-soft"

func (p panel) colours() g.Node {
	return h.Div(h.Class("swatches"), g.Map(strings.Fields(tokens), func(token string) g.Node {
		return h.Div(swatch("var(--"+token+")"), g.Text(token))
	}))
}

func swatch(fill string) g.Node {
	return h.SVG(h.Aria("hidden", "true"), g.El("rect", h.Width("100%"), h.Height("100%"), g.Attr("fill", fill)))
}

func (p panel) buttons() g.Node {
	text := g.Text(p.words.change)
	return h.Div(h.Class("stack"),
		h.Div(h.Class("cluster"),
			ui.Button(ui.Primary, text), ui.Button(ui.Plain, text), ui.Button(ui.Quiet, text), ui.Button(ui.Danger, text), ui.Button("small", text),
			ui.LinkButton(ui.Plain, "#", g.Text(p.words.results))),
		h.Div(h.Class("cluster"), ui.Button(ui.Primary, h.Disabled(), text), ui.Button(ui.Plain, h.Disabled(), text)),
		ui.Button("primary block", g.Text(p.words.closing)),
	)
}

func (p panel) option(place int, note string, attributes ...g.Node) g.Node {
	return h.Button(h.Type("button"), g.Group(attributes), ui.OptionMark(place),
		h.Span(h.Class("text"), h.Dir("auto"), g.Text(p.words.options[place]), g.If(note != "", h.Span(h.Class("note"), g.Text(note)))))
}

func (p panel) options() g.Node {
	return h.Div(
		p.option(0, "", h.Class("option")),
		p.option(1, p.words.note, h.Class("option"), h.Aria("pressed", "true")),
		p.option(2, "", h.Class("option sending"), h.Aria("busy", "true")),
		p.option(3, p.words.note, h.Class("option chosen")),
		p.option(4, "", h.Class("option"), h.Disabled()),
		p.tick(5, true), p.tick(6, false),
	)
}

func (p panel) tick(place int, checked bool) g.Node {
	return h.Label(h.Class("option"),
		h.Input(h.Type("checkbox"), g.If(checked, h.Checked())), ui.OptionMark(place),
		h.Span(h.Class("text"), h.Dir("auto"), g.Text(p.words.options[place%len(p.words.options)])))
}

func (p panel) ranking() g.Node {
	ranked := func(place string, at int) g.Node {
		return h.Div(h.Class("option"), h.B(h.Class("mark lead"), g.Text(place)), h.Span(h.Class("text"), h.Dir("auto"), g.Text(p.words.options[at])),
			ui.Button(ui.Plain, h.Aria("label", "up"), g.Text("↑")), ui.Button(ui.Plain, h.Aria("label", "down"), g.Text("↓")))
	}
	return g.Group{
		h.P(h.Class("quiet small"), g.Text(p.words.yourRanking)), ranked("1", 3), ranked("2", 0),
		h.P(h.Class("quiet small"), g.Text(p.words.notRanked)), p.option(1, "", h.Class("option idle")),
	}
}

func (p panel) fields() g.Node {
	var kinds []ui.Choice
	for i, kind := range strings.Split(p.words.kinds, "|") {
		kinds = append(kinds, ui.Choice{Value: kind, Text: kind, Checked: i == 2})
	}
	var points []ui.Choice
	for i := range 6 {
		points = append(points, ui.Choice{Value: strconv.Itoa(i), Text: strconv.Itoa(i), Checked: i == 4})
	}
	return h.Div(
		ui.Field(ui.Label{ID: p.id("q"), Text: p.words.field, Hint: p.words.fieldHint}, h.Input, h.Placeholder(p.words.question), h.Dir("auto")),
		ui.Field(ui.Label{ID: p.id("bad"), Text: p.words.field, Error: p.words.fieldError}, h.Input),
		ui.Field(ui.Label{ID: p.id("kind"), Text: p.words.kind}, h.Select, g.Map(kinds, func(c ui.Choice) g.Node { return h.Option(g.Text(c.Text)) })),
		ui.Field(ui.Label{ID: p.id("lines"), Text: p.words.field}, h.Textarea, h.Dir("auto"), g.Text(strings.Join(p.words.options, "\n"))),
		ui.Check(ui.Label{ID: p.id("tick"), Text: p.words.open, Hint: p.words.fieldHint}, h.Checked()),
		ui.Segmented(p.id("kinds"), p.words.kind, kinds), h.P(),
		ui.Segmented(p.id("points"), p.words.options[1], points),
	)
}

func (p panel) notices() g.Node {
	w := p.words
	return h.Div(
		ui.Notice("", "", g.Text(w.plain)), ui.Notice("good", "", g.Text(w.good)), ui.Notice("bad", "", g.Text(w.bad)), ui.Notice("warn", "", g.Text(w.warn)),
		h.P(h.Class("cluster"), ui.Badge("open", w.open), ui.Badge("closed", w.closed), ui.Badge("draft", w.draft), ui.Badge("hidden", w.hidden)),
		h.Div(h.Class("stack"), ui.LineState(ui.Live, w.live), ui.LineState(ui.Late, w.late), ui.LineState(ui.Lost, w.lost)),
	)
}

func (p panel) numbers() g.Node {
	return ui.Card(h.Div(h.Class("row"),
		ui.Figure(g.Text(i18n.English.Number(1341)), g.Text(p.words.joined)), ui.Figure(g.Text("316"), g.Text(p.words.voted)), ui.JoinCode("482913")))
}

func (p panel) bars() g.Node {
	bar := func(at int, votes string, percent float64, lead bool) g.Node {
		mark := h.B(h.Class("mark small"), g.Text(ui.Letter(at)))
		if lead {
			mark = h.B(h.Class("mark small lead"), g.Text(ui.Letter(at)))
		}
		return h.Div(h.Div(h.Class("row"), h.Span(h.Class("cluster"), mark, h.Strong(h.Dir("auto"), g.Text(p.words.options[at]))), h.B(h.Class("num"), g.Text(votes))),
			ui.Bar(percent, lead))
	}
	return h.Div(h.Class("card stack"), bar(1, "148", 100, true), bar(0, "97", 65.5, false), bar(3, "19", 12.8, false), bar(4, "0", 0, false))
}

func (p panel) series() g.Node {
	var all g.Group
	for i := range seriesShown {
		all = append(all, h.Div(swatch(ui.SeriesFill(i)), g.Text(ui.Letter(i))))
	}
	for i := range ui.Series {
		all = append(all, h.Div(swatch(ui.SeriesColour(i)), g.Text(ui.Letter(i))))
	}
	return h.Div(h.Class("card swatches"), all)
}

func (p panel) table() g.Node {
	line := func(cells ...string) g.Node {
		return h.Tr(h.Th(h.Scope("row"), h.Dir("auto"), g.Text(cells[0])), h.Td(h.Class("num"), g.Text(cells[1])), h.Td(h.Class("num"), g.Text(cells[2])))
	}
	return h.Table(h.Class("table"),
		h.THead(h.Tr(h.Th(h.Scope("col"), g.Text(p.words.field)), h.Th(h.Scope("col"), h.Class("num"), g.Text(p.words.voted)), h.Th(h.Scope("col"), h.Class("num"), g.Text("%")))),
		h.TBody(line(p.words.options[1], "148", "47"), line(p.words.options[0], "97", "31"), line(p.words.options[4], "19", "6")))
}

func (p panel) actions() g.Node {
	return g.Group{
		ui.ActionBar(h.Div(h.Class("receipt"), h.Span(h.Class("tick"), h.Aria("hidden", "true")),
			h.Span(h.Strong(g.Text(p.words.recorded)), h.Small(g.Text(p.words.receipt))), h.A(h.Href("#"), g.Text(p.words.results)))),
		h.P(),
		ui.ActionBar(ui.Button("primary block", g.Text(p.words.send))),
		ui.VisuallyHidden(g.Text(p.words.plain)),
	}
}
