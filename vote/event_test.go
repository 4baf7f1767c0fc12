package vote

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// People type codes as they like; what is none is refused, whatever it is.
func TestParseCode(t *testing.T) {
	for typed, want := range map[string]string{
		"482913": "482913", " 482 913 ": "482913", "482-913": "482913", "482–913": "482913", "4.8.2.9.1.3": "482913",
		"٤٨٢٩١٣": "482913", "۴۸۲ ۹۱۳": "482913", "４８２９１３": "482913", "४८२९१३": "482913",
		"#482913": "482913", "48291l": "482911", "4829O3": "482903", "482\u00a0913": "482913", "\u2068482913\u2069": "482913", "\ufeff482913": "482913",
		"https://vote.example:5000/e/482913/": "482913", "vote.example/e/482 913": "482913", "482913/": "482913",
		"": "", "12345": "", "1234567": "", "012345": "", "lunch": "", "48291x": "", "\xff82913": "", "482913?x": "", "½82913": "",
		strings.Repeat(" ", 10_000) + "482913": "",
	} {
		got, err := ParseCode(typed)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%.60q is %q, %v; want %q", typed, got, err, want)
		}
	}
	if got := SpacedCode("482913"); got != "482 913" || SpacedCode("lunch") != "lunch" {
		t.Errorf("it is shown as %q", got)
	}
}

// Every code that is drawn can be typed.
func TestNewCode(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := NewCode()
		if got, err := ParseCode(SpacedCode(code)); got != code || err != nil || !IsCode(code) {
			t.Fatalf("drew %q", code)
		}
		seen[code] = true
	}
	if len(seen) < 990 {
		t.Errorf("%d different codes of 1000", len(seen))
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("482 913")
	f.Add("https://vote.example/e/٤٨٢٩١٣/")
	f.Fuzz(func(t *testing.T, typed string) {
		if code, err := ParseCode(typed); err == nil && !IsCode(code) {
			t.Errorf("%q is %q", typed, code)
		}
	})
}

func TestEventSteps(t *testing.T) {
	e, err := NewEvent(EventDefinition{Title: " Evening ", Polls: []string{"a", "b"}})
	if err != nil || e.Title != "Evening" || e.Position() != 0 {
		t.Fatalf("%+v, %v", e, err)
	}
	for i, tt := range []struct {
		step func(Event) Event
		want string
	}{
		{Event.Previous, "a"}, {Event.Next, "b"}, {Event.Next, "b"}, {Event.Previous, "a"}, {Event.Previous, "a"},
	} {
		if e = tt.step(e); e.Current != tt.want {
			t.Errorf("step %d is at %q", i, e.Current)
		}
	}
	if _, err := e.Show("c"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a poll of another event: %v", err)
	}
	if f, err := e.Show(""); err != nil || f.Current != "" || f.Next().Current != "a" {
		t.Errorf("between two: %+v, %v", f, err)
	}
	if f := e.Without("a"); f.Current != "" || !slices.Equal(f.Polls, []string{"b"}) || len(e.Polls) != 2 {
		t.Errorf("without its current poll: %+v of %+v", f, e)
	}
	if f, err := e.Edit(EventEdit{Polls: []string{"b"}, Together: new(true)}); err != nil || f.Current != "" || !f.Together || f.Title != "Evening" {
		t.Errorf("edited: %+v, %v", f, err)
	}
	if (Event{}).Next().Current != "" {
		t.Error("an event without polls shows one")
	}
	for name, d := range map[string]EventDefinition{
		"no title": {}, "a long title": {Title: strings.Repeat("x", MaxTitle+1)}, "twice": {Title: "x", Polls: []string{"a", "a"}},
		"no slug": {Title: "x", Polls: []string{"A"}}, "too many": {Title: "x", Polls: make([]string, MaxEventPolls+1)},
	} {
		if _, err := NewEvent(d); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a newer program has added is not passed over.
func TestDecodeEvent(t *testing.T) {
	e := Event{Code: "482913", Title: "Evening", Polls: []string{"a"}, Current: "a", Together: true, Revision: 7}
	raw, err := EncodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeEvent(raw); err != nil || got.Code != e.Code || got.Current != "a" || !got.Together {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := DecodeEvent([]byte(`{"code":"482913","riddle":1}`)); !errors.Is(err, ErrNewer) {
		t.Errorf("of a newer program: %v", err)
	}
}
