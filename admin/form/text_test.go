package form

import (
	"strings"
	"testing"

	"popeye/vote"
)

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

func TestALineIsALabelAndItsNote(t *testing.T) {
	for line, want := range map[string][2]string{
		"Pizza":                         {"Pizza", ""},
		"Pizza | wood-fired":            {"Pizza", "wood-fired"},
		"Pizza |wood-fired":             {"Pizza |wood-fired", ""}, // no bar between blanks
		"Pizza|Pasta":                   {"Pizza|Pasta", ""},
		"Ctrl | Alt | Delete":           {"Ctrl", "Alt | Delete"},
		`Ctrl \| Alt | three keys`:      {"Ctrl | Alt", "three keys"},
		`Ctrl \\| Alt`:                  {`Ctrl \| Alt`, ""},
		`a \| \| b | c \| d`:            {"a | | b", `c \| d`},
		"| alone":                       {"| alone", ""},
		`\| alone`:                      {`\| alone`, ""},
		"Pizza |":                       {"Pizza", ""},
		"Pizza\twood-fired":             {"Pizza", "wood-fired"},
		"Pizza\t\twood-fired | oven":    {"Pizza", "wood-fired | oven"},
		"Pizza  |  wood-fired ":         {"Pizza", "wood-fired"},
		"Pizza\u00a0|\u00a0au feu":      {"Pizza", "au feu"},
		"بيتزا | من فرن الحطب":          {"بيتزا", "من فرن الحطب"},
		"two  blanks |  stay in  notes": {"two  blanks", "stay in  notes"},
	} {
		label, note := readLine(line)
		if got := [2]string{label, note}; got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

// Whatever a poll's options say, a form that is saved as it was shown changes nothing.
func FuzzLine(f *testing.F) {
	for _, o := range []vote.Option{
		{Label: "Pizza"},
		{Label: "Pizza", Note: "wood-fired"},
		{Label: "a | b"},
		{Label: `a \| b`, Note: "| c"},
		{Label: "|"},
		{Label: "| |"},
		{Label: "a |"},
		{Label: `\|`},
		{Label: "a|b", Note: `\| c`},
		{Label: "é\u00a0| ü", Note: "ß"},
	} {
		f.Add(o.Label, o.Note)
	}
	f.Fuzz(func(t *testing.T, label, note string) {
		p := vote.Poll{
			Slug: "s", Question: "Q?", Kind: vote.Single, Status: vote.Draft, Settings: vote.DefaultSettings(vote.Single),
			Options: []vote.Option{{ID: "a", Label: label, Note: note}, {ID: "b", Label: "other"}},
		}
		read := Asked{was: &p}
		if p.Validate() != nil || setOptions(lines(p.Options), &read) != nil {
			t.Skip("no poll has that")
		}
		q, err := read.Edit().Apply(p)
		if err == nil && q.Options[0] != trimmed(p.Options[0]) {
			t.Errorf("%+v became %+v, by the line %q", p.Options[0], q.Options[0], writeLine(p.Options[0]))
		}
	})
}

// trimmed is an option as each that an organiser makes: without blanks around its words.
func trimmed(o vote.Option) vote.Option {
	o.Label, o.Note = strings.TrimSpace(o.Label), strings.TrimSpace(o.Note)
	return o
}
