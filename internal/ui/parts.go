package ui

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Kinds of buttons. One page has one primary button at a time.
const (
	Plain   = ""
	Primary = "primary"
	Quiet   = "quiet"
	Danger  = "danger"
)

// Button is a button of a form, or for a script.
func Button(kind string, children ...g.Node) g.Node {
	return h.Button(h.Class(join("button", kind)), g.Group(children))
}

// LinkButton is a link that looks like a button: it leads somewhere, and changes nothing.
func LinkButton(kind, href string, children ...g.Node) g.Node {
	return h.A(h.Class(join("button", kind)), h.Href(href), g.Group(children))
}

func join(classes ...string) string { return strings.TrimSpace(strings.Join(classes, " ")) }

// Label is what stands around an input.
type Label struct {
	ID    string // of the input
	Text  string
	Hint  string // "" for none
	Error string // why what was sent is refused; "" for none
}

// Field is an input with its label, its hint and its error, which are read out with it.
// element makes the input, as h.Input, h.Textarea or h.Select do.
func Field(l Label, element func(...g.Node) g.Node, children ...g.Node) g.Node {
	about := describedBy{}
	hint, wrong := about.text("hint", l.ID, l.Hint), about.text("error", l.ID, l.Error)
	return h.Div(h.Class("field"),
		h.Label(h.For(l.ID), g.Text(l.Text)),
		hint,
		element(h.ID(l.ID), about.attribute(), g.If(l.Error != "", h.Aria("invalid", "true")), g.Group(children)),
		wrong,
	)
}

// Check is a box to tick, with its label behind it.
func Check(l Label, attributes ...g.Node) g.Node {
	about := describedBy{}
	hint := about.text("hint", l.ID, l.Hint)
	return h.Div(h.Class("field check"),
		h.Input(h.Type("checkbox"), h.ID(l.ID), about.attribute(), g.Group(attributes)),
		h.Div(h.Label(h.For(l.ID), g.Text(l.Text)), hint),
	)
}

// describedBy collects the ids of texts about an input.
type describedBy []string

func (d *describedBy) text(class, input, text string) g.Node {
	if text == "" {
		return nil
	}
	id := input + "-" + class
	*d = append(*d, id)
	return h.P(h.Class(class), h.ID(id), g.Text(text))
}

func (d describedBy) attribute() g.Node {
	return g.If(len(d) > 0, h.Aria("describedby", strings.Join(d, " ")))
}

// Choice is one of a segmented control.
type Choice struct {
	Value, Text string
	Checked     bool
}

// Segmented is a group of radio buttons that looks like one control: one of a few short
// choices, each of which is seen.
func Segmented(name, legend string, choices []Choice, attributes ...g.Node) g.Node {
	return h.FieldSet(h.Class("segmented"), h.Legend(g.Text(legend)), g.Group(attributes),
		g.Map(choices, func(c Choice) g.Node {
			return h.Label(
				h.Input(h.Type("radio"), h.Name(name), h.Value(c.Value), g.If(c.Checked, h.Checked())),
				h.Span(g.Text(c.Text)))
		}))
}

// Badge says in a word where something stands: open, closed, draft or hidden.
func Badge(state, text string) g.Node {
	return h.Span(h.Class(join("badge", state)), g.Text(text))
}

// Card sets apart what belongs together.
func Card(children ...g.Node) g.Node { return h.Div(h.Class("card"), g.Group(children)) }

// Letter names an option by its place, from 0: A to Z, then AA and on.
func Letter(place int) string {
	letters := ""
	for n := place + 1; n > 0; n = (n - 1) / 26 {
		letters = string(rune('A'+(n-1)%26)) + letters
	}
	return letters
}

// OptionMark is an option's letter in its box, so that it is never known by its colour alone.
func OptionMark(place int, attributes ...g.Node) g.Node {
	return h.B(h.Class("mark"), g.Group(attributes), g.Text(Letter(place)))
}

// Figure is a number that stands out, above what it counts.
func Figure(number, label g.Node) g.Node {
	return h.Div(h.Class("figure"), h.B(number), h.Span(label))
}

// JoinCode is a code that people type, in groups of three. It is never mirrored.
func JoinCode(code string) g.Node {
	var groups g.Group
	for i, group := range threes(code) {
		groups = append(groups, g.If(i > 0, g.Text(" ")), h.Span(g.Text(group)))
	}
	return h.Span(h.Class("code"), h.Dir("ltr"), groups)
}

func threes(code string) (groups []string) {
	for ; len(code) > 4; code = code[3:] {
		groups = append(groups, code[:3])
	}
	return append(groups, code)
}

// Steps shows how far an evening has come: which of its polls is on, from 1. The text says
// the same.
func Steps(at, all int, text string) g.Node {
	steps := g.Group{h.Class("steps"), h.Role("img"), h.Aria("label", text)}
	for i := 1; i <= all; i++ {
		steps = append(steps, h.I(g.If(i <= at, h.Class("on"))))
	}
	return h.Span(steps)
}

// States of the line to the server.
const (
	Live = "live" // figures come as they change
	Late = "late" // they are some seconds old
	Lost = "lost" // nothing comes
)

// LineState tells in words and by a shape whether figures come.
func LineState(state, text string) g.Node {
	return h.Span(h.Class("cluster"), h.I(h.Class(join("dot", state)), h.Aria("hidden", "true")), h.Span(g.Text(text)))
}

// Bar is as long as a share of its track, from 0 to 100 percent; lead is for the option
// that has the most. What it shows is said beside it in figures.
func Bar(percent float64, lead bool) g.Node {
	class := "bar"
	if lead {
		class = "bar lead"
	}
	width := strconv.FormatFloat(min(100, max(0, percent)), 'f', -1, 64) + "%"
	return h.SVG(h.Class(class), h.Aria("hidden", "true"), g.El("rect", h.Width(width), h.Height("100%")))
}

// ActionBar is the bar at the bottom of a phone: what is recorded, and the button that sends.
func ActionBar(children ...g.Node) g.Node { return h.Div(h.Class("actionbar"), g.Group(children)) }

// VisuallyHidden is for those who hear a page.
func VisuallyHidden(children ...g.Node) g.Node {
	return h.Span(h.Class("visually-hidden"), g.Group(children))
}
