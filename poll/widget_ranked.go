package poll

import (
	"strconv"

	g "maragu.dev/gomponents"

	"popeye/vote"
)

// Each option has a list of places.
var rankedWidget = widget{
	advice: func(view) string {
		return "Give your favourite place 1, the next one place 2. What you leave empty is not ranked."
	},
	option: func(v view, o vote.Option) g.Node {
		return list(v, o, rankField(o.ID), 1, len(v.Poll.Options))
	},
	sent: func(v view, id string) int { return sentNumber(v, rankField(id)) },
	recorded: func(v view, m vote.Mark) g.Node {
		return g.Group{g.Text(strconv.Itoa(m.N) + ". "), label(v, m)}
	},
}

func rankField(id string) string { return "rank-" + id }
