package vote

import (
	"encoding/json"
	"errors"
	"net/url"
	"testing"
)

// accepted fails unless a ballot that was let in is canonical and can be read,
// and a refusal is one that a voter may see.
func accepted(t *testing.T, p Poll, b Ballot, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, ErrInvalid) || b != "" || len(err.Error()) > 500 {
			t.Errorf("%s: got %q, %v", p.Kind, b, err)
		}
		return
	}
	if again, err := ParseBallot(p, string(b)); err != nil || again != b {
		t.Errorf("%s: %q is not canonical: %q, %v", p.Kind, b, again, err)
	}
	if len(b) > MaxBallot || p.Read(b) == nil {
		t.Errorf("%s: %q can't be read", p.Kind, b)
	}
}

func FuzzParseBallot(f *testing.F) {
	for _, seed := range []string{
		"a", "a,c", "c,a", "b>a>c", "a=4,b=2", "b=2,a=4", "", ",", ">", "=", "a,a", "a>a", "a=1,a=2", "a=", "=1",
		"a=01", "a=-1", "a=99999999999999999999", "a,b,c,d", "A", "a\x00", "\xff", "á",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range Kinds {
			p := tea(kind)
			b, err := ParseBallot(p, s)
			accepted(t, p, b, err)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{
		`"a"`, `["a","c"]`, `["b","a"]`, `{"a":4,"b":2}`, `"a,c"`, `"b>a"`, `"a=4"`, `null`, `[]`, `{}`, `""`, `[null]`,
		`{"a":null}`, `{"a":1.5}`, `{"a":1e300}`, `{"a":-0.0}`, `{"":1}`, `{"a":1,"a":2}`, `[[]]`, `"\ud800"`, `"\u0000"`, `x`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, kind := range Kinds {
			p := tea(kind)
			b, err := ParseJSON(p, json.RawMessage(raw))
			accepted(t, p, b, err)
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
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for _, kind := range Kinds {
			p := tea(kind)
			b, err := ParseForm(p, form)
			accepted(t, p, b, err)
		}
	})
}
