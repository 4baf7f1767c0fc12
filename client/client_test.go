package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"popeye/api"
	"popeye/vote/definition"
)

// site answers as a test wants, and remembers what it was asked.
type site struct {
	status int
	header http.Header
	body   string

	asked []string // method, path and body
	auth  []string
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL.EscapedPath(), body)))
	s.auth = append(s.auth, r.Header.Get("Authorization"))
	for name, values := range s.header {
		w.Header()[name] = values
	}
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.body)
}

// at starts a site and returns a client of it.
func at(t *testing.T, s *site, token string) *Client {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return New(Config{URL: server.URL + "/", Token: token})
}

// Every method asks for what the API calls so, with the organiser's token.
func TestRequests(t *testing.T) {
	ctx := t.Context()
	for want, do := range map[string]func(*Client) error{
		"GET /api/v1/polls/lunch": func(c *Client) error { _, err := c.Poll(ctx, "lunch"); return err },
		`POST /api/v1/polls/lunch/votes {"vote":["b","a"],"id":"1"}`: func(c *Client) error {
			_, err := c.Vote(ctx, "lunch", api.Cast{Vote: json.RawMessage(`["b","a"]`), ID: "1"})
			return err
		},
		"GET /api/v1/polls/lunch/results": func(c *Client) error { _, err := c.Results(ctx, "lunch"); return err },
		"GET /api/v1/polls":               func(c *Client) error { _, err := c.Polls(ctx); return err },
		`POST /api/v1/polls {"question":"?","options":null}`: func(c *Client) error {
			_, err := c.CreatePoll(ctx, api.NewPoll{Question: "?"})
			return err
		},
		`PUT /api/v1/polls/lunch {"question":"?","options":null}`: func(c *Client) error {
			_, err := c.ReplacePoll(ctx, "lunch", api.NewPoll{Question: "?"})
			return err
		},
		`PATCH /api/v1/polls/lunch {"closes_at":null}`: func(c *Client) error {
			_, err := c.ChangePoll(ctx, "lunch", api.Change{ClosesAt: definition.At(time.Time{})})
			return err
		},
		"POST /api/v1/polls/lunch/open":   func(c *Client) error { _, err := c.OpenPoll(ctx, "lunch"); return err },
		"POST /api/v1/polls/lunch/close":  func(c *Client) error { _, err := c.ClosePoll(ctx, "lunch"); return err },
		"POST /api/v1/polls/lunch/reveal": func(c *Client) error { _, err := c.RevealPoll(ctx, "lunch"); return err },
		"POST /api/v1/polls/lunch/hide":   func(c *Client) error { _, err := c.HidePoll(ctx, "lunch"); return err },
		`POST /api/v1/polls/lunch/duplicate {"id":"1","slug":"dinner"}`: func(c *Client) error {
			_, err := c.DuplicatePoll(ctx, "lunch", api.Duplicate{ID: "1", Slug: "dinner"})
			return err
		},
		"GET /api/v1/polls/lunch/rounds": func(c *Client) error { _, err := c.Rounds(ctx, "lunch"); return err },
		`POST /api/v1/polls/lunch/rounds {"options":["a","c"]}`: func(c *Client) error {
			_, err := c.NewRound(ctx, "lunch", api.NewRound{Options: []string{"a", "c"}})
			return err
		},
		"GET /api/v1/polls/dinner":   func(c *Client) error { _, err := c.OwnPoll(ctx, "dinner"); return err },
		"DELETE /api/v1/polls/a%2Fb": func(c *Client) error { return c.DeletePoll(ctx, "a/b") },
		"GET /api/v1/codes/482913":   func(c *Client) error { _, err := c.Code(ctx, "482913"); return err },
		"GET /api/v1/events":         func(c *Client) error { _, err := c.Events(ctx); return err },
		"GET /api/v1/events/482913":  func(c *Client) error { _, err := c.Event(ctx, "482913"); return err },
		`POST /api/v1/events {"title":"Evening","polls":["lunch"]}`: func(c *Client) error {
			_, err := c.CreateEvent(ctx, api.NewEvent{Title: "Evening", Polls: []string{"lunch"}})
			return err
		},
		`PATCH /api/v1/events/482913 {"polls":[]}`: func(c *Client) error {
			_, err := c.ChangeEvent(ctx, "482913", api.EventChange{Polls: []string{}})
			return err
		},
		`POST /api/v1/events/482913/current {"poll":"lunch"}`: func(c *Client) error { _, err := c.ShowPoll(ctx, "482913", "lunch"); return err },
		`POST /api/v1/events/482913/countdown {"seconds":30}`: func(c *Client) error {
			_, err := c.StepEvent(ctx, "482913", "countdown", api.Step{Seconds: 30})
			return err
		},
		"DELETE /api/v1/events/482913": func(c *Client) error { return c.DeleteEvent(ctx, "482913") },
		"GET /api/v1/account":          func(c *Client) error { _, err := c.Account(ctx); return err },
	} {
		s := &site{status: http.StatusOK, body: `{"status":"recorded"}`}
		if err := do(at(t, s, "secret")); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if len(s.asked) != 1 || s.asked[0] != want || s.auth[0] != "Bearer secret" {
			t.Errorf("asked %q with %q, want %s", s.asked, s.auth, want)
		}
	}
}

// What an answer means for a vote: that it counts, that it never will, or neither.
func TestVoteIsUnderstood(t *testing.T) {
	failure := func(code string) string { return `{"error":{"code":"` + code + `","message":"m"}}` }
	for name, tt := range map[string]struct {
		site    site
		code    string
		after   time.Duration
		refused bool
	}{
		"closed":           {site{status: 409, body: failure("not_open")}, "not_open", 0, true},
		"no ballot":        {site{status: 422, body: failure("invalid_vote")}, "invalid_vote", 0, true},
		"too many":         {site{status: 429, header: http.Header{"Retry-After": {"10"}}, body: failure("too_many")}, "too_many", 10 * time.Second, false},
		"unavailable":      {site{status: 503, header: http.Header{"Retry-After": {"3"}}, body: failure("unavailable")}, "unavailable", 3 * time.Second, false},
		"for ever":         {site{status: 503, header: http.Header{"Retry-After": {"9223372036854775807"}}, body: failure("x")}, "x", time.Hour, false},
		"never":            {site{status: 503, header: http.Header{"Retry-After": {"-1"}}, body: failure("x")}, "x", 0, false},
		"a proxy":          {site{status: 502, body: "<h1>Bad Gateway"}, "", 0, false},
		"not JSON":         {site{status: 202, body: "<p>Welcome"}, "", 0, false},
		"another API":      {site{status: 202, body: `{"status":"ok"}`}, "", 0, false},
		"sent to HTTPS":    {site{status: 302, header: http.Header{"Location": {"https://nowhere.invalid/"}}}, "", 0, false},
		"an error of none": {site{status: 400, body: `{"error":{}}`}, "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.site
			_, err := at(t, &s, "").Vote(t.Context(), "lunch", api.Cast{Vote: Choice("a")})
			var e *Error
			if !errors.As(err, &e) || e.Status != s.status || e.Code != tt.code || e.RetryAfter != tt.after || e.Message == "" {
				t.Fatalf("%#v", err)
			}
			if Refused(err) != tt.refused || StatusOf(err) != s.status {
				t.Errorf("refused %t, status %d", Refused(err), StatusOf(err))
			}
			if tt.code != "" && !errors.Is(err, Code(tt.code)) || errors.Is(err, Code("other")) {
				t.Errorf("it is not %q by errors.Is", tt.code)
			}
			if len(s.asked) != 1 {
				t.Errorf("it was sent %d times", len(s.asked))
			}
		})
	}
}

// An answer that never came says nothing about the vote.
func TestNoAnswer(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(hang)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := New(Config{URL: server.URL}).Vote(ctx, "lunch", api.Cast{Vote: Choice("a")})
	if !errors.Is(err, context.DeadlineExceeded) || Refused(err) || StatusOf(err) != 0 {
		t.Errorf("with a context that ends: %v", err)
	}
	_, err = New(Config{URL: server.URL, Timeout: 20 * time.Millisecond}).Vote(t.Context(), "lunch", api.Cast{Vote: Choice("a")})
	if err == nil || Refused(err) || StatusOf(err) != 0 {
		t.Errorf("with a bound of its own: %v", err)
	}
}

// A client is the same voter again, at every replica, also by a cookie for TLS only.
func TestClientIsKnownAgain(t *testing.T) {
	var sent []string
	voter := "ann.signature"
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "__Host-voter_id", Value: voter, Secure: true})
		http.SetCookie(w, &http.Cookie{Name: "choice", Value: "b", MaxAge: -1})
		_, _ = w.Write([]byte(`{}`))
	})
	one, two := httptest.NewServer(handler), httptest.NewServer(handler)
	defer one.Close()
	defer two.Close()
	c := New(Config{URL: one.URL})
	if c.VoterID() != "" {
		t.Errorf("at first it is %q", c.VoterID())
	}
	c.jar.SetCookies(nil, []*http.Cookie{{Name: "choice", Value: "a"}, {Name: "devoter_id", Value: "bob.x"}})
	for _, where := range []*Client{c, c.At(two.URL + "/")} {
		if _, err := where.Poll(t.Context(), "lunch"); err != nil {
			t.Fatal(err)
		}
		if got := where.VoterID(); got != "ann" {
			t.Errorf("it is %q", got)
		}
	}
	if want := []string{"choice=a; devoter_id=bob.x", "__Host-voter_id=ann.signature; devoter_id=bob.x"}; strings.Join(sent, "|") != strings.Join(want, "|") {
		t.Errorf("cookies %q, want %q", sent, want)
	}
	voter = "eve.signature" // with another key everybody is somebody new
	if _, err := c.Poll(t.Context(), "lunch"); err != nil || c.VoterID() != "eve" {
		t.Errorf("it is %q, %v", c.VoterID(), err)
	}
}

// The wire structs say in JSON what they read, field by field: a body that was read
// and written again is the same.
func TestResultsAreTheirOwnJSON(t *testing.T) {
	const body = `{"poll":"points","status":"open","total":2,"as_of":"2026-01-02T03:04:05Z","seq":7,` +
		`"options":[{"id":"a","label":"A","votes":8,"raters":2,"mean":"4.00","place":1,"distribution":{"4":2}}],` +
		`"question":"?","kind":"score","max":5}`
	var r api.Results
	d := json.NewDecoder(bytes.NewReader([]byte(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(r); err != nil || string(got) != body {
		t.Errorf("%v\n got %s\nwant %s", err, got, body)
	}
}
