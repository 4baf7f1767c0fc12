package result

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
	"popeye/vote"
)

const (
	// colours is how many colours of bars static/screen.css has.
	colours = 6
	// wallOptions is how many options a room can read. Of more, the big screen
	// shows those with the most votes.
	wallOptions = 20
	// Of a longer history than this the big screen only says that there is one.
	historyOnWall  = 3
	historyLetters = 240
)

// screenPage is the live count, on a phone or on a big screen. static/result.js
// finds its parts by their ids and classes, and keeps them as they are here;
// static/wall.js finds the size of type with which a big screen holds them.
func (s *Station) screenPage(v view) g.Node {
	class, scripts := "", []string{"vendor/socket.io.min.js", "share.js", "result.js", "times.js"}
	if v.Present {
		class, scripts = "present", append(scripts, "wall.js")
	}
	return s.look.Page(ui.Page{
		Title: v.say.Text("result.title", args{"Question": v.Question}), Class: class, Scripts: scripts, Words: scriptWords,
		Still: h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5")),
		Main: g.Group{
			v.data(),
			h.H1(h.ID("question"), h.Dir("auto"), g.Text(v.Question)),
			h.Div(h.Class("count"),
				h.P(h.Class("notice bad"), h.ID("stale"), h.Role("alert"), ui.Hidden()),
				h.P(h.Class("notice warn"), h.ID("status"), h.Role("status"), g.If(v.Status == vote.Open, ui.Hidden()),
					g.Text(v.standing())),
				h.P(h.Class("when"), h.ID("when"), g.If(v.Schedule.None(), ui.Hidden()),
					ui.When(v.Schedule, v.Status), ui.Countdown(v.Schedule)),
				g.Iff(v.Hidden, v.hidden),
				v.winners(),
				g.Iff(!v.Hidden, v.bars),
				g.Iff(!v.HideTotal, v.turnout),
				g.If(v.Present, v.rule()),
				v.history(),
				h.P(h.Class("quiet small"), h.ID("live"), h.Aria("live", "off"), g.Text(v.say.Text("result.as_of", args{"Time": clock(v.AsOf)}))),
			),
			g.Iff(!v.Present, v.counting),
			v.ways(),
		},
	})
}

// data is what the script starts from: attributes of <main>.
func (v view) data() g.Node {
	return g.Group{
		h.Data("poll", v.Poll), h.Data("kind", string(v.Kind)),
		h.Data("min", strconv.Itoa(v.Min)), h.Data("max", strconv.Itoa(v.Max)), h.Data("most", strconv.Itoa(v.most())),
		h.Data("status", string(v.Status)), h.Data("as-of", v.AsOf.UTC().Format(time.RFC3339)),
		h.Data("seq", strconv.FormatInt(v.Seq, 10)), ui.Now(v.Now),
		h.Data("hidden", strconv.FormatBool(v.Hidden)), g.If(v.Pass != "", h.Data("pass", v.Pass)),
		g.If(v.Room, h.Data("room", "true")),
	}
}

// statuses are the messages that say where a poll stands that takes no votes.
var statuses = map[vote.Status]string{
	vote.Draft:   "result.status.draft",
	vote.Closing: "result.status.closing",
	vote.Closed:  "result.status.closed",
}

// scriptWords are what static/result.js shows.
var scriptWords = []string{
	"result.title", "result.status.draft", "result.status.closing", "result.status.closed", "result.as_of", "result.live",
	"result.turnout.none", "result.turnout", "result.invalid", "result.abstained", "result.ratings.none", "result.ratings",
	"result.points", "result.points.none", "result.script.stale", "result.script.lost", "result.script.deleted",
	"page.when.opens", "page.when.opens_closes", "page.when.reopens", "page.when.reopens_closes",
	"page.when.closes", "page.when.closed",
}

// standing says where the poll stands, "" while it is open.
func (v view) standing() string {
	if code := statuses[v.Status]; code != "" {
		return v.say.Text(code, nil)
	}
	return ""
}

// most is how many options are shown: the first in the order of its widget.
func (v view) most() int {
	if v.Present {
		return wallOptions
	}
	return vote.MaxOptions
}

// bars shows each option with its figure.
func (v view) bars() g.Node {
	place, shares := make(map[string]int, len(v.Options)), v.widget().shares(v)
	for i, o := range v.Options {
		place[o.ID] = i
	}
	var lines g.Group
	for i, o := range v.widget().order(v.Options, v.most()) {
		at := place[o.ID]
		lines = append(lines, v.bar(o, at, shares[at], i >= v.most()))
	}
	rest := len(v.Options) - v.most()
	return g.Group{
		h.Ol(h.Class("bars"), h.ID("bars"), h.Role("list"), lines), // without its marks it is no list to some readers
		g.If(rest > 0, h.P(h.Class("quiet"), h.ID("more"), g.Text(v.say.Text("result.more", args{"Count": rest})))),
	}
}

func (v view) bar(o count.Option, place int, share string, hidden bool) g.Node {
	w := v.widget()
	return h.Li(h.Data("id", o.ID), g.If(hidden, ui.Hidden()),
		h.Div(h.Class("line"),
			h.Span(h.Class("label"), h.Dir("auto"), g.Text(o.Label)), v.tag(o.Option),
			h.Span(h.Class("figure"),
				w.drawing(v, o),
				h.B(h.Class("votes"), g.Text(w.figure(o))), g.Text(" "),
				h.Span(h.Class("share"), g.Text(share))),
		),
		h.SVG(h.Class(fmt.Sprint("bar c", place%colours+1)), h.Aria("hidden", "true"),
			g.El("rect", h.Width(w.reach(v.results, o)), h.Height("100%"))),
	)
}

// turnout says how many have voted, and what the figures are of.
func (v view) turnout() g.Node {
	voted := g.Text(v.say.Text("result.turnout.none", nil))
	if v.Total > 0 {
		voted = ui.Sentence(v.say, "result.turnout", args{"Count": v.Total, "Number": h.B(g.Text(ui.Grouped(v.Total)))})
	}
	meaning := ""
	if !v.Hidden {
		meaning = v.widget().meaning(v)
	}
	return h.P(h.Class("total"),
		h.Span(h.ID("total"), voted), h.Span(h.ID("invalid"), g.Text(v.invalid())), h.Span(h.ID("abstained"), g.Text(v.abstained())),
		g.If(meaning != "", h.Span(h.Class("quiet"), g.Text(" "+meaning))),
	)
}

// history says what was corrected and when voting opened again; to a room in one
// line where it would take the place of the bars.
func (v view) history() g.Node {
	entries := len(v.Corrections) + len(v.Reopenings)
	letters := 0
	for _, c := range v.Corrections {
		letters += utf8.RuneCountInString(c.Was + c.Is)
	}
	if !v.Present || entries <= historyOnWall && letters <= historyLetters {
		return ui.History(v.Corrections, v.Reopenings)
	}
	var words []string
	if n := len(v.Corrections); n > 0 {
		words = append(words, v.say.Text("result.history.corrected", args{"Count": n}))
	}
	if n := len(v.Reopenings); n > 0 {
		words = append(words, v.say.Text("result.history.reopened", args{"Count": n}))
	}
	words = append(words, v.say.Text("result.history.where", nil))
	return h.Ul(h.Class("history small"), h.Data("entries", strconv.Itoa(entries)), h.Li(g.Text(strings.Join(words, " "))))
}

// invalid says how many of those who voted are in no option's figure.
func (v view) invalid() string {
	if v.Invalid == 0 {
		return ""
	}
	return " " + v.say.Text("result.invalid", args{"Count": v.Invalid, "Number": ui.Grouped(v.Invalid)})
}

// abstained says how many of those who voted chose nothing.
func (v view) abstained() string {
	if v.Abstained == 0 {
		return ""
	}
	return " " + v.say.Text("result.abstained", args{"Count": v.Abstained, "Number": ui.Grouped(v.Abstained)})
}

// rule tells a room how its votes are counted.
func (v view) rule() g.Node {
	return h.P(h.Class("rule quiet"), ui.RuleOf(v.say, v.Settings.Rule, v.Settings.Seats))
}

// ways leads on: a room to the voting page, a viewer to other pages. What leads
// to a vote is there while votes are taken.
func (v view) ways() g.Node {
	away := g.If(v.Status != vote.Open, ui.Hidden())
	if v.Present {
		return h.Aside(h.Class("join while-open"), away, v.QR,
			g.Iff(v.QR == nil, func() g.Node { return ui.Notice("warn", "", g.Text(v.say.Text("result.unreachable", nil))) }),
			h.P(g.Text(v.say.Text("result.vote_at", nil)), h.Br(), h.Strong(g.Text(v.VoteURL))))
	}
	return h.Footer(
		h.Span(h.Class("while-open"), away, h.A(h.Href(v.VoteURL), g.Text(v.say.Text("result.vote", nil))), g.Text(" · ")),
		h.A(h.Href("/p/"+v.Poll+"/present"+v.passed()), g.Text(v.say.Text("result.big_screen", nil))),
		g.If(!v.Hidden, g.Group{g.Text(" · "), h.A(h.Href("/api/v1/polls/"+v.Poll+"/results.csv"+v.passed()), g.Text(v.say.Text("result.csv", nil)))}),
	)
}

// clock writes the time of figures for those whose browser runs no script.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }
