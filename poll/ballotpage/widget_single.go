package ballotpage

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// Each option is a button that votes for it at once. What a button shows is always
// recorded, never what was just sent.
var singleWidget = widget{
	advice:   func(v View) g.Node { return g.Text(v.Say.Text("voting.advice.single", nil)) },
	option:   button,
	byTap:    true,
	recorded: label,
}

// button is called by all that it shows, its note too: who speaks to their phone says
// what they see.
func button(v View, o vote.Option, mark g.Node) g.Node {
	return voteButton(o.ID, v.number(o.ID) == 1, mark, v.text(o))
}

// voteButton votes at once, and says whether that is what is recorded.
func voteButton(ballot string, pressed bool, shows ...g.Node) g.Node {
	return h.Button(h.Class("option"), h.Name("vote"), h.Value(ballot), h.Aria("pressed", strconv.FormatBool(pressed)), g.Group(shows))
}
