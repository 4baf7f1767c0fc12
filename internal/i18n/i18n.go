// Package i18n holds every sentence that people read, one file a language. What
// enters is a code and arguments; what leaves is a sentence.
//
// A message file maps codes to texts. {{.Name}} is an argument; a text that
// depends on a number has a form for each of the language's plurals, chosen by the
// argument Count.
package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Printer writes in one language. Safe for concurrent use.
type Printer struct {
	localizer *i18n.Localizer
	language  language.Tag
}

// English is the language of logs, and of everything that has no other.
var English = &Printer{i18n.NewLocalizer(bundle(), language.English.String()), language.English}

// bundle reads the message files. They are part of the program, so one that can't
// be read is a bug.
func bundle() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	if _, err := b.LoadMessageFileFS(files, "en.json"); err != nil {
		panic(fmt.Sprintf("read the messages: %v", err))
	}
	return b
}

// Text returns the sentence of a code, or the code itself if there is none: a page
// with a code on it helps more than no page.
func (p *Printer) Text(code string, args map[string]any) string {
	config := i18n.LocalizeConfig{MessageID: code, TemplateData: args, PluralCount: args["Count"]}
	text, err := p.localizer.Localize(&config)
	if err != nil { // the text does not depend on the number
		config.PluralCount = nil
		text, err = p.localizer.Localize(&config)
	}
	if err != nil {
		return code
	}
	return text
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
