package poll

import (
	"fmt"
	"strconv"

	g "maragu.dev/gomponents"

	"popeye/vote"
)

// Each option has a list of points.
var scoreWidget = widget{
	advice: func(v view) string {
		return fmt.Sprintf("Give each option from %d to %d points. What you leave empty is not rated.", v.Poll.Min, v.Poll.Max)
	},
	option: func(v view, o vote.Option) g.Node {
		return list(v, o, scoreField(o.ID), v.Poll.Min, v.Poll.Max)
	},
	sent: func(v view, id string) int { return sentNumber(v, scoreField(id)) },
	recorded: func(v view, m vote.Mark) g.Node {
		return g.Group{label(v, m), g.Text(": " + strconv.Itoa(m.N))}
	},
}

func scoreField(id string) string { return "score-" + id }
