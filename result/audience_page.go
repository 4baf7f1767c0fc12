package result

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// audiencePage is the live count for one viewer, with all there is to know of it.
func (s *Station) audiencePage(v view) g.Node {
	return s.look.Page(ui.Page{
		Title: v.Say.Text("result.title", args{"Question": v.Question}), Words: scriptWords, Still: still(),
		Scripts: []string{"vendor/socket.io.min.js", "share.js", "result.js", "times.js"},
		Main: g.Group{
			v.data(),
			h.H1(h.ID("question"), h.Dir("auto"), g.Text(v.Question)),
			h.Div(h.Class("count"),
				v.state(),
				g.Iff(v.Hidden, v.hidden),
				v.Winners(),
				g.Iff(!v.Hidden, v.Bars),
				g.Iff(!v.HideTotal, v.Turnout),
				ui.History(v.Corrections, v.Reopenings),
				v.live(),
			),
			v.Counting(),
			v.links(),
		},
	})
}

// links leads on: to the vote while votes are taken, and to other forms of the count.
func (v view) links() g.Node {
	return h.Footer(
		h.Span(h.Class("while-open"), g.If(v.Status != vote.Open, ui.Hidden()),
			h.A(h.Href(v.VoteURL), g.Text(v.Say.Text("result.vote", nil))), g.Text(" · ")),
		h.A(h.Href("/p/"+v.Poll+"/present"+v.passed()), g.Text(v.Say.Text("result.big_screen", nil))),
		g.If(!v.Hidden, g.Group{g.Text(" · "), h.A(h.Href("/api/v1/polls/"+v.Poll+"/results.csv"+v.passed()), g.Text(v.Say.Text("result.csv", nil)))}),
	)
}
