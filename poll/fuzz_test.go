package poll

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"popeye/api"
	"popeye/internal/ui"
	"popeye/poll/voter"
	"popeye/vote"
)

// attacked is one station for all inputs of a fuzz target: making one takes
// longer than many requests.
type attacked struct {
	*fixture
	elements map[string]bool // of HTML, that pages have when nobody attacks
}

// next starts the station, and forgets what happened before.
func (a *attacked) next(t *testing.T) {
	if a.fixture == nil {
		a.start(t)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.t, a.cast = t, nil
	clear(a.once)
	a.log.mu.Lock()
	defer a.log.mu.Unlock()
	a.log.all.Reset()
}

// start makes the station and looks at its pages: those of every poll, before
// and after a vote, and what says that there is none.
func (a *attacked) start(t *testing.T) {
	a.fixture, a.elements = newFixture(t), map[string]bool{}
	requests := []*http.Request{request("GET", "/nowhere", "")}
	for _, p := range examples() {
		voted := request("GET", ui.PagePath(p.Slug), "")
		voted.Header.Set("Cookie", voter.ChoiceName(testKey, p.Slug)+"="+p.CreatedKey()+voter.ChoiceSeparator+"b")
		requests = append(requests, voted, request("POST", ui.PagePath(p.Slug), ""))
	}
	for _, r := range requests {
		for _, name := range elements(t, a.ask(r).body) {
			a.elements[name] = true
		}
	}
}

// onlyCast returns the vote that was cast since next, nil if none was. The log
// must not tell whose it is.
func (a *attacked) onlyCast(t *testing.T) *vote.Vote {
	t.Helper()
	casts := a.casts()
	if len(casts) == 0 {
		return nil
	}
	v := &casts[0].Vote
	if len(casts) > 1 || strings.Contains(a.log.text(), v.Voter) {
		t.Errorf("one request cast %d votes, and logged\n%s", len(casts), a.log.text())
	}
	return v
}

// isSound fails unless a page is HTML that nobody put an element into.
func (a *attacked) isSound(t *testing.T, page answer) {
	t.Helper()
	if kind, _, _ := mime.ParseMediaType(page.Header.Get("Content-Type")); kind != "text/html" {
		t.Errorf("status %d: a page of type %q", page.StatusCode, kind)
	}
	for _, name := range elements(t, page.body) {
		if !a.elements[name] {
			t.Errorf("the element %q was put into\n%s", name, page.body)
		}
	}
}

// elements returns the names of a page's elements.
func elements(t *testing.T, page string) (names []string) {
	t.Helper()
	if !utf8.ValidString(page) || !strings.HasPrefix(page, "<!doctype html>") || !strings.Contains(page, "</html>") {
		t.Errorf("not a page:\n%.500q", page)
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, page)
		}
		if start, ok := token.(xml.StartElement); ok {
			names = append(names, start.Name.Local)
		}
	}
}

// FuzzCookie: nobody votes as a voter whose cookie we did not voter.Sign, be it made
// up or one of ours with some of it changed.
func FuzzCookie(f *testing.F) {
	key := []byte(strings.Repeat("k", voter.MinKey))
	id := strings.Repeat("0", 32)
	good := id + "." + voter.Sign(key, id)
	for _, seed := range []string{
		good, id, id + ".", "." + voter.Sign(key, ""), good[:len(good)-1], good + "A", strings.ToUpper(good), "", ".", "..", "\x00", `"` + good + `"`,
	} {
		f.Add("voter_id="+seed, uint8(0), uint8(1))
	}
	f.Add("voter_id=x; voter_id="+good, uint8(255), uint8(128))
	var w attacked
	f.Fuzz(func(t *testing.T, header string, at, bits uint8) {
		w.next(t)
		r := request("POST", "/", "vote=a")
		r.Header.Set("Cookie", header)
		got := w.ask(r)
		v := w.onlyCast(t)
		if got.StatusCode != http.StatusSeeOther || v == nil {
			t.Fatalf("%q: status %d, cast %v", header, got.StatusCode, v)
		}
		signed := v.Voter + "." + voter.Sign(key, v.Voter)
		given := votedCookieOf(got)
		if given == nil || given.Value != signed || v.Voter == id && !strings.Contains(header, good) {
			t.Errorf("%q voted as %q", header, v.Voter)
		}
		changed := []byte(good)
		changed[int(at)%len(changed)] ^= bits
		r = httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "voter_id="+string(changed))
		if id, name := voter.Known(r, key); (name != "") != (bits == 0) {
			t.Errorf("%q is the voter %q: cookie %q", changed, id, name)
		}
		if _, name := voter.Known(r, []byte(strings.Repeat("x", voter.MinKey))); name != "" {
			t.Errorf("%q is good for any key", changed)
		}
	})
}

// FuzzChoice: whatever the browser remembers, the page shows the poll.
func FuzzChoice(f *testing.F) {
	polls := examples()
	for i, p := range polls {
		for _, seed := range []string{"b", "", "z", "a.b", "b>a", "a=4", "<script>", "\x00", "a=1"} {
			f.Add(uint8(i), p.CreatedKey()+voter.ChoiceSeparator+seed)
			f.Add(uint8(i), seed)
		}
	}
	var w attacked
	f.Fuzz(func(t *testing.T, i uint8, value string) {
		w.next(t)
		p := polls[int(i)%len(polls)]
		r := request("GET", ui.PagePath(p.Slug), "")
		r.Header.Set("Cookie", voter.ChoiceName(testKey, p.Slug)+"="+value)
		if b := voter.Remembered(r, testKey, p); b != "" && p.Read(b) == nil {
			t.Errorf("%q was voter.Remembered as %q", value, b)
		}
		page := w.ask(r)
		page.is(t, http.StatusOK, "Which "+p.Slug+"?")
		w.isSound(t, page)
		if p.Status == vote.Draft {
			page.hides(t, "Assam", "Bancha", "Ceylon")
		}
	})
}

var fuzzedSlugs = []string{"default", "single", "multiple", "ranked", "score", "draft", "closed"}

// The kinds of form that FuzzForm sends: text/plain is none.
var fuzzedForms = []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"}

// FuzzForm: no form makes the station fail, and it records what can be counted
// or says why not. The fake queue checks what it is given.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"vote=a", "vote=a&vote=b", "vote=", "", "vote=%zz", "vote=%00", "vote=a&id=1", "vote=a&id=%00", "vote=a;b", "%=%",
		"rank-a=1&rank-b=2", "rank-a=1&rank-b=1", "score-a=4", "score-a=-1&score-b=", "vote=b>a", "vote=a=4",
	} {
		for i := range fuzzedSlugs {
			f.Add(uint8(0), uint8(i), seed)
		}
	}
	f.Add(uint8(1), uint8(0), "--x\r\nContent-Disposition: form-data; name=\"vote\"\r\n\r\na\r\n--x--\r\n")
	f.Add(uint8(2), uint8(0), "vote=a")
	var w attacked
	f.Fuzz(func(t *testing.T, kind, i uint8, body string) {
		w.next(t)
		slug := fuzzedSlugs[int(i)%len(fuzzedSlugs)]
		r := request("POST", ui.PagePath(slug), body)
		r.Header.Set("Content-Type", fuzzedForms[int(kind)%len(fuzzedForms)])
		w.answersForm(t, slug, w.ask(r))
	})
}

// answersForm fails unless a form was answered by what became of it.
func (a *attacked) answersForm(t *testing.T, slug string, got answer) {
	t.Helper()
	v := a.onlyCast(t)
	if (got.StatusCode == http.StatusSeeOther) != (v != nil) {
		t.Errorf("%s: status %d, recorded %+v", slug, got.StatusCode, v)
	}
	switch got.StatusCode {
	case http.StatusSeeOther:
		r := request("GET", got.Header.Get("Location"), "")
		for _, c := range got.Cookies() {
			r.AddCookie(c)
		}
		p, err := a.Poll(t.Context(), slug)
		if b := voter.Remembered(r, testKey, p); err != nil || v == nil || b != v.Ballot || v.Poll != slug {
			t.Errorf("%s: recorded %+v, and the browser remembers %q: %v", slug, v, b, err)
		}
	case 400, 403, 409, 413, 415, 422:
		a.isSound(t, got)
	default:
		t.Errorf("%s: status %d:\n%s", slug, got.StatusCode, got.body)
	}
}

// refusals are the documented answers to a program whose vote is not recorded.
var refusals = map[int][]string{
	400: {"malformed"}, 404: {"no_poll", "not_found"}, 409: {"not_open"}, 413: {"too_large"}, 415: {"unsupported_media_type"},
	422: {"invalid_vote", "id_reused"},
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
	for _, slug := range []string{"..\x00/", "//", "a/../b", "../default", "default/", "%2e%2e", "a?b", "a#b", ";", "a;b", "\xff"} {
		f.Add(slug, []byte(`{"vote":"a"}`))
	}
	var w attacked
	f.Fuzz(func(t *testing.T, slug string, body []byte) {
		for _, slug := range append([]string{url.PathEscape(slug)}, fuzzedSlugs...) {
			if strings.Trim(slug, ".") == "" {
				continue // another address
			}
			w.next(t)
			w.answersJSON(t, w.ask(request("POST", "/api/v1/polls/"+slug+"/votes", string(body))))
		}
	})
}

// answersJSON fails unless a program was told what became of its vote.
func (a *attacked) answersJSON(t *testing.T, got answer) {
	t.Helper()
	v := a.onlyCast(t)
	if got.StatusCode == http.StatusAccepted {
		var said api.Receipt
		err := json.Unmarshal([]byte(got.body), &said)
		if err != nil || v == nil || said != (api.Receipt{Status: api.Recorded, Poll: v.Poll, Vote: v.Ballot, ID: v.ID}) {
			t.Errorf("recorded %+v, said %s: %v", v, got.body, err)
		}
		return
	}
	var said struct {
		Error struct{ Code, Message string }
	}
	err := json.Unmarshal([]byte(got.body), &said)
	if err != nil || v != nil || !slices.Contains(refusals[got.StatusCode], said.Error.Code) || !utf8.ValidString(got.body) {
		t.Errorf("status %d, recorded %+v, said %.2000s: %v", got.StatusCode, v, got.body, err)
	}
}
