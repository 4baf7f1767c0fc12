package poll

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"popeye/poll/voter"
	"popeye/vote"
)

// voterCookieOf returns the cookie that an answer sets; nil for none.
func voterCookieOf(a answer) *http.Cookie {
	for _, c := range a.Cookies() {
		if strings.TrimPrefix(c.Name, voter.HostPrefix) == voter.Cookie {
			return c
		}
	}
	return nil
}

// votedCookieOf returns the cookie that a recorded vote sets; nil for none.
func votedCookieOf(a answer) *http.Cookie {
	for _, c := range a.Cookies() {
		if strings.TrimPrefix(c.Name, voter.HostPrefix) == voter.CastCookie(testKey) {
			return c
		}
	}
	return nil
}

func TestVoterCookie(t *testing.T) {
	w := newFixture(t)
	for _, r := range []*http.Request{
		request("GET", "/", ""), request("POST", "/", "vote=a"),
		request("POST", "/api/v1/polls/default/votes", `{"vote":"a"}`),
	} {
		c := voterCookieOf(w.ask(r))
		if c == nil {
			t.Fatalf("%s %s sets no cookie", r.Method, r.URL.Path)
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != voter.Age || c.Domain != "" || c.Secure {
			t.Errorf("%s %s sets %v", r.Method, r.URL.Path, c)
		}
	}
}

func TestCookiesAreSecureUnderTLS(t *testing.T) {
	tests := []struct {
		name, url, target, proto string
		want                     bool
	}{
		{"plain", "", "http://vote.test/", "", false},
		{"TLS here", "", "https://vote.test/", "", true},
		{"TLS at a proxy", "", "http://vote.test/", "https", true},
		{"TLS at a proxy, in capitals", "", "http://vote.test/", "HTTPS", true},
		{"a proxy without TLS", "", "http://vote.test/", "http", false},
		{"TLS by the public URL", "https://vote.test", "http://10.0.0.7:5000/", "", true},
		{"no TLS by the public URL", "http://vote.test", "http://10.0.0.7:5000/", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(t, func(c *Config) { c.PublicURL = tt.url })
			r := request("POST", "/", "vote=a")
			if strings.HasPrefix(tt.target, "https") {
				r = https(r)
			}
			r.Header.Set("X-Forwarded-Proto", tt.proto)
			got := w.ask(r)
			equal(t, "cookies", len(got.Cookies()), 3)
			for _, c := range got.Cookies() {
				if c.Secure != tt.want {
					t.Errorf("%s is secure: %v", c.Name, c.Secure)
				}
			}
		})
	}
}

// One voter stays one voter, at any replica with the same key.
func TestVoterIsKnownAgain(t *testing.T) {
	w, replica := newFixture(t), newFixture(t)
	b := w.browser(t)
	b.get("/")
	cookie := b.cookie("/", voter.Cookie)
	b.send("/", "vote", "a")
	b.post("/api/v1/polls/single/votes", `{"vote":"b"}`).is(t, http.StatusAccepted)
	equal(t, "cookie after two votes", b.cookie("/", voter.Cookie), cookie)

	r := request("POST", "/", "vote=c")
	r.AddCookie(&http.Cookie{Name: voter.Cookie, Value: cookie})
	if c := voterCookieOf(replica.ask(r)); c != nil {
		t.Errorf("the replica sets the cookie %v", c)
	}
	voters := map[string]bool{}
	for _, c := range append(w.casts(), replica.casts()...) {
		voters[c.Vote.Voter] = true
	}
	equal(t, "voters", len(voters), 1)
	if id, _, _ := strings.Cut(cookie, "."); !voters[id] {
		t.Errorf("the cookie %q is not that of the voter", cookie)
	}
}

// Who shows a cookie that is not ours is a new voter, never another.
func TestForgedVoterCookie(t *testing.T) {
	key := []byte(strings.Repeat("k", voter.MinKey))
	id := strings.Repeat("0", 32)
	good := id + "." + voter.Sign(key, id)
	other := strings.Repeat("1", 32)
	forged := map[string]string{
		"empty":                         "",
		"no signature":                  id,
		"an empty signature":            id + ".",
		"a signature that is cut":       good[:len(good)-1],
		"a signature with more":         good + "A",
		"a signature that is changed":   good[:len(good)-2] + "__",
		"an id that is changed":         "1" + good[1:],
		"the signature of another id":   other + "." + voter.Sign(key, id),
		"another key":                   id + "." + voter.Sign([]byte(strings.Repeat("x", voter.MinKey)), id),
		"another purpose":               id + "." + voter.Sign(key, "\n"+id),
		"a short id, rightly signed":    "0." + voter.Sign(key, "0"),
		"an empty id, rightly signed":   "." + voter.Sign(key, ""),
		"a long id, rightly signed":     id + id + "." + voter.Sign(key, id+id),
		"the classic cookie, unsigned":  "f3a1c0ffee",
		"very long":                     strings.Repeat("x", 4000),
		"white space around":            " " + good + " ",
		"the signature before the id":   voter.Sign(key, id) + "." + id,
		"two signatures, one right":     good + "." + voter.Sign(key, other),
		"the id in capitals and signed": strings.ToUpper(strings.Repeat("a", 32)) + "." + voter.Sign(key, strings.Repeat("a", 32)),
	}
	w := newFixture(t)
	for name, value := range forged {
		r := request("POST", "/", "vote=a")
		r.AddCookie(&http.Cookie{Name: voter.Cookie, Value: value})
		if c := votedCookieOf(w.ask(r)); c == nil || strings.HasPrefix(c.Value, id) || strings.HasPrefix(c.Value, other) {
			t.Errorf("%s: accepted", name)
		}
	}
	voters := map[string]bool{}
	for _, c := range w.casts() {
		voters[c.Vote.Voter] = true
	}
	equal(t, "voters", len(voters), len(forged))
	if voters[id] || voters[other] {
		t.Error("a forged voter voted")
	}

	r := request("POST", "/", "vote=a")
	r.AddCookie(&http.Cookie{Name: voter.Cookie, Value: good})
	got := w.ask(r)
	if c := voterCookieOf(got); c != nil {
		t.Errorf("our own cookie is replaced by %v", c)
	}
	equal(t, "the cookie of who has voted", votedCookieOf(got).Value, good)
}

// A cookie that a key signed is unknown under the next key.
func TestAnotherKey(t *testing.T) {
	w := newFixture(t)
	other := newFixture(t, func(c *Config) { c.CookieKey = keyIs(strings.Repeat("x", voter.MinKey)) })
	r := request("GET", "/", "")
	r.AddCookie(voterCookieOf(w.ask(request("GET", "/", ""))))
	got := other.ask(r)
	if voterCookieOf(got) != nil {
		t.Error("the cookie of another instance is overwritten")
	}
	equal(t, "cookies", len(got.Cookies()), 1)
	equal(t, "cookie", got.Cookies()[0].Name, voter.NewCookie([]byte(strings.Repeat("x", voter.MinKey))))
}

func TestCookieKeyIsNotThereYet(t *testing.T) {
	var mu sync.Mutex
	var asked int
	away := errors.New("redis is loading")
	w := newFixture(t, func(c *Config) {
		c.CookieKey = func(context.Context) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			return []byte(strings.Repeat("k", voter.MinKey)), away
		}
	})
	got := w.ask(request("GET", "/", ""))
	got.isErrorPage(t, http.StatusServiceUnavailable, "One moment, please")
	got = w.ask(request("POST", "/api/v1/polls/default/votes", `{"vote":"a"}`))
	got.isAPIError(t, http.StatusServiceUnavailable, "unavailable", "it may not have been recorded")
	equal(t, "Retry-After", got.Header.Get("Retry-After"), "3")
	equal(t, "ballots", w.ballots(), []vote.Ballot{})

	away = nil
	w.ask(request("GET", "/", "")).is(t, http.StatusOK)
	w.ask(request("GET", "/", "")).is(t, http.StatusOK)
	equal(t, "times asked", asked, 3) // once it has answered, no more
}

func TestCookieKeyIsTooShort(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.CookieKey = keyIs(strings.Repeat("k", voter.MinKey-1)) })
	w.ask(request("GET", "/", "")).isErrorPage(t, http.StatusInternalServerError, "Something went wrong on our side.")
	if !strings.Contains(w.log.text(), "the cookie key has 15 bytes, fewer than 16") {
		t.Errorf("the log does not say why:\n%s", w.log.text())
	}
}

// The first requests of a crowd ask for the key at once.
func TestCookieKeyIsSharedByACrowd(t *testing.T) {
	w := newFixture(t)
	var crowd sync.WaitGroup
	for range 20 {
		crowd.Go(func() { w.ask(request("POST", "/", "vote=a")).is(t, http.StatusSeeOther) })
	}
	crowd.Wait()
	equal(t, "votes", len(w.casts()), 20)
}

// A program that keeps no cookies sends its vote again with the same id: it is
// one voter with one vote. Another id is another voter, and so is a stranger
// whose key differs.
func TestRetryWithoutCookies(t *testing.T) {
	w := newFixture(t)
	vote := func(id string) answer {
		return w.ask(request("POST", "/api/v1/polls/default/votes", `{"vote":"a","id":"`+id+`"}`))
	}
	for _, id := range []string{"one", "one", "two", "one"} {
		equal(t, "status of "+id, vote(id).StatusCode, http.StatusAccepted)
	}
	stranger := w.ask(request("POST", "/api/v1/polls/default/votes", `{"vote":"b","id":"one"}`))
	equal(t, "status of a used id", stranger.StatusCode, http.StatusUnprocessableEntity)
	if len(stranger.Header.Values("Set-Cookie")) > 0 {
		t.Error("a stranger who sends a used id gets the cookie of whom it stands for")
	}
	casts := w.casts()
	equal(t, "votes", len(casts), 2)
	if casts[0].Vote.Voter == casts[1].Vote.Voter {
		t.Error("two ids are one voter")
	}
	key := []byte(strings.Repeat("k", voter.MinKey))
	equal(t, "voter", voter.NewID(key, "one"), casts[0].Vote.Voter)
	if voter.NewID([]byte(strings.Repeat("x", voter.MinKey)), "one") == casts[0].Vote.Voter {
		t.Error("who has no key can tell the voter from the id")
	}
}
