package definition

import (
	"testing"

	"popeye/vote"

	"github.com/google/go-cmp/cmp"
)

// whole is a poll of which every part says something.
func whole(k vote.Kind) vote.Poll {
	p := tea(k)
	p.Status, p.OpensAt, p.ClosesAt, p.Revision, p.CreatedAt, p.ChangedAt = vote.Closed, never, noon, 7, past, noon
	p.Settings = vote.DefaultSettings(k)
	p.Abstain, p.Withdrawn, p.LotSeed, p.TimeZone, p.Archived = true, []string{"d"}, "seed", "Europe/Paris", true
	p.Corrections, p.Reopenings, p.Parent = []vote.Correction{{Field: "question"}}, []vote.Reopening{{Voters: 3}}, "tea-1"
	return p
}

func TestADuplicateAsksTheSameAndRemembersNothing(t *testing.T) {
	for _, k := range vote.Kinds {
		p := whole(k)
		got := Duplicate(p)
		want := vote.Poll{Question: p.Question, Kind: k, Options: p.Options, Min: p.Min, Max: p.Max, Status: vote.Draft, Settings: p.Settings}
		want.Withdrawn, want.Archived, want.LotSeed = nil, false, got.LotSeed
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k, diff)
		}
		if len(got.LotSeed) < 20 || got.LotSeed == Duplicate(p).LotSeed {
			t.Errorf("its lot is drawn by %q", got.LotSeed)
		}
		got.Options[0].Label = "changed"
		if p.Options[0].Label == "changed" {
			t.Error("it shares its options with the first poll")
		}
		got.Options[0].Label, got.Slug = p.Options[0].Label, "again"
		if err := got.Validate(); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestANextRoundIsBetweenChosenOptions(t *testing.T) {
	tests := []struct {
		name   string
		change func(*vote.Poll)
		ids    []string
		want   []string // nil if it is refused
		err    string
	}{
		{"all that are left", nil, nil, []string{"a", "b", "c"}, ""},
		{"two, in the poll's order", nil, []string{"c", "a"}, []string{"a", "c"}, ""},
		{"of several winners one", func(p *vote.Poll) { p.Seats = 3 }, []string{"a", "b"}, []string{"a", "b"}, ""},
		{"one", nil, []string{"a"}, nil, "round.options"},
		{"none", nil, []string{}, nil, "round.options"},
		{"one twice", nil, []string{"a", "a"}, nil, "round.option"},
		{"one that there is not", nil, []string{"a", "z"}, nil, "round.option"},
		{"one that has withdrawn", nil, []string{"a", "d"}, nil, "round.withdrawn"},
		{"all but one have withdrawn", func(p *vote.Poll) { p.Withdrawn = []string{"a", "b", "c"} }, nil, nil, "round.options"},
		{"of a draft", func(p *vote.Poll) { p.Status = vote.Draft }, nil, nil, "round.draft"},
	}
	for _, k := range vote.Kinds {
		for _, tt := range tests {
			p := whole(k)
			if tt.change != nil {
				tt.change(&p)
			}
			q, err := NextRound(p, Round{Options: tt.ids, Slug: "again"})
			if tt.err != "" {
				if !broke(err, tt.err) {
					t.Errorf("%s, %s: %v", k, tt.name, err)
				}
				continue
			}
			var ids []string
			for _, o := range q.Options {
				ids = append(ids, o.ID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" || err != nil || q.Parent != p.Slug {
				t.Errorf("%s, %s: of %q, %v\n%s", k, tt.name, q.Parent, err, diff)
			}
			if err := q.Validate(); err != nil {
				t.Errorf("%s, %s: %v", k, tt.name, err)
			}
		}
	}
}

func TestANextRoundMayHaveAnotherQuestion(t *testing.T) {
	p := whole(vote.Ranked)
	q, err := NextRound(p, Round{Question: " Which of these? ", Status: vote.Open})
	if err != nil || q.Question != "Which of these?" || q.Status != vote.Open {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := NextRound(p, Round{Question: "\u200b"}); !broke(err, "question.blank") {
		t.Errorf("a blank question: %v", err)
	}
	if _, err := NextRound(p, Round{Status: vote.Closed}); !broke(err, "definition.status") {
		t.Errorf("a round that is over: %v", err)
	}
}
