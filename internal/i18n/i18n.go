// Package i18n holds every sentence that people read, one file a language. What
// enters is a code and arguments; what leaves is a sentence.
//
// A message file maps codes to texts. {{.Name}} is a gap for an argument. A text that
// depends on a number has a form for each plural of the language, as CLDR names them
// (zero, one, two, few, many, other), chosen by the argument Count.
package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Printer writes in one language. Safe for concurrent use.
type Printer struct {
	language language.Tag
	messages map[string]message
	query    string // of the address that asked for it
}

// message has a text for each plural; one that depends on no number has other alone.
type message map[string]string

// plurals are CLDR's names of the plurals that a number can have.
var plurals = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// English is the language of logs, and of everything that has no other.
var English = load(language.English)

// load reads the file of a language. It is part of the program, so one that can't be
// read is a bug.
func load(l language.Tag) *Printer {
	raw, err := files.ReadFile(l.String() + ".json")
	if err != nil {
		panic(err)
	}
	p := &Printer{language: l}
	if err := json.Unmarshal(raw, &p.messages); err != nil {
		panic(fmt.Sprintf("%s.json: %v", l, err))
	}
	return p
}

// UnmarshalJSON reads a text, or an object with one for each plural.
func (m *message) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*m = message{"other": text}
		return nil
	}
	return json.Unmarshal(raw, (*map[string]string)(m))
}

// Text returns the sentence of a code, in English if p's language does not have it, or the
// code itself if there is none: a page with a code on it helps more than no page.
func (p *Printer) Text(code string, args map[string]any) string {
	m, ok := p.messages[code]
	switch {
	case !ok && p == English:
		return code
	case !ok:
		return English.Text(code, args)
	}
	text, ok := m[p.plural(args["Count"])]
	if !ok {
		text = m["other"]
	}
	return fill(text, args)
}

// plural returns which plural a number has in p's language. A thing without a number
// has other.
func (p *Printer) plural(count any) string {
	const far = 1_000_000 // no language looks at digits beyond, but whether there are any
	var n int64
	switch count := count.(type) {
	case int:
		n = int64(count)
	case int64:
		n = count
	default:
		return "other"
	}
	if n < 0 { // a plural is that of the absolute value
		n = -(n % far)
	}
	if n >= far {
		n = far + n%far
	}
	return plurals[plural.Cardinal.MatchPlural(p.language, int(n), 0, 0, 0, 0)]
}

// fill puts arguments into the gaps of a text. A gap without one stays, to be seen.
func fill(text string, args map[string]any) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{.")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(before)
		if value, ok := args[name]; ok {
			fmt.Fprint(&b, value)
		} else {
			b.WriteString("{{." + name + "}}")
		}
		text = after
	}
}

// Coded is an error that says what is wrong by a code and arguments.
type Coded interface {
	error
	Message() (code string, args map[string]any)
}

// Error returns the sentence for a Coded error, or err's own text if it is none.
func (p *Printer) Error(err error) string {
	var coded Coded
	if errors.As(err, &coded) {
		return p.Text(coded.Message())
	}
	return err.Error()
}
