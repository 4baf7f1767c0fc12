package vote

import (
	"strings"
	"testing"
	"time"
)

// lastMoment is the last one that a schedule can name.
var lastMoment = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)

func TestValidatePoll(t *testing.T) {
	tests := []struct {
		name   string
		kind   Kind
		change func(*Poll)
		err    string // part of it; "" when the poll is valid
	}{
		{"single", Single, func(*Poll) {}, ""},
		{"multiple", Multiple, func(*Poll) {}, ""},
		{"ranked", Ranked, func(*Poll) {}, ""},
		{"score", Score, func(*Poll) {}, ""},
		{"a kind that is none", Single, func(p *Poll) { p.Kind = "quiz" }, "poll.kind"},
		{"no kind", Single, func(p *Poll) { p.Kind = "" }, "poll.kind"},
		{"a status that is none", Single, func(p *Poll) { p.Status = "deleted" }, "poll.status"},
		{"a slug that is none", Single, func(p *Poll) { p.Slug = "A" }, "poll.slug"},

		{"the longest question", Single, func(p *Poll) { p.Question = strings.Repeat("é", MaxQuestion) }, ""},
		{"a question that is too long", Single, func(p *Poll) { p.Question = strings.Repeat("é", MaxQuestion+1) }, "question.long"},
		{"no question", Single, func(p *Poll) { p.Question = " \t" }, "question.empty"},
		{"a question with NUL", Single, func(p *Poll) { p.Question = "a\x00b" }, "question.control"},
		{"a question of two lines", Single, func(p *Poll) { p.Question = "a\nb" }, "question.control"},
		{"a question that is no text", Single, func(p *Poll) { p.Question = "a\xff" }, "question.utf8"},

		{"one option", Single, func(p *Poll) { p.Options = p.Options[:1] }, "options.number"},
		{"no options", Single, func(p *Poll) { p.Options = nil }, "options.number"},
		{"the most options", Single, func(p *Poll) { p.Options = widest(Single).Options }, ""},
		{"too many options", Single, func(p *Poll) { p.Options = append(widest(Single).Options, Option{ID: "y", Label: "y"}) }, "options.number"},
		{"two options with one id", Single, func(p *Poll) { p.Options[3].ID = "a" }, "option.same_id"},
		{"two options with one label", Single, func(p *Poll) { p.Options[3].Label = p.Options[0].Label }, "label.same"},
		{"an option without an id", Single, func(p *Poll) { p.Options[1].ID = "" }, "option.id"},
		{"an id with a separator", Single, func(p *Poll) { p.Options[0].ID = "a,b" }, "option.id"},
		{"an id that is too long", Single, func(p *Poll) { p.Options[0].ID = strings.Repeat("x", MaxOptionID+1) }, "option.id"},
		{"every character of an id", Single, func(p *Poll) { p.Options[0].ID = "-az_09" }, ""},
		{"no label", Single, func(p *Poll) { p.Options[2].Label = "" }, "label.empty"},
		{"the longest label", Single, func(p *Poll) { p.Options[2].Label = strings.Repeat("海", MaxLabel) }, ""},
		{"a label that is too long", Single, func(p *Poll) { p.Options[2].Label = strings.Repeat("海", MaxLabel+1) }, "label.long"},
		{"a note", Single, func(p *Poll) { p.Options[2].Note = "from Sri Lanka" }, ""},
		{"two options with one note", Single, func(p *Poll) { p.Options[2].Note, p.Options[3].Note = "black", "black" }, ""},
		{"the longest note", Single, func(p *Poll) { p.Options[2].Note = strings.Repeat("海", MaxNote) }, ""},
		{"a note that is too long", Single, func(p *Poll) { p.Options[2].Note = strings.Repeat("海", MaxNote+1) }, "note.long"},
		{"a note of blanks", Single, func(p *Poll) { p.Options[2].Note = "  " }, "note.empty"},
		{"a note of two lines", Single, func(p *Poll) { p.Options[2].Note = "a\nb" }, "note.control"},
		{"a note that turns the line round", Single, func(p *Poll) { p.Options[2].Note = "a\u202eb" }, "note.control"},
		{"a note that is no text", Single, func(p *Poll) { p.Options[2].Note = "a\xff" }, "note.utf8"},

		{"limits in a single poll", Single, func(p *Poll) { p.Max = 1 }, "poll.no_limits"},
		{"limits in a ranked poll", Ranked, func(p *Poll) { p.Min = 1 }, "poll.no_limits"},
		{"at least none of several", Multiple, func(p *Poll) { p.Min = 0 }, "poll.multiple.limits"},
		{"exactly some of several", Multiple, func(p *Poll) { p.Min, p.Max = 3, 3 }, ""},
		{"max below min", Multiple, func(p *Poll) { p.Min, p.Max = 3, 2 }, "poll.multiple.limits"},
		{"more than there are", Multiple, func(p *Poll) { p.Max = 5 }, "poll.multiple.limits"},
		{"negative points", Score, func(p *Poll) { p.Min = -1 }, "poll.score.limits"},
		{"one number of points", Score, func(p *Poll) { p.Min, p.Max = 3, 3 }, "poll.score.limits"},
		{"the most points", Score, func(p *Poll) { p.Min, p.Max = 0, MaxPoints }, ""},
		{"too many points", Score, func(p *Poll) { p.Max = MaxPoints + 1 }, "poll.score.limits"},

		{"a schedule", Single, func(p *Poll) { p.OpensAt, p.ClosesAt = past, noon }, ""},
		{"a time to open", Single, func(p *Poll) { p.OpensAt = noon }, ""},
		{"a time to close", Single, func(p *Poll) { p.ClosesAt = noon }, ""},
		{"an end before the beginning", Single, func(p *Poll) { p.OpensAt, p.ClosesAt = noon, past }, "schedule.order"},
		{"no time in between", Single, func(p *Poll) { p.OpensAt, p.ClosesAt = noon, noon }, "schedule.order"},
		{"the first moment", Single, func(p *Poll) { p.OpensAt = time.Unix(0, 0) }, ""},
		{"before the first moment", Single, func(p *Poll) { p.OpensAt = time.Unix(0, -1) }, "schedule.year"},
		{"the last moment", Single, func(p *Poll) { p.ClosesAt = lastMoment }, ""},
		{"after the last moment, which no JSON can hold", Single, func(p *Poll) { p.ClosesAt = lastMoment.Add(time.Microsecond) }, "schedule.year"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tea(tt.kind)
			tt.change(&p)
			err := p.Validate()
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.err != "" && !broke(err, tt.err):
				t.Errorf("got %v, want an error with %q", err, tt.err)
			}
		})
	}
}

func TestOption(t *testing.T) {
	p := tea(Single)
	if o, ok := p.Option("c"); !ok || o.Label != "Ceylon" {
		t.Errorf("got %v, %v", o, ok)
	}
	if o, ok := p.Option("e"); ok || o != (Option{}) {
		t.Errorf("got %v, %v for an option that is none", o, ok)
	}
}

func TestOptionID(t *testing.T) {
	for i, want := range map[int]string{0: "a", 1: "b", 25: "z", 26: "aa", 27: "ab", 51: "az", 52: "ba", 99: "cv"} {
		if got := OptionID(i); got != want {
			t.Errorf("OptionID(%d) is %q, want %q", i, got, want)
		}
	}
	seen := map[string]bool{}
	for i := range MaxOptions {
		id := OptionID(i)
		if seen[id] || !isOptionID(id) {
			t.Errorf("OptionID(%d) is %q: not valid, or there before", i, id)
		}
		seen[id] = true
	}
}
