package slugify

import (
	"strings"
	"testing"

	"popeye/vote"
)

func TestQuestion(t *testing.T) {
	for question, want := range map[string]string{
		"Where to?":                     "where-to",
		"What's up -- at 10:30?":        "whats-up-at-10-30",
		"  (Lunch)  ":                   "lunch",
		"snake_case":                    "snake-case",
		"Café":                          "cafe",
		"Où va-t-on ?":                  "ou-va-t-on",
		"Ou\u0300 va-t-on ?":            "ou-va-t-on",
		"Straße, Łódź, Øst, Tiếng Việt": "strasse-lodz-ost-tieng-viet",
		"Кто идёт?":                     "kto-idiot",
		"أين نذهب؟":                     "yn-ndhhb",
		"海?":                            "hai",
		"Pizza & salad @ noon":          "pizza-and-salad-at-noon",
		"🍕 or 🍣?":                       "or",
		"🍕":                             "poll",
		"?!":                            "poll",
		"":                              "poll",
		strings.Repeat("x", 300):        strings.Repeat("x", madeLength),
		// a cut that falls on a hyphen leaves none behind
		strings.Repeat("x", madeLength-1) + " y": strings.Repeat("x", madeLength-1),
	} {
		got := Question(question)
		if got != want {
			t.Errorf("Question(%q) is %q, want %q", question, got, want)
		}
		if err := vote.ValidateSlug(got); err != nil {
			t.Error(err)
		}
	}
}

// Whatever a question holds, its slug is valid, also with a number behind it, and a
// slug stays as it is.
func FuzzQuestion(f *testing.F) {
	for _, seed := range []string{"Where to?", "", "---", "\u212a", "\xff", "İstanbul", "a", "-a-", "_a_", strings.Repeat("a-", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, question string) {
		made := Question(question)
		if err := vote.ValidateSlug(made + "-999999"); err != nil {
			t.Errorf("%q made %q: %v", question, made, err)
		}
		if again := Question(made); again != made {
			t.Errorf("%q made %q, which made %q", question, made, again)
		}
	})
}
