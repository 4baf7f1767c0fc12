package admin

import (
	"cmp"
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/vote"
)

// adminForm is a poll as a person types it, by the names of the fields. Beside those of
// the table it has
//
//	id        the form's own, by which it makes one poll however often it is sent
//	front     ask it in place of the default poll
//	edit      the slug of the poll that it changes
//	revision  of that poll, as it was shown
type adminForm map[string]string

// formNames are all that a form keeps.
func formNames() []string {
	names := []string{"id", "front", "edit", "revision"}
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

func readAdminForm(sent url.Values) adminForm {
	f := adminForm{}
	for _, name := range formNames() {
		f[name] = sent.Get(name)
	}
	return f
}

// formOf returns the form that shows a poll, to be edited.
func formOf(p vote.Poll) adminForm {
	form := adminForm{"edit": p.Slug}
	for _, f := range fields {
		form[f.name] = f.value(p)
	}
	return form
}

// named returns the form with an id, a new one if it has none.
func (f adminForm) named() adminForm {
	if f == nil {
		f = adminForm{}
	}
	f["id"] = cmp.Or(f["id"], rand.Text())
	return f
}

// typed reports whether there is anything in the form to lose.
func (f adminForm) typed() bool { return strings.TrimSpace(f["question"]+f["options"]) != "" }

// kept are the hidden fields that carry the form over the gate.
func (f adminForm) kept() g.Node {
	return g.Map(formNames(), func(name string) g.Node { return g.If(f[name] != "", hidden(name, f[name])) })
}

// read reads what was typed, as a draft or as a change of was. An error is a
// *fieldError.
func (f adminForm) read(was *vote.Poll) (d asked, err error) {
	d = asked{was: was}
	d.ID, d.Status = f["id"], vote.Draft
	for _, row := range fields {
		if !row.shown(was) {
			continue
		}
		if err := row.set(f[row.name], &d); err != nil {
			return d, &fieldError{row.name, err}
		}
	}
	return d, nil
}

// fieldError is an error about one field, which may not know that itself.
type fieldError struct {
	field string
	error
}

func (e *fieldError) Unwrap() error { return e.error }

// shown reports whether the form has the field: the one of a new poll and of a draft
// has each, the one of an open poll what may still change.
func (f field) shown(was *vote.Poll) bool {
	return was == nil || was.Status == vote.Draft || f.later
}

// mistake is what is wrong with what was typed.
type mistake struct{ field, message string }

// body shows the fields, each with its label, and beside the one that is wrong why.
func (f adminForm) body(say *i18n.Printer, was *vote.Poll, wrong mistake) g.Node {
	var all g.Group
	for i := 0; i < len(fields); {
		fold := fields[i].fold
		end := i
		for end < len(fields) && fields[end].fold == fold {
			end++
		}
		all = append(all, f.fold(say, was, wrong, fold, fields[i:end]))
		i = end
	}
	return all
}

// fold shows fields of one fold. It is open if there is something in it to see.
func (f adminForm) fold(say *i18n.Printer, was *vote.Poll, wrong mistake, fold string, rows []field) g.Node {
	rows = slices.DeleteFunc(slices.Clone(rows), func(row field) bool { return !row.shown(was) })
	nodes := g.Map(rows, func(row field) g.Node { return f.row(say, row, wrong) })
	if fold == "" || len(rows) == 0 {
		return nodes
	}
	open := slices.ContainsFunc(rows, func(row field) bool { return f[row.name] != "" || wrong.field == row.name })
	help := map[string]string{
		foldCount: "admin.ask.count_help", foldSchedule: "admin.ask.schedule_help", foldEmbed: "admin.ask.embed_help",
	}[fold]
	return h.Details(g.If(open, g.Attr("open")), h.Summary(g.Text(say.Text(fold, nil))),
		h.Div(h.Class("times"), nodes), h.P(h.Class("quiet small"), g.Text(say.Text(help, nil))))
}

func (f adminForm) row(say *i18n.Printer, row field, wrong mistake) g.Node {
	c := control{say: say, field: row, value: f[row.name]}
	if wrong.field == row.name {
		c.mistake = wrong.message
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
	return g.If(c.mistake != "", h.Span(h.Class("wrong"), h.ID("wrong-"+c.field.name), g.Text(c.mistake)))
}

func (c control) labelled() g.Node {
	if c.field.tick {
		return h.Label(h.Class("tick"), c.field.input(c), g.Text(" "+c.say.Text(c.field.label, nil)), c.why())
	}
	return h.Label(g.Text(c.say.Text(c.field.label, nil)+" "), c.field.input(c), c.why())
}

func (c control) number(least, most string) g.Node {
	return h.Input(h.Type("number"), c.name(), h.Min(least), g.If(most != "", h.Max(most)), h.Placeholder(least), h.Value(c.value), c.wrong())
}

func (c control) tick() g.Node {
	return h.Input(h.Type("checkbox"), c.name(), h.Value("yes"), g.If(c.value != "", h.Checked()), c.wrong())
}

func (c control) time() g.Node {
	return h.Input(h.Type("datetime-local"), c.name(), h.AutoComplete("off"), h.Value(c.value), c.wrong())
}
