package form

import "testing"

func TestWhatIsPastedIsAQuestionAndItsOptions(t *testing.T) {
	for pasted, want := range map[string][2]string{
		"": {"", ""},
		"\r\n Where to? \r\n\r\nPizza\r\n Sushi ": {"Where to?", "Pizza\n Sushi "},
		"Q?\n- A\n- B":                {"Q?", "A\nB"},
		"Q?\n• A\n  • B":              {"Q?", "A\nB"},
		"Q?\n1. A\n2) B":              {"Q?", "A\nB"},
		"Q?\n- A\nB":                  {"Q?", "- A\nB"}, // not all are marked
		"Q?\n1. FC Köln\n1. FC Union": {"Q?", "1. FC Köln\n1. FC Union"},
		"Q?\n2. A\n3. B":              {"Q?", "2. A\n3. B"}, // no list from one on
		"Q?\n-5\n-3":                  {"Q?", "-5\n-3"},
	} {
		question, options := split(pasted)
		if got := [2]string{question, options}; got != want {
			t.Errorf("%q is %q, want %q", pasted, got, want)
		}
	}
}
