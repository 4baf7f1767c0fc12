// Package form is what organisers write of a poll. What enters is what a browser sent;
// what leaves is a definition or a change, or which field is wrong and why; and the
// form itself, with what was typed.
//
// fields.go is the table of fields: a field of a poll is a row there. read.go and
// times.go read what was typed, text.go the one field of a new poll, controls.go shows
// the fields. click.go is what a form says of itself, so that a click does what the
// page said.
package form

import (
	"cmp"
	"crypto/rand"
	"net/url"
	"strings"

	g "maragu.dev/gomponents"

	"popeye/internal/i18n"
	"popeye/vote"
)

// Form is a poll as a person types it, by the names of the fields. Beside those of
// the table it has
//
//	id        the form's own, by which it makes one poll however often it is sent
//	front     ask it in place of the default poll
//	edit      the slug of the poll that it changes
//	revision  of that poll, as it was shown
type Form map[string]string

// Args fill the gaps of a message.
type Args = map[string]any

// names are all that a form keeps.
func names() []string {
	names := []string{"id", "front", "edit", "revision"}
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

// Sent reads the form that a browser sent.
func Sent(sent url.Values) Form {
	f := Form{}
	for _, name := range names() {
		f[name] = sent.Get(name)
	}
	if sent.Has(textName) {
		f["question"], f["options"] = split(sent.Get(textName))
	}
	return f
}

// Of returns the form that shows a poll, to be edited.
func Of(p vote.Poll) Form {
	form := Form{"edit": p.Slug}
	for _, f := range fields {
		form[f.name] = f.value(p)
	}
	return form
}

// From returns a form that begins as a template does.
func From(say *i18n.Printer, name string) Form {
	for _, t := range Templates {
		if t.Name == name {
			return Form{"question": say.Text(t.Question, nil), "options": say.Text(t.Options, nil), "kind": string(t.Kind)}
		}
	}
	return nil
}

// Named returns the form with an id, a new one if it has none.
func (f Form) Named() Form {
	if f == nil {
		f = Form{}
	}
	f["id"] = cmp.Or(f["id"], rand.Text())
	return f
}

// Typed reports whether there is anything in the form to lose.
func (f Form) Typed() bool { return strings.TrimSpace(f["question"]+f["options"]) != "" }

// Kept are the hidden fields that carry the form over the gate.
func (f Form) Kept() g.Node {
	return g.Map(names(), func(name string) g.Node { return g.If(f[name] != "", Hidden(name, f[name])) })
}

// Read reads what was typed, as a draft or as a change of was. An error is an
// *Error.
func (f Form) Read(was *vote.Poll) (d Asked, err error) {
	d = Asked{was: was}
	d.ID, d.Status = f["id"], vote.Draft
	for _, row := range fields {
		if !row.shown(was) {
			continue
		}
		if err := row.set(f[row.name], &d); err != nil {
			return d, &Error{row.name, err}
		}
	}
	return d, nil
}

// Error is an error about one field, which may not know that itself.
type Error struct {
	Field string
	error
}

func (e *Error) Unwrap() error { return e.error }

// Mistake is what is wrong with what was typed.
type Mistake struct{ Field, Message string }

// shown reports whether a form has the field: the one of a new poll and of a draft
// has each, the one of an open poll what may still change.
func (f field) shown(was *vote.Poll) bool {
	return was == nil || was.Status == vote.Draft || f.later
}
