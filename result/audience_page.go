package result

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/result/live"
	"popeye/vote"
)

// pageScript is what a live page runs, in one file, and pageScripts its parts.
const pageScript = "result-page.js"

var pageScripts = []string{
	"vendor/socket.io.min.js", "line.js", "share.js", "bars.js", "pace.js", "schedule.js", "part.js", "spoken.js", "reveal.js", "result.js", "take.js", "event.js",
}

// audiencePage is the live count for one viewer, with all there is to know of it.
func (s *Station) audiencePage(v view) g.Node {
	return s.look.Page(ui.Page{
		Say: v.Say, Title: v.Say.Text("result.title", args{"Question": v.Question}), Class: "result", Words: scriptWords, Still: still(),
		Scripts: []string{pageScript, "times.js"}, Styles: []string{"result.css"}, Preview: v.preview(),
		Main: g.Group{
			v.data(),
			g.Iff(v.Event != nil, v.Event.head),
			h.Div(h.Class("row"), v.live(), v.badge()),
			h.H1(h.ID("question"), h.Dir("auto"), g.Text(v.Question)),
			v.state(),
			h.Section(h.Class("card"),
				g.Iff(v.Hidden, v.hidden),
				v.Winners(),
				h.Button(h.Type("button"), h.Class("button small"), h.ID("skip"), ui.Hidden(), g.Text(v.Say.Text("result.reveal.skip", nil))),
				g.Iff(!v.Hidden, v.Bars),
				g.Iff(!v.HideTotal, v.Turnout),
				v.Rounded(),
				v.pace(),
			),
			h.P(h.ID("spoken"), h.Class("visually-hidden"), h.Role("status")),
			ui.History(v.Say, v.Corrections, v.Reopenings),
			v.Counting(),
			h.P(h.ID("printed"), h.Class("quiet small"), ui.Hidden()), // of when the figures of a print are
			v.links(),
		},
	})
}

// preview is what other programs show of a link to the page, nil if it has no sure address.
func (v view) preview() *ui.Preview {
	if v.SiteURL == "" {
		return nil
	}
	return &ui.Preview{
		Title: v.Question, Description: v.Voted(), URL: v.SiteURL + ui.PagePath(v.Poll), Image: v.SiteURL + "/p/" + v.Poll + "/preview.png",
	}
}

// badge says in a word where the poll stands; the script changes it.
func (v view) badge() g.Node {
	return h.Span(h.Class("badge "+string(v.Status)), h.ID("badge"), g.Text(v.Say.Text(badges[v.Status], nil)))
}

// badges are the words for where a poll stands.
var badges = map[vote.Status]string{
	vote.Draft:   "result.badge.draft",
	vote.Open:    "result.badge.open",
	vote.Closing: "result.badge.closing",
	vote.Closed:  "result.badge.closed",
}

// pace draws how many votes came lately, while votes are taken.
func (v view) pace() g.Node {
	if v.Status != vote.Open {
		return nil
	}
	return v.View.Pace(v.Came.Totals, v.Came.Last, live.PaceStep, live.PaceSteps)
}

// links leads on: to the vote while votes are taken, and to other forms of the count.
func (v view) links() g.Node {
	at := "/p/" + v.Poll
	link := func(href, code string) g.Node {
		return h.A(h.Class("button small"), h.Href(href), g.Text(v.Say.Text(code, nil)))
	}
	button := func(id, code string) g.Node {
		return h.Button(h.Type("button"), h.Class("button small"), h.ID(id), ui.Hidden(), g.Text(v.Say.Text(code, nil)))
	}
	return h.Footer(h.Class("no-print"),
		h.P(h.Class("while-open"), g.If(v.Status != vote.Open, ui.Hidden()),
			h.A(h.Class("button primary"), h.Href(v.VoteURL), g.Text(v.Say.Text("result.vote", nil)))),
		h.Div(h.Class("cluster"),
			button("share", "result.share"), button("print", "result.print"),
			link(at+"/present"+v.passed(), "result.big_screen"),
			link(at+"/qr.png", "result.qr.as_png"), link(at+"/qr.svg", "result.qr.as_svg"),
			g.Iff(!v.Hidden, func() g.Node { return link("/api/v1/polls/"+v.Poll+"/results.csv"+v.passed(), "result.csv") }),
			h.Span(h.ID("shared"), h.Role("status")),
		),
	)
}
