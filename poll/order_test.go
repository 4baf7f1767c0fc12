package poll

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"popeye/poll/ballotpage"
	"popeye/poll/voter"
	"popeye/queue"
)

// The poll comes first: where there is none nobody is identified, whatever they send,
// and nobody gets a cookie.
func TestWhereThereIsNoPollNobodyIsIdentified(t *testing.T) {
	asked := 0
	w := newFixture(t, func(c *Config) {
		c.CookieKey = func(context.Context) ([]byte, error) { asked++; return testKey, nil }
	})
	_, ours := ourField()
	for name, cookie := range map[string]string{
		"no cookie": "", "a broken cookie": voter.Cookie + "=%%%.", "a forged cookie": voter.Cookie + "=" + strings.Repeat("0", 32) + ".x",
	} {
		for _, r := range []*http.Request{
			request("GET", "/p/nowhere", ""), request("POST", "/p/nowhere", "vote=a"), request("POST", "/p/nowhere", "vote=a&id=1&"+ballotpage.CookieField+"="+ours),
			request("POST", "/api/v1/polls/nowhere/votes", `{"vote":"a","id":"1"}`), request("POST", "/p/NO", "vote=a"),
		} {
			r.Header.Set("Cookie", cookie)
			got := w.ask(r)
			got.is(t, http.StatusNotFound)
			if set := got.Cookies(); len(set) > 0 {
				t.Errorf("%s %s with %s: sets %v", r.Method, r.URL, name, set)
			}
		}
	}
	equal(t, "times that the key of cookies was asked for", asked, 0)
	equal(t, "votes", len(w.casts()), 0)
}

// In a poll that is there it takes the key to say who votes: without it there is no
// ballot, and no cookie.
func TestInAPollThatIsThereTheVoterComesBeforeTheBallot(t *testing.T) {
	w := newFixture(t, func(c *Config) {
		c.CookieKey = func(context.Context) ([]byte, error) { return nil, errors.New("connection refused") }
	})
	for _, r := range []*http.Request{
		request("POST", "/", "vote=no-option"), request("POST", "/api/v1/polls/default/votes", `{"vote":"no-option"}`), request("GET", "/", ""),
	} {
		got := w.ask(r)
		got.is(t, http.StatusServiceUnavailable)
		if set := got.Cookies(); len(set) > 0 {
			t.Errorf("%s %s sets %v", r.Method, r.URL, set)
		}
	}
}

// Who votes too often is told before the ballot is read.
func TestTheLimitComesBeforeTheBallot(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.VoteRate = 1 })
	b := w.browser(t)
	b.get("/")
	b.send("/", "vote", "a").is(t, http.StatusOK, "Recorded")
	b.send("/", "vote", "no-option").is(t, http.StatusTooManyRequests)
	b.send("/p/nowhere", "vote", "a").is(t, http.StatusNotFound)
	w.lose(queue.ErrUnavailable)
	b.send("/", "vote", "a").is(t, http.StatusServiceUnavailable)
}
