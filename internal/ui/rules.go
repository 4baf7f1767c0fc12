package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count/rules"
	"popeye/internal/i18n"
)

// RuleOf names the rule that counts a poll, and says how many options win. It is nothing
// for a rule of a newer program.
func RuleOf(say *i18n.Printer, name string, seats int) g.Node {
	rule, err := rules.Lookup(name)
	if err != nil {
		return nil
	}
	return Sentence(say, "page.rule", map[string]any{"Rule": h.Strong(g.Text(say.Text(rule.Message, nil))), "Count": max(1, seats)})
}

// CountedBy is RuleOf, and what the rule does.
func CountedBy(say *i18n.Printer, name string, seats int) g.Node {
	rule, err := rules.Lookup(name)
	if err != nil {
		return nil
	}
	return g.Group{RuleOf(say, name, seats), g.Text(" " + say.Text(rule.Meaning, nil))}
}
