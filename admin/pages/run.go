package pages

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/count"
	"popeye/internal/links"
	"popeye/internal/ui"
	"popeye/vote"
)

// Run is the page from which a poll is run, while people vote. Nothing is typed on it,
// so that it may load itself again.
type Run struct {
	Frame
	Poll
	ID     string // of the forms that make another poll
	Fresh  bool   // it was just made
	QR     g.Node // of VoteURL
	Totals count.Totals
	Best   []string // labels of who won, or leads; nil if that is not known
	Behind int64    // votes of all polls that are recorded and not counted yet
}

// countdowns are offered, in minutes.
var countdowns = []int{1, 2, 5}

// Page shows how it goes, and what comes next.
func (v Run) Page() ui.Page {
	page := ui.Page{Scripts: []string{"admin.js", "times.js"}}
	if v.Status == vote.Open || v.Status == vote.Closing {
		page.Still = h.Meta(g.Attr("http-equiv", "refresh"), h.Content("4"))
	}
	return v.own(v.Frame, "", page,
		v.said(v.here()), v.fresh(),
		h.Div(h.Class("run"),
			h.Div(h.Class("run-main"), v.control(), v.result(), v.next()),
			h.Div(h.Class("run-side"), v.share(), v.files())))
}

// here is this page's own address, also where a button's led elsewhere.
func (v Run) here() string {
	if v.Fresh {
		return v.Path() + "?asked=1"
	}
	return v.Path()
}

// fresh says what has just happened.
func (v Run) fresh() g.Node {
	says := ""
	switch {
	case !v.Fresh:
	case v.Status == vote.Open:
		says = "admin.fresh.open"
	case v.Status == vote.Draft && v.Opens.IsZero():
		says = "admin.fresh.draft"
	case v.Status == vote.Draft:
		says = "admin.fresh.scheduled"
	}
	return h.Div(part("fresh", says), g.If(says != "", ui.Notice("good", "status", g.Text(v.Frame.text(says)))))
}

// control is what the organiser presses. It works on the page, where a script runs.
func (v Run) control() g.Node {
	return h.Section(h.Class("card control"), h.Aria("label", v.text("admin.run.control")),
		h.Div(h.Class("cluster figures"), h.P(h.Class("figure large"), figure("count", v.version()), v.voters())),
		h.Div(figure("behind", strconv.FormatInt(v.Behind, 10)), v.behind()),
		h.Form(h.Class("act stack"), h.Method("post"), part("control", form.Revision(v.Poll.Poll)), v.Poll.shown(), form.Hidden("page", "poll"),
			g.If(v.Status == vote.Closing, h.P(h.Class("small"), g.Text(v.text("admin.poll.closing")))),
			g.If(!v.Schedule.None(), h.P(h.Class("small"), ui.When(v.Poll.Say, v.Schedule, v.Status), ui.Countdown(v.Schedule))),
			h.Div(h.Class("cluster"), v.turns(true), v.reveals()),
			v.countdown()))
}

// text is the frame's: a poll has a Say of its own.
func (v Run) text(code string) string { return v.Frame.text(code) }

// behind says how many votes of all polls are recorded and not counted yet.
func (v Run) behind() g.Node {
	if v.Behind == 0 {
		return nil
	}
	return h.P(h.Class("small quiet behind"), g.Text(v.Frame.Say.Text("admin.behind", args{"Count": v.Behind, "Number": v.Frame.Say.Number(v.Behind)})))
}

func (v Run) voters() g.Node {
	if !v.Counted {
		return g.Group{h.B(g.Text("–")), h.Span(g.Text(v.text("admin.run.uncounted")))}
	}
	return g.Group{h.B(g.Text(v.Poll.Say.Number(v.Votes))), h.Span(g.Text(v.Poll.Say.Text("admin.run.voted", args{"Count": v.Votes})))}
}

// countdown closes the poll in a moment, for everybody to see.
func (v Run) countdown() g.Node {
	if v.Status != vote.Open {
		return nil
	}
	send := func(minutes int, label g.Node) g.Node {
		return h.Button(h.Class("button small"), h.Name("minutes"), h.Value(strconv.Itoa(minutes)), h.FormAction(v.Path("countdown")), label)
	}
	return h.FieldSet(h.Class("countdown"), h.Legend(h.Class("small quiet"), g.Text(v.text("admin.countdown"))),
		h.Div(h.Class("cluster"), g.Map(countdowns, func(n int) g.Node {
			return send(n, g.Text(v.Poll.Say.Text("admin.countdown.minutes", args{"Count": n})))
		}), g.If(!v.ClosesAt.IsZero(), send(0, g.Text(v.text("admin.countdown.stop"))))))
}

// result shows the figures. Where they are hidden from the audience they are folded
// away here too: an organiser's screen is often the one in the room.
func (v Run) result() g.Node {
	if v.Status == vote.Draft {
		return nil
	}
	bars := h.Div(figure("bars", v.version()), v.bars())
	if v.Shows(false) {
		return h.Section(h.Class("card"), h.Aria("label", v.text("admin.poll.result")), bars)
	}
	return h.Section(h.Class("card"), h.Details(h.Summary(g.Text(v.text("admin.run.hidden"))), h.Div(h.Class("folded"), bars)))
}

func (v Run) bars() g.Node {
	if !v.Counted {
		return nil
	}
	most := int64(0)
	for _, o := range v.Totals.Options {
		most = max(most, o.Votes)
	}
	bar := func(o count.Option) g.Node {
		lead := ""
		if o.Votes == most && most > 0 {
			lead = " lead"
		}
		width := strconv.FormatInt(ui.Ratio(o.Votes, most, 100), 10) + "%"
		return h.Li(h.Class("result-row"+lead),
			h.Span(h.Class("row"), h.B(ui.Words(o.Label)), h.Span(h.Class("num"), g.Text(v.Poll.Say.Number(o.Votes)))),
			h.SVG(h.Class("bar"+lead), h.Aria("hidden", "true"), g.El("rect", h.Width(width), h.Height("100%"))))
	}
	return g.Group{
		h.P(h.Class("small quiet"), g.Text(v.text(counted[v.Kind]))),
		h.Ul(h.Class("result-rows"), g.Map(v.Totals.Options, bar)),
		g.If(len(v.Best) > 0 && v.Status == vote.Closed, h.P(ui.Sentence(v.Poll.Say, "admin.run.winner",
			args{"Count": len(v.Best), "Options": h.B(ui.Words(strings.Join(v.Best, ", ")))}))),
	}
}

// counted are the messages that say what the figures of a kind count.
var counted = map[vote.Kind]string{
	vote.Single: "admin.run.counts.single", vote.Multiple: "admin.run.counts.multiple",
	vote.Ranked: "admin.run.counts.ranked", vote.Score: "admin.run.counts.score",
}

// share is how people come to the ballot.
func (v Run) share() g.Node {
	address := strings.TrimPrefix(strings.TrimPrefix(v.VoteURL, "https://"), "http://")
	return h.Section(h.Class("card share"), h.H2(g.Text(v.text("admin.share"))),
		h.A(h.Class("button primary block"), h.Href(v.PresentURL), g.Text(v.text("admin.fresh.show"))),
		h.Div(h.Class("share-code"), v.QR),
		h.P(h.Class("address"), h.A(h.Href(v.VoteURL), h.Dir("ltr"), g.Text(address))),
		v.code(),
		g.If(!links.Reachable(v.VoteURL), ui.Notice("warn", "", g.Text(v.text("result.unreachable")))),
		h.P(h.Class("cluster"),
			h.Button(h.Type("button"), h.Class("button small"), h.Data("copy", v.VoteURL), h.Data("copied", v.text("admin.share.copied")), ui.Hidden(), g.Text(v.text("admin.share.copy"))),
			h.A(h.Class("button small"), h.Href(v.ResultURL), g.Text(v.text("admin.share.result")))))
}

// code is what people type where they can't scan.
func (v Run) code() g.Node {
	if v.Code == "" {
		return nil
	}
	return h.P(g.Text(v.text("admin.share.code")), h.Br(), h.B(h.Class("code"), h.Dir("ltr"), grouped(v.Code)))
}

// grouped writes a code in groups of three.
func grouped(code string) g.Node {
	var groups g.Group
	for at := 0; at < len(code); at += 3 {
		groups = append(groups, h.Span(g.Text(code[at:min(at+3, len(code))])))
	}
	return groups
}

// next is what an organiser does after a poll.
func (v Run) next() g.Node {
	send := func(action, label string) g.Node {
		return h.Form(h.Method("post"), h.Action(v.Path(action)), v.Poll.shown(), form.Hidden("page", "poll"), form.Hidden("id", v.ID), button(g.Text(v.text(label))))
	}
	return h.Section(h.Class("card no-print"), h.H2(g.Text(v.text("admin.next"))), h.Div(h.Class("cluster"), part("next", string(v.Status)),
		g.If(v.Status != vote.Draft, link(v.Path("rounds"), g.Text(v.text("admin.next.round")))),
		send("duplicate", "admin.rounds.duplicate"),
		g.If(v.Status != vote.Draft && v.Status != vote.Closing, send("again", "admin.next.again")),
		link("/admin#ask", g.Text(v.text("admin.next.ask")))),
		g.If(v.Status != vote.Draft, h.P(h.Class("hint"), g.Text(v.text("admin.next.again_help")))))
}

// files are what leaves the house.
func (v Run) files() g.Node {
	if v.Status == vote.Draft {
		return nil
	}
	api := "/api/v1/polls/" + v.Slug
	file := func(path, label string) g.Node { return h.Li(h.A(h.Href(path), g.Text(v.text(label)))) }
	return h.Section(h.Class("card files"), h.H2(g.Text(v.text("admin.files"))),
		h.P(link(v.Path("minutes"), g.Text(v.text("admin.files.minutes")))),
		h.Ul(file(api+"/results.csv", "admin.files.results_csv"), file(api+"/results", "admin.files.results_json"),
			file(api+"/ballots.csv", "admin.files.ballots_csv"), file(api+"/ballots.json", "admin.files.ballots_json"), file(api+"/ballots.blt", "admin.files.ballots_blt")))
}
