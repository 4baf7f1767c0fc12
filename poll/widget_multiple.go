package poll

import (
	"fmt"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// Each option is a box to tick.
var multipleWidget = widget{
	advice: func(v view) string {
		if v.Poll.Min == v.Poll.Max {
			return fmt.Sprintf("Choose %d.", v.Poll.Min)
		}
		return fmt.Sprintf("Choose %d to %d.", v.Poll.Min, v.Poll.Max)
	},
	option:   box,
	sent:     sentTick,
	recorded: label,
}

func box(v view, o vote.Option) g.Node {
	return h.Label(h.Class("option"),
		h.Input(h.Type("checkbox"), h.Name("vote"), h.Value(o.ID), g.If(v.number(o.ID) == 1, h.Checked())),
		h.Span(h.Class("text"), h.Dir("auto"), g.Text(o.Label)),
	)
}
