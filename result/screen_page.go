package result

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/look"
	"popeye/vote"
)

// colours is how many colours of bars static/result.css has.
const colours = 6

// screenPage is the live count, on a phone or on a big screen. static/result.js
// finds its parts by their ids and classes, and keeps them as they are here.
func (s *Station) screenPage(v view) g.Node {
	class := ""
	if v.Present {
		class = "present"
	}
	return s.look.Page(look.Page{
		Title: v.Question + " · result", Class: class,
		Scripts: []string{"vendor/socket.io.min.js", "result.js", "times.js"},
		Still:   h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5")),
		Main: g.Group{
			v.data(),
			h.H1(h.ID("question"), g.Text(v.Question)),
			h.P(h.Class("notice bad"), h.ID("stale"), h.Role("alert"), look.Hidden()),
			h.P(h.Class("notice warn"), h.ID("status"), h.Role("status"), g.If(v.Status == vote.Open, look.Hidden()),
				g.Text(standing(v.Status))),
			h.P(h.Class("when"), h.ID("when"), g.If(v.Schedule.None(), look.Hidden()),
				look.When(v.Schedule, v.Status), look.Countdown(v.Schedule)),
			v.bars(),
			v.turnout(),
			look.History(v.Corrections, v.Reopenings),
			h.P(h.Class("quiet small"), h.ID("live"), h.Aria("live", "off"), g.Text("Figures from "+clock(v.AsOf))),
			v.ways(),
		},
	})
}

// data is what the script starts from: attributes of <main>.
func (v view) data() g.Node {
	return g.Group{
		h.Data("poll", v.Poll), h.Data("kind", string(v.Kind)), h.Data("max", strconv.Itoa(v.Max)),
		h.Data("status", string(v.Status)), h.Data("as-of", v.AsOf.UTC().Format(time.RFC3339)),
		h.Data("seq", strconv.FormatInt(v.Seq, 10)), look.Now(v.Now), h.Data("things", things(v.Kind)),
	}
}

// standing says where a poll stands that takes no votes.
func standing(s vote.Status) string {
	switch s {
	case vote.Draft:
		return "This poll has not opened yet."
	case vote.Closing:
		return "Voting has ended. The last votes are being counted."
	case vote.Closed:
		return "This poll is closed. The figures are final."
	default:
		return ""
	}
}

// bars shows each option with its figure.
func (v view) bars() g.Node {
	var lines g.Group
	for i, o := range v.Options {
		lines = append(lines, v.bar(i, o))
	}
	return h.Ol(h.Class("bars"), h.ID("bars"), lines)
}

func (v view) bar(i int, o vote.OptionCount) g.Node {
	share := v.share(o)
	percent := ""
	if v.Total > 0 {
		percent = strconv.FormatFloat(share, 'f', 0, 64) + " %"
	}
	return h.Li(h.Data("id", o.ID),
		h.Div(h.Class("line"),
			h.Span(h.Class("label"), g.Text(o.Label)),
			h.Span(h.Class("figure"),
				h.B(h.Class("votes"), g.Text(grouped(o.Votes))), g.Text(" "),
				h.Span(h.Class("share"), g.Text(percent))),
		),
		h.SVG(h.Class(fmt.Sprint("bar c", i%colours+1)), h.Aria("hidden", "true"),
			g.El("rect", h.Width(strconv.FormatFloat(share, 'f', 2, 64)+"%"), h.Height("100%"))),
	)
}

// turnout says how many have voted.
func (v view) turnout() g.Node {
	voted := g.Group{g.Text("No votes yet")}
	if v.Total > 0 {
		words := " people have voted"
		if v.Total == 1 {
			words = " person has voted"
		}
		voted = g.Group{h.B(g.Text(grouped(v.Total))), g.Text(words)}
	}
	return h.P(h.Class("total"), h.Span(h.ID("total"), voted),
		g.If(v.Kind != vote.Single, g.Group{
			g.Text(" "), h.Span(h.Class("quiet"), g.Text("· the bars show "+things(v.Kind))),
		}))
}

// ways leads on: a room to the voting page, a viewer to other pages.
func (v view) ways() g.Node {
	if v.Present {
		return h.Aside(h.Class("join"), v.QR, h.P(g.Text("Vote at"), h.Br(), h.Strong(g.Text(v.VoteURL))))
	}
	return h.Footer(
		h.A(h.Href(v.VoteURL), g.Text("Vote")), g.Text(" · "),
		h.A(h.Href("/p/"+v.Poll+"/present"), g.Text("Big screen")), g.Text(" · "),
		h.A(h.Href("/api/v1/polls/"+v.Poll+"/results.csv"), g.Text("CSV")),
	)
}

// things names what an option's figure counts.
func things(k vote.Kind) string {
	switch k {
	case vote.Multiple:
		return "approvals"
	case vote.Ranked:
		return "first choices"
	case vote.Score:
		return "points"
	default:
		return "votes"
	}
}

// clock writes the time of figures for those whose browser runs no script.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// grouped writes a number with thin spaces between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return b.String()
}
