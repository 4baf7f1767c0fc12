package pages

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/admin/operator"
	"popeye/internal/ui"
	"popeye/vote"
)

// manyPolls is how many there are before a search field helps.
const manyPolls = 8

// List is the page of all polls.
type List struct {
	Frame
	Polls    []Poll // newest first, without those in the archive
	Archived []Poll // newest first
	Search   string
	Form     form.Form // what was typed, when it was wrong
	Wrong    form.Mistake
	Account  operator.Account
	Blind    bool // the store does not answer: there are no polls and no account
}

// Page is where organisers begin.
func (v List) Page() ui.Page {
	page := ui.Page{Title: v.text("admin.title"), Scripts: []string{"fields.js", "ask.js", "admin.js", "times.js"}, Still: v.again()}
	if v.Blind {
		page.Still, page.Scripts = nil, []string{"fields.js", "ask.js"}
		return v.page(herePolls, page, h.H1(g.Text(v.text("admin.title"))), v.ask(v.Form, v.Wrong))
	}
	return v.page(herePolls, page,
		h.H1(h.Class("visually-hidden"), g.Text(v.text("admin.title"))),
		v.said(herePolls), v.alarms(v.Account),
		v.ask(v.Form, v.Wrong),
		h.Section(h.Class("polls"),
			h.Div(h.Class("row wrap"), h.H2(g.Text(v.text("admin.polls"))), v.searching()),
			h.NoScript(h.P(h.A(h.Href("/admin"), g.Text(v.text("admin.reload"))))),
			h.Div(h.ID("polls"), h.TabIndex("-1"), g.Map(v.shown(v.Polls), Poll.row)),
			g.If(len(v.Polls) == 0, h.P(h.Class("quiet"), g.Text(v.text("admin.polls.none")))),
			g.If(len(v.Polls) > 0, h.P(h.ID("no-match"), h.Class("quiet"), g.If(len(v.shown(v.Polls)) > 0, ui.Hidden()), g.Text(v.text("admin.search.none")))),
			v.archive()))
}

// again loads the page again, where no script runs, while a poll is about to
// change by itself. Not for longer: what somebody types would be lost each time.
func (v List) again() g.Node {
	for _, p := range v.Polls {
		if p.Settling() {
			return h.Meta(g.Attr("http-equiv", "refresh"), h.Content("2; url=/admin"))
		}
	}
	return nil
}

// searching is the field that finds a poll among many.
func (v List) searching() g.Node {
	if len(v.Polls)+len(v.Archived) < manyPolls && v.Search == "" {
		return nil
	}
	return h.Form(h.ID("search"), h.Role("search"), h.Class("field"),
		h.Input(h.Type("search"), h.Name("q"), h.Dir("auto"), h.MaxLength("100"), h.Value(v.Search),
			h.Aria("label", v.text("admin.search")), h.Placeholder(v.text("admin.search"))))
}

// shown are the polls that the search leaves.
func (v List) shown(polls []Poll) (found []Poll) {
	for _, p := range polls {
		if strings.Contains(strings.ToLower(p.Question+" "+p.Slug), strings.ToLower(strings.TrimSpace(v.Search))) {
			found = append(found, p)
		}
	}
	return found
}

// archive is where polls are that the organiser has put away. It is there always, so
// that static/admin.js finds it.
func (v List) archive() g.Node {
	newest := int64(0)
	for _, p := range v.Archived {
		newest = max(newest, p.Revision)
	}
	return h.Div(part("archive", strconv.Itoa(len(v.Archived))+"-"+strconv.FormatInt(newest, 10)), g.If(len(v.Archived) > 0, h.Details(
		h.Summary(g.Text(v.Say.Text("admin.archive", args{"Count": len(v.Archived)}))),
		h.Ul(h.Class("archived"), g.Map(v.shown(v.Archived), func(p Poll) g.Node {
			return h.Li(h.A(h.Href(p.Path()), ui.Words(p.Question)))
		})))))
}

// row shows a poll in the list, with what is done most often.
func (p Poll) row() g.Node {
	return h.Article(h.Class("card poll"), h.ID("poll-"+p.Slug), h.TabIndex("-1"),
		h.Div(h.Class("poll-says"), part("head-"+p.Slug, form.Revision(p.Poll)),
			h.H3(h.A(h.Href(p.Path()), ui.Words(p.Question))),
			h.P(h.Class("cluster small"), p.badge(), h.Span(h.Class("quiet"), g.Text(p.Say.Text(form.Kinds[p.Kind], nil))),
				h.Span(figure("votes-"+p.Slug, p.version()), p.votes())),
			p.facts()),
		h.Form(h.Class("cluster act"), h.Method("post"), part("row-"+p.Slug, form.Revision(p.Poll)), p.shown(),
			p.turns(false), g.If(p.Status != vote.Draft, link(p.PresentURL, g.Text(p.Say.Text("admin.poll.big_screen", nil))))))
}

// facts is what else there is to know of a poll.
func (p Poll) facts() g.Node {
	front := "admin.poll.front"
	if p.Parent != "" {
		front = "admin.poll.front_replaced"
	}
	return g.Group{
		g.If(p.Status == vote.Closing, h.P(h.Class("small"), g.Text(p.Say.Text("admin.poll.closing", nil)))),
		g.If(!p.Schedule.None(), h.P(h.Class("small"), ui.When(p.Schedule, p.Status))),
		g.If(p.Slug == vote.DefaultSlug, h.P(h.Class("quiet small"), g.Text(p.Say.Text(front, nil)))),
	}
}
