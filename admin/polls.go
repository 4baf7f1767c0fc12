package admin

import (
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// part marks what static/admin.js replaces when its revision is another one.
func part(id string, revision int64) g.Node {
	return g.Group{h.ID(id), h.Data("revision", strconv.FormatInt(revision, 10))}
}

// article shows a poll, and what an organiser can do with it now.
func (p adminPoll) article() g.Node {
	return h.Article(h.Class("poll"), h.ID("poll-"+p.Slug), h.TabIndex("-1"),
		h.Div(part("head-"+p.Slug, p.Revision),
			h.H3(ui.Words(p.Question), g.Text(" "), h.Span(h.Class("tag "+string(p.Status)), g.Text(string(p.Status)))),
			h.P(h.Class("small"),
				h.A(h.Href(p.PresentURL), g.Text("Big screen")), g.Text(" · "),
				h.A(h.Href(p.ResultURL), g.Text("Result")), g.Text(" · "),
				h.A(h.Href(p.VoteURL), g.Text("Vote"))),
			g.If(p.Status == vote.Closing, h.P(h.Class("small"), g.Text("No vote is taken any more. The last ones are being stored."))),
			g.If(!p.Schedule.None(), h.P(h.Class("small"), ui.When(p.Schedule, p.Status))),
			ui.History(p.Corrections, p.Reopenings),
			g.If(p.Slug == vote.DefaultSlug, h.P(h.Class("quiet small"), g.Text("This is the question of the front page."),
				g.If(p.Parent != "", g.Text(" It took the place of another one, which is kept with its votes.")))),
		),
		h.Div(h.Class("row"), part("row-"+p.Slug, p.Revision), p.turns(), p.times(), p.deletion()),
	)
}

// fresh shows the poll that was just made, with the way to show it to a room.
func (p *adminPoll) fresh() g.Node {
	if p == nil {
		return nil
	}
	says := ""
	switch {
	case p.Status == vote.Open:
		says = "Your question is asked. People can vote now."
	case p.Status == vote.Draft && p.Opens.IsZero():
		says = "Your question is kept as a draft. Nobody can vote until you open it."
	case p.Status == vote.Draft:
		says = "Your question is kept as a draft, and opens by itself."
	}
	return h.Section(h.ID("fresh"),
		g.If(says != "", h.Div(part("fresh-note", p.Revision), ui.Notice("good", "status", g.Text(says)),
			h.A(h.Class("primary"), h.Href(p.PresentURL), g.Text("Show it on the big screen")))),
		p.article())
}

// turns are the buttons that open and close the poll. Each stays in its own
// place all the time, so that a second click never finds the other there.
func (p adminPoll) turns() g.Node {
	opens := "Open"
	if p.Status == vote.Closed {
		opens = "Open again"
	}
	turn := func(action, text string, possible bool) g.Node {
		where := h.Disabled()
		if possible {
			where = h.FormAction("/admin/polls/" + p.Slug + "/" + action)
		}
		return h.Button(h.Class("plain turn"), where, g.Text(text))
	}
	return h.Form(h.Method("post"), p.shown(),
		turn("open", opens, p.rests()),
		turn("close", "Close", p.Status == vote.Open))
}

// shown says what a form showed, and when.
func (p adminPoll) shown() g.Node {
	return g.Group{hidden("revision", strconv.FormatInt(p.Revision, 10)), stamp(p.now)}
}

// rests reports whether the poll takes no votes, and none is on its way.
func (p adminPoll) rests() bool { return p.Status == vote.Draft || p.Status == vote.Closed }

// deletion asks twice.
func (p adminPoll) deletion() g.Node {
	if !p.rests() {
		return nil
	}
	return h.Form(h.Method("post"), p.shown(), h.Details(
		h.Summary(h.Class("plain"), g.Text("Delete…")),
		h.P(h.Class("small"), g.Text("This deletes the poll and all its votes, for ever.")),
		h.Button(h.Class("plain danger"), h.FormAction("/admin/polls/"+p.Slug+"/delete"), g.Text("Delete for ever")),
	))
}

// times is the form of the poll's schedule. It also sends what it showed, so
// that a field left alone changes nothing.
func (p adminPoll) times() g.Node {
	opens, closes := showTime(p.Opens), showTime(p.ends())
	return h.Details(
		h.Summary(h.Class("plain"), g.Text("Schedule…")),
		h.Form(h.Method("post"), h.Action("/admin/polls/"+p.Slug+"/schedule"), h.Class("stack"),
			hidden("made", birth(p.Poll)), stamp(p.now),
			h.Div(h.Class("times"),
				g.If(p.Status != vote.Open, g.Group{timeField("Opens at ", "opens_at", opens), hidden("was_opens_at", opens)}),
				timeField("Closes at ", "closes_at", closes), hidden("was_closes_at", closes)),
			h.P(h.Class("quiet small"), g.Text("Empty means never.")),
			plain(g.Text("Save the times")),
		),
	)
}

// settling reports whether the poll was told to close a moment ago: it is about
// to change by itself.
func (p adminPoll) settling() bool {
	return p.Status == vote.Closing && p.now.Sub(p.ChangedAt) < 30*time.Second
}
