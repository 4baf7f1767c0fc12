package i18n

import (
	"math"
	"testing"

	"golang.org/x/text/language"
)

// Which form a number takes is the language's, as CLDR has it.
func TestPlural(t *testing.T) {
	for _, c := range []struct {
		language language.Tag
		count    any
		want     string
	}{
		{language.English, 1, "one"},
		{language.English, int64(0), "other"},
		{language.English, int64(1_000_001), "other"},
		{language.English, nil, "other"},
		{language.English, -1, "one"},
		{language.English, int64(math.MinInt64), "other"},
		{language.French, 0, "one"},
		{language.French, int64(2_000_000), "other"},
		{language.Arabic, 0, "zero"},
		{language.Arabic, 2, "two"},
		{language.Arabic, int64(1_000_003), "few"},
		{language.Arabic, 11, "many"},
		{language.Arabic, 100, "other"},
	} {
		if got := (&Printer{language: c.language}).plural(c.count); got != c.want {
			t.Errorf("%v: %v is %q, want %q", c.language, c.count, got, c.want)
		}
	}
}

// A gap that nothing fills is seen, and what fills one is no gap again.
func TestGaps(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{{.A}} and {{.B}}", "{{.B}} and 2"},
		{"{{.C}}", "{{.C}}"},
		{"{{.A", "{{.A"},
		{"", ""},
	} {
		if got := fill(c.text, map[string]any{"A": "{{.B}}", "B": 2}); got != c.want {
			t.Errorf("%q is %q, want %q", c.text, got, c.want)
		}
	}
}
