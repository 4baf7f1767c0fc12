package vote

import (
	"errors"
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
		{"a kind that is none", Single, func(p *Poll) { p.Kind = "quiz" }, `kind "quiz" is none of single, multiple, ranked, score`},
		{"no kind", Single, func(p *Poll) { p.Kind = "" }, `kind "" is none of`},
		{"a status that is none", Single, func(p *Poll) { p.Status = "deleted" }, `status "deleted" is none of draft, open, closing, closed`},
		{"a slug that is none", Single, func(p *Poll) { p.Slug = "A" }, "a poll's name"},

		{"the longest question", Single, func(p *Poll) { p.Question = strings.Repeat("é", MaxQuestion) }, ""},
		{"a question that is too long", Single, func(p *Poll) { p.Question = strings.Repeat("é", MaxQuestion+1) }, "the question is longer than 300 characters"},
		{"no question", Single, func(p *Poll) { p.Question = " \t" }, "the question is empty"},
		{"a question with NUL", Single, func(p *Poll) { p.Question = "a\x00b" }, "the question holds a control character"},
		{"a question of two lines", Single, func(p *Poll) { p.Question = "a\nb" }, "the question holds a control character"},
		{"a question that is no text", Single, func(p *Poll) { p.Question = "a\xff" }, "the question is not UTF-8 text"},

		{"one option", Single, func(p *Poll) { p.Options = p.Options[:1] }, "2 to 100 options, not 1"},
		{"no options", Single, func(p *Poll) { p.Options = nil }, "2 to 100 options, not 0"},
		{"the most options", Single, func(p *Poll) { p.Options = widest(Single).Options }, ""},
		{"too many options", Single, func(p *Poll) { p.Options = append(widest(Single).Options, Option{"y", "y"}) }, "2 to 100 options, not 101"},
		{"two options with one id", Single, func(p *Poll) { p.Options[3].ID = "a" }, `two options have the id "a"`},
		{"two options with one label", Single, func(p *Poll) { p.Options[3].Label = p.Options[0].Label }, "voters could not tell them apart"},
		{"an option without an id", Single, func(p *Poll) { p.Options[1].ID = "" }, `option 2: the id "" must be`},
		{"an id with a separator", Single, func(p *Poll) { p.Options[0].ID = "a,b" }, `option 1: the id "a,b" must be`},
		{"an id that is too long", Single, func(p *Poll) { p.Options[0].ID = strings.Repeat("x", MaxOptionID+1) }, "must be 1 to 32"},
		{"every character of an id", Single, func(p *Poll) { p.Options[0].ID = "-az_09" }, ""},
		{"no label", Single, func(p *Poll) { p.Options[2].Label = "" }, "the label of option 3 is empty"},
		{"the longest label", Single, func(p *Poll) { p.Options[2].Label = strings.Repeat("海", MaxLabel) }, ""},
		{"a label that is too long", Single, func(p *Poll) { p.Options[2].Label = strings.Repeat("海", MaxLabel+1) }, "the label of option 3 is longer than 120 characters"},

		{"limits in a single poll", Single, func(p *Poll) { p.Max = 1 }, "for multiple and score polls only"},
		{"limits in a ranked poll", Ranked, func(p *Poll) { p.Min = 1 }, "for multiple and score polls only"},
		{"at least none of several", Multiple, func(p *Poll) { p.Min = 0 }, "1 <= min <= max <= 4 options, not min 0 and max 3"},
		{"exactly some of several", Multiple, func(p *Poll) { p.Min, p.Max = 3, 3 }, ""},
		{"max below min", Multiple, func(p *Poll) { p.Min, p.Max = 3, 2 }, "not min 3 and max 2"},
		{"more than there are", Multiple, func(p *Poll) { p.Max = 5 }, "not min 2 and max 5"},
		{"negative points", Score, func(p *Poll) { p.Min = -1 }, "0 <= min < max <= 100 points, not min -1 and max 5"},
		{"one number of points", Score, func(p *Poll) { p.Min, p.Max = 3, 3 }, "not min 3 and max 3"},
		{"the most points", Score, func(p *Poll) { p.Min, p.Max = 0, MaxPoints }, ""},
		{"too many points", Score, func(p *Poll) { p.Max = MaxPoints + 1 }, "not min 1 and max 101"},

		{"a schedule", Single, func(p *Poll) { p.OpensAt, p.ClosesAt = past, noon }, ""},
		{"a time to open", Single, func(p *Poll) { p.OpensAt = noon }, ""},
		{"a time to close", Single, func(p *Poll) { p.ClosesAt = noon }, ""},
		{"an end before the beginning", Single, func(p *Poll) { p.OpensAt, p.ClosesAt = noon, past }, "closes_at must be after that in opens_at"},
		{"no time in between", Single, func(p *Poll) { p.OpensAt, p.ClosesAt = noon, noon }, "closes_at must be after that in opens_at"},
		{"the first moment", Single, func(p *Poll) { p.OpensAt = time.Unix(0, 0) }, ""},
		{"before the first moment", Single, func(p *Poll) { p.OpensAt = time.Unix(0, -1) }, "years 1970 to 9999, not 1969"},
		{"the last moment", Single, func(p *Poll) { p.ClosesAt = lastMoment }, ""},
		{"after the last moment, which no JSON can hold", Single, func(p *Poll) { p.ClosesAt = lastMoment.Add(time.Microsecond) }, "years 1970 to 9999, not 10000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tea(tt.kind)
			tt.change(&p)
			err := p.Validate()
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.err != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.err)):
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
