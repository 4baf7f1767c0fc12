package i18n

import "maps"

// Scripted returns messages as a page's script needs them, by code: with their gaps
// left open, {{.Name}}, and all plural forms by name, as browsers have them
// (Intl.PluralRules). A text that does not depend on a number is its form "other".
func (p *Printer) Scripted(codes ...string) map[string]map[string]string {
	all := make(map[string]map[string]string, len(codes))
	for _, code := range codes {
		forms, ok := p.messages[code]
		if !ok {
			forms = English.messages[code]
		}
		all[code] = maps.Clone(forms)
	}
	return all
}
