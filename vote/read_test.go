package vote

import (
	"slices"
	"testing"
)

// A reader takes exactly the ballots that are canonical: those that ParseBallot
// returns as they came. So it is on every text of a few short parts.
func TestReadTakesCanonicalBallots(t *testing.T) {
	parts := []string{"", "a", "-", "aa", "x", ",", ">", "=", "0", "1", "01", "+1", "5", "6", "\x00"}
	polls := fuzzedPolls()
	for _, p := range polls {
		if p.Kind == Ranked {
			p.EqualRanks = true
			polls = append(polls, p)
		}
	}
	for _, p := range polls {
		if p.Slug != "odd" {
			continue // its ids are no short parts
		}
		r, good := p.Reader(), 0
		var try func(text string, more int)
		try = func(text string, more int) {
			canonical, err := ParseBallot(p, text)
			want := err == nil && string(canonical) == text
			if got := len(r.Read(Ballot(text))) > 0; got != want {
				t.Fatalf("%s poll %s: the ballot %q is read: %t; canonical: %t", p.Kind, p.Slug, text, got, want)
			}
			if want {
				good++
			}
			for _, part := range parts {
				if more > 0 && part != "" {
					try(text+part, more-1)
				}
			}
		}
		try("", 4)
		if good < 3 {
			t.Errorf("%s poll %s: only %d good ballots were tried", p.Kind, p.Slug, good)
		}
	}
}

// Options that share a place have the same number, and the next place the next one.
func TestReadTellsSharedPlaces(t *testing.T) {
	p := tea(Ranked)
	p.EqualRanks = true
	got := p.Read("c>a=d>b")
	if want := []Mark{{2, 1}, {0, 2}, {3, 2}, {1, 3}}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}
