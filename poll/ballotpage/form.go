package ballotpage

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// searchFrom is how many options are found without a search.
const searchFrom = 12

// form lets a voter choose: by one tap where there is one choice.
func (v View) form() g.Node {
	answered := v.Choice != "" || v.Error != nil
	return h.Form(h.Method("post"), h.Action(v.Action), h.AutoComplete("off"), g.If(answered, h.Class("settling")),
		h.Input(h.Type("hidden"), h.Name(CookieField), h.Value(v.CookieTag)),
		h.Input(h.Type("hidden"), h.Name(EditionField), h.Value(v.Poll.Edition())),
		g.Iff(v.Event != nil, func() g.Node { return h.Input(h.Type("hidden"), h.Name(EventField), h.Value(v.Event.Code)) }),
		h.FieldSet(
			h.Class("options"),
			h.Legend(h.Class("quiet"), v.widget.advice(v)),
			v.options(),
			g.Iff(v.Poll.Abstain, v.abstain),
		),
		v.bar(),
	)
}

// options are all that can be chosen, each with its letter.
func (v View) options() g.Node {
	var all g.Group
	for i, o := range v.Poll.Options {
		all = append(all, v.widget.option(v, o, ui.OptionMark(i, h.Aria("hidden", "true"))))
	}
	return all
}

// search finds options among many, with a script: style sheets hide it where there is none.
func (v View) search() g.Node {
	return h.Div(h.Class("field search"),
		h.Label(h.For(v.findID()), g.Text(v.Say.Text("voting.find", nil))),
		h.Input(h.Class("find"), h.ID(v.findID()), h.Type("search"), h.AutoComplete("off"), g.Attr("enterkeyhint", "search")),
		h.P(h.Class("hint"), line("found")),
	)
}

// abstain is the button of a voter who chooses nothing, and says so.
func (v View) abstain() g.Node {
	return h.Div(h.Class("abstain"), voteButton(string(vote.Abstention), v.Poll.Abstains(v.Choice),
		h.Span(h.Class("text"), g.Text(v.Say.Text("voting.abstain", nil)))))
}

// bar is at the bottom of the screen: what was recorded, what waits to be sent, and
// the button that sends it.
func (v View) bar() g.Node {
	return h.Div(h.Class("actionbar said"),
		h.Div(h.Class("receipt"),
			h.Span(h.Class("tick"), h.Aria("hidden", "true")),
			h.Div(h.Class("lines"),
				h.Div(line("outcome"), v.outcome()),
				said("sending"), said("unsent"), said("shut"), said("chosen"),
			),
			v.seeResult(""),
		),
		g.If(!v.widget.byTap, h.Button(h.Class("button primary block"), g.Text(v.sendText()))),
	)
}

// said is a line for the script to fill.
func said(name string) g.Node { return h.P(line(name), ui.Hidden()) }

// line marks what tells of this ballot, by a name that the script knows: a page may have
// several of each.
func line(name string) g.Node { return g.Group{h.Data("line", name), h.Role("status")} }

func (v View) findID() string { return "find-" + v.Poll.Slug }

func (v View) sendText() string {
	if v.Choice != "" {
		return v.Say.Text("voting.change", nil)
	}
	return v.Say.Text(v.widget.send, nil)
}
