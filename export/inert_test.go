package export

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNoTextIsAFormula(t *testing.T) {
	for _, begin := range []string{"", " ", "\t", "\r", "\n", "\u00a0", "\u3000", "\u200b", "\ufeff", " \u2028\t"} {
		for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "−"} {
			if text := begin + sign + "1+1"; Inert(text) != "'"+text {
				t.Errorf("%q stays %q", text, Inert(text))
			}
		}
	}
	for _, text := range []string{"\tx", "\rx", "\nx"} {
		if Inert(text) != "'"+text {
			t.Errorf("%q stays %q", text, Inert(text))
		}
	}
	for _, text := range []string{"", "Tea", " Tea", "1+1", "a=b", "٣ = ٣", "漢字", "\xff"} {
		if Inert(text) != text {
			t.Errorf("%q becomes %q", text, Inert(text))
		}
	}
}

// A cell that was made inert is read back as it was, whatever it looked like.
func TestCellsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("'=-+@ \t\n\"a,é＝\u200b"))).Draw(t, "text")
		if got := text(cell(s)); got != s || Inert(cell(s)) != cell(s) {
			t.Fatalf("%q is written %q and read %q", s, cell(s), got)
		}
	})
}
