package vote

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// club is the poll whose result was turned round by an edit.
func club(s Status) Poll {
	return Poll{
		Slug: "club", Question: "Dissolve the club?", Kind: Single, Status: s,
		Options:   []Option{{"a", "Yes"}, {"b", "No"}},
		CreatedAt: time.UnixMicro(1_764_300_000_000_001).UTC(),
	}
}

func TestCorrected(t *testing.T) {
	at := time.Unix(1_764_300_000, 0).UTC()
	old, p := club(Open), club(Open)
	p.Question, p.Options = "Dissolve the chess club?", []Option{{"a", "Yes"}, {"b", "Never"}}
	want := []Correction{
		{at, "question", "Dissolve the club?", "Dissolve the chess club?"},
		{at, "options.b", "No", "Never"},
	}
	if diff := cmp.Diff(want, p.Corrected(old, at)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	old.Status = Draft
	if got := p.Corrected(old, at); got != nil {
		t.Errorf("a draft was corrected in public: %v", got)
	}
}

func TestReopens(t *testing.T) {
	for _, old := range []Status{Draft, Open, Closing, Closed} {
		for _, now := range []Status{Draft, Open, Closing, Closed} {
			want := now == Open && (old == Closing || old == Closed)
			if got := club(now).Reopens(club(old)); got != want {
				t.Errorf("from %s to %s: %t", old, now, got)
			}
		}
	}
}

// An edition changes with whatever could make a ballot mean something else, and
// with nothing that could not.
func TestEdition(t *testing.T) {
	of := func(change func(*Poll)) string {
		p := club(Open)
		change(&p)
		return p.Edition()
	}
	one := of(func(*Poll) {})
	for name, change := range map[string]func(*Poll){
		"status":   func(p *Poll) { p.Status = Closed },
		"revision": func(p *Poll) { p.Revision++ },
		"schedule": func(p *Poll) { p.ClosesAt = time.Now() },
		"name":     func(p *Poll) { p.Slug = "kept" },
	} {
		if of(change) != one {
			t.Errorf("%s: another edition", name)
		}
	}
	seen := map[string]string{one: "as it was"}
	for name, change := range map[string]func(*Poll){
		"made anew":          func(p *Poll) { p.CreatedAt = p.CreatedAt.Add(time.Microsecond) },
		"question":           func(p *Poll) { p.Question = "Keep the club?" },
		"kind":               func(p *Poll) { p.Kind = Ranked },
		"min":                func(p *Poll) { p.Min = 1 },
		"max":                func(p *Poll) { p.Max = 1 },
		"labels swapped":     func(p *Poll) { p.Options = []Option{{"a", "No"}, {"b", "Yes"}} },
		"order":              func(p *Poll) { p.Options = []Option{{"b", "No"}, {"a", "Yes"}} },
		"one option more":    func(p *Poll) { p.Options = append(p.Options, Option{"c", "Maybe"}) },
		"where a text ends":  func(p *Poll) { p.Options[0] = Option{"aY", "es"} },
		"a comma in a label": func(p *Poll) { p.Options[0].Label = "Yes,1:b" },
	} {
		e := of(change)
		if other, twice := seen[e]; twice {
			t.Errorf("%s: the same edition as %s", name, other)
		}
		seen[e] = name
	}
}
