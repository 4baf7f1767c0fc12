package vote

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzedPolls are polls of every kind: with plain ids, and with ids that look
// like separators, numbers, and beginnings of one another.
func fuzzedPolls() []Poll {
	var polls []Poll
	for _, kind := range Kinds {
		odd := Poll{Slug: "odd", Question: "?", Kind: kind, Status: Open}
		for _, id := range []string{"a", "-", "_", "0", "a-b", "aa", "1"} {
			odd.Options = append(odd.Options, Option{ID: id, Label: "label of " + id})
		}
		odd.Min, odd.Max = DefaultLimits(kind, len(odd.Options))
		polls = append(polls, tea(kind), odd)
	}
	return polls
}

// accepted fails unless a ballot that was let in is canonical, whichever way
// it comes, and counts; and a refusal is one that a voter may see.
func accepted(t *testing.T, p Poll, b Ballot, err error) {
	t.Helper()
	if err != nil {
		refused(t, err)
		if b != "" {
			t.Errorf("%s: %q was refused and returned", p.Kind, b)
		}
		return
	}
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err1 := ParseBallot(p, string(b))
	json, err2 := ParseJSON(p, raw)
	form, err3 := ParseForm(p, map[string][]string{"vote": {string(b)}})
	if err := errors.Join(err1, err2, err3); err != nil || again != b || json != b || form != b {
		t.Errorf("%s: %q became %q, %q, %q: %v", p.Kind, b, again, json, form, err)
	}
	if len(b) > MaxBallot {
		t.Errorf("%s: a ballot of %d bytes", p.Kind, len(b))
	}
	reads(t, p, b)
}

// reads checks that a ballot of p says something, and that one beside it is none.
func reads(t *testing.T, p Poll, b Ballot) {
	t.Helper()
	if p.Read(b) == nil || p.Read(b+"!") != nil {
		t.Fatalf("%s: %q reads as %v, and %q as %v", p.Kind, b, p.Read(b), b+"!", p.Read(b+"!"))
	}
}

// refused fails unless an error is fit for who sent the thing: one line of
// bounded length, whatever was sent.
func refused(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if !errors.Is(err, ErrInvalid) || len(text) > 500 || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n") {
		t.Errorf("the refusal is %.600q", text)
	}
}

func FuzzParseBallot(f *testing.F) {
	for _, seed := range []string{
		"a", "a,c", "c,a", "b>a>c", "a=4,b=2", "b=2,a=4", "", ",", ">", "=", "a,a", "a>a", "a=1,a=2", "a=", "=1",
		"a=01", "a=-1", "a=99999999999999999999", "a,b,c,d", "A", "a\x00", "\xff", "á",
	} {
		f.Add(seed)
	}
	polls := fuzzedPolls()
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range polls {
			b, err := ParseBallot(p, s)
			accepted(t, p, b, err)
			if err == nil && !slices.Equal(parts(p, s), parts(p, string(b))) {
				t.Errorf("%s: %q became %q", p.Kind, s, b)
			}
			// A row may hold anything: it counts if it is canonical, and else as invalid.
			canonical := err == nil && string(b) == s
			if c := p.Read(Ballot(s)); (c != nil) != canonical {
				t.Errorf("%s: a row with %q counts as %+v", p.Kind, s, c)
			}
		}
	})
}

// parts returns what a ballot says, in order where the order says nothing.
func parts(p Poll, ballot string) []string {
	if p.Kind == Single || p.Kind == Ranked {
		return []string{ballot}
	}
	return slices.Sorted(strings.SplitSeq(ballot, sepList))
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{
		`"a"`, `["a","c"]`, `["b","a"]`, `{"a":4,"b":2}`, `"a,c"`, `"b>a"`, `"a=4"`, `null`, `[]`, `{}`, `""`, `[null]`,
		`{"a":null}`, `{"a":1.5}`, `{"a":1e300}`, `{"a":-0.0}`, `{"":1}`, `{"a":1,"a":2}`, `[[]]`, `"\ud800"`, `"\u0000"`, `x`, ``,
	} {
		f.Add([]byte(seed))
	}
	polls := fuzzedPolls()
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, p := range polls {
			b, err := ParseJSON(p, json.RawMessage(raw))
			accepted(t, p, b, err)
			if err == nil && !json.Valid(raw) {
				t.Errorf("%s: %q is not JSON, and a vote", p.Kind, raw)
			}
		}
	})
}

func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{
		"vote=a", "vote=a&vote=c", "vote=a,c", "vote=b>a", "vote=a%3D4", "vote=", "", "vote=a&vote=a", "vote=%00",
		"rank-a=1&rank-b=2", "rank-a=1&rank-b=1", "rank-a=0", "rank-a=-9223372036854775808&rank-b=9223372036854775807",
		"rank-a=1&rank-a=2", "rank-=1", "score-a=4&score-b=2", "score-a=99", "score-a=+4+", "score-a=x", "score-a=&score-b=",
	} {
		f.Add(seed)
	}
	polls := fuzzedPolls()
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for _, p := range polls {
			b, err := ParseForm(p, form)
			accepted(t, p, b, err)
		}
	})
}

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,` + strconv.Itoa(MaxSlug-2) + `}[a-z0-9])?$`)

// FuzzSlug: a slug is what its form says.
func FuzzSlug(f *testing.F) {
	for _, seed := range []string{"Where to?", "", "---", "\u212a", "\xff", "İstanbul", "a", "-a-", strings.Repeat("a-", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := ValidateSlug(s); (err == nil) != slugForm.MatchString(s) {
			t.Errorf("%q: %v", s, err)
		} else if err != nil {
			refused(t, err)
		}
	})
}
