package poll

import (
	g "maragu.dev/gomponents"

	"popeye/vote"
)

// Each option has a list of places.
var rankedWidget = widget{
	advice: func(v view) string {
		if v.Poll.EqualRanks {
			return v.say.Text("voting.advice.ranked_equal", nil)
		}
		return v.say.Text("voting.advice.ranked", nil)
	},
	option: func(v view, o vote.Option) g.Node {
		return list(v, o, rankField(o.ID), 1, len(v.Poll.Options))
	},
	sent: func(v view, id string) int { return sentNumber(v, rankField(id)) },
	recorded: func(v view, m vote.Mark) g.Node {
		return v.around("voting.recorded.place", label(v, m), map[string]any{"Place": m.N})
	},
}

func rankField(id string) string { return "rank-" + id }
