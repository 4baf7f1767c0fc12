package form

import (
	"cmp"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/i18n"
	"popeye/vote"
)

// textName is the field of a new poll, in which all its words are.
const textName = "text"

// New shows the form of a new poll: its words in one field, the kinds as buttons, and
// all else folded away. between stands before what is folded.
func (f Form) New(say *i18n.Printer, wrong Mistake, between ...g.Node) g.Node {
	c := control{say: say, field: field{name: textName, label: "admin.ask.text"}, value: text(f["question"], f["options"])}
	if wrong.Field == "question" || wrong.Field == "options" {
		c.mistake = wrong.Message
	}
	area := h.Textarea(c.name(), h.Dir("auto"), h.Rows("6"), h.Required(), h.Placeholder(example(say)), c.wrong(), g.Text("\n"+c.value))
	kind, rest := rowOf("kind"), fields[slices.IndexFunc(fields, func(row field) bool { return row.name == "kind" })+1:]
	open := slices.ContainsFunc(rest, func(row field) bool {
		return f[row.name] != "" && f[row.name] != unfolded[row.name] || wrong.Field == row.name
	})
	return g.Group{
		h.Label(h.Class("field"), h.Span(h.Class("label"), g.Text(say.Text(c.field.label, nil))), area, c.why(),
			h.Span(h.Class("hint"), g.Text(say.Text("admin.ask.text_help", nil)+" "+say.Text(noteHelp, nil)))),
		f.row(say, kind, wrong),
		g.Group(between),
		h.Details(h.Class("more"), g.If(open || f["front"] != "", g.Attr("open")), h.Summary(g.Text(say.Text("admin.ask.more", nil))),
			h.Div(h.Class("stack"), f.groups(say, nil, wrong, rest), f.front(say))),
	}
}

// example is a template, to show how the field is meant.
func example(say *i18n.Printer) string {
	return text(say.Text(Templates[0].Question, nil), say.Text(Templates[0].Options, nil))
}

// unfolded are what fields have that nobody touched, where that is not nothing.
var unfolded = map[string]string{"visibility": string(vote.VisibleLive)}

// front offers the place of the default poll.
func (f Form) front(say *i18n.Printer) g.Node {
	return h.Label(h.Class("field check"), h.Input(h.Type("checkbox"), h.Name("front"), h.Value("yes"), g.If(f["front"] != "", h.Checked())),
		h.Span(g.Text(say.Text("admin.ask.front", nil))))
}

// Body shows the fields, each with its label, and beside the one that is wrong why.
func (f Form) Body(say *i18n.Printer, was *vote.Poll, wrong Mistake) g.Node {
	return f.groups(say, was, wrong, fields)
}

// groups shows fields of the same fold together, under what they are about.
func (f Form) groups(say *i18n.Printer, was *vote.Poll, wrong Mistake, rows []field) g.Node {
	var all g.Group
	for len(rows) > 0 {
		end := slices.IndexFunc(rows, func(row field) bool { return row.fold != rows[0].fold })
		if end < 0 {
			end = len(rows)
		}
		all = append(all, f.group(say, was, wrong, rows[:end]))
		rows = rows[end:]
	}
	return all
}

// help are the messages below the fields of a fold.
var help = map[string]string{
	foldLimits: "admin.ask.limits_help", foldCount: "admin.ask.count_help", foldSchedule: "admin.ask.schedule_help", foldEmbed: "admin.ask.embed_help",
}

func (f Form) group(say *i18n.Printer, was *vote.Poll, wrong Mistake, rows []field) g.Node {
	fold := rows[0].fold
	rows = slices.DeleteFunc(slices.Clone(rows), func(row field) bool { return !row.shown(was) })
	nodes := g.Map(rows, func(row field) g.Node { return f.row(say, row, wrong) })
	if fold == "" || len(rows) == 0 {
		return nodes
	}
	return h.FieldSet(h.Class("part"), h.Legend(g.Text(say.Text(fold, nil))), h.Div(h.Class("fields"), nodes),
		g.If(help[fold] != "", h.P(h.Class("hint"), g.Text(say.Text(help[fold], nil)))))
}

// Row shows one field.
func (f Form) Row(say *i18n.Printer, name string, wrong Mistake) g.Node {
	return f.row(say, rowOf(name), wrong)
}

func (f Form) row(say *i18n.Printer, row field, wrong Mistake) g.Node {
	c := control{say: say, field: row, value: f[row.name]}
	if wrong.Field == row.name {
		c.mistake = wrong.Message
	}
	if row.fold == foldSchedule && row.name != "time_zone" {
		zone, _ := vote.LoadZone(f["time_zone"])
		c.value = showTyped(c.value, cmp.Or(zone, time.UTC))
	}
	return c.labelled()
}

// control is one field on a page.
type control struct {
	say     *i18n.Printer
	field   field
	value   string
	mistake string // what is wrong with the value; "" if nothing is
}

func (c control) name() g.Node { return h.Name(c.field.name) }

// wrong are the attributes of a field whose value is wrong.
func (c control) wrong() g.Node {
	if c.mistake == "" {
		return nil
	}
	return g.Group{h.Aria("invalid", "true"), h.Aria("describedby", "wrong-"+c.field.name)}
}

// why says what is wrong.
func (c control) why() g.Node {
	return g.If(c.mistake != "", h.Span(h.Class("error"), h.ID("wrong-"+c.field.name), g.Text(c.mistake)))
}

// kinds names the kinds of poll that a field is for: static/fields.js hides it for others.
func (c control) kinds() g.Node {
	if c.field.kinds == nil {
		return nil
	}
	var names []string
	for _, k := range c.field.kinds {
		names = append(names, string(k))
	}
	return h.Data("kinds", strings.Join(names, " "))
}

func (c control) labelled() g.Node {
	label := g.Text(c.say.Text(c.field.label, nil))
	switch {
	case c.field.tick:
		return h.Label(h.Class("field check"), c.kinds(), c.field.input(c), h.Span(label, c.why()))
	case c.field.several:
		return h.FieldSet(h.Class("field"), c.wrong(), h.Legend(h.Class("label"), label), c.field.input(c), c.why())
	default:
		return h.Label(h.Class("field"), c.kinds(), h.Span(h.Class("label"), label), c.field.input(c), c.why(),
			g.Iff(c.field.hint != "", func() g.Node { return h.Span(h.Class("hint"), g.Text(c.say.Text(c.field.hint, nil))) }))
	}
}

func (c control) number(least, most string) g.Node {
	return h.Input(h.Type("number"), c.name(), h.Min(least), g.If(most != "", h.Max(most)), h.Value(c.value), c.wrong())
}

func (c control) tick() g.Node {
	return h.Input(h.Type("checkbox"), c.name(), h.Value("yes"), g.If(c.value != "", h.Checked()), c.wrong())
}

func (c control) time() g.Node {
	return h.Input(h.Type("datetime-local"), c.name(), h.AutoComplete("off"), h.Value(c.value), c.wrong())
}

// Kinds are the messages that name the kinds of poll.
var Kinds = map[vote.Kind]string{
	vote.Single:   "admin.ask.kind.single",
	vote.Multiple: "admin.ask.kind.multiple",
	vote.Ranked:   "admin.ask.kind.ranked",
	vote.Score:    "admin.ask.kind.score",
}

// Visibilities are the messages that say who sees the results, and when.
var Visibilities = map[vote.Visibility]string{
	vote.VisibleLive:      "admin.ask.visibility.live",
	vote.VisibleAfterVote: "admin.ask.visibility.after_vote",
	vote.VisibleClosed:    "admin.ask.visibility.closed",
	vote.VisibleManual:    "admin.ask.visibility.manual",
}

// kindInput offers the kinds side by side. A kind that there is not is refused, and
// leaves the first one chosen.
func kindInput(c control) g.Node {
	chosen := vote.Kind(c.value)
	if Kinds[chosen] == "" {
		chosen = vote.Kinds[0]
	}
	return h.Div(h.Class("segmented kinds"), g.Map(vote.Kinds, func(k vote.Kind) g.Node {
		return h.Label(h.Input(h.Type("radio"), c.name(), h.Value(string(k)), g.If(k == chosen, h.Checked())), h.Span(g.Text(c.say.Text(Kinds[k], nil))))
	}))
}

// ruleInput offers the rules of each kind under its name. static/fields.js leaves those
// of the kind that is chosen; the server says what does not fit.
func ruleInput(c control) g.Node {
	return h.Select(c.name(), c.wrong(), h.Option(h.Value(""), g.Text(c.say.Text("admin.ask.rule_usual", nil))),
		g.Map(vote.Kinds, func(k vote.Kind) g.Node {
			return h.OptGroup(g.Attr("label", c.say.Text(Kinds[k], nil)), h.Data("kind", string(k)), g.Map(count.Names(k), func(name string) g.Node {
				return h.Option(h.Value(name), g.If(name == c.value, h.Selected()), g.Text(RuleName(c.say, name)))
			}))
		}))
}

// RuleName returns what people call a rule, with its name.
func RuleName(say *i18n.Printer, name string) string {
	rule, err := count.Lookup(name)
	if err != nil {
		return name
	}
	return say.Text(rule.Message, nil) + " (" + name + ")"
}
