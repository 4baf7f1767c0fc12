package vote

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tea is a poll of the given kind with options a to d: multiple takes 2 or 3 of
// them, score gives 1 to 5 points.
func tea(kind Kind) Poll {
	p := Poll{
		Slug: "tea", Question: "Which tea?", Kind: kind, Status: Open,
		Options: []Option{{ID: "a", Label: "Assam"}, {ID: "b", Label: "Bancha"}, {ID: "c", Label: "Ceylon"}, {ID: "d", Label: "Darjeeling"}},
	}
	switch kind {
	case Multiple:
		p.Min, p.Max = 2, 3
	case Score:
		p.Min, p.Max = 1, 5
	case Single, Ranked:
	}
	return p
}

// broke reports whether err is an Error of that code.
func broke(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code && errors.Is(err, ErrInvalid)
}

// check compares a ballot or the code of an error with what is expected.
func check(t *testing.T, got Ballot, err error, want Ballot, wantErr string) {
	t.Helper()
	if wantErr == "" {
		if err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
		return
	}
	if !broke(err, wantErr) {
		t.Errorf("got %q, %v\nwant the error %s", got, err, wantErr)
	}
	if got != "" {
		t.Errorf("an error, and yet the ballot %q", got)
	}
}

func TestParseBallot(t *testing.T) {
	const unknown = "ballot.unknown_option"
	tests := []struct {
		name string
		kind Kind
		in   string
		want Ballot
		err  string
	}{
		{"single", Single, "a", "a", ""},
		{"nothing", Single, "", "", "ballot.empty"},
		{"two where one is asked", Single, "a,b", "", unknown},
		{"a label is no id", Single, "Assam", "", unknown},
		{"upper case", Single, "A", "", unknown},
		{"white space", Single, " a", "", unknown},
		{"NUL", Single, "a\x00", "", unknown},
		{"not UTF-8", Single, "\xff", "", unknown},
		{"a long one is cut in the message", Single, strings.Repeat("x", 41), "", unknown},
		{"a character is not cut in half", Single, strings.Repeat("é", 21), "", unknown},
		{"longer than any ballot", Single, strings.Repeat("x", MaxBallot+1), "", "ballot.long"},

		{"several", Multiple, "a,c", "a,c", ""},
		{"several in another order", Multiple, "d,a,c", "a,c,d", ""},
		{"too few", Multiple, "a", "", "ballot.multiple.between"},
		{"too many", Multiple, "a,b,c,d", "", "ballot.multiple.between"},
		{"none of several", Multiple, "", "", "ballot.empty"},
		{"twice", Multiple, "a,b,a", "", "ballot.twice"},
		{"a comma too much", Multiple, "a,b,", "", unknown},
		{"ranked in a multiple poll", Multiple, "a>b", "", unknown},

		{"ranked", Ranked, "b>a>c", "b>a>c", ""},
		{"one is ranked", Ranked, "d", "d", ""},
		{"all are ranked", Ranked, "d>c>b>a", "d>c>b>a", ""},
		{"nothing is ranked", Ranked, "", "", "ballot.empty"},
		{"ranked twice", Ranked, "b>a>b", "", "ballot.twice"},
		{"a place left empty", Ranked, "b>>a", "", unknown},
		{"several in a ranked poll", Ranked, "a,b", "", unknown},

		{"scores", Score, "a=4,b=2", "a=4,b=2", ""},
		{"scores in another order", Score, "c=1,a=5", "a=5,c=1", ""},
		{"no scores", Score, "", "", "ballot.empty"},
		{"too few points", Score, "a=0", "", "ballot.score.range"},
		{"too many points", Score, "a=6", "", "ballot.score.range"},
		{"negative points", Score, "a=-1", "", "ballot.score.range"},
		{"scored twice", Score, "a=1,a=2", "", "ballot.twice"},
		{"points for nothing", Score, "x=1", "", unknown},
		{"no points", Score, "a", "", "ballot.score.text"},
		{"a leading zero", Score, "a=04", "", "ballot.score.text"},
		{"a sign", Score, "a=+4", "", "ballot.score.text"},
		{"half a point", Score, "a=1.5", "", "ballot.score.text"},
		{"more than an integer holds", Score, "a=99999999999999999999", "", "ballot.score.text"},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+"/"+tt.name, func(t *testing.T) {
			got, err := ParseBallot(tea(tt.kind), tt.in)
			check(t, got, err, tt.want, tt.err)
		})
	}
}

// The words of a limit are those of a person.
func TestLimitsInWords(t *testing.T) {
	tests := []struct {
		low, high int
		ids       []string
		want      string
	}{
		{1, 1, []string{"a", "b"}, "ballot.multiple.exactly"},
		{2, 2, []string{"a"}, "ballot.multiple.exactly"},
		{1, 3, []string{"a", "b", "c", "d"}, "ballot.multiple.between"},
	}
	for _, tt := range tests {
		p := tea(Multiple)
		p.Min, p.Max = tt.low, tt.high
		b, err := ParseBallot(p, strings.Join(tt.ids, ","))
		check(t, b, err, "", tt.want)
	}
}

// A poll with very many options does not list them all to one who mistyped.
func TestManyOptionsInWords(t *testing.T) {
	p := widest(Single)
	_, err := ParseBallot(p, "x")
	if err == nil || len(err.Error()) > 500 || !strings.Contains(err.Error(), ", ...") {
		t.Errorf("got %v", err)
	}
}

// widest is the poll whose ballots are the longest there can be.
func widest(kind Kind) Poll {
	p := Poll{Slug: "widest", Question: "?", Kind: kind, Status: Open}
	for i := range MaxOptions {
		id := strings.Repeat("x", MaxOptionID-3) + strconv.Itoa(100+i)
		p.Options = append(p.Options, Option{ID: id, Label: id})
	}
	switch kind {
	case Multiple:
		p.Min, p.Max = 1, MaxOptions
	case Score:
		p.Min, p.Max = 0, MaxPoints
	case Single, Ranked:
	}
	return p
}

func TestMaxBallotHoldsTheLongest(t *testing.T) {
	for _, kind := range Kinds {
		p := widest(kind)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		ids, suffix := make([]string, MaxOptions), ""
		if kind == Score {
			suffix = "=" + strconv.Itoa(MaxPoints)
		}
		for i, o := range p.Options {
			ids[i] = o.ID + suffix
		}
		text := map[Kind]string{
			Single: ids[0], Multiple: strings.Join(ids, ","), Ranked: strings.Join(ids, ">"), Score: strings.Join(ids, ","),
		}[kind]
		b, err := ParseBallot(p, text)
		if err != nil || string(b) != text || len(b) > MaxBallot {
			t.Errorf("%s: %d bytes of at most %d: %v", kind, len(text), MaxBallot, err)
		}
		if kind == Score && len(b) < MaxBallot-1 {
			t.Errorf("MaxBallot is %d, and the longest ballot %d", MaxBallot, len(b))
		}
	}
}

func TestRead(t *testing.T) {
	const a, b, c = 0, 1, 2 // the places of the options
	tests := []struct {
		kind   Kind
		ballot Ballot
		want   []Mark
	}{
		{Single, "b", []Mark{{b, 1}}},
		{Multiple, "a,c", []Mark{{a, 1}, {c, 1}}},
		{Ranked, "c>a>b", []Mark{{c, 1}, {a, 2}, {b, 3}}},
		{Score, "a=5,c=2", []Mark{{a, 5}, {c, 2}}},

		{Single, "", nil},
		{Single, "z", nil},
		{Multiple, "c,a", nil}, // says the same as a,c, but is not canonical
		{Multiple, "a", nil},   // too few
		{Ranked, "a>a", nil},
		{Score, "c=2,a=5", nil},
		{Score, "a=9", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tea(tt.kind).Read(tt.ballot)); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", tt.kind, tt.ballot, diff)
		}
	}
}
