package vote

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawPoll makes any valid poll.
func drawPoll(t *rapid.T) Poll {
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9_-]{1,4}`), 2, 12, rapid.ID).Draw(t, "ids")
	p := Poll{Slug: "p", Question: "q", Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"), Status: Open}
	for _, id := range ids {
		p.Options = append(p.Options, Option{ID: id, Label: "label of " + id})
	}
	switch p.Kind {
	case Multiple:
		p.Min = rapid.IntRange(1, len(ids)).Draw(t, "min")
		p.Max = rapid.IntRange(p.Min, len(ids)).Draw(t, "max")
	case Score:
		p.Min = rapid.IntRange(0, MaxPoints-1).Draw(t, "min")
		p.Max = rapid.IntRange(p.Min+1, MaxPoints).Draw(t, "max")
	case Single, Ranked:
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p
}

// drawParts makes what one voter may say in p, part by part.
func drawParts(t *rapid.T, p Poll) []string {
	low, high := 1, len(p.Options)
	switch p.Kind {
	case Single:
		high = 1
	case Multiple:
		low, high = p.Min, p.Max
	case Ranked, Score:
	}
	options := rapid.Permutation(p.Options).Draw(t, "order")
	var parts []string
	for _, o := range options[:rapid.IntRange(low, high).Draw(t, "parts")] {
		if p.Kind == Score {
			o.ID += sepPoints + strconv.Itoa(rapid.IntRange(p.Min, p.Max).Draw(t, "points"))
		}
		parts = append(parts, o.ID)
	}
	return parts
}

func join(p Poll, parts []string) string {
	if p.Kind == Ranked {
		return strings.Join(parts, sepRanks)
	}
	return strings.Join(parts, sepList)
}

func parse(t *rapid.T, p Poll, s string) Ballot {
	b, err := ParseBallot(p, s)
	if err != nil {
		t.Fatalf("%q is refused: %v", s, err)
	}
	return b
}

// Two ballots mean the same if and only if they are the same text: what is
// canonical stays as it is, and order counts only where it means something.
func TestCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPoll(t)
		parts := drawParts(t, p)
		b := parse(t, p, join(p, parts))
		if again := parse(t, p, string(b)); again != b {
			t.Fatalf("%q became %q", b, again)
		}
		other := rapid.Permutation(parts).Draw(t, "permutation")
		same := p.Kind != Ranked || slices.Equal(parts, other)
		if got := parse(t, p, join(p, other)); (got == b) != same {
			t.Fatalf("%v is %q, %v is %q", parts, b, other, got)
		}
	})
}

// A form and a JSON body that say the same give the same ballot.
func TestEveryWayGivesTheSameBallot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPoll(t)
		parts := drawParts(t, p)
		want := parse(t, p, join(p, parts))
		form := map[string][]string{}
		var value any = parts
		switch p.Kind {
		case Single:
			form["vote"], value = parts, parts[0]
		case Multiple:
			form["vote"] = parts
		case Ranked:
			for i, id := range parts {
				form["rank-"+id] = []string{strconv.Itoa(i + 1)}
			}
		case Score:
			given := map[string]int{}
			for _, part := range parts {
				id, n, _ := strings.Cut(part, sepPoints)
				given[id], _ = strconv.Atoi(n)
				form["score-"+id] = []string{n}
			}
			value = given
		}
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseJSON(p, raw); got != want || err != nil {
			t.Fatalf("%s is %q, %v; want %q", raw, got, err, want)
		}
		if got, err := ParseForm(p, form); got != want || err != nil {
			t.Fatalf("%v is %q, %v; want %q", form, got, err, want)
		}
	})
}

// Read tells what Parse was told.
func TestReadRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPoll(t)
		b := parse(t, p, join(p, drawParts(t, p)))
		var parts []string
		for i, m := range p.Read(b) {
			part := p.Options[m.Place].ID
			if p.Kind == Score {
				part += fmt.Sprintf("=%d", m.N)
			}
			if p.Kind == Ranked && m.N != i+1 {
				t.Fatalf("mark %d of %q is at place %d", i, b, m.N)
			}
			if p.Options[m.Place].Label != "label of "+p.Options[m.Place].ID {
				t.Fatalf("mark %d of %q has the label %q", i, b, p.Options[m.Place].Label)
			}
			parts = append(parts, part)
		}
		if got := join(p, parts); got != string(b) {
			t.Fatalf("%q was read as %q", b, got)
		}
	})
}
