package poll

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
)

// https makes a request one that came over TLS.
func https(r *http.Request) *http.Request {
	r.TLS = &tls.ConnectionState{}
	return r
}

func TestNewRefuses(t *testing.T) {
	w := newFixture(t)
	for name, change := range map[string]func(*Config){
		"no inbox":                  func(c *Config) { c.Inbox = nil },
		"no key":                    func(c *Config) { c.CookieKey = nil },
		"no log":                    func(c *Config) { c.Log = nil },
		"no registry":               func(c *Config) { c.Registry = nil },
		"a link that is a program":  func(c *Config) { c.ResultURL = "javascript:alert(1)" },
		"a public URL that is none": func(c *Config) { c.PublicURL = "vote.test" },
	} {
		c := w.station.Config
		c.Registry = metrics.NewRegistry()
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSecurityHeadersAreOnEveryAnswer(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.VoteRate = 1 })
	cross := request("POST", "/", "vote=a")
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	for _, r := range []*http.Request{
		request("GET", "/", ""), request("POST", "/", "vote=a"), request("POST", "/", "vote=z"), request("GET", "/nowhere", ""),
		request("GET", "/p/nowhere", ""), request("DELETE", "/", ""), request("GET", "/api/v1/polls/default", ""),
		request("GET", "/api/nowhere", ""), request("POST", "/api/v1/polls/default/votes", "x"), cross,
		request("GET", w.station.look.Files.URL("popeye.css"), ""), request("GET", "/static/nothing", ""), request("GET", "/p/../x", ""),
	} {
		h := w.ask(r).Header
		for name, want := range map[string]string{
			"Content-Security-Policy":    "default-src 'self'",
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if !strings.HasPrefix(h.Get(name), want) {
				t.Errorf("%s %s: %s is %q", r.Method, r.URL.Path, name, h.Get(name))
			}
		}
		equal(t, "HSTS without TLS", h.Get("Strict-Transport-Security"), "")
	}
	if w.ask(https(request("GET", "/", ""))).Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS under TLS")
	}
}

// The policy allows no script and no style in the page itself: there is none.
func TestPagesKeepTheirPolicy(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|<script>| on[a-z]+=| style=|javascript:`)
	w := newFixture(t)
	for _, path := range []string{"/", "/p/multiple", "/p/ranked", "/p/score", "/p/draft", "/p/closed", "/p/nowhere"} {
		if found := inline.FindString(w.ask(request("GET", path, "")).body); found != "" {
			t.Errorf("%s holds %q", path, found)
		}
	}
}

func TestOtherSitesCanNotVote(t *testing.T) {
	tests := []struct {
		name, public, host, origin, fetch string
		ok                                bool
	}{
		{name: "a program", host: "vote.test", ok: true},
		{name: "our page", host: "vote.test", fetch: "same-origin", ok: true},
		{name: "our page, an old browser", host: "vote.test", origin: "http://vote.test", ok: true},
		{name: "another site", host: "vote.test", origin: "https://evil.test", fetch: "cross-site"},
		{name: "another site, an old browser", host: "vote.test", origin: "https://evil.test"},
		{name: "a sibling", host: "vote.test", origin: "https://evil.vote.test", fetch: "same-site"},
		{name: "an origin that hides", host: "vote.test", origin: "null"},
		{name: "our page behind a proxy that tells nobody", host: "10.0.0.7", origin: "https://vote.test"},
		{name: "our page behind a proxy", public: "https://vote.test/", host: "10.0.0.7", origin: "https://vote.test", ok: true},
		{name: "another site behind a proxy", public: "https://vote.test", host: "10.0.0.7", origin: "https://evil.test"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(t, func(c *Config) { c.PublicURL = tt.public })
			for _, r := range []*http.Request{
				request("POST", "/", "vote=a"), request("POST", "/api/v1/polls/default/votes", `{"vote":"a"}`),
			} {
				r.Host = tt.host
				for name, value := range map[string]string{"Origin": tt.origin, "Sec-Fetch-Site": tt.fetch} {
					if value != "" {
						r.Header.Set(name, value)
					}
				}
				got := w.ask(r)
				if refused := got.StatusCode == http.StatusForbidden; refused == tt.ok {
					t.Errorf("%s: %d %s", r.URL.Path, got.StatusCode, got.body)
				}
				if !tt.ok {
					got.is(t, http.StatusForbidden, "This request came from another site.")
				}
			}
			equal(t, "votes", len(w.casts()), map[bool]int{true: 2}[tt.ok])
		})
	}
}

// Every file that a page names is there, and every file has a known kind.
func TestStaticFiles(t *testing.T) {
	w := newFixture(t)
	names := map[string]bool{}
	for _, root := range []string{"ballotpage/static", "../internal/ui/static"} {
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names[e.Name()] = true
		}
	}
	w.scheduled("ranked", vote.Open, 0, time.Hour)
	uses := regexp.MustCompile(`(?:src|href)="/static/([^"?]+)\?v=([0-9a-f]*)"`)
	for path, count := range map[string]int{"/": 4, "/p/ranked": 6, "/nowhere": 2} {
		found := uses.FindAllStringSubmatch(w.ask(request("GET", path, "")).body, -1)
		equal(t, "files that "+path+" names", len(found), count)
		for _, m := range found {
			equal(t, m[1]+" on "+path, "/static/"+m[1]+"?v="+m[2], w.station.look.Files.URL(m[1]))
			names[m[1]] = true
		}
	}
	for name := range names {
		got := w.ask(request("GET", w.station.look.Files.URL(name), ""))
		got.is(t, http.StatusOK)
		if got.Header.Get("Content-Type") == "" || got.body == "" {
			t.Errorf("%s has %d bytes of the kind %q", name, len(got.body), got.Header.Get("Content-Type"))
		}
		equal(t, name+" may be kept", got.Header.Get("Cache-Control"), "public, max-age=31536000, immutable")
		stale := w.ask(request("GET", "/static/"+name+"?v=0", ""))
		equal(t, name+" under an old name may be kept", stale.Header.Get("Cache-Control"), "no-cache")
	}
	for _, path := range []string{"/static/", "/static/nothing", "/static/..%2Fpage.go", "/static/poll.js/"} {
		w.ask(request("GET", path, "")).is(t, http.StatusNotFound)
	}
	w.ask(request("POST", "/static/poll.js", "")).is(t, http.StatusMethodNotAllowed)
}

// Over a real connection: HEAD has the headers and no body, and a browser that
// can gets the page compressed.
func TestHeadAndCompression(t *testing.T) {
	w := newFixture(t)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	for _, path := range []string{"/", "/p/ranked", "/api/v1/polls/default", w.station.look.Files.URL("popeye.css")} {
		resp, err := server.Client().Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") == "" {
			t.Errorf("HEAD %s: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
	for _, accept := range []string{"gzip", "identity"} {
		r, err := http.NewRequest("GET", server.URL+"/p/score", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept)
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "compressed", resp.Header.Get("Content-Encoding") == "gzip", accept == "gzip")
		equal(t, "readable as it is", strings.Contains(string(body), "Assam"), accept != "gzip")
		equal(t, "Vary", resp.Header.Get("Vary"), "Accept-Encoding")
	}
}

// Metrics know routes, statuses and outcomes: nothing that a stranger makes up.
func TestMetrics(t *testing.T) {
	w := newFixture(t)
	w.ask(request("POST", "/p/single", "vote=a"))
	w.ask(request("POST", "/p/single", "vote=z"))
	w.ask(request("POST", "/p/closed", "vote=a"))
	w.ask(request("POST", "/api/v1/polls/nowhere/votes", `{"vote":"a"}`))
	w.ask(request("GET", "/some/where", ""))
	w.ask(request("BREW", "/", ""))
	const votes, requests = "popeye_poll_votes_total ", "popeye_http_request_seconds "
	want := map[string]float64{
		votes + "recorded": 1, votes + "invalid_vote": 1, votes + "not_open": 1, votes + "no_poll": 1,
		requests + "POST /p/{slug} poll 303": 1, requests + "POST /p/{slug} poll 422": 1, requests + "POST /p/{slug} poll 409": 1,
		requests + "POST /api/v1/polls/{slug}/votes poll 404": 1, requests + "none poll 404": 1, requests + "none poll 405": 1,
	}
	want["popeye_poll_new_voters_total"] = 3 // the one refused for its choice got a cookie, and so did the one for a closed poll
	want["popeye_poll_new_voters_refused_total"], want["popeye_poll_new_voters_minute all"], want["popeye_poll_new_voters_minute largest"] = 0, 0, 0
	want["popeye_poll_followers"], want["popeye_poll_followers_refused_total"] = 0, 0
	for _, r := range results { // each is there from the start, as 0
		want[votes+r] += 0
	}
	equal(t, "figures", metricstest.Values(t, w.registry), want)
}

// Each reason to refuse a vote has its own figure.
func TestEveryRefusalIsCounted(t *testing.T) {
	refusals := map[error]string{
		nil: "recorded", tooMany(time.Second): "too_many", errPollChanged: "poll_changed", newFixture(t).station.noCookie(): "no_cookie", notOpen(vote.Poll{Status: vote.Draft}): "not_open", vote.ErrInvalid: "invalid_vote",
		queue.ErrNoPoll: "no_poll", queue.ErrNotOpen: "not_open", queue.ErrIDReused: "id_reused", queue.ErrRefused: "refused",
		queue.ErrChanged: "unavailable", queue.ErrUnavailable: "unavailable", context.DeadlineExceeded: "unavailable", context.Canceled: "left",
		checkOffer(offer{slug: "a", id: "\x00"}): "malformed", errors.New("disk full"): "internal",
		&web.Error{Status: http.StatusTeapot, Code: "made_up_elsewhere"}: "internal",
	}
	counted := map[string]bool{}
	for err, want := range refusals {
		equal(t, fmt.Sprint(err), resultOf(err), want)
		counted[want] = true
	}
	for _, r := range results {
		if !counted[r] {
			t.Errorf("no error is counted as %s", r)
		}
	}
}

// A fault of the program ends one request, with a page, and is written down.
func TestPanic(t *testing.T) {
	w := newFixture(t)
	w.fail(func(context.Context, func() error) error { panic("a nil map") })
	w.fail(func(context.Context, func() error) error { panic("a nil map") })
	w.ask(request("POST", "/", "vote=a")).isErrorPage(t, http.StatusInternalServerError, "Something went wrong on our side.")
	got := w.ask(request("POST", "/api/v1/polls/default/votes", `{"vote":"a"}`))
	got.isAPIError(t, http.StatusInternalServerError, "internal", "Something went wrong on our side.")
	got.hides(t, "nil map")
	if log := w.log.text(); strings.Count(log, "a nil map") != 2 || !strings.Contains(log, "level=ERROR") {
		t.Errorf("the log:\n%s", log)
	}
	w.ask(request("POST", "/", "vote=b")).is(t, http.StatusSeeOther)
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
}
