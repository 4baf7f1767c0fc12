package i18n

import (
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/feature/plural"
)

// forms names the plural forms as browsers do (Intl.PluralRules).
var forms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// examples are numbers that need every form which some language has.
var examples = []int{0, 1, 2, 3, 5, 6, 11, 21, 100, 1_000_000}

// Scripted returns messages as a page's script needs them, by code: with their gaps
// left open, {{.Name}}, and all plural forms by name. A text that does not depend on
// a number is its form "other".
func (p *Printer) Scripted(codes ...string) map[string]map[string]string {
	all := make(map[string]map[string]string, len(codes))
	for _, code := range codes {
		all[code] = map[string]string{}
		for _, n := range examples {
			form := forms[plural.Cardinal.MatchPlural(p.language, n, 0, 0, 0, 0)]
			text, err := p.localizer.Localize(&i18n.LocalizeConfig{
				MessageID: code, PluralCount: n, TemplateParser: template.IdentityParser{},
			})
			if err == nil {
				all[code][form] = text
			}
		}
	}
	return all
}
