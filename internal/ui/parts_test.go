package ui

import (
	"strings"
	"testing"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

func TestLettersGoOn(t *testing.T) {
	for place, want := range map[int]string{0: "A", 1: "B", 25: "Z", 26: "AA", 27: "AB", 51: "AZ", 52: "BA", 99: "CV", 701: "ZZ", 702: "AAA"} {
		if got := Letter(place); got != want {
			t.Errorf("%d is %s, want %s", place, got, want)
		}
	}
}

// A code is read, spoken and typed in groups; copied, it has one space between them.
func TestJoinCodesAreGrouped(t *testing.T) {
	for code, want := range map[string]string{"482913": "482 913", "1234": "1234", "12345": "123 45", "123456789": "123 456 789", "": ""} {
		if got := textOf(t, JoinCode(code)); got != want {
			t.Errorf("%s is shown as %q, want %q", code, got, want)
		}
	}
	if !strings.Contains(rendered(t, JoinCode("482913")), `dir="ltr"`) {
		t.Error("a page from right to left would turn it around")
	}
}

func textOf(t *testing.T, n g.Node) string {
	t.Helper()
	var b strings.Builder
	for i, part := range strings.Split(rendered(t, n), "<") {
		if _, text, ok := strings.Cut(part, ">"); ok {
			part = text
		} else if i > 0 {
			t.Fatalf("a tag that does not end: %q", part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// Hints and errors are read out with their input.
func TestAFieldIsDescribed(t *testing.T) {
	for want, n := range map[string]g.Node{
		`<div class="field"><label for="q">Question</label><input id="q" name="question"></div>`: Field(Label{ID: "q", Text: "Question"}, h.Input, h.Name("question")),
		`<div class="field"><label for="q">A &lt;b&gt;</label><p class="hint" id="q-hint">One.</p>` +
			`<textarea id="q" aria-describedby="q-hint q-error" aria-invalid="true"></textarea><p class="error" id="q-error">Two.</p></div>`: Field(Label{ID: "q", Text: "A <b>", Hint: "One.", Error: "Two."}, h.Textarea),
		`<div class="field check"><input type="checkbox" id="c" aria-describedby="c-hint" checked><div><label for="c">Listed</label><p class="hint" id="c-hint">On the start page.</p></div></div>`: Check(Label{ID: "c", Text: "Listed", Hint: "On the start page."}, h.Checked()),
	} {
		if got := rendered(t, n); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestABarIsAsLongAsItsShare(t *testing.T) {
	for percent, want := range map[float64]string{0: `width="0%"`, 12.5: `width="12.5%"`, 100: `width="100%"`, -3: `width="0%"`, 250: `width="100%"`} {
		if got := rendered(t, Bar(percent, false)); !strings.Contains(got, want) {
			t.Errorf("%v: %s", percent, got)
		}
	}
	if !strings.Contains(rendered(t, Bar(1, true)), `class="bar lead"`) {
		t.Error("the leader looks like the others")
	}
}

// No two of the first 64 series look the same, even where only the pattern or only the
// colour is seen of the first eight.
func TestNoTwoSeriesLookTheSame(t *testing.T) {
	looks := map[string]int{}
	for i := range Series * Series {
		look := SeriesColour(i) + patterns[(i+i/Series)%Series]
		if before, ok := looks[look]; ok {
			t.Errorf("series %d looks like %d", i, before)
		}
		looks[look] = i
	}
	defined := rendered(t, SeriesPatterns(12))
	for i := range 12 {
		if id := strings.TrimSuffix(strings.TrimPrefix(SeriesFill(i), "url(#"), ")"); !strings.Contains(defined, `id="`+id+`"`) {
			t.Errorf("no pattern %s", id)
		}
	}
}
