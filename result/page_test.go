package result

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"popeye/internal/metrics"
	"popeye/vote"
)

func TestALivePageShowsTheCountOfEachKind(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		kind    vote.Kind
		ballots []vote.Ballot
		first   string // how the first option's figures read
		things  string
	}{
		{vote.Single, []vote.Ballot{"a", "a", "b"}, `<b class="votes">2</b> <span class="share">67 %</span>`, ""},
		{vote.Multiple, []vote.Ballot{"a,b", "a,c", "c"}, `<b class="votes">2</b> <span class="share">67 %</span>`, "the bars show approvals"},
		{vote.Ranked, []vote.Ballot{"a>b", "b>a", "c", "c"}, `<b class="votes">1</b> <span class="share">25 %</span>`, "the bars show first choices"},
		{vote.Score, []vote.Ballot{"a=5,b=1", "a=2"}, `<b class="votes">7</b> <span class="share">70 %</span>`, "the bars show points"},
	} {
		slug := string(c.kind)
		s.make(vote.Definition{Slug: slug, Question: "Where to?", Kind: c.kind, Options: labels("Pizza", "Sushi", "Salad"), Status: vote.Open})
		s.vote(slug, c.ballots...)
		for _, path := range []string{"/p/" + slug, "/p/" + slug + "/present"} {
			a := s.get(path)
			a.want(t, http.StatusOK, "Where to?", "Pizza", "Sushi", "Salad", c.first, c.things, "people have voted",
				`data-poll="`+slug+`"`, `data-kind="`+slug+`"`)
			a.without(t, "No votes yet")
		}
	}
}

func TestNoVotesNeverLookLikeATie(t *testing.T) {
	s := newSite(t, nil)
	a := s.get("/")
	a.want(t, http.StatusOK, "No votes yet", `<b class="votes">0</b> <span class="share"></span>`, `<rect width="0.00%"`)
	a.without(t, " %<", "voted")
	s.vote("default", "b")
	a = s.get("/p/default")
	a.want(t, http.StatusOK, "<b>1</b> person has voted", `<span class="share">0 %</span>`, `<span class="share">100 %</span>`)
	a.without(t, "No votes yet")
}

func TestAPageSaysWhereThePollStands(t *testing.T) {
	s := newSite(t, nil)
	s.make(vote.Definition{Slug: "quiz", Question: "Who?", Options: labels("Popeye", "Olive")})
	a := s.get("/p/quiz")
	a.want(t, http.StatusOK, "Who?", "This poll has not opened yet.")
	a.without(t, "Popeye", "Olive") // it may be a quiz
	for status, says := range map[vote.Status]string{
		vote.Open: "", vote.Closing: "Voting has ended. The last votes are being counted.",
		vote.Closed: "This poll is closed. The figures are final.",
	} {
		s.become("quiz", status)
		a := s.get("/p/quiz")
		a.want(t, http.StatusOK, "Popeye", "Olive", says)
		if hidden := strings.Contains(a.body, `id="status" role="status" hidden`); hidden != (says == "") {
			t.Errorf("%s: the notice is hidden: %t", status, hidden)
		}
	}
}

func TestAPageWorksWithoutJavaScriptAndSaysHowOldItIs(t *testing.T) {
	a := newSite(t, nil).get("/")
	a.want(t, http.StatusOK, `<noscript><meta http-equiv="refresh" content="5"></noscript>`, "Figures from ", " UTC")
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("figures of a moment may be kept: %q", got)
	}
}

func TestWordsOfOthersAreOnlyWords(t *testing.T) {
	s := newSite(t, nil)
	const evil = `<script>alert(1)</script>" onload='x' {{.}}`
	s.make(vote.Definition{Slug: "evil", Question: evil, Options: labels(evil, `'"><img src=x>`, "javascript:alert(1)"), Status: vote.Open})
	s.vote("evil", "a")
	wrong := url.Values{"question": {evil}, "options": {"</textarea>" + evil}, "kind": {evil}, "opens_at": {evil}, "closes_at": {evil}}
	typed := s.act("/admin/polls", wrong.Encode())
	typed.want(t, http.StatusUnprocessableEntity, "&lt;/textarea&gt;")
	for _, a := range []answer{s.get("/p/evil"), s.get("/p/evil/present"), s.admin(), typed} {
		a.want(t, a.StatusCode, "&lt;script&gt;alert(1)")
		a.without(t, "<script>alert", "<img src=x", `" onload='x'`, "</textarea><script", `="javascript:`)
	}
	s.get(`/p/<script>alert(1)<`).without(t, "<script>alert")
	s.act(`/admin/polls/<script>alert(1)<`+`/open`, "").without(t, "<script>alert")
}

// A setting becomes a link on every page.
func TestALinkIsOfTheWeb(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"PUBLIC_POLL_URL is ":   func(c *Config) { c.PollURL = "javascript:alert(1)" },
		"PUBLIC_RESULT_URL is ": func(c *Config) { c.PublicURL = "vote.test" },
		"PUBLIC_RESULT_URL: ":   func(c *Config) { c.PublicURL = "https://vote.test/watch" },
	} {
		c := newSite(t, nil).station.Config
		c.Registry = metrics.NewRegistry()
		change(&c)
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("want an error that names the setting, as in %q, got %v", name, err)
		}
	}
}

func TestAPageTellsTheSchedule(t *testing.T) {
	s := newSite(t, nil)
	s.make(vote.Definition{Slug: "lunch", Question: "Where to?", Options: labels("Pizza", "Sushi"), Status: vote.Open})
	moment := func(t time.Time) string { return t.Format(time.RFC3339Nano) }
	past, soon, later := in(-time.Minute), in(time.Hour), in(2*time.Hour)
	for _, c := range []struct {
		status        vote.Status
		opens, closes time.Time
		want, until   string
	}{
		{vote.Open, time.Time{}, time.Time{}, `id="when" hidden></p>`, ""},
		{vote.Open, time.Time{}, soon, `Voting closes at <time datetime="` + moment(soon), moment(soon) + `" data-then="shut"`},
		{vote.Open, time.Time{}, past, `Voting closed at <time datetime="` + moment(past), ""}, // no worker has closed it
		{vote.Closed, time.Time{}, past, `Voting closed at <time datetime="` + moment(past), ""},
		{vote.Draft, soon, later, `Voting opens at <time datetime="` + moment(soon), moment(soon) + `">`},
		{vote.Closed, soon, time.Time{}, `Voting opens again at <time datetime="` + moment(soon), moment(soon) + `">`},
	} {
		_, err := s.db.ChangePoll(t.Context(), "lunch", func(p vote.Poll) (vote.Poll, error) {
			p.Status, p.OpensAt, p.ClosesAt = c.status, c.opens, c.closes
			return p, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/p/lunch", "/p/lunch/present"} {
			a := s.get(path)
			a.want(t, http.StatusOK, c.want)
			if got := strings.Contains(a.body, "data-until"); got != (c.until != "") || !strings.Contains(a.body, c.until) {
				t.Errorf("%+v: a countdown: %v, want %q in %s", c, got, c.until, a.body)
			}
		}
	}
}

func TestAFieldShowsATimeToTheSecond(t *testing.T) {
	at := time.Date(2026, 5, 1, 18, 0, 0, 999, time.FixedZone("", 7200))
	for got, want := range map[string]string{
		showTime(at): "2026-05-01T16:00", showTime(at.Add(9 * time.Second)): "2026-05-01T16:00:09", showTime(time.Time{}): "",
	} {
		if got != want {
			t.Errorf("written as %q, want %q", got, want)
		}
	}
}

func TestTheBigScreenTellsWhereToVote(t *testing.T) {
	for name, c := range map[string]struct {
		configure func(*Config)
		want      string
	}{
		"a public URL":       {func(c *Config) { c.PollURL = "https://vote.example.org/" }, "https://vote.example.org"},
		"beside this host":   {func(*Config) {}, "http://127.0.0.1:5000"},
		"at a port of ours":  {func(c *Config) { c.PollPort = "8000" }, "http://127.0.0.1:8000"},
		"both: the URL wins": {func(c *Config) { c.PollURL, c.PollPort = "https://v.example.org", "8000" }, "https://v.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.configure)
			s.make(vote.Definition{Slug: "lunch", Question: "Where to?", Options: labels("Pizza", "Sushi"), Status: vote.Open})
			s.get("/p/lunch/present").want(t, http.StatusOK, "<strong>"+c.want+"/p/lunch</strong>", `<svg class="qr"`)
			s.get("/p/default/present").want(t, http.StatusOK, "<strong>"+c.want+"/</strong>")
			s.get("/p/lunch").want(t, http.StatusOK, `<a href="`+c.want+`/p/lunch">Vote</a>`, `<a href="/p/lunch/present">`)
		})
	}
}

func TestWhatIsNotThereIsAReadablePage(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/p/nowhere", "/p/nowhere/present", "/p/UPPER", "/p/a%00b", "/p/" + strings.Repeat("x", 100), "/p/..%2f..%2fetc"} {
		a := s.get(path)
		a.want(t, http.StatusNotFound, "There is no poll at this address", `role="alert"`)
		if kind := a.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("%s: %q", path, kind)
		}
	}
	s.get("/nothing").want(t, http.StatusNotFound, "There is nothing at this address")
	if a := s.do("POST", "/p/default", ""); a.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(a.Header.Get("Allow"), "GET") {
		t.Errorf("POST to a page: %s, Allow %q", a.Status, a.Header.Get("Allow"))
	}
	if a := s.do("HEAD", "/", ""); a.StatusCode != http.StatusOK || a.body != "" {
		t.Errorf("HEAD /: %s", a.Status)
	}
}

func TestAPageWithoutTheStoreSaysSoAndComesBackByItself(t *testing.T) {
	s := newSite(t, nil)
	s.store.away.Store(true)
	for _, path := range []string{"/", "/p/default", "/p/default/present"} {
		a := s.get(path)
		a.want(t, http.StatusServiceUnavailable, "be reached right now", "One moment")
		if a.Header.Get("Retry-After") != "3" || a.Header.Get("Refresh") != "3" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		a.without(t, errAway.Error(), "0 %", "No votes yet")
	}
	s.store.away.Store(false)
	s.get("/").want(t, http.StatusOK, "Tea or coffee?")
	if n := s.log.lines("level=WARN") + s.log.lines("level=ERROR"); n > 0 {
		t.Errorf("each request without the store makes noise in the log: %d lines", n)
	}
}

func TestEveryAnswerHasStrictHeaders(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/p/default/present", "/p/nowhere", "/admin", "/api/v1/polls", "/api/v1/polls/default/results", "/static/result.js", "/nothing"} {
		h := s.get(path).Header
		csp := h.Get("Content-Security-Policy")
		for _, rule := range []string{"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, rule) {
				t.Errorf("%s: the content policy %q lacks %q", path, csp, rule)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}

// everyPage returns each page of the station, by what it shows.
func (s *site) everyPage() map[string]answer {
	s.t.Helper()
	s.make(vote.Definition{Slug: "every", Question: "Where to?", Options: labels("Pizza", "Sushi"), OpensAt: vote.At(in(time.Hour))})
	return map[string]answer{
		"the live page": s.get("/"), "one with a schedule": s.get("/p/every"), "the big screen": s.get("/p/default/present"),
		"the door": s.get("/admin"), "the organiser's page": s.admin(), "an error": s.get("/nothing"),
	}
}

// The content policy forbids scripts and styles within a page.
func TestNoPageNeedsWhatTheContentPolicyForbids(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script>|<script [^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|<(script|link|img)[^>]*https?://`)
	for name, page := range newSite(t, nil).everyPage() {
		if found := inline.FindString(page.body); found != "" {
			t.Errorf("%s holds %q", name, found)
		}
	}
}

func TestEveryFileThatAPageNamesIsServed(t *testing.T) {
	s := newSite(t, nil)
	used := regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)
	seen := map[string]bool{}
	for name, page := range s.everyPage() {
		for _, m := range used.FindAllStringSubmatch(page.body, -1) {
			seen[m[1]] = true
			a := s.get(m[1])
			a.want(t, http.StatusOK)
			if a.body == "" || a.Header.Get("Content-Type") == "" || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s uses %s, which is served as %v", name, m[1], a.Header)
			}
		}
	}
	if len(seen) < 7 { // icon, two style sheets, four scripts
		t.Errorf("only %d files: the test looks at the wrong thing", len(seen))
	}
	s.get("/static/vendor/socket.io.LICENSE.txt").want(t, http.StatusOK, "MIT", "Guillermo Rauch")
	s.get("/static/nothing.js").want(t, http.StatusNotFound)
	s.get("/static/").want(t, http.StatusNotFound)
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", 1234567: "1 234 567", -1234: "-1 234"} {
		if got := strings.ReplaceAll(grouped(n), "\u202f", " "); got != want {
			t.Errorf("%d is written %q", n, got)
		}
	}
}
