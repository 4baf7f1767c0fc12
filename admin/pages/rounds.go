package pages

import (
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/internal/ui"
	"popeye/vote"
)

// Rounds is the page on which a poll is compared with those before and after it, and
// asked again.
type Rounds struct {
	Frame
	Poll
	ID     string   // of the forms that make another poll
	Rounds []Round  // with this one; at least one
	Best   []string // the two that lead, by their ids; nil if that is not known
}

// Round is one round beside the others.
type Round struct {
	Poll
	Winners []string // labels
}

// Page shows the rounds, and begins another.
func (v Rounds) Page() ui.Page {
	return v.own(v.Frame, "rounds", ui.Page{Scripts: []string{"times.js"}},
		g.If(len(v.Rounds) > 1, h.Section(h.Class("card"), h.H2(g.Text(v.Frame.text("admin.rounds.title"))), v.compared())),
		v.asking())
}

// asking offers a runoff, a round with all options, and a copy.
func (v Rounds) asking() g.Node {
	if v.Status == vote.Draft {
		return h.Section(h.Class("card"), h.P(g.Text(v.Frame.text("admin.rounds.draft"))), v.again("duplicate", "admin.rounds.duplicate"))
	}
	left := slices.DeleteFunc(slices.Clone(v.Options), func(o vote.Option) bool { return slices.Contains(v.Withdrawn, o.ID) })
	return g.Group{
		h.Section(h.Class("card"), h.H2(g.Text(v.Frame.text("admin.rounds.runoff_title"))),
			h.P(h.Class("hint"), g.Text(v.Frame.text("admin.rounds.help"))),
			h.Form(h.Method("post"), h.Action(v.Path("round")), v.fromHere(), form.Hidden("between", "yes"),
				h.FieldSet(h.Legend(g.Text(v.Frame.text("admin.rounds.between"))), v.ticks("option", left, v.Best)),
				h.P(h.Class("cluster"), primary(h.Name("open"), h.Value("yes"), g.Text(v.Frame.text("admin.rounds.runoff"))), button(g.Text(v.Frame.text("admin.rounds.runoff_draft")))))),
		h.Section(h.Class("card"), h.H2(g.Text(v.Frame.text("admin.rounds.all_title"))),
			h.Div(h.Class("cluster"), v.again("round", "admin.rounds.new"), v.again("duplicate", "admin.rounds.duplicate"))),
	}
}

func (v Rounds) fromHere() g.Node {
	return g.Group{v.shown(), form.Hidden("page", "rounds"), form.Hidden("id", v.ID)}
}

func (v Rounds) again(action, message string) g.Node {
	return h.Form(h.Method("post"), h.Action(v.Path(action)), v.fromHere(), button(g.Text(v.Frame.text(message))))
}

// compared shows the rounds side by side.
func (v Rounds) compared() g.Node {
	head := func(code string) g.Node { return h.Th(h.Scope("col"), g.Text(v.Frame.text(code))) }
	return h.Div(h.Class("scroll"), h.Table(h.Class("table"),
		h.THead(h.Tr(head("admin.rounds.question"), head("admin.rounds.status"), head("admin.rounds.voters"), head("admin.rounds.winner"))),
		h.TBody(g.Map(v.Rounds, func(r Round) g.Node {
			voters, link := "–", h.A(h.Href(r.Path("rounds")), ui.Words(r.Question))
			if r.Counted {
				voters = ui.Grouped(r.Votes)
			}
			if r.Slug == v.Slug {
				link = h.B(ui.Words(r.Question))
			}
			return h.Tr(h.Td(link), h.Td(r.badge()), h.Td(g.Text(voters)), h.Td(ui.Words(strings.Join(r.Winners, ", "))))
		}))))
}
