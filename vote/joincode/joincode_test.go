package joincode

import (
	"errors"
	"strings"
	"testing"

	"popeye/vote"
)

// People type codes as they like; what is none is refused, whatever it is.
func TestParse(t *testing.T) {
	for typed, want := range map[string]string{
		"482913": "482913", " 482 913 ": "482913", "482-913": "482913", "482–913": "482913", "4.8.2.9.1.3": "482913",
		"٤٨٢٩١٣": "482913", "۴۸۲ ۹۱۳": "482913", "４８２９１３": "482913", "४८२९१३": "482913",
		"#482913": "482913", "48291l": "482911", "4829O3": "482903", "482\u00a0913": "482913", "\u2068482913\u2069": "482913", "\ufeff482913": "482913",
		"https://vote.example:5000/e/482913/": "482913", "vote.example/e/482 913": "482913", "482913/": "482913",
		"": "", "12345": "", "1234567": "", "012345": "", "lunch": "", "48291x": "", "\xff82913": "", "482913?x": "", "½82913": "",
		strings.Repeat(" ", 10_000) + "482913": "",
	} {
		got, err := Parse(typed)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, vote.ErrInvalid) {
			t.Errorf("%.60q is %q, %v; want %q", typed, got, err, want)
		}
	}
	if got := Spaced("482913"); got != "482 913" || Spaced("lunch") != "lunch" {
		t.Errorf("it is shown as %q", got)
	}
}

// Every code that is drawn can be typed.
func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := New()
		if got, err := Parse(Spaced(code)); got != code || err != nil || !Is(code) {
			t.Fatalf("drew %q", code)
		}
		seen[code] = true
	}
	if len(seen) < 990 {
		t.Errorf("%d different codes of 1000", len(seen))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("482 913")
	f.Add("https://vote.example/e/٤٨٢٩١٣/")
	f.Fuzz(func(t *testing.T, typed string) {
		if code, err := Parse(typed); err == nil && !Is(code) {
			t.Errorf("%q is %q", typed, code)
		}
	})
}
