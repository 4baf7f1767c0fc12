package event

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"popeye/vote"
)

func TestSteps(t *testing.T) {
	e, err := New(Definition{Title: " Evening ", Polls: []string{"a", "b"}})
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
	if _, err := e.Show("c"); !errors.Is(err, vote.ErrInvalid) {
		t.Errorf("a poll of another event: %v", err)
	}
	if f, err := e.Show(""); err != nil || f.Current != "" || f.Next().Current != "a" {
		t.Errorf("between two: %+v, %v", f, err)
	}
	if f := e.Without("a"); f.Current != "" || !slices.Equal(f.Polls, []string{"b"}) || len(e.Polls) != 2 {
		t.Errorf("without its current poll: %+v of %+v", f, e)
	}
	if f, err := e.Edit(Edit{Polls: []string{"b"}, Together: new(true)}); err != nil || f.Current != "" || !f.Together || f.Title != "Evening" {
		t.Errorf("edited: %+v, %v", f, err)
	}
	if (Event{}).Next().Current != "" {
		t.Error("an event without polls shows one")
	}
	for name, d := range map[string]Definition{
		"no title": {}, "a long title": {Title: strings.Repeat("x", MaxTitle+1)}, "twice": {Title: "x", Polls: []string{"a", "a"}},
		"no slug": {Title: "x", Polls: []string{"A"}}, "too many": {Title: "x", Polls: make([]string, MaxPolls+1)},
	} {
		if _, err := New(d); !errors.Is(err, vote.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a newer program has added is not passed over.
func TestDecode(t *testing.T) {
	e := Event{Code: "482913", Title: "Evening", Polls: []string{"a"}, Current: "a", Together: true, Revision: 7}
	raw, err := Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(raw); err != nil || got.Code != e.Code || got.Current != "a" || !got.Together {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Decode([]byte(`{"code":"482913","riddle":1}`)); !errors.Is(err, vote.ErrNewer) {
		t.Errorf("of a newer program: %v", err)
	}
}
