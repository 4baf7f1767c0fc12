package ballotpage

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// mostButtons is how many points are a button each; more are a number, and with a
// script a slider beside it.
const mostButtons = 11

// oneRow is how many buttons stand beside each other on a small phone.
const oneRow = 6

// Each option has a row of points.
var scoreWidget = widget{
	advice: func(v View) g.Node {
		return g.Text(v.Say.Text("voting.advice.score", map[string]any{"Min": v.Poll.Min, "Count": v.Poll.Max}))
	},
	option: func(v View, o vote.Option, mark g.Node) g.Node {
		if v.Poll.Max-v.Poll.Min < mostButtons {
			return segments(v, o, mark)
		}
		return slider(v, o, mark)
	},
	send: "voting.send_points",
	sent: func(v View, id string) int { return sentNumber(v, scoreField(id)) },
	recorded: func(v View, m vote.Mark) g.Node {
		return v.around("voting.recorded.points", label(v, m), map[string]any{"Points": m.N})
	},
	words: []string{"voting.script.rated"},
}

// segments are radio buttons that look like one control; the first of them takes the
// points back.
func segments(v View, o vote.Option, mark g.Node) g.Node {
	chosen := v.number(o.ID)
	radio := func(value, face string, checked bool, name g.Node) g.Node {
		return h.Label(
			h.Input(h.Type("radio"), h.Name(scoreField(o.ID)), h.Value(value), name, g.If(checked, h.Checked())),
			h.Span(g.Text(face)),
		)
	}
	var faces g.Group
	for n := v.Poll.Min; n <= v.Poll.Max; n++ {
		faces = append(faces, radio(strconv.Itoa(n), strconv.Itoa(n), n == chosen, nil))
	}
	class := "segmented"
	if len(faces) > oneRow {
		class = "segmented many"
	}
	known := chosen >= v.Poll.Min && chosen <= v.Poll.Max
	return h.Div(h.Class("option points"), h.Role("radiogroup"), v.of("voting.points", o), v.described(o),
		h.Div(h.Class("name"), mark, v.text(o),
			h.Div(h.Class("segmented none"), radio("", "–", !known, v.of("voting.no_points", o)))),
		h.Div(h.Class(class), faces),
	)
}

// slider has no name: what is sent is the number.
func slider(v View, o vote.Option, mark g.Node) g.Node {
	number := ""
	if n := v.number(o.ID); n >= 0 {
		number = strconv.Itoa(n)
	}
	low, high := h.Min(strconv.Itoa(v.Poll.Min)), h.Max(strconv.Itoa(v.Poll.Max))
	return h.Div(h.Class("option points"),
		h.Div(h.Class("name"), mark, v.text(o),
			h.Input(h.Class("input"), h.Type("number"), h.Name(scoreField(o.ID)), h.Value(number), low, high, g.Attr("inputmode", "numeric"), v.of("voting.points", o), v.described(o))),
		h.Input(h.Class("slider script-only"), h.Type("range"), low, high, v.of("voting.points", o)),
	)
}

func scoreField(id string) string { return "score-" + id }
