package definition

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

// club is the poll whose result was turned round by an edit.
func club(s vote.Status) vote.Poll {
	return vote.Poll{
		Slug: "club", Question: "Dissolve the club?", Kind: vote.Single, Status: s,
		Options:   []vote.Option{{ID: "a", Label: "Yes"}, {ID: "b", Label: "No"}},
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
	formerly := club(vote.Open)
	formerly.Options[0].Label = "Yes, at once"
	formerly.Corrections = []vote.Correction{{Field: "options.a", Was: "Yes", Is: "Yes, at once"}}
	tests := []struct {
		name string
		poll vote.Poll
		edit Edit
		err  string // "" if it is taken
	}{
		{"a typing error in a label", club(vote.Open), Edit{Options: labels("Yess", "No")}, ""},
		{"the question", club(vote.Open), Edit{Question: new("Dissolve the chess club?")}, ""},
		{"a label back to what it was", formerly, Edit{Options: labels("Yes", "No")}, ""},
		{"swapped labels", club(vote.Open), Edit{Options: labels("No", "Yes")}, "edit.label_used"},
		{"the other option's label in capitals", club(vote.Open), Edit{Options: labels("NO", "Nope")}, "edit.label_used"},
		{"a label that the other option had", formerly, Edit{Options: labels("Yes, at once", "Yes")}, "edit.label_used"},
		{"swapped ids", club(vote.Open), Edit{Options: []OptionText{{ID: "b", Label: "No"}, {ID: "a", Label: "Yes"}}}, "edit.meaning"},
		{"closing", club(vote.Closing), Edit{Question: new("Keep the club?")}, "poll.final"},
		{"closed", club(vote.Closed), Edit{Options: labels("No", "Yes"), Question: new("Keep the club?")}, "poll.final"},
		{"closed, one letter", club(vote.Closed), Edit{Options: labels("Yess", "No")}, "poll.final"},
		{"closed, the same words", club(vote.Closed), Edit{Options: labels("Yes", "No")}, ""},
		{"draft, all new", club(vote.Draft), Edit{Options: labels("No", "Yes"), Question: new("Keep the club?")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.edit.Apply(tt.poll)
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
	p := club(vote.Open)
	p.Corrections = make([]vote.Correction, vote.MaxCorrections)
	if _, err := (Edit{Question: new("Dissolve it?")}).Apply(p); !errors.Is(err, vote.ErrInvalid) {
		t.Errorf("got %v for one correction too many", err)
	}
}

// An option withdraws at any time after the opening, and comes back, in public.
func TestAnOptionWithdrawsAtAnyTime(t *testing.T) {
	for _, status := range []vote.Status{vote.Open, vote.Closing, vote.Closed} {
		p := tea(vote.Ranked)
		p.Settings, p.Status = vote.DefaultSettings(vote.Ranked), status
		q, err := Edit{Choices: vote.Choices{Withdrawn: []string{"b"}}}.Apply(p)
		if err != nil {
			t.Fatalf("%s: %v", status, err)
		}
		if diff := cmp.Diff([]vote.Correction{{At: past, Field: "withdrawn.b", Was: "Bancha", Is: ""}}, q.Corrected(p, past)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", status, diff)
		}
		back, err := Edit{Choices: vote.Choices{Withdrawn: []string{}}}.Apply(q)
		if err != nil {
			t.Fatalf("%s: %v", status, err)
		}
		if diff := cmp.Diff([]vote.Correction{{At: noon, Field: "withdrawn.b", Was: "", Is: "Bancha"}}, back.Corrected(q, noon)); diff != "" {
			t.Errorf("%s, back (-want +got):\n%s", status, diff)
		}
		if q.Edition() != p.Edition() {
			t.Errorf("%s: whoever has the ballot open could not send it", status)
		}
		if _, err := (Edit{Choices: vote.Choices{Withdrawn: []string{"a", "b", "c"}}}).Apply(p); !broke(err, "poll.withdrawn_left") {
			t.Errorf("%s, all but one: %v", status, err)
		}
	}
}

// Each has a bound of its own: many corrections keep no option from withdrawing.
func TestWithdrawalsHaveABound(t *testing.T) {
	p := tea(vote.Ranked)
	p.Settings, p.Status, p.Corrections = vote.DefaultSettings(vote.Ranked), vote.Open, make([]vote.Correction, vote.MaxCorrections)
	withdraw := Edit{Choices: vote.Choices{Withdrawn: []string{"b"}}}
	if _, err := withdraw.Apply(p); err != nil {
		t.Errorf("after many corrections: %v", err)
	}
	for range vote.MaxWithdrawals {
		p.Corrections = append(p.Corrections, vote.Correction{Field: "withdrawn.a"})
	}
	if _, err := withdraw.Apply(p); !broke(err, "edit.withdrawals") {
		t.Errorf("one too many: %v", err)
	}
	p.Corrections = p.Corrections[vote.MaxCorrections:]
	if _, err := (Edit{Question: new("Tea?")}).Apply(p); err != nil {
		t.Errorf("a correction after many withdrawals: %v", err)
	}
}

// How ballots are counted stays once they can be cast, and it is said which field that is.
func TestHowItIsCountedStaysAfterTheOpening(t *testing.T) {
	for field, change := range map[string]vote.Choices{
		"rule": {Rule: new("schulze/1")}, "seats": {Seats: new(vote.Limit(2))}, "equal_ranks": {EqualRanks: new(true)}, "abstain": {Abstain: new(true)},
	} {
		p := tea(vote.Ranked)
		p.Settings, p.Status = vote.DefaultSettings(vote.Ranked), vote.Open
		_, err := Edit{Choices: change}.Apply(p)
		if e, ok := errors.AsType[*vote.Error](err); !ok || e.Code != "edit.frozen" || e.Args["Field"] != field {
			t.Errorf("%s of an open poll: %v", field, err)
		}
		p.Status = vote.Closed
		if _, err := (Edit{Choices: change}).Apply(p); !errors.Is(err, vote.ErrFinal) {
			t.Errorf("%s of a closed poll: %v", field, err)
		}
		p.Status = vote.Draft
		if _, err := (Edit{Choices: change}).Apply(p); err != nil {
			t.Errorf("%s of a draft: %v", field, err)
		}
	}
}

func TestOnlyAPollAtRestIsArchived(t *testing.T) {
	archive := Edit{Choices: vote.Choices{Archived: new(true)}}
	for status, ok := range map[vote.Status]bool{vote.Draft: true, vote.Open: false, vote.Closing: false, vote.Closed: true} {
		p, err := archive.Apply(club(status))
		if ok != (err == nil) || !ok && !broke(err, "poll.archived") {
			t.Errorf("%s: %v", status, err)
		}
		if !ok {
			continue
		}
		if q, err := p.ByHand(vote.Open, noon); err != nil || q.Archived {
			t.Errorf("it opened, and is archived: %t, %v", q.Archived, err)
		}
		p.OpensAt = past
		if q, due := p.Due(noon); !due || q.Archived {
			t.Errorf("it opened by itself, and is archived: %t", q.Archived)
		}
	}
}

// Which sites may embed a poll changes nothing of what its ballots mean: it may change
// at any time, and an empty list takes it back.
func TestEmbedMayChangeInAClosedPoll(t *testing.T) {
	p, err := NewPoll(Definition{Slug: "lunch", Question: "?", Options: []OptionText{{Label: "A"}, {Label: "B"}}})
	if err != nil {
		t.Fatal(err)
	}
	p.Status = vote.Closed
	for _, sites := range [][]string{{"https://example.org"}, {}} {
		e := Edit{Choices: vote.Choices{Embed: sites}}
		if e.OnlySchedule() {
			t.Errorf("%q is no change", sites)
		}
		if p, err = e.Apply(p); err != nil || len(p.Embed) != len(sites) {
			t.Errorf("%q: %q, %v", sites, p.Embed, err)
		}
	}
}
