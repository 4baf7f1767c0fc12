package result

import (
	"strconv"
	"strings"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

const (
	// wallOptions is how many options a room can read. Of more, the big screen
	// shows those with the most votes.
	wallOptions = 20
	// Of a longer history than this the big screen only says that there is one.
	historyOnWall = 3
	historyRunes  = 240
)

// wallPage is the live count on a big screen. static/wall.js finds the size of type with
// which it holds all.
func (s *Station) wallPage(v view) g.Node {
	return s.look.Page(ui.Page{
		Title: v.Say.Text("result.title", args{"Question": v.Question}), Class: "present", Words: scriptWords, Still: still(),
		Scripts: []string{"vendor/socket.io.min.js", "share.js", "result.js", "times.js", "wall.js"},
		Main: g.Group{
			v.data(),
			h.H1(h.ID("question"), h.Dir("auto"), g.Text(v.Question)),
			h.Div(h.Class("count"),
				v.state(),
				g.Iff(v.Hidden, v.hidden),
				v.Winners(),
				g.Iff(!v.Hidden, v.Bars),
				g.Iff(!v.HideTotal, v.Turnout),
				v.rule(),
				v.history(),
				v.live(),
			),
			v.join(),
		},
	})
}

// history says what was corrected and when voting opened again; to a room in one
// line where it would take the place of the bars.
func (v view) history() g.Node {
	entries := len(v.Corrections) + len(v.Reopenings)
	runes := 0
	for _, c := range v.Corrections {
		runes += utf8.RuneCountInString(c.Was + c.Is)
	}
	if entries <= historyOnWall && runes <= historyRunes {
		return ui.History(v.Corrections, v.Reopenings)
	}
	var words []string
	if n := len(v.Corrections); n > 0 {
		words = append(words, v.Say.Text("result.history.corrected", args{"Count": n}))
	}
	if n := len(v.Reopenings); n > 0 {
		words = append(words, v.Say.Text("result.history.reopened", args{"Count": n}))
	}
	words = append(words, v.Say.Text("result.history.where", nil))
	return h.Ul(h.Class("history small"), h.Data("entries", strconv.Itoa(entries)), h.Li(g.Text(strings.Join(words, " "))))
}

// rule tells a room how its votes are counted.
func (v view) rule() g.Node {
	return h.P(h.Class("rule quiet"), ui.RuleOf(v.Say, v.Settings.Rule, v.Settings.Seats))
}

// join leads the room to the voting page while votes are taken.
func (v view) join() g.Node {
	return h.Aside(h.Class("join while-open"), g.If(v.Status != vote.Open, ui.Hidden()), v.QR,
		g.Iff(v.QR == nil, func() g.Node { return ui.Notice("warn", "", g.Text(v.Say.Text("result.unreachable", nil))) }),
		h.P(g.Text(v.Say.Text("result.vote_at", nil)), h.Br(), h.Strong(g.Text(v.VoteURL))))
}
