package ballotpage

import (
	"fmt"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// widget is all that the voting page knows of one kind of poll.
type widget struct {
	// advice says how to fill in the form: always the same, for another length could
	// move what is below it.
	advice func(v View) string
	// option is how one option is chosen.
	option func(v View, o vote.Option) g.Node
	// byTap is for kinds where a tap on an option votes, so that the form has no
	// button of its own.
	byTap bool
	// sent returns what a refused form says of an option, as vote.Mark.N does; -1 for
	// nothing. Where it is nil, the form shows what is recorded.
	sent func(v View, id string) int
	// recorded tells what one option got.
	recorded func(v View, m vote.Mark) g.Node
}

// widgets has a row for each kind. A kind without one has no page.
var widgets = map[vote.Kind]widget{
	vote.Single:   singleWidget,
	vote.Multiple: multipleWidget,
	vote.Ranked:   rankedWidget,
	vote.Score:    scoreWidget,
}

func widgetOf(k vote.Kind) (widget, error) {
	w, ok := widgets[k]
	if !ok {
		return w, fmt.Errorf("ballotpage: no page for polls of kind %q", k)
	}
	return w, nil
}

// label shows an option by its label. It may be written from right to left; what
// stands around it stays where it belongs.
func label(v View, m vote.Mark) g.Node { return ui.Words(v.Poll.Options[m.Place].Label) }

// text is what stands on an option's control. One that has withdrawn can still be named:
// a ballot says the same whether it came before or after, and each counts both ways.
func (v View) text(o vote.Option) g.Node {
	if !slices.Contains(v.Poll.Withdrawn, o.ID) {
		return h.Span(h.Class("text"), h.Dir("auto"), g.Text(o.Label))
	}
	return h.Span(h.Class("text"), ui.Words(o.Label), h.Span(h.Class("quiet"), g.Text(" "+v.Say.Text("voting.withdrawn", nil))))
}

// list gives an option one of the numbers from low to high.
func list(v View, o vote.Option, field string, low, high int) g.Node {
	chosen := v.number(o.ID)
	var numbers g.Group
	for n := low; n <= high; n++ {
		text := strconv.Itoa(n)
		numbers = append(numbers, h.Option(h.Value(text), g.If(n == chosen, h.Selected()), g.Text(text)))
	}
	return h.Label(h.Class("option"),
		v.text(o),
		h.Select(h.Name(field), h.Option(h.Value(""), g.Text("–")), numbers),
	)
}

// sentNumber reads a number that was sent in a list.
func sentNumber(v View, field string) int {
	n, err := strconv.Atoi(v.Sent.Get(field))
	if err != nil {
		return -1
	}
	return n
}

// sentTick reads whether an option was ticked.
func sentTick(v View, id string) int {
	if slices.Contains(v.Sent["vote"], id) {
		return 1
	}
	return -1
}
