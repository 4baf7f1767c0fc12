package ballotpage

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// Each option is a box to tick.
var multipleWidget = widget{
	advice: func(v View) string {
		if v.Poll.Min == v.Poll.Max {
			return v.Say.Text("voting.advice.exactly", map[string]any{"Count": v.Poll.Max})
		}
		return v.Say.Text("voting.advice.between", map[string]any{"Min": v.Poll.Min, "Count": v.Poll.Max})
	},
	option:   box,
	sent:     sentTick,
	recorded: label,
}

func box(v View, o vote.Option) g.Node {
	return h.Label(h.Class("option"),
		h.Input(h.Type("checkbox"), h.Name("vote"), h.Value(o.ID), g.If(v.number(o.ID) == 1, h.Checked())),
		v.text(o),
	)
}
