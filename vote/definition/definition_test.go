package definition

import (
	"encoding/json"
	"errors"
	"testing"

	"popeye/vote"

	"github.com/google/go-cmp/cmp"
)

func TestNewPoll(t *testing.T) {
	three := []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}}
	const options = `"options":["Pizza","Sushi","Salad"]`
	tests := []struct {
		name, in string // a definition in JSON
		want     vote.Poll
	}{
		{
			"the shortest", `{"slug":"where-to","question":" Where to? ",` + options + `}`,
			vote.Poll{Slug: "where-to", Question: "Where to?", Kind: vote.Single, Options: three, Status: vote.Draft},
		}, {
			"that of the contract", `{"slug":"lunch","question":"Where to?","kind":"ranked",` + options + `,"status":"open"}`,
			vote.Poll{Slug: "lunch", Question: "Where to?", Kind: vote.Ranked, Options: three, Status: vote.Open},
		}, {
			"several, any number", `{"slug":"s","question":"q","kind":"multiple",` + options + `}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Multiple, Options: three, Status: vote.Draft, Min: 1, Max: 3},
		}, {
			"several, limited", `{"slug":"s","question":"q","kind":"multiple",` + options + `,"max":2}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Multiple, Options: three, Status: vote.Draft, Min: 1, Max: 2},
		}, {
			"points", `{"slug":"s","question":"q","kind":"score",` + options + `}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Score, Options: three, Status: vote.Draft, Min: 0, Max: 5},
		}, {
			"points, limited", `{"slug":"s","question":"q","kind":"score",` + options + `,"min":1,"max":10.0}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Score, Options: three, Status: vote.Draft, Min: 1, Max: 10},
		}, {
			"options with ids, some", `{"slug":"s","question":"q","options":[{"id":"pizza","label":" Pizza "},"Sushi",{"label":"Salad"}]}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Single, Status: vote.Draft, Options: []vote.Option{{ID: "pizza", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}}},
		}, {
			"options with notes", `{"slug":"s","question":"q","options":[{"label":"Pizza","note":" wood-fired "},{"label":"Sushi","note":" "}]}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Single, Status: vote.Draft, Options: []vote.Option{{ID: "a", Label: "Pizza", Note: "wood-fired"}, {ID: "b", Label: "Sushi"}}},
		}, {
			"a schedule", `{"slug":"s","question":"q",` + options + `,"opens_at":"2026-05-01T13:00:00+02:00","closes_at":"2026-05-01T12:00:00.0000019Z"}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Single, Options: three, Status: vote.Draft, OpensAt: past, ClosesAt: soon},
		}, {
			"no schedule, in two ways", `{"slug":"s","question":"q",` + options + `,"opens_at":null,"closes_at":""}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Single, Options: three, Status: vote.Draft},
		}, {
			"open until then", `{"slug":"s","question":"q",` + options + `,"status":"open","closes_at":"2026-05-01T12:00:00Z"}`,
			vote.Poll{Slug: "s", Question: "q", Kind: vote.Single, Options: three, Status: vote.Open, ClosesAt: noon},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d Definition
			if err := json.Unmarshal([]byte(tt.in), &d); err != nil {
				t.Fatal(err)
			}
			got, err := NewPoll(d)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.LotSeed) < 26 {
				t.Errorf("the seed of the lot is %q", got.LotSeed)
			}
			got.LotSeed, tt.want.Settings = "", vote.DefaultSettings(tt.want.Kind)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewPollRefuses(t *testing.T) {
	const options = `"options":["Pizza","Sushi"]`
	tests := []struct{ name, in, err string }{
		{"no question", `{` + options + `}`, "question.empty"},
		{"no options", `{"question":"q"}`, "options.number"},
		{"null for an option", `{"question":"q","options":[null,"b"]}`, "label.empty"},
		{"a number for an option", `{"question":"q","options":[1,"b"]}`, "definition.option"},
		{"a number for a label", `{"question":"q","options":[{"label":1},"b"]}`, "definition.option"},
		{"an id that a default takes", `{"question":"q","options":[{"id":"b","label":"Pizza"},"Sushi"]}`, "option.same_id"},
		{"an unknown kind", `{"question":"q","kind":"quiz",` + options + `}`, "poll.kind"},
		{"a poll that is new and closed", `{"question":"q","status":"closed",` + options + `}`, "definition.status"},
		{"a number for a note", `{"question":"q","options":[{"label":"Pizza","note":1},"b"]}`, "definition.option"},
		{"a note of nothing that can be seen", `{"question":"q","options":[{"label":"Pizza","note":"\u200b"},"b"]}`, "note.blank"},
		{"another field in an option", `{"question":"q","options":[{"label":"Pizza","price":9},"b"]}`, "definition.option"},
		{"a part of a limit", `{"question":"q","kind":"score","max":7.5,` + options + `}`, "definition.limit"},
		{"a limit beyond all numbers", `{"question":"q","kind":"score","max":1e999,` + options + `}`, "definition.limit"},
		{"a text for a limit", `{"question":"q","kind":"score","max":"7",` + options + `}`, "definition.limit"},
		{"limits where there are none", `{"question":"q","max":2,` + options + `}`, "poll.no_limits"},
		{"no slug", `{"question":"q","slug":"",` + options + `}`, "poll.slug"},
		{"a slug that is none", `{"question":"q","slug":"no/slash",` + options + `}`, "poll.slug"},
		{"open at once and later", `{"question":"q","status":"open","opens_at":"2026-05-01T12:00:00Z",` + options + `}`, "definition.open_and_opens_at"},
		{"an end before the beginning", `{"question":"q","opens_at":"2026-05-01T12:00:00Z","closes_at":"2026-05-01T13:00:00+02:00",` + options + `}`, "schedule.order"},
		{"a time without a zone", `{"question":"q","opens_at":"2026-05-01T12:00:00",` + options + `}`, "definition.time"},
		{"a number for a time", `{"question":"q","closes_at":1777636800,` + options + `}`, "definition.time"},
		{"an hour that is none", `{"question":"q","closes_at":"2026-05-01T24:00:00Z",` + options + `}`, "definition.time"},
		{"a time beyond all years", `{"question":"q","closes_at":"9999-12-31T23:59:59-01:00",` + options + `}`, "schedule.year"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Definition{Slug: "s"}
			err := json.Unmarshal([]byte(tt.in), &d)
			if err == nil {
				_, err = NewPoll(d)
			}
			if !broke(err, tt.err) {
				t.Errorf("got %v, want an error with %q", err, tt.err)
			}
		})
	}
}

func TestDefault(t *testing.T) {
	got, err := Default("Which?", []string{"Ansible", "Chef"})
	want := vote.Poll{
		Slug: vote.DefaultSlug, Question: "Which?", Kind: vote.Single, Status: vote.Open,
		Options: []vote.Option{{ID: "a", Label: "Ansible"}, {ID: "b", Label: "Chef"}},
	}
	want.Settings, got.LotSeed = vote.DefaultSettings(vote.Single), ""
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := Default("Which?", []string{"Ansible", ""}); !errors.Is(err, vote.ErrInvalid) {
		t.Errorf("a hole in the labels: got %v", err)
	}
}

// A definition and an edit that a program writes are read as they were meant:
// a time that was not given stays apart from one that is never.
func TestMomentRoundTrip(t *testing.T) {
	for want, e := range map[string]Edit{
		`{}`:                 {},
		`{"opens_at":null}`:  {OpensAt: At(never)},
		`{"closes_at":null}`: {ClosesAt: Moment{Given: true}},
		`{"opens_at":"2026-05-01T11:00:00Z","closes_at":"2026-05-01T12:00:00.000001Z"}`: {OpensAt: At(past), ClosesAt: At(soon.Local())},
	} {
		raw, err := json.Marshal(e)
		if err != nil || string(raw) != want {
			t.Errorf("written as %s, %v; want %s", raw, err, want)
		}
		var got Edit
		if err := json.Unmarshal(raw, &got); err != nil || !cmp.Equal(e, got) {
			t.Errorf("%s is read as %+v, %v; want %+v", raw, got, err, e)
		}
	}
}

func TestEditTheSchedule(t *testing.T) {
	tests := []struct {
		name    string
		p, want vote.Poll
		edit    string // in JSON
		err     string
	}{
		{"absent: it stays", timed(vote.Draft, noon, future), timed(vote.Draft, noon, future), `{}`, ""},
		{"a time to open", timed(vote.Draft, never, future), timed(vote.Draft, noon, future), `{"opens_at":"2026-05-01T12:00:00Z"}`, ""},
		{"never", timed(vote.Draft, noon, future), timed(vote.Draft, never, never), `{"opens_at":null,"closes_at":""}`, ""},
		{"an end before the beginning", timed(vote.Draft, noon, never), vote.Poll{}, `{"closes_at":"2026-05-01T11:00:00Z"}`, "schedule.order"},
		{"an open poll is to close", timed(vote.Open, never, never), timed(vote.Open, never, noon), `{"closes_at":"2026-05-01T12:00:00Z"}`, ""},
		{"an open poll is not to open", timed(vote.Open, never, noon), vote.Poll{}, `{"opens_at":"2026-05-01T12:00:00Z"}`, "edit.opens_at"},
		{"an open poll never opens", timed(vote.Open, never, noon), timed(vote.Open, never, noon), `{"opens_at":null}`, ""},
		{"a closing poll is to open again", timed(vote.Closing, never, never), timed(vote.Closing, noon, never), `{"opens_at":"2026-05-01T12:00:00Z"}`, ""},
		{"a closed poll is to open again", timed(vote.Closed, never, past), timed(vote.Closed, noon, future), `{"opens_at":"2026-05-01T12:00:00Z","closes_at":"2026-05-01T13:00:00Z"}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e Edit
			if err := json.Unmarshal([]byte(tt.edit), &e); err != nil {
				t.Fatal(err)
			}
			got, err := e.Apply(tt.p)
			if tt.err != "" {
				if !broke(err, tt.err) {
					t.Errorf("got %v, want an error with %q", err, tt.err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestOnlySchedule(t *testing.T) {
	zero, kind := vote.Limit(0), vote.Single
	for _, e := range []Edit{{}, {OpensAt: At(noon)}, {ClosesAt: At(never)}} {
		if !e.OnlySchedule() {
			t.Errorf("%+v changes more than the schedule", e)
		}
	}
	for _, e := range []Edit{
		{Question: new("")}, {Kind: &kind}, {Options: []OptionText{}}, {Min: &zero}, {Max: &zero, ClosesAt: At(noon)},
	} {
		if e.OnlySchedule() {
			t.Errorf("%+v changes the schedule only", e)
		}
	}
}

func TestEditADraft(t *testing.T) {
	labels := func(l ...string) (texts []OptionText) {
		for _, label := range l {
			texts = append(texts, OptionText{Label: label})
		}
		return texts
	}
	all, some, points := tea(vote.Multiple), tea(vote.Multiple), tea(vote.Score)
	all.Min, all.Max = 1, 4
	tests := []struct {
		name string
		poll vote.Poll
		edit Edit
		want func(*vote.Poll)
		err  string
	}{
		{name: "nothing", poll: some, want: func(*vote.Poll) {}},
		{name: "the question", poll: some, edit: Edit{Question: new(" Tea? ")}, want: func(p *vote.Poll) { p.Question = "Tea?" }},
		{name: "a question that is none", poll: some, edit: Edit{Question: new("")}, err: "question.empty"},
		{name: "the kind, which has limits of its own", poll: some, edit: Edit{Kind: new(vote.Score)}, want: func(p *vote.Poll) { p.Kind, p.Min, p.Max, p.Rule = vote.Score, 0, 5, "score/1" }},
		{name: "the kind, to one without limits", poll: some, edit: Edit{Kind: new(vote.Ranked)}, want: func(p *vote.Poll) { p.Kind, p.Min, p.Max, p.Rule = vote.Ranked, 0, 0, "irv/1" }},
		{name: "kind and limits", poll: points, edit: Edit{Kind: new(vote.Multiple), Max: new(vote.Limit(2))}, want: func(p *vote.Poll) { p.Kind, p.Min, p.Max, p.Rule = vote.Multiple, 1, 2, "approval/1" }},
		{name: "a limit", poll: points, edit: Edit{Max: new(vote.Limit(10))}, want: func(p *vote.Poll) { p.Max = 10 }},
		{name: "a limit that can't be", poll: points, edit: Edit{Max: new(vote.Limit(0))}, err: "poll.score.limits"},
		{
			name: "fewer options, all of which may be chosen", poll: all, edit: Edit{Options: labels("Green", "Black")},
			want: func(p *vote.Poll) {
				p.Options, p.Max = []vote.Option{{ID: "a", Label: "Green"}, {ID: "b", Label: "Black"}}, 2
			},
		},
		{
			name: "more options, of which as many as before", poll: some, edit: Edit{Options: labels("1", "2", "3", "4", "5")},
			want: func(p *vote.Poll) {
				p.Options = []vote.Option{{ID: "a", Label: "1"}, {ID: "b", Label: "2"}, {ID: "c", Label: "3"}, {ID: "d", Label: "4"}, {ID: "e", Label: "5"}}
			},
		},
		{
			name: "fewer options than may be chosen", poll: some, edit: Edit{Options: labels("1", "2")}, err: "poll.multiple.limits",
		},
		{
			name: "options and limits", poll: all, edit: Edit{Options: labels("1", "2", "3"), Max: new(vote.Limit(2))},
			want: func(p *vote.Poll) {
				p.Options, p.Max = []vote.Option{{ID: "a", Label: "1"}, {ID: "b", Label: "2"}, {ID: "c", Label: "3"}}, 2
			},
		},
		{
			name: "the number of options leaves the points", poll: points, edit: Edit{Options: labels("1", "2")},
			want: func(p *vote.Poll) { p.Options = []vote.Option{{ID: "a", Label: "1"}, {ID: "b", Label: "2"}} },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.poll.Status = vote.Draft
			got, err := tt.edit.Apply(tt.poll)
			if tt.err != "" {
				if !broke(err, tt.err) {
					t.Errorf("got %v, want an error with %q", err, tt.err)
				}
				return
			}
			want := tt.poll
			tt.want(&want)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Once a poll has opened, ballots that were cast must go on meaning the same.
func TestEditAfterOpening(t *testing.T) {
	same := []OptionText{{ID: "a", Label: "Assam!"}, {ID: "b", Label: "Bancha!"}, {ID: "c", Label: "Ceylon!"}, {ID: "d", Label: "Darjeeling!"}}
	swapped := []OptionText{same[1], same[0], same[2], same[3]}
	tests := []struct {
		name string
		edit Edit
		ok   bool
	}{
		{"no words", Edit{Question: new(tea(vote.Multiple).Question)}, true},
		{"limits as they are", Edit{Min: new(vote.Limit(2)), Max: new(vote.Limit(3))}, true},
		{"the kind", Edit{Kind: new(vote.Score)}, false},
		{"a limit", Edit{Max: new(vote.Limit(4))}, false},
		{"an option less", Edit{Options: same[:3]}, false},
		{"the order of options", Edit{Options: swapped}, false},
		{"another id", Edit{Options: append([]OptionText{{ID: "e", Label: "Assam"}}, same[1:]...)}, false},
	}
	for _, status := range []vote.Status{vote.Open, vote.Closing, vote.Closed} {
		for _, tt := range tests {
			p := tea(vote.Multiple)
			p.Status = status
			got, err := tt.edit.Apply(p)
			switch {
			case tt.ok && err != nil:
				t.Errorf("%s, %s: %v", status, tt.name, err)
			case !tt.ok && status != vote.Open && !errors.Is(err, vote.ErrFinal):
				t.Errorf("%s, %s: %v does not say that the poll is over", status, tt.name, err)
			case !tt.ok && (!errors.Is(err, vote.ErrInvalid) || !cmp.Equal(p, got)):
				t.Errorf("%s, %s: got %+v, %v; want it refused", status, tt.name, got, err)
			}
			if p.Options[0].Label != "Assam" {
				t.Fatalf("%s, %s: the poll itself was changed", status, tt.name)
			}
		}
	}
}
