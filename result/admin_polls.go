package result

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/look"
	"popeye/vote"
)

// article shows a poll, and what an organiser can do with it now.
func (p adminPoll) article() g.Node {
	return h.Article(h.Class("poll"),
		h.H3(g.Text(p.Question+" "), h.Span(h.Class("tag "+string(p.Status)), g.Text(string(p.Status)))),
		h.P(h.Class("small"),
			h.A(h.Href(p.VoteURL), g.Text("Vote")), g.Text(" · "),
			h.A(h.Href(p.ResultURL), g.Text("Result")), g.Text(" · "),
			h.A(h.Href(p.PresentURL), g.Text("Big screen"))),
		g.If(!p.Schedule.None(), h.P(h.Class("small"), look.When(p.Schedule, p.Status))),
		h.Div(h.Class("row"), p.buttons(), p.times()),
	)
}

// buttons open, close and delete the poll, each when that is possible.
func (p adminPoll) buttons() g.Node {
	path := "/admin/polls/" + p.Slug
	rests := p.Status == vote.Draft || p.Status == vote.Closed
	opens := "Open"
	if p.Status == vote.Closed {
		opens = "Open again"
	}
	return h.Form(h.Method("post"),
		g.If(rests, plain(h.FormAction(path+"/open"), g.Text(opens))),
		g.If(p.Status == vote.Open, plain(h.FormAction(path+"/close"), g.Text("Close"))),
		g.If(rests && p.Slug != vote.DefaultSlug, h.Details(
			h.Summary(h.Class("plain"), g.Text("Delete…")),
			h.P(h.Class("small"), g.Text("This deletes the poll and all its votes, for ever.")),
			h.Button(h.Class("plain danger"), h.FormAction(path+"/delete"), g.Text("Delete for ever")),
		)),
	)
}

// times is the form of the poll's schedule. It also sends what it showed, so
// that a field left alone changes nothing.
func (p adminPoll) times() g.Node {
	opens, closes := showTime(p.Opens), showTime(p.ends())
	was := func(name, value string) g.Node {
		return h.Input(h.Type("hidden"), h.Name("was_"+name), h.Value(value))
	}
	return h.Details(
		h.Summary(h.Class("plain"), g.Text("Schedule…")),
		h.Form(h.Method("post"), h.Action("/admin/polls/"+p.Slug+"/schedule"), h.Class("stack"),
			h.Div(h.Class("times"),
				g.If(p.Status != vote.Open, g.Group{timeField("Opens at ", "opens_at", opens), was("opens_at", opens)}),
				timeField("Closes at ", "closes_at", closes), was("closes_at", closes)),
			h.P(h.Class("quiet small"), g.Text("Empty means never.")),
			plain(g.Text("Save the times")),
		),
	)
}
