package ballotpage

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// Each option is a box to tick.
var multipleWidget = widget{
	advice: func(v View) g.Node {
		args := map[string]any{"Min": v.Poll.Min, "Count": v.Poll.Max}
		code := "voting.advice.between"
		if v.Poll.Min == v.Poll.Max {
			code = "voting.advice.exactly"
		}
		return g.Group{g.Text(v.Say.Text(code, args)), h.Data("min", strconv.Itoa(v.Poll.Min)), h.Data("max", strconv.Itoa(v.Poll.Max))}
	},
	option:   box,
	send:     "voting.send",
	sent:     sentTick,
	recorded: label,
	words:    []string{"voting.script.chosen", "voting.script.too_many", "voting.script.too_few"},
}

func box(v View, o vote.Option, mark g.Node) g.Node {
	return h.Label(h.Class("option"),
		mark, v.text(o),
		h.Input(h.Type("checkbox"), h.Name("vote"), h.Value(o.ID), g.If(o.Note != "", g.Group{h.Aria("labelledby", v.nameID(o)), v.described(o)}), g.If(v.number(o.ID) == 1, h.Checked())),
	)
}
