package e2e

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// call is a request to one of the sites.
type call struct{ site, method, path, body string }

// unprovoked are answers that nobody outside can bring about, and why.
var unprovoked = map[string]string{
	"500":             "a fault of ours; the stations' own tests break the store to see it",
	"replacePoll 409": "only for the moment in which a deleted poll's votes are being removed, or two ask at once",
}

// Every answer that the OpenAPI file lists happens, as the file says, or it is named
// why nobody outside can bring it about.
func TestEveryDocumentedAnswerHappens(t *testing.T) {
	t.Parallel()
	s, poll, result := prepared(t, "LOG_LEVEL=warn")
	for _, c := range ordinary() {
		s.wants(t, c, poll, result, "Bearer "+testenv.AdminToken)
	}
	s.hidden(t, poll, result)
	s.wrongHost(t, poll)
	s.slowly(t, poll, result)
	s.withoutToken(t, poll, result)
	s.withoutOrganising(t)
	s.withoutBackends(t)
	s.tooOften(t)
	s.account(t, result)
	for _, answer := range s.documented() {
		_, status, _ := strings.Cut(answer, " ")
		reason := unprovoked[answer] + unprovoked[status]
		switch {
		case s.seen[answer] && unprovoked[answer] != "":
			t.Errorf("%s happens: take it off the list of those that can't", answer)
		case !s.seen[answer] && reason == "":
			t.Errorf("%s is documented, and never happened", answer)
		}
	}
	t.Logf("MEASURED %d documented answers, %d of them seen", len(s.documented()), len(s.seen))
}

// prepared starts a popeye with polls and events in each state that is documented.
func prepared(t *testing.T, env ...string) (s *spec, poll, result string) {
	t.Helper()
	s = newSpec(t)
	_, poll, result = onePopeye(t, append(env, "VOTE_RATE=0")...)
	preparePolls(t, poll, result)
	s.prepareEvents(t, result)
	return s, poll, result
}

// preparePolls makes polls in each status.
func preparePolls(t *testing.T, poll, result string) {
	t.Helper()
	o := people.NewOrganiser(result)
	for _, slug := range []string{"open", "closed", "draft", "gone", "busy", "secret", "points"} {
		d := people.OpenPoll(slug, "Where to?", "Pizza", "Sushi", "Salad")
		d.Kind = vote.Ranked
		switch manual := vote.VisibleManual; slug {
		case "draft":
			d.Status = vote.Draft
		case "secret":
			d.Visibility = &manual
		case "points":
			d.Kind = vote.Score
		}
		o.Makes(t, d)
		testenv.Answers(t, poll+"/p/"+slug)
	}
	for _, slug := range []string{"closed", "gone"} {
		o.Closes(t, slug)
		testenv.Eventually(t, slug+" is closed", func() error {
			r, err := o.Results(context.Background(), slug)
			if err == nil && r.Status != vote.Closed {
				err = fmt.Errorf("it is %s", r.Status)
			}
			return err
		})
	}
}

// someCode stands in calls for the code of the event that is there, and is no code
// where there is none; noCode leads nowhere, unless luck has given it to a poll.
const someCode, noCode = "482913", "482914"

// prepareEvents makes an event of the polls that are there.
func (s *spec) prepareEvents(t *testing.T, result string) {
	t.Helper()
	e, err := people.NewOrganiser(result).CreateEvent(t.Context(), api.NewEvent{Title: "Evening", Polls: []string{"open", "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	s.event = e.Code
}

// expected is a call, and the status of its answer.
type expected struct {
	call
	status int
}

// bodies of requests with every operation that takes one: a good one, and one that the
// rules refuse.
var bodies = []struct{ method, path, good, invalid string }{
	{"POST", "/polls", `{"question":"Tea?","options":["Yes","No"]}`, `{"question":"Tea?","options":["Yes"]}`},
	{"PATCH", "/polls/draft", `{"question":"Tea?"}`, `{"options":["Yes"]}`},
	{"PUT", "/polls/busy", `{"question":"Tea?","options":["Yes","No"]}`, `{"question":"Tea?","options":["Yes"]}`},
	{"POST", "/polls/open/duplicate", `{"slug":"open-2"}`, `{"slug":"Not a slug"}`},
	{"POST", "/polls/closed/rounds", `{"slug":"closed-2","options":["a","b"]}`, `{"options":["z"]}`},
	{"POST", "/polls/open/votes", `{"vote":["b","a"],"id":"one"}`, `{"vote":["z"]}`},
	{"POST", "/events", `{"title":"Evening","polls":["open"],"id":"one"}`, `{"title":"","polls":[]}`},
	{"PATCH", "/events/" + someCode, `{"title":"Night"}`, `{"polls":["nowhere"]}`},
	{"POST", "/events/" + someCode + "/current", `{"poll":"open"}`, `{"poll":"nowhere"}`},
	{"POST", "/events/" + someCode + "/next", `{"from":"open"}`, `{"seconds":-1}`},
}

func siteOf(path string) string {
	if strings.HasSuffix(path, "/votes") {
		return "poll"
	}
	return "result"
}

// successes are the status of each operation with a body.
var successes = map[string]int{"POST /polls": 201, "POST /polls/open/duplicate": 201, "POST /polls/closed/rounds": 201, "POST /polls/open/votes": 202, "POST /events": 201}

// ordinary are calls that need nothing but polls in each status, in order.
func ordinary() (all []expected) {
	add := func(status int, site, method, path, body string) {
		all = append(all, expected{call{site, method, api.Base + path, body}, status})
	}
	for _, b := range bodies {
		site, large := siteOf(b.path), `{"question":"`+strings.Repeat("x", 200<<10)+`"}`
		add(cmp.Or(successes[b.method+" "+b.path], 200), site, b.method, b.path, b.good)
		add(422, site, b.method, b.path, b.invalid)
		add(400, site, b.method, b.path, `{`)
		add(413, site, b.method, b.path, large)
		add(415, site, b.method, b.path, "plain "+b.good)
		if name, rest, _ := strings.Cut(strings.TrimPrefix(b.path, "/polls/"), "/"); b.method != "PUT" && name != "" && strings.HasPrefix(b.path, "/polls/") {
			add(404, site, b.method, strings.TrimSuffix("/polls/no-"+name+"/"+rest, "/"), b.good)
		}
	}
	for _, c := range []struct {
		status             int
		method, path, body string
	}{
		{409, "POST", "/polls", `{"slug":"open","question":"Other?","options":["Yes","No"]}`},
		{409, "PATCH", "/polls/closed", `{"question":"Tea?"}`},
		{409, "POST", "/polls/open/duplicate", `{"slug":"closed"}`},
		{409, "POST", "/polls/closed/rounds", `{"slug":"open"}`},
		{200, "POST", "/polls/open/open", ""},
		{404, "POST", "/polls/nowhere/open", ""},
		{409, "POST", "/polls/draft/close", ""},
		{404, "POST", "/polls/nowhere/close", ""},
		{200, "POST", "/polls/closed/close", ""},
		{409, "DELETE", "/polls/open", ""},
		{404, "DELETE", "/polls/nowhere", ""},
		{204, "DELETE", "/polls/gone", ""},
		{200, "GET", "/polls", ""},
		{200, "GET", "/polls/draft", ""},
		{404, "GET", "/polls/nowhere", ""},
		{200, "GET", "/polls/closed/rounds", ""},
		{404, "GET", "/polls/nowhere/rounds", ""},
		{200, "GET", "/polls/open/audit", ""},
		{404, "GET", "/polls/-/audit", ""},
		{400, "GET", "/polls/open/audit?before=x", ""},
		{200, "GET", "/polls/open/results", ""},
		{404, "GET", "/polls/nowhere/results", ""},
		{200, "GET", "/polls/open/results.csv", ""},
		{404, "GET", "/polls/nowhere/results.csv", ""},
		{200, "POST", "/polls/secret/reveal", ""},
		{409, "POST", "/polls/open/reveal", ""},
		{404, "POST", "/polls/nowhere/reveal", ""},
		{200, "POST", "/polls/secret/hide", ""},
		{409, "POST", "/polls/open/hide", ""},
		{404, "POST", "/polls/nowhere/hide", ""},
		{200, "GET", "/polls/open/ballots.json", ""},
		{404, "GET", "/polls/nowhere/ballots.json", ""},
		{200, "GET", "/polls/open/ballots.csv", ""},
		{404, "GET", "/polls/nowhere/ballots.csv", ""},
		{200, "GET", "/polls/open/ballots.blt", ""},
		{404, "GET", "/polls/nowhere/ballots.blt", ""},
		{422, "GET", "/polls/points/ballots.blt", ""},
		{200, "GET", "/polls/secret/results", ""},
		{200, "GET", "/events", ""},
		{200, "GET", "/events/" + someCode, ""},
		{404, "GET", "/events/" + noCode, ""},
		{404, "PATCH", "/events/" + noCode, `{"title":"Night"}`},
		{404, "POST", "/events/" + noCode + "/current", `{"poll":"open"}`},
		{404, "POST", "/events/" + noCode + "/next", ""},
		{200, "POST", "/events/" + someCode + "/current", `{"poll":""}`},
		{409, "POST", "/events/" + someCode + "/close", ""},
		{200, "GET", "/events/" + someCode + "/audit", ""},
		{404, "GET", "/events/x/audit", ""},
		{400, "GET", "/events/" + someCode + "/audit?before=x", ""},
		{200, "GET", "/events/" + someCode + "/follow", ""},
		{404, "GET", "/events/" + noCode + "/follow", ""},
		{200, "GET", "/openapi.yaml", ""},
	} {
		add(c.status, "result", c.method, c.path, c.body)
	}
	add(200, "poll", "GET", "/polls/open", "")
	add(200, "poll", "GET", "/openapi.yaml", "")
	add(200, "poll", "GET", "/codes/"+someCode, "")
	add(404, "poll", "GET", "/codes/"+noCode, "")
	add(204, "result", "DELETE", "/events/"+someCode, "")
	add(404, "result", "DELETE", "/events/"+someCode, "")
	add(404, "poll", "GET", "/polls/nowhere", "")
	add(409, "poll", "POST", "/polls/closed/votes", `{"vote":["a"]}`)
	return all
}

// request makes the request of a call. A body that begins with plain is sent as text.
func (c call) request(ctx context.Context, base, authorization string) (*http.Request, error) {
	body, plain := strings.CutPrefix(c.body, "plain ")
	req, err := http.NewRequestWithContext(ctx, c.method, base+c.path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" && !plain {
		req.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" && c.site == "result" {
		req.Header.Set("Authorization", authorization)
	}
	return req, nil
}

// named asks for the event that is there.
func (s *spec) named(c call) call {
	if s.event != "" {
		c.path = strings.Replace(c.path, someCode, s.event, 1)
	}
	return c
}

// tries sends a call and says what is wrong with its answer.
func (s *spec) tries(ctx context.Context, c expected, poll, result, authorization string) error {
	base := result
	if c.site == "poll" {
		base = poll
	}
	req, err := s.named(c.call).request(ctx, base, authorization)
	if err != nil {
		return err
	}
	status, err := s.ask(req)
	if err == nil && status != c.status {
		err = fmt.Errorf("the answer is %d", status)
	}
	if err != nil {
		return fmt.Errorf("%s %s %.60s, want %d: %w", c.method, c.path, c.body, c.status, err)
	}
	return nil
}

func (s *spec) wants(t *testing.T, c expected, poll, result, authorization string) {
	t.Helper()
	if err := s.tries(t.Context(), c, poll, result, authorization); err != nil {
		t.Error(err)
	}
}

// operations are one call of each operation of a site that does no harm.
func operations(site string) (all []call) {
	for _, c := range ordinary() {
		if c.site == site && c.status < 300 {
			all = append(all, c.call)
		}
	}
	if site == "result" {
		all = append(all, call{"result", "GET", api.Base + "/account", ""})
	}
	return all
}

// atOnce sends all calls at the same time: each may have to wait for its answer.
func (s *spec) atOnce(t *testing.T, status int, calls []call, poll, result, authorization string) {
	t.Helper()
	var all sync.WaitGroup
	for _, c := range calls {
		all.Go(func() {
			if err := s.tries(t.Context(), expected{c, status}, poll, result, authorization); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// organising keeps the calls that need the token.
func organising(calls []call) []call {
	return slices.DeleteFunc(calls, func(c call) bool {
		return strings.Contains(c.path, "/results") || strings.Contains(c.path, "/ballots.") || strings.HasSuffix(c.path, "/follow") || strings.HasSuffix(c.path, ".yaml")
	})
}

func (s *spec) withoutToken(t *testing.T, poll, result string) {
	t.Helper()
	s.atOnce(t, http.StatusUnauthorized, organising(operations("result")), poll, result, "")
}

// withoutOrganising asks a result that has no token.
func (s *spec) withoutOrganising(t *testing.T) {
	t.Helper()
	off := testenv.NewProgram(t, filepath.Join(bin, "result"), nowhereToBeFound(t)...).Start(t)
	testenv.Answers(t, off.URL+"/api")
	s.atOnce(t, http.StatusForbidden, organising(operations("result")), "", off.URL, "Bearer "+testenv.AdminToken)
}

// withoutBackends asks services whose Redis and PostgreSQL are not there.
func (s *spec) withoutBackends(t *testing.T) {
	t.Helper()
	away := append(nowhereToBeFound(t), "ADMIN_TOKEN="+testenv.AdminToken)
	poll := testenv.NewProgram(t, filepath.Join(bin, "poll"), away...).Start(t)
	result := testenv.NewProgram(t, filepath.Join(bin, "result"), away...).Start(t)
	testenv.Answers(t, poll.URL+"/api")
	testenv.Answers(t, result.URL+"/api")
	needs := func(c call) bool { return strings.HasSuffix(c.path, ".yaml") }
	for _, site := range []string{"poll", "result"} {
		calls := slices.DeleteFunc(operations(site), needs)
		s.atOnce(t, http.StatusServiceUnavailable, calls, poll.URL, result.URL, "Bearer "+testenv.AdminToken)
	}
}

// nowhereToBeFound are settings of backends at addresses where nobody listens.
func nowhereToBeFound(t *testing.T) []string {
	t.Helper()
	return []string{
		fmt.Sprintf("REDIS_URL=redis://127.0.0.1:%d/0", testenv.FreePort(t)),
		fmt.Sprintf("DATABASE_URL=postgres://nobody@127.0.0.1:%d/none?connect_timeout=2", testenv.FreePort(t)), "LOG_LEVEL=error",
	}
}

// tooOften guesses the token, and votes more than one voter may.
func (s *spec) tooOften(t *testing.T) {
	t.Helper()
	_, poll, result := onePopeye(t, "VOTE_RATE=1", "LOG_LEVEL=error")
	preparePolls(t, poll, result)
	voter := client.New(client.Config{URL: poll, Transport: testenv.Network})
	if _, err := voter.Vote(t.Context(), "open", api.Cast{Vote: client.Choice("a")}); err != nil {
		t.Fatal(err)
	}
	req, err := call{"poll", "POST", api.Base + "/polls/open/votes", `{"vote":["a"]}`}.request(t.Context(), poll, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range voter.HTTP().Jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	if status, err := s.ask(req); err != nil || status != http.StatusTooManyRequests {
		t.Errorf("the second vote: %d, %v", status, err)
	}
	for status := 0; status != http.StatusTooManyRequests; {
		if req, err = (call{"poll", "GET", api.Base + "/codes/" + noCode, ""}).request(t.Context(), poll, ""); err == nil {
			status, err = s.ask(req)
		}
		if err != nil || status != http.StatusNotFound && status != http.StatusTooManyRequests {
			t.Fatalf("a code that leads nowhere: %d, %v", status, err)
		}
	}
	const wrong = "Bearer not-the-organisers-token"
	testenv.Eventually(t, "guessing is slowed down", func() error {
		return s.tries(context.Background(), expected{call{"result", "GET", api.Base + "/polls", ""}, http.StatusTooManyRequests}, poll, result, wrong)
	})
	s.atOnce(t, http.StatusTooManyRequests, organising(operations("result")), poll, result, wrong)
}

// hidden asks without the token for what a poll hides.
func (s *spec) hidden(t *testing.T, poll, result string) {
	t.Helper()
	for _, file := range []string{"results.csv", "ballots.json", "ballots.csv", "ballots.blt"} {
		s.wants(t, expected{call{"result", "GET", api.Base + "/polls/secret/" + file, ""}, http.StatusForbidden}, poll, result, "")
	}
	s.wants(t, expected{call{"result", "GET", api.Base + "/polls/secret/results", ""}, http.StatusOK}, poll, result, "")
}

// wrongHost asks for a host that can't be one.
func (s *spec) wrongHost(t *testing.T, poll string) {
	t.Helper()
	req, err := call{"poll", "GET", api.Base + "/openapi.yaml", ""}.request(t.Context(), poll, "")
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "a,b"
	if status, err := s.ask(req); err != nil || status != http.StatusBadRequest {
		t.Errorf("a host that is none: %d, %v", status, err)
	}
}

// slowly sends the beginning of a body, and no more.
func (s *spec) slowly(t *testing.T, poll, result string) {
	t.Helper()
	var all sync.WaitGroup
	for _, b := range bodies {
		base := result
		if siteOf(b.path) == "poll" {
			base = poll
		}
		all.Go(func() {
			if err := s.slow(b.method, base, s.named(call{path: api.Base + b.path}).path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func (s *spec) slow(method, base, path string) error {
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	conn, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		method, path, u.Host, testenv.AdminToken)
	if err != nil {
		return err
	}
	status, err := s.read(conn, method, path)
	if err == nil && status != http.StatusRequestTimeout {
		err = fmt.Errorf("a body that does not come is answered %d", status)
	}
	return err
}

// account waits for the account, of which the worker first knows nothing.
func (s *spec) account(t *testing.T, result string) {
	t.Helper()
	testenv.Eventually(t, "there is an account", func() error {
		return s.tries(context.Background(), expected{call{"result", "GET", api.Base + "/account", ""}, http.StatusOK}, "", result, "Bearer "+testenv.AdminToken)
	})
}
