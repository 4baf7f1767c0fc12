package wall

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

const (
	// Of a longer history than this a room is only told that there is one.
	fewEntries = 3
	fewRunes   = 240
)

// scripts are what every screen runs: one that shows no poll may come to one.
var scripts = []string{
	"vendor/socket.io.min.js", "share.js", "wall-line.js", "wall-fit.js", "wall-rows.js", "wall-keys.js", "times.js", "wall.js", "wall-event.js", "event.js",
}

// scriptWords are what the scripts show.
var scriptWords = []string{
	"result.title", "result.status.draft", "result.status.closing", "result.status.closed", "result.as_of", "result.live", "result.badge.draft", "result.badge.closing", "result.badge.closed",
	"result.turnout.none", "result.turnout", "result.invalid", "result.abstained", "result.ratings.none", "wall.ratings",
	"result.script.stale", "result.script.lost", "result.script.deleted", "result.withdrawn.label", "result.more",
	"result.hidden.after_vote", "result.hidden.closed", "result.hidden.manual",
	"wall.step.single", "wall.step.multiple", "wall.step.ranked", "wall.step.score",
	"wall.tie", "wall.joined", "wall.closing", "wall.closes.at", "wall.closes.in", "wall.opens.at", "wall.opens.in",
}

// statuses are the messages that say where a poll stands that takes no votes.
var statuses = map[vote.Status]string{
	vote.Draft:   "result.status.draft",
	vote.Closing: "result.status.closing",
	vote.Closed:  "result.status.closed",
}

// hiddenUntil are the messages that say when results that are hidden can be seen.
var hiddenUntil = map[vote.Visibility]string{
	vote.VisibleAfterVote: "result.hidden.after_vote",
	vote.VisibleClosed:    "result.hidden.closed",
	vote.VisibleManual:    "result.hidden.manual",
}

// Page is the whole screen. The scripts find its parts by their ids and classes.
func (w Wall) Page() ui.Page {
	class := "wall"
	if w.Frame {
		class += " embed"
	}
	if w.Clear {
		class += " clear"
	}
	return ui.Page{
		Say: w.Say, Title: w.Say.Text("result.title", args{"Question": w.Question}), Class: class, Words: scriptWords,
		Styles: []string{"wall.css"}, Bare: true, Scripts: scripts,
		Still: h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5")),
		Main: g.Group{
			w.data(), w.Follow,
			h.Span(h.ID("unit")),
			h.H1(h.ID("question"), h.Dir("auto"), g.Text(w.Question)),
			h.Div(h.ID("caption"), w.Winners(), w.hidden(), h.P(h.ID("step"), ui.Hidden())),
			h.Div(h.Class("stage"),
				g.Iff(!w.Hidden, func() g.Node { return h.Div(h.ID("plain"), w.Bars()) }), // until the script has come
				h.Ol(h.ID("rows"), h.Role("list")), h.P(h.ID("rest"), ui.Hidden())),
			g.Iff(!w.Frame, func() g.Node { return w.Join.node(w.Say, w.Status == vote.Open) }),
			w.notes(),
			w.foot(),
			w.tally(),
			w.made(),
			g.Iff(!w.Frame, w.keys),
		},
	}
}

// Part is what the page asks for again when the count has changed.
func (w Wall) Part() g.Node { return g.Group{w.Winners(), w.made(), w.notes()} }

// data is what the scripts start from: attributes of <main>.
func (w Wall) data() g.Node {
	return g.Group{
		h.Data("poll", w.Poll), h.Data("kind", string(w.Kind)), h.Data("as-of", w.AsOf.UTC().Format(time.RFC3339)), ui.Now(w.Now),
		g.If(w.Theme != "", h.Data("theme", w.Theme)),
	}
}

// tally is the first that the scripts show, as more of them come over Socket.IO.
func (w Wall) tally() g.Node {
	results := w.Results
	results.Count = nil // see made
	raw, _ := json.Marshal(results)
	return h.Div(h.ID("tally"), ui.Hidden(), h.Data("tally", string(raw)))
}

// hidden says when there is something to see.
func (w Wall) hidden() g.Node {
	text := ""
	if w.Hidden {
		text = w.Say.Text(hiddenUntil[w.Visibility], nil)
	}
	return h.P(h.ID("hidden"), g.If(!w.Hidden, ui.Hidden()), g.Text(text))
}

// foot says what is true of all figures: of when they are, of how many voters, and how
// long there is still to vote.
func (w Wall) foot() g.Node {
	status := ""
	if code := statuses[w.Status]; code != "" {
		status = w.Say.Text(code, nil)
	}
	return h.Footer(h.ID("foot"),
		h.P(h.ID("live"), h.Aria("live", "off"), g.Text(w.Say.Text("result.as_of", args{"Time": w.AsOf.UTC().Format("15:04:05 UTC")}))),
		h.P(h.ID("stale"), h.Role("alert"), ui.Hidden()),
		g.Iff(!w.HideTotal, w.Turnout),
		g.Iff(w.HideTotal, noTurnout),
		g.Iff(w.Follow != nil, func() g.Node { return joined(w.Say, w.Joined) }),
		h.Span(h.Class("rest")),
		h.P(h.ID("status"), h.Role("status"), g.If(w.Status == vote.Open, ui.Hidden()), g.Text(status)),
		h.P(h.ID("when"), g.If(w.Schedule.None(), ui.Hidden()), ui.When(w.Say, w.Schedule, w.Status), ui.Countdown(w.Schedule)),
		g.Iff(w.Frame, func() g.Node { return w.Join.link(w.Say, w.Status) }),
		g.Iff(!w.Frame, func() g.Node {
			return h.Button(h.ID("help"), h.Type("button"), h.Aria("label", w.Say.Text("wall.keys", nil)), g.Text("?"))
		}),
	)
}

// noTurnout has room for what may be told later.
func noTurnout() g.Node {
	return h.P(h.Class("total"), h.Span(h.ID("total")), h.Span(h.ID("invalid")), h.Span(h.ID("abstained")))
}

// notes say how votes are counted, what was corrected, and when voting opened again.
func (w Wall) notes() g.Node {
	return h.Div(h.ID("notes"),
		g.Iff(!w.Frame, func() g.Node { return h.P(h.Class("rule"), ui.RuleOf(w.Say, w.Settings.Rule, w.Settings.Seats)) }),
		w.history())
}

// history tells a long one in one sentence: it would take the place of the bars.
func (w Wall) history() g.Node {
	entries, runes := len(w.Corrections)+len(w.Reopenings), 0
	for _, c := range w.Corrections {
		runes += utf8.RuneCountInString(c.Was + c.Is)
	}
	if entries <= fewEntries && runes <= fewRunes {
		return ui.History(w.Say, w.Corrections, w.Reopenings)
	}
	var words []string
	if n := len(w.Corrections); n > 0 {
		words = append(words, w.Say.Text("result.history.corrected", args{"Count": n}))
	}
	if n := len(w.Reopenings); n > 0 {
		words = append(words, w.Say.Text("result.history.reopened", args{"Count": n}))
	}
	words = append(words, w.Say.Text("result.history.where", nil))
	return h.Ul(h.Class("history small"), h.Data("entries", strconv.Itoa(entries)), h.Li(g.Text(strings.Join(words, " "))))
}

// keys lists what can be done from a keyboard or a clicker.
func (w Wall) keys() g.Node {
	var lines g.Group
	for _, k := range []struct{ message, keys string }{
		{"wall.keys.full", "F"},
		{"wall.keys.step", "← →"},
		{"wall.keys.reveal", "␣"},
		{"wall.keys.blank", "B"},
		{"wall.keys.theme", "D"},
		{"wall.keys.help", "?"},
	} {
		var caps g.Group
		for key := range strings.FieldsSeq(k.keys) {
			caps = append(caps, g.El("kbd", g.Text(key)), g.Text(" "))
		}
		lines = append(lines, h.Dt(caps), h.Dd(g.Text(w.Say.Text(k.message, nil))))
	}
	return h.Div(h.ID("keys"), h.Role("dialog"), h.Aria("label", w.Say.Text("wall.keys", nil)), ui.Hidden(), h.Dl(lines))
}
