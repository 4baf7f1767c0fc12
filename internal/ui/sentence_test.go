package ui

import (
	"testing"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
)

// Elements stand where the sentence has their gaps; all other text is escaped, and
// text that looks like a gap stays text.
func TestSentenceHoldsElements(t *testing.T) {
	says := rendered(t, Sentence(i18n.English, "ballot.unknown_option",
		map[string]any{"Option": h.B(g.Text("<z>")), "Options": "a, <b> \x00Options\x00"}))
	const want = "“<b>&lt;z&gt;</b>” is not an option of this poll. Its options are a, &lt;b&gt; Options."
	if says != want {
		t.Errorf("got  %q\nwant %q", says, want)
	}
}
