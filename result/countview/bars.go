package countview

import (
	"fmt"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
)

// colours is how many colours of bars static/screen.css has.
const colours = 6

// Bars shows each option with its figure.
func (v View) Bars() g.Node {
	place, shares := make(map[string]int, len(v.Options)), v.widget().shares(v)
	for i, o := range v.Options {
		place[o.ID] = i
	}
	var lines g.Group
	for i, o := range v.widget().order(v.Options, v.most()) {
		at := place[o.ID]
		lines = append(lines, v.bar(o, at, shares[at], i >= v.most()))
	}
	rest := len(v.Options) - v.most()
	return g.Group{
		h.Ol(h.Class("bars"), h.ID("bars"), h.Role("list"), lines), // without its marks it is no list to some readers
		g.If(rest > 0, h.P(h.Class("quiet"), h.ID("more"), g.Text(v.Say.Text("result.more", args{"Count": rest})))),
	}
}

func (v View) bar(o count.Option, place int, share string, hidden bool) g.Node {
	w := v.widget()
	return h.Li(h.Data("id", o.ID), g.If(hidden, ui.Hidden()),
		h.Div(h.Class("line"),
			h.Span(h.Class("label"), h.Dir("auto"), g.Text(o.Label)), v.tag(o.Option),
			h.Span(h.Class("figure"),
				w.drawing(v, o),
				h.B(h.Class("votes"), g.Text(w.figure(o))), g.Text(" "),
				h.Span(h.Class("share"), g.Text(share))),
		),
		h.SVG(h.Class(fmt.Sprint("bar c", place%colours+1)), h.Aria("hidden", "true"),
			g.El("rect", h.Width(w.reach(v, o)), h.Height("100%"))),
	)
}

// Turnout says how many have voted, and what the figures are of.
func (v View) Turnout() g.Node {
	voted := g.Text(v.Say.Text("result.turnout.none", nil))
	if v.Total > 0 {
		voted = ui.Sentence(v.Say, "result.turnout", args{"Count": v.Total, "Number": h.B(g.Text(ui.Grouped(v.Total)))})
	}
	meaning := ""
	if !v.Hidden {
		meaning = v.widget().meaning(v)
	}
	return h.P(h.Class("total"),
		h.Span(h.ID("total"), voted), h.Span(h.ID("invalid"), g.Text(v.invalid())), h.Span(h.ID("abstained"), g.Text(v.abstained())),
		g.If(meaning != "", h.Span(h.Class("quiet"), g.Text(" "+meaning))),
	)
}

// invalid says how many of those who voted are in no option's figure.
func (v View) invalid() string {
	if v.Invalid == 0 {
		return ""
	}
	return " " + v.Say.Text("result.invalid", args{"Count": v.Invalid, "Number": ui.Grouped(v.Invalid)})
}

// abstained says how many of those who voted chose nothing.
func (v View) abstained() string {
	if v.Abstained == 0 {
		return ""
	}
	return " " + v.Say.Text("result.abstained", args{"Count": v.Abstained, "Number": ui.Grouped(v.Abstained)})
}
