package ui

import (
	"strings"
	"testing"

	"popeye/count/rules"
	"popeye/internal/i18n"
	"popeye/vote"
)

// Every rule has a name and a sentence that says what it does.
func TestEveryRuleIsExplained(t *testing.T) {
	seen := 0
	for _, kind := range vote.Kinds {
		for _, name := range rules.Names(kind) {
			seen++
			rule, err := rules.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			title, meaning := i18n.English.Text(rule.Message, nil), i18n.English.Text(rule.Meaning, nil)
			if title == rule.Message || meaning == rule.Meaning {
				t.Errorf("%s: its name is %q, its meaning %q", name, title, meaning)
			}
			for seats, words := range map[int]string{0: ", one winner.", 1: ", one winner.", 3: ", 3 winners."} {
				if says := rendered(t, CountedBy(i18n.English, name, seats)); !strings.HasPrefix(says, "Counting rule: <strong>"+title+"</strong>"+words+" "+meaning) {
					t.Errorf("%s with %d seats: %q", name, seats, says)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("there are no rules")
	}
	if CountedBy(i18n.English, "riddle/1", 1) != nil || RuleOf(i18n.English, "riddle/1", 1) != nil {
		t.Error("a rule of a newer program is explained")
	}
}
