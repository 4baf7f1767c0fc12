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

// CountedBy tells voters and viewers how a poll is counted: the rule's name, how many
// options win, and what the rule does. It is nothing for a rule of a newer program.
func CountedBy(say *i18n.Printer, name string, seats int) g.Node {
	rule, err := count.Lookup(name)
	if err != nil {
		return nil
	}
	seats = max(1, seats)
	return g.Group{
		Sentence(say, "page.rule", map[string]any{"Rule": h.Strong(g.Text(say.Text(rule.Message, nil))), "Count": seats}),
		g.Text(" " + say.Text(meanings[rule.Message], nil)),
	}
}
