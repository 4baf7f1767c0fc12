package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/i18n"
)

// meanings say in a sentence what a counting rule does, by the code of its name.
var meanings = map[string]string{
	"rule.plurality":    "rule.plurality.meaning",
	"rule.approval":     "rule.approval.meaning",
	"rule.irv":          "rule.irv.meaning",
	"rule.stv":          "rule.stv.meaning",
	"rule.schulze":      "rule.schulze.meaning",
	"rule.ranked_pairs": "rule.ranked_pairs.meaning",
	"rule.borda":        "rule.borda.meaning",
	"rule.score":        "rule.score.meaning",
	"rule.median":       "rule.median.meaning",
	"rule.star":         "rule.star.meaning",
}

// RuleOf names the rule that counts a poll, and says how many options win. It is nothing
// for a rule of a newer program.
func RuleOf(say *i18n.Printer, name string, seats int) g.Node {
	rule, err := count.Lookup(name)
	if err != nil {
		return nil
	}
	return Sentence(say, "page.rule", map[string]any{"Rule": h.Strong(g.Text(say.Text(rule.Message, nil))), "Count": max(1, seats)})
}

// CountedBy is RuleOf, and what the rule does.
func CountedBy(say *i18n.Printer, name string, seats int) g.Node {
	rule, err := count.Lookup(name)
	if err != nil {
		return nil
	}
	return g.Group{RuleOf(say, name, seats), g.Text(" " + say.Text(meanings[rule.Message], nil))}
}
