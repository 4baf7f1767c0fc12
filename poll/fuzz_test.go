package poll

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"popeye/vote"
)

// No cookie but one that we signed is a voter's.
func FuzzCookie(f *testing.F) {
	key := []byte(strings.Repeat("k", minKey))
	id := strings.Repeat("0", 32)
	good := id + "." + sign(key, id)
	for _, seed := range []string{
		good, id, id + ".", "." + sign(key, ""), good[:len(good)-1], good + "A", strings.ToUpper(good), "", ".", "..", "\x00", `"` + good + `"`,
	} {
		f.Add("voter_id=" + seed)
	}
	f.Add("voter_id=x; voter_id=" + good)
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", header)
		got, ok := knownVoter(r, key)
		if !ok {
			return
		}
		if !strings.Contains(header, got+"."+sign(key, got)) || vote.ValidateVoter(got) != nil {
			t.Errorf("%q made the voter %q", header, got)
		}
		if _, ok := knownVoter(r, []byte(strings.Repeat("x", minKey))); ok {
			t.Errorf("%q is good for any key", header)
		}
	})
}

// FuzzChoice: whatever the browser remembers, the page shows the poll.
func FuzzChoice(f *testing.F) {
	p := examples()[1]
	for _, seed := range []string{"b", "", "z", "a.b", "<script>", "\x00", "a=1"} {
		f.Add(born(p) + choiceSeparator + seed)
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", choiceName(p.Slug)+"="+value)
		if b := remembered(r, p); b != "" && p.Read(b) == nil {
			t.Errorf("%q was remembered as %q", value, b)
		}
	})
}

var fuzzedSlugs = []string{"default", "single", "multiple", "ranked", "score", "draft", "closed"}

// FuzzForm: no form makes the station fail, and it records what can be counted
// or says why not. The fake queue checks what it is given.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"vote=a", "vote=a&vote=b", "vote=", "", "vote=%zz", "vote=%00", "vote=a&id=1", "vote=a&id=%00", "vote=a;b", "%=%",
		"rank-a=1&rank-b=2", "rank-a=1&rank-b=1", "score-a=4", "score-a=-1&score-b=", "vote=b>a", "vote=a=4",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := newWorld(t)
		for _, slug := range fuzzedSlugs {
			before := len(w.casts())
			got := w.ask(request("POST", "/p/"+slug, body))
			recorded := len(w.casts()) - before
			if got.StatusCode >= 500 || (got.StatusCode == http.StatusSeeOther) != (recorded == 1) {
				t.Errorf("%s %q: status %d, %d votes recorded", slug, body, got.StatusCode, recorded)
			}
		}
	})
}

// FuzzCastJSON is FuzzForm for programs, who also choose the address.
func FuzzCastJSON(f *testing.F) {
	for _, seed := range []string{
		`{"vote":"a"}`, `{"vote":["a","b"]}`, `{"vote":{"a":4}}`, `{"vote":"a","id":"1"}`, `{"vote":null}`, `{}`, `[]`, `null`, ``,
		`{"vote":"a"} {}`, `{"vote":"\u0000"}`, `{"vote":"a","id":"\u0000"}`, `{"vote":1e999}`, `{"vote":{"a":null}}`, `{"x":1}`, `{"vote":"a"`,
	} {
		f.Add("default", []byte(seed))
	}
	f.Add("no such poll", []byte(`{"vote":"a"}`))
	f.Add("..\x00/", []byte(`{"vote":"a"}`))
	f.Fuzz(func(t *testing.T, slug string, body []byte) {
		for _, slug := range append(fuzzedSlugs, url.PathEscape(slug)) {
			if slug == "" || strings.Trim(slug, ".") == "" {
				continue // another address
			}
			w := newWorld(t)
			got := w.ask(request("POST", "/api/v1/polls/"+slug+"/votes", string(body)))
			recorded := len(w.casts())
			if got.StatusCode >= 500 || (got.StatusCode == http.StatusAccepted) != (recorded == 1) {
				t.Errorf("%q %q: status %d, %d votes recorded", slug, body, got.StatusCode, recorded)
			}
			if !json.Valid([]byte(got.body)) {
				t.Errorf("%q %q: %q is not JSON", slug, body, got.body)
			}
		}
	})
}
