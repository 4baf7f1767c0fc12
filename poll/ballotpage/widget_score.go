package ballotpage

import (
	g "maragu.dev/gomponents"

	"popeye/vote"
)

// Each option has a list of points.
var scoreWidget = widget{
	advice: func(v View) string {
		return v.Say.Text("voting.advice.score", map[string]any{"Min": v.Poll.Min, "Count": v.Poll.Max})
	},
	option: func(v View, o vote.Option) g.Node {
		return list(v, o, scoreField(o.ID), v.Poll.Min, v.Poll.Max)
	},
	sent: func(v View, id string) int { return sentNumber(v, scoreField(id)) },
	recorded: func(v View, m vote.Mark) g.Node {
		return v.around("voting.recorded.points", label(v, m), map[string]any{"Points": m.N})
	},
}

func scoreField(id string) string { return "score-" + id }
