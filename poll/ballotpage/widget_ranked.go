package ballotpage

import (
	g "maragu.dev/gomponents"

	"popeye/vote"
)

// Each option has a list of places.
var rankedWidget = widget{
	advice: func(v View) string {
		if v.Poll.EqualRanks {
			return v.Say.Text("voting.advice.ranked_equal", nil)
		}
		return v.Say.Text("voting.advice.ranked", nil)
	},
	option: func(v View, o vote.Option) g.Node {
		return list(v, o, rankField(o.ID), 1, len(v.Poll.Options))
	},
	sent: func(v View, id string) int { return sentNumber(v, rankField(id)) },
	recorded: func(v View, m vote.Mark) g.Node {
		return v.around("voting.recorded.place", label(v, m), map[string]any{"Place": m.N})
	},
}

func rankField(id string) string { return "rank-" + id }
