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

// statuses are the messages that name where a poll stands.
var statuses = map[vote.Status]string{
	vote.Draft:   "admin.status.draft",
	vote.Open:    "admin.status.open",
	vote.Closing: "admin.status.closing",
	vote.Closed:  "admin.status.closed",
}

// article shows a poll, and what an organiser can do with it now.
func (p adminPoll) article() g.Node {
	front := "admin.poll.front"
	if p.Parent != "" {
		front = "admin.poll.front_replaced"
	}
	return h.Article(h.Class("poll"), h.ID("poll-"+p.Slug), h.TabIndex("-1"),
		h.Div(part("head-"+p.Slug, p.Revision),
			h.H3(ui.Words(p.Question), g.Text(" "), p.tag()),
			p.links(g.Text(" · "), h.A(h.Href(p.pagePath()), g.Text(p.say.Text("admin.poll.more", nil)))),
			g.If(p.Status == vote.Closing, h.P(h.Class("small"), g.Text(p.say.Text("admin.poll.closing", nil)))),
			g.If(!p.Schedule.None(), h.P(h.Class("small"), ui.When(p.say, p.Schedule, p.Status))),
			ui.History(p.say, p.Corrections, p.Reopenings),
			g.If(p.Slug == vote.DefaultSlug, h.P(h.Class("quiet small"), g.Text(p.say.Text(front, nil)))),
		),
		h.Div(h.Class("row"), part("row-"+p.Slug, p.Revision), p.turns(), p.reveals(), p.times(), p.deletion()),
	)
}

// tag says where the poll stands.
func (p adminPoll) tag() g.Node {
	return h.Span(h.Class("tag "+string(p.Status)), g.Text(p.say.Text(statuses[p.Status], nil)))
}

// links lead to what others see of the poll.
func (p adminPoll) links(more ...g.Node) g.Node {
	return h.P(h.Class("small"),
		h.A(h.Href(p.PresentURL), g.Text(p.say.Text("admin.poll.big_screen", nil))), g.Text(" · "),
		h.A(h.Href(p.ResultURL), g.Text(p.say.Text("admin.poll.result", nil))), g.Text(" · "),
		h.A(h.Href(p.VoteURL), g.Text(p.say.Text("admin.poll.vote", nil))), g.Group(more))
}

// fresh shows the poll that was just made, with the way to show it to a room.
func (p *adminPoll) fresh() g.Node {
	if p == nil {
		return nil
	}
	says := ""
	switch {
	case p.Status == vote.Open:
		says = "admin.fresh.open"
	case p.Status == vote.Draft && p.Opens.IsZero():
		says = "admin.fresh.draft"
	case p.Status == vote.Draft:
		says = "admin.fresh.scheduled"
	}
	return h.Section(h.ID("fresh"),
		g.If(says != "", h.Div(part("fresh-note", p.Revision), ui.Notice("good", "status", g.Text(p.say.Text(says, nil))),
			h.A(h.Class("primary"), h.Href(p.PresentURL), g.Text(p.say.Text("admin.fresh.show", nil))))),
		p.article())
}

// turns are the buttons that open and close the poll. Each stays in its own
// place all the time, so that a second click never finds the other there.
func (p adminPoll) turns() g.Node {
	return h.Form(h.Method("post"), p.shown(), g.Group(p.turnButtons()))
}

func (p adminPoll) turnButtons() []g.Node {
	opens := "admin.poll.open"
	if p.Status == vote.Closed {
		opens = "admin.poll.open_again"
	}
	turn := func(action, message string, possible bool) g.Node {
		where := h.Disabled()
		if possible {
			where = h.FormAction("/admin/polls/" + p.Slug + "/" + action)
		}
		return h.Button(h.Class("plain turn"), where, g.Text(p.say.Text(message, nil)))
	}
	return []g.Node{turn("open", opens, p.rests()), turn("close", "admin.poll.close", p.Status == vote.Open)}
}

// shown says what a form showed, and when.
func (p adminPoll) shown() g.Node {
	return g.Group{hidden("revision", strconv.FormatInt(p.Revision, 10)), stamp(p.now)}
}

// rests reports whether the poll takes no votes, and none is on its way.
func (p adminPoll) rests() bool { return p.Status == vote.Draft || p.Status == vote.Closed }

// deletion asks for the poll's name. more are further fields of its form.
func (p adminPoll) deletion(more ...g.Node) g.Node {
	if !p.rests() {
		return nil
	}
	return h.Form(h.Method("post"), p.shown(), g.Group(more), h.Details(
		h.Summary(h.Class("plain"), g.Text(p.say.Text("admin.poll.delete", nil))),
		h.P(h.Class("small"), g.Text(p.say.Text("admin.poll.delete_warning", nil))),
		h.Label(ui.Sentence(p.say, "admin.poll.delete_confirm", args{"Slug": h.B(g.Text(p.Slug))}), g.Text(" "),
			h.Input(h.Name("confirm"), h.AutoComplete("off"), g.Attr("autocapitalize", "off"), g.Attr("spellcheck", "false"), h.Required())),
		h.Button(h.Class("plain danger"), h.FormAction("/admin/polls/"+p.Slug+"/delete"), g.Text(p.say.Text("admin.poll.delete_now", nil))),
	))
}

// times is the form of the poll's schedule. It also sends what it showed, so
// that a field left alone changes nothing.
func (p adminPoll) times() g.Node {
	shown := formOf(p.Poll)
	shown["closes_at"] = showTime(p.ends(), p.Zone())
	form := shown
	if p.typed != nil {
		form = p.typed
	}
	row := func(name string) g.Node {
		return g.Group{form.row(p.say, rowOf(name), p.wrong), hidden("was_"+name, shown[name])}
	}
	return h.Details(g.If(p.typed != nil, g.Attr("open")),
		h.Summary(h.Class("plain"), g.Text(p.say.Text("admin.poll.schedule", nil))),
		h.Form(h.Method("post"), h.Action("/admin/polls/"+p.Slug+"/schedule"), h.Class("stack"),
			hidden("made", birth(p.Poll)), stamp(p.now),
			h.Div(h.Class("times"), row("time_zone"), g.If(p.Status != vote.Open, row("opens_at")), row("closes_at")),
			h.P(h.Class("quiet small"), g.Text(p.say.Text("admin.poll.schedule_help", nil))),
			plain(g.Text(p.say.Text("admin.poll.schedule_save", nil))),
		),
	)
}

// pagePath is where the poll's own page is.
func (p adminPoll) pagePath() string { return "/admin/polls/" + p.Slug }

// settling reports whether the poll was told to close a moment ago: it is about
// to change by itself.
func (p adminPoll) settling() bool {
	return p.Status == vote.Closing && p.now.Sub(p.ChangedAt) < 30*time.Second
}
