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
		Options:   []Option{{"a", "Yes"}, {"b", "No"}},
		CreatedAt: time.UnixMicro(1_764_300_000_000_001).UTC(),
	}
}

func labels(texts ...string) (all []OptionText) {
	for _, t := range texts {
		all = append(all, OptionText{Label: t})
	}
	return all
}

func TestLabelsOfAnOpenPollAreCorrectedNotSwapped(t *testing.T) {
	formerly := club(Open)
	formerly.Options[0].Label = "Yes, at once"
	formerly.Corrections = []Correction{{Field: "options.a", Was: "Yes", Is: "Yes, at once"}}
	tests := []struct {
		name string
		poll Poll
		edit Edit
		err  string // "" if it is taken
	}{
		{"a typing error in a label", club(Open), Edit{Options: labels("Yess", "No")}, ""},
		{"the question", club(Open), Edit{Question: new("Dissolve the chess club?")}, ""},
		{"a label back to what it was", formerly, Edit{Options: labels("Yes", "No")}, ""},
		{"swapped labels", club(Open), Edit{Options: labels("No", "Yes")}, "edit.label_used"},
		{"the other option's label in capitals", club(Open), Edit{Options: labels("NO", "Nope")}, "edit.label_used"},
		{"a label that the other option had", formerly, Edit{Options: labels("Yes, at once", "Yes")}, "edit.label_used"},
		{"swapped ids", club(Open), Edit{Options: []OptionText{{"b", "No"}, {"a", "Yes"}}}, "edit.meaning"},
		{"closing", club(Closing), Edit{Question: new("Keep the club?")}, "poll.final"},
		{"closed", club(Closed), Edit{Options: labels("No", "Yes"), Question: new("Keep the club?")}, "poll.final"},
		{"closed, one letter", club(Closed), Edit{Options: labels("Yess", "No")}, "poll.final"},
		{"closed, the same words", club(Closed), Edit{Options: labels("Yes", "No")}, ""},
		{"draft, all new", club(Draft), Edit{Options: labels("No", "Yes"), Question: new("Keep the club?")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.poll.Edit(tt.edit)
			if tt.err == "" && err != nil {
				t.Errorf("got %v, want it taken", err)
			}
			if tt.err != "" && !broke(err, tt.err) {
				t.Errorf("got %v, want an error with %q", err, tt.err)
			}
		})
	}
}

func TestCorrectionsHaveABound(t *testing.T) {
	p := club(Open)
	p.Corrections = make([]Correction, MaxCorrections)
	if _, err := p.Edit(Edit{Question: new("Dissolve it?")}); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v for one correction too many", err)
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

// An option withdraws at any time after the opening, and comes back, in public.
func TestAnOptionWithdrawsAtAnyTime(t *testing.T) {
	for _, status := range []Status{Open, Closing, Closed} {
		p := tea(Ranked)
		p.Settings, p.Status = DefaultSettings(Ranked), status
		q, err := p.Edit(Edit{Choices: Choices{Withdrawn: []string{"b"}}})
		if err != nil {
			t.Fatalf("%s: %v", status, err)
		}
		if diff := cmp.Diff([]Correction{{past, "withdrawn.b", "Bancha", ""}}, q.Corrected(p, past)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", status, diff)
		}
		back, err := q.Edit(Edit{Choices: Choices{Withdrawn: []string{}}})
		if err != nil {
			t.Fatalf("%s: %v", status, err)
		}
		if diff := cmp.Diff([]Correction{{noon, "withdrawn.b", "", "Bancha"}}, back.Corrected(q, noon)); diff != "" {
			t.Errorf("%s, back (-want +got):\n%s", status, diff)
		}
		if q.Edition() != p.Edition() {
			t.Errorf("%s: whoever has the ballot open could not send it", status)
		}
		if _, err := p.Edit(Edit{Choices: Choices{Withdrawn: []string{"a", "b", "c"}}}); !broke(err, "poll.withdrawn_left") {
			t.Errorf("%s, all but one: %v", status, err)
		}
	}
}

// Each has a bound of its own: many corrections keep no option from withdrawing.
func TestWithdrawalsHaveABound(t *testing.T) {
	p := tea(Ranked)
	p.Settings, p.Status, p.Corrections = DefaultSettings(Ranked), Open, make([]Correction, MaxCorrections)
	withdraw := Edit{Choices: Choices{Withdrawn: []string{"b"}}}
	if _, err := p.Edit(withdraw); err != nil {
		t.Errorf("after many corrections: %v", err)
	}
	for range MaxWithdrawals {
		p.Corrections = append(p.Corrections, Correction{Field: "withdrawn.a"})
	}
	if _, err := p.Edit(withdraw); !broke(err, "edit.withdrawals") {
		t.Errorf("one too many: %v", err)
	}
	p.Corrections = p.Corrections[MaxCorrections:]
	if _, err := p.Edit(Edit{Question: new("Tea?")}); err != nil {
		t.Errorf("a correction after many withdrawals: %v", err)
	}
}

// How ballots are counted stays once they can be cast, and it is said which field that is.
func TestHowItIsCountedStaysAfterTheOpening(t *testing.T) {
	for field, change := range map[string]Choices{
		"rule": {Rule: new("schulze/1")}, "seats": {Seats: new(Limit(2))}, "equal_ranks": {EqualRanks: new(true)}, "abstain": {Abstain: new(true)},
	} {
		p := tea(Ranked)
		p.Settings, p.Status = DefaultSettings(Ranked), Open
		_, err := p.Edit(Edit{Choices: change})
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != "edit.frozen" || e.Args["Field"] != field {
			t.Errorf("%s of an open poll: %v", field, err)
		}
		p.Status = Closed
		if _, err := p.Edit(Edit{Choices: change}); !errors.Is(err, ErrFinal) {
			t.Errorf("%s of a closed poll: %v", field, err)
		}
		p.Status = Draft
		if _, err := p.Edit(Edit{Choices: change}); err != nil {
			t.Errorf("%s of a draft: %v", field, err)
		}
	}
}

func TestOnlyAPollAtRestIsArchived(t *testing.T) {
	archive := Edit{Choices: Choices{Archived: new(true)}}
	for status, ok := range map[Status]bool{Draft: true, Open: false, Closing: false, Closed: true} {
		p, err := club(status).Edit(archive)
		if ok != (err == nil) || !ok && !broke(err, "poll.archived") {
			t.Errorf("%s: %v", status, err)
		}
		if !ok {
			continue
		}
		if q, err := p.ByHand(Open, noon); err != nil || q.Archived {
			t.Errorf("it opened, and is archived: %t, %v", q.Archived, err)
		}
		p.OpensAt = past
		if q, due := p.Due(noon); !due || q.Archived {
			t.Errorf("it opened by itself, and is archived: %t", q.Archived)
		}
	}
}
