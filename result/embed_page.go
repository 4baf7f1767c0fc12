package result

import (
	"net/http"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/result/audience"
	"popeye/result/countview"
	"popeye/vote"
)

// showEmbedded shows the live count in a frame of another site's page: of those sites
// that the organiser allows. It is what anyone may see. It needs no cookie, and has no
// form: nobody can be made to click in it on what they do not see.
func (s *Station) showEmbedded(w http.ResponseWriter, r *http.Request) error {
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return err
	}
	p := counted.Poll()
	v := view{View: countview.View{Say: printer(r), Results: counted.For(audience.Anyone)}, Now: time.Now(), Room: true, VoteURL: s.voteURL(r, p.Slug)}
	v.Schedule = p.Schedule(v.Now)
	v.Pause = pauseOf(s.viewers.Viewers(), v.Count)
	allow(w.Header(), p.Embed)
	w.Header().Set("Cache-Control", "no-store") // figures of a moment
	return web.HTML(w, http.StatusOK, s.embeddedPage(v))
}

const noFrames = "frame-ancestors 'none'"

// allow lets some sites frame the answer. The rest of the policy stays as it is for all
// pages.
func allow(h http.Header, sites []string) {
	const policy = "Content-Security-Policy"
	if len(sites) > 0 {
		h.Set(policy, strings.Replace(h.Get(policy), noFrames, "frame-ancestors "+strings.Join(sites, " "), 1))
	}
}

// embeddedPage is the live count and nothing around it, but for the way to vote, which
// opens a page of its own. The parts and their ids are those of audiencePage.
func (s *Station) embeddedPage(v view) g.Node {
	return s.look.Page(ui.Page{
		Title: v.Say.Text("result.title", args{"Question": v.Question}), Class: "embed",
		Scripts: []string{"vendor/socket.io.min.js", "share.js", "result.js", "times.js"}, Words: scriptWords,
		Still: still(),
		Main: g.Group{
			v.data(),
			h.H1(h.ID("question"), h.Dir("auto"), g.Text(v.Question)),
			v.state(),
			v.Winners(),
			g.Iff(v.Hidden, v.hidden),
			g.Iff(!v.Hidden, v.Bars),
			g.Iff(!v.HideTotal, v.Turnout),
			v.history(),
			v.live(),
			h.P(h.Class("while-open small"), g.If(v.Status != vote.Open, ui.Hidden()),
				h.A(h.Href(v.VoteURL), h.Target("_blank"), h.Rel("noopener"), g.Text(v.Say.Text("result.vote", nil)))),
		},
	})
}
