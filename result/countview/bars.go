package countview

import (
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
	"popeye/vote"
)

// Bars shows each option with its figure, the one with the most first: a real list, so
// whoever hears the page gets the same figures in the same order. static/bars.js keeps
// it as it is here.
func (v View) Bars() g.Node {
	place, shares, lead := make(map[string]int, len(v.Options)), v.widget().shares(v), v.Leaders()
	for i, o := range v.Options {
		place[o.ID] = i
	}
	var lines g.Group
	for i, o := range v.ordered() {
		at := place[o.ID]
		lines = append(lines, v.bar(o, at, shares[at], slices.Contains(lead, o.ID), i >= v.most()))
	}
	rest := len(v.Options) - v.most()
	return g.Group{
		h.Ol(h.Class("bars"), h.ID("bars"), h.Role("list"), lines), // without its marks it is no list to some readers
		g.If(rest > 0, h.P(h.Class("quiet"), h.ID("more"), g.Text(v.Say.Text("result.more", args{"Count": rest})))),
	}
}

func (v View) bar(o count.Option, place int, share string, lead, hidden bool) g.Node {
	w := v.widget()
	return h.Li(h.Data("id", o.ID), g.If(lead, h.Class("lead")), g.If(hidden, ui.Hidden()),
		h.B(h.Class(markClass(lead)), h.Aria("hidden", "true"), g.Text(letter(place))),
		h.Div(h.Class("line"),
			h.Span(h.Class("label"), h.Dir("auto"), g.Text(o.Label)), v.tag(o.Option),
			h.Span(h.Class("number"),
				h.B(h.Class("votes"), g.Text(w.figure(v, o))), g.Text(" "),
				h.Span(h.Class("share"), g.Text(share))),
			v.note(o.Option),
		),
		h.SVG(h.Class("bar"), h.Aria("hidden", "true"),
			g.El("rect", h.Width(w.reach(v, o)), h.Height("100%"))),
		w.drawing(v, o),
	)
}

// note describes an option, where its organiser does. static/part.js takes it over.
func (v View) note(o vote.Option) g.Node {
	if v.Notes[o.ID] == "" {
		return nil
	}
	return h.P(h.Class("note"), h.Dir("auto"), g.Text(v.Notes[o.ID]))
}

func markClass(lead bool) string {
	if lead {
		return "mark lead"
	}
	return "mark"
}

// letter is the mark of the option at a place: A to Z, then AA.
func letter(place int) string {
	last := string(rune('A' + place%26))
	if place < 26 {
		return last
	}
	return letter(place/26-1) + last
}

// Leaders are the options that lead: by their votes where those decide, else as the
// poll's rule has it. Nobody leads before there is a vote.
func (v View) Leaders() (ids []string) {
	o := v.headline()
	switch {
	case o == nil || o.Voters == 0:
		return nil
	case !v.byVotes():
		return o.Winners
	}
	most := int64(1)
	for _, option := range v.remaining() {
		most = max(most, option.Votes)
	}
	for _, option := range v.remaining() {
		if option.Votes == most {
			ids = append(ids, option.ID)
		}
	}
	return ids
}

// ruledLead are the leaders for a page's script, where it can't tell them by their votes.
func (v View) ruledLead() string {
	if v.byVotes() {
		return ""
	}
	return strings.Join(v.Leaders(), " ")
}

func (v View) leadBy() string {
	if v.byVotes() {
		return "votes"
	}
	return "rule"
}

// byVotes says that the one option with the most votes wins.
func (v View) byVotes() bool {
	name, _, _ := strings.Cut(v.Settings.Rule, "/")
	return (name == "plurality" || name == "approval") && v.Settings.Seats <= 1
}

// remaining are the options that have not withdrawn.
func (v View) remaining() []count.Option {
	return slices.DeleteFunc(slices.Clone(v.Options), func(o count.Option) bool { return slices.Contains(v.Settings.Withdrawn, o.ID) })
}

// Turnout says how many have voted, and what the figures are of.
func (v View) Turnout() g.Node {
	voted := g.Text(v.Say.Text("result.turnout.none", nil))
	if v.Total > 0 {
		voted = ui.Sentence(v.Say, "result.turnout", args{"Count": v.Total, "Number": h.B(g.Text(v.Say.Number(v.Total)))})
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

// Rounded says that shares need not add up to 100, where each voter gave one vote.
func (v View) Rounded() g.Node {
	if v.Hidden || !v.parts() || v.Status == vote.Draft {
		return nil
	}
	return h.P(h.Class("small quiet"), g.Text(v.Say.Text("result.rounded", nil)))
}

// invalid says how many of those who voted are in no option's figure.
func (v View) invalid() string {
	if v.Invalid == 0 {
		return ""
	}
	return " " + v.Say.Text("result.invalid", args{"Count": v.Invalid, "Number": v.Say.Number(v.Invalid)})
}

// abstained says how many of those who voted chose nothing.
func (v View) abstained() string {
	if v.Abstained == 0 {
		return ""
	}
	return " " + v.Say.Text("result.abstained", args{"Count": v.Abstained, "Number": v.Say.Number(v.Abstained)})
}
