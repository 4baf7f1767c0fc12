package vote

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// club is the poll whose result was turned round by an edit.
func club(s Status) Poll {
	return Poll{
		Slug: "club", Question: "Dissolve the club?", Kind: Single, Status: s,
		Options:   []Option{{ID: "a", Label: "Yes"}, {ID: "b", Label: "No"}},
		CreatedAt: time.UnixMicro(1_764_300_000_000_001).UTC(),
	}
}

func TestCorrected(t *testing.T) {
	at := time.Unix(1_764_300_000, 0).UTC()
	old, p := club(Open), club(Open)
	p.Question, p.Options = "Dissolve the chess club?", []Option{{ID: "a", Label: "Yes"}, {ID: "b", Label: "Never"}}
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
		"labels swapped":     func(p *Poll) { p.Options = []Option{{ID: "a", Label: "No"}, {ID: "b", Label: "Yes"}} },
		"order":              func(p *Poll) { p.Options = []Option{{ID: "b", Label: "No"}, {ID: "a", Label: "Yes"}} },
		"one option more":    func(p *Poll) { p.Options = append(p.Options, Option{ID: "c", Label: "Maybe"}) },
		"a note":             func(p *Poll) { p.Options[0].Note = "b" },
		"a note of another":  func(p *Poll) { p.Options[1].Note = "b" },
		"where a text ends":  func(p *Poll) { p.Options[0] = Option{ID: "aY", Label: "es"} },
		"a comma in a label": func(p *Poll) { p.Options[0].Label = "Yes,1:b" },
	} {
		e := of(change)
		if other, twice := seen[e]; twice {
			t.Errorf("%s: the same edition as %s", name, other)
		}
		seen[e] = name
	}
}

// What is said below an option is corrected in public too, and is not swapped.
func TestNotesAreCorrectedButNotSwapped(t *testing.T) {
	noted := func(a, b string) Poll {
		p := club(Open)
		p.Options[0].Note, p.Options[1].Note = a, b
		return p
	}
	at := time.Unix(1_764_300_000, 0).UTC()
	was, is := noted("", "all stays"), noted("in May", "")
	want := []Correction{{at, "notes.a", "", "in May"}, {at, "notes.b", "all stays", ""}}
	if diff := cmp.Diff(want, is.Corrected(was, at)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, tt := range map[string]struct {
		was, is Poll
		code    string
	}{
		"a note that comes":       {noted("", ""), noted("in May", ""), ""},
		"a note that goes":        {noted("in May", ""), noted("", ""), ""},
		"a note as another's":     {noted("in May", ""), noted("in May", "in May"), ""},
		"swapped":                 {noted("in May", "never"), noted("never", "in May"), "edit.note_used"},
		"moved":                   {noted("in May", ""), noted("", "in May"), "edit.note_used"},
		"another's of before":     {corrected(noted("in May", ""), "notes.b", "never"), noted("never", ""), "edit.note_used"},
		"back as it was":          {corrected(noted("in May", ""), "notes.a", "never"), noted("never", ""), ""},
		"swapped while a draft":   {draft(noted("in May", "never")), draft(noted("never", "in May")), ""},
		"after the poll is over":  {closed(noted("in May", "")), closed(noted("in June", "")), codeFinal},
		"unchanged, and all else": {noted("in May", "never"), noted("in May", "never"), ""},
	} {
		err := tt.was.CheckMeaning(tt.is)
		var coded *Error
		errors.As(err, &coded)
		if (err == nil) != (tt.code == "") || coded != nil && coded.Code != tt.code {
			t.Errorf("%s: %v, want %q", name, err, tt.code)
		}
	}
}

func corrected(p Poll, field, was string) Poll {
	p.Corrections = append(p.Corrections, Correction{Field: field, Was: was})
	return p
}

func draft(p Poll) Poll  { p.Status = Draft; return p }
func closed(p Poll) Poll { p.Status = Closed; return p }
