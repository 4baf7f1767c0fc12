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
	advice func(v View) g.Node
	// option is how one option is chosen; mark is its letter.
	option func(v View, o vote.Option, mark g.Node) g.Node
	// byTap is for kinds where a tap on an option votes, so that the form has no
	// button of its own; send is the message on the button of the others.
	byTap bool
	send  string
	// sent returns what a refused form says of an option, as vote.Mark.N does; -1 for
	// nothing. Where it is nil, the form shows what is recorded.
	sent func(v View, id string) int
	// recorded tells what one option got.
	recorded func(v View, m vote.Mark) g.Node
	// words are the messages that the widget's script shows.
	words []string
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
	name := g.Group{h.Dir("auto"), g.Text(o.Label)}
	if slices.Contains(v.Poll.Withdrawn, o.ID) {
		name = g.Group{ui.Words(o.Label), h.Span(h.Class("quiet"), g.Text(" "+v.Say.Text("voting.withdrawn", nil)))}
	}
	if o.Note == "" {
		return h.Span(h.Class("text"), name)
	}
	return h.Span(h.Class("text"),
		h.Span(h.Class("named"), h.ID(v.nameID(o)), name), g.Text(" "),
		h.Span(h.Class("note"), h.ID(v.noteID(o)), h.Dir("auto"), g.Text(o.Note)))
}

// A page may show several polls. No slug and no id of an option has a dot.
func (v View) nameID(o vote.Option) string { return "name." + v.Poll.Slug + "." + o.ID }
func (v View) noteID(o vote.Option) string { return "note." + v.Poll.Slug + "." + o.ID }

// described lets those who hear the page have an option's note behind its name, and not
// as a part of it.
func (v View) described(o vote.Option) g.Node {
	return g.If(o.Note != "", h.Aria("describedby", v.noteID(o)))
}

// sentNumber reads a number that was sent in a field.
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

// of names the option that a control is for.
func (v View) of(code string, o vote.Option) g.Node {
	return h.Aria("label", v.Say.Text(code, map[string]any{"Option": o.Label}))
}
