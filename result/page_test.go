package result

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/internal/fixture"
	"popeye/internal/metrics"
	"popeye/vote"
	"popeye/vote/definition"
)

func TestALivePageShowsTheCountOfEachKind(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		kind    vote.Kind
		ballots []vote.Ballot
		first   string // how the first option's figures read
		parts   string
	}{
		{vote.Single, []vote.Ballot{"a", "a", "b"}, `<b class="votes">2</b> <span class="share">67 %</span>`, ""},
		{vote.Multiple, []vote.Ballot{"a,b", "a,c", "c"}, `<b class="votes">2</b> <span class="share">67 %</span>`, "the bars show approvals, as a percentage of the people who voted"},
		{vote.Ranked, []vote.Ballot{"a>b", "b>a", "c", "c"}, `<b class="votes">1</b> <span class="share">25 %</span>`, "the bars show first choices"},
		{vote.Score, []vote.Ballot{"a=5,b=1", "a=2"}, `<b class="votes">3.50</b> <span class="share">mean of 2 ratings</span>`, "the bars show the mean, from 0 to 5 points, of those who rated an option; below each is how many gave each number of points"},
	} {
		slug := string(c.kind)
		s.Make(definition.Definition{Slug: slug, Question: "Where to?", Kind: c.kind, Options: fixture.Labels("Pizza", "Sushi", "Salad"), Status: vote.Open})
		s.Vote(slug, c.ballots...)
		for _, path := range []string{"/p/" + slug, "/p/" + slug + "/present"} {
			a := s.Get(path)
			a.Want(t, http.StatusOK, "Where to?", "Pizza", "Sushi", "Salad", c.first, c.parts, "people have voted",
				`data-poll="`+slug+`"`, `data-kind="`+slug+`"`)
			a.Without(t, ">No votes yet")
		}
	}
}

func TestNoVotesNeverLookLikeATie(t *testing.T) {
	s := newSite(t, nil)
	a := s.Get("/")
	a.Want(t, http.StatusOK, "No votes yet", `<b class="votes">0</b> <span class="share"></span>`, `<rect width="0.00%"`)
	a.Without(t, " %<", "voted<")
	s.Vote("default", "b")
	a = s.Get("/p/default")
	a.Want(t, http.StatusOK, "<b>1</b> person has voted", `<span class="share">0 %</span>`, `<span class="share">100 %</span>`)
	a.Without(t, ">No votes yet")
}

func TestAPageSaysWhereThePollStands(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "quiz", Question: "Who?", Options: fixture.Labels("Bluto", "Olive")})
	a := s.Get("/p/quiz")
	a.Want(t, http.StatusOK, "Who?", "This poll has not opened yet.")
	a.Without(t, "Bluto", "Olive") // it may be a quiz
	for status, says := range map[vote.Status]string{
		vote.Open: "", vote.Closing: "Voting has ended. The last votes are being counted.",
		vote.Closed: "This poll is closed. The figures are final.",
	} {
		s.Become("quiz", status)
		a := s.Get("/p/quiz")
		a.Want(t, http.StatusOK, "Popeye", "Olive", says)
		if hidden := strings.Contains(a.Body, `id="status" role="status" hidden`); hidden != (says == "") {
			t.Errorf("%s: the notice is hidden: %t", status, hidden)
		}
	}
}

func TestAPageWorksWithoutJavaScriptAndSaysHowOldItIs(t *testing.T) {
	a := newSite(t, nil).Get("/")
	a.Want(t, http.StatusOK, `<noscript><meta http-equiv="refresh" content="5"></noscript>`, "Figures from ", " UTC")
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("figures of a moment may be kept: %q", got)
	}
}

func TestWordsOfOthersAreOnlyWords(t *testing.T) {
	s := newSite(t, nil)
	const evil = `<script>alert(1)</script>" onload='x' {{.}}`
	s.Make(definition.Definition{Slug: "evil", Question: evil, Options: fixture.Labels(evil, `'"><img src=x>`, "javascript:alert(1)"), Status: vote.Open})
	s.Vote("evil", "a")
	for _, a := range []fixture.Answer{s.Get("/p/evil"), s.Get("/p/evil/present")} {
		a.Want(t, a.StatusCode, "&lt;script&gt;alert(1)")
		a.Without(t, "<script>alert", "<img src=x", `" onload='x'`, "</textarea><script", `="javascript:`)
	}
	s.Get(`/p/<script>alert(1)<`).Without(t, "<script>alert")
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
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi"), Status: vote.Open})
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
		_, err := s.DB.ChangePoll(t.Context(), "lunch", func(p vote.Poll) (vote.Poll, error) {
			p.Status, p.OpensAt, p.ClosesAt = c.status, c.opens, c.closes
			return p, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/p/lunch", "/p/lunch/present"} {
			a := s.Get(path)
			a.Want(t, http.StatusOK, c.want)
			if got := strings.Contains(a.Body, "data-until"); got != (c.until != "") || !strings.Contains(a.Body, c.until) {
				t.Errorf("%+v: a countdown: %v, want %q in %s", c, got, c.until, a.Body)
			}
		}
	}
}

func TestTheBigScreenTellsWhereToVote(t *testing.T) {
	public := func(url string) func(*Config) { return func(c *Config) { c.PollURL = url } }
	outward := func(host string) func(*Config) { return func(c *Config) { c.OutwardHost = host } }
	for name, c := range map[string]struct {
		host      string // as the browser asked for it
		configure func(*Config)
		want      string
		reachable bool
	}{
		"a public URL":            {"localhost:5001", public("https://vote.example.org/"), "https://vote.example.org", true},
		"beside this host":        {"192.0.2.7:5001", nil, "http://192.0.2.7:5000", true},
		"beside this name":        {"box.example:5001", nil, "http://box.example:5000", true},
		"at a port of ours":       {"192.0.2.7", func(c *Config) { c.PollPort = "8000" }, "http://192.0.2.7:8000", true},
		"both: the URL wins":      {"192.0.2.7", func(c *Config) { c.PollURL, c.PollPort = "https://v.example.org", "8000" }, "https://v.example.org", true},
		"localhost, known better": {"localhost:5001", outward("192.0.2.9"), "http://192.0.2.9:5000", true},
		"loopback, known better":  {"[::1]:5001", outward("192.0.2.9"), "http://192.0.2.9:5000", true},
		"another name is kept":    {"192.0.2.7:5001", outward("192.0.2.9"), "http://192.0.2.7:5000", true},
		"localhost":               {"localhost:5001", nil, "http://localhost:5000", false},
		"localhost with a dot":    {"LOCALHOST.:5001", nil, "http://LOCALHOST.:5000", false},
		"a name of localhost":     {"popeye.localhost", nil, "http://popeye.localhost:5000", false},
		"loopback":                {"127.0.0.2:5001", nil, "http://127.0.0.2:5000", false},
		"loopback, IPv6":          {"[::1]:5001", nil, "http://[::1]:5000", false},
		"loopback, mapped":        {"[::ffff:127.0.0.1]:5001", nil, "http://[::ffff:127.0.0.1]:5000", false},
		"no host at all":          {"0.0.0.0:5001", nil, "http://0.0.0.0:5000", false},
		"a public URL for nobody": {"192.0.2.7:5001", public("http://localhost:5000"), "http://localhost:5000", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.configure)
			s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi"), Status: vote.Open})
			for path, link := range map[string]string{"/p/lunch/present": c.want + "/p/lunch", "/p/default/present": c.want} {
				a := s.Do("GET", path, "", "Host", c.host)
				_, typed, _ := strings.Cut(link, "://")
				host, _, _ := strings.Cut(typed, "/")
				a.Want(t, http.StatusOK, `<strong class="host" dir="ltr"><span>`+host+"</span></strong>", `<strong class="code" dir="ltr"><span>`)
				code, words := strings.Contains(a.Body, `class="qr"`), strings.Contains(a.Body, "Phones can’t reach localhost")
				if code != c.reachable || words == c.reachable {
					t.Errorf("%s: a QR code: %t, words: %t", path, code, words)
				}
			}
		})
	}
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi"), Status: vote.Open})
	s.Get("/p/lunch").Want(t, http.StatusOK, `<a class="button primary" href="http://127.0.0.1:5000/p/lunch">Vote</a>`, `href="/p/lunch/present"`)
}

// What leads to a vote is there only while votes are taken.
func TestNothingLeadsToAVoteThatIsNotTaken(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi")})
	for _, status := range []vote.Status{vote.Draft, vote.Open, vote.Closing, vote.Closed} {
		if status != vote.Draft {
			s.Become("lunch", status)
		}
		for path, element := range map[string]string{"/p/lunch/present": `<aside class="join while-open"`, "/p/lunch": `<p class="while-open"`} {
			a := s.Get(path)
			a.Want(t, http.StatusOK, element)
			if hidden := strings.Contains(a.Body, element+" hidden>"); hidden != (status != vote.Open) {
				t.Errorf("%s, %s: the way to vote is hidden: %t", path, status, hidden)
			}
		}
	}
}

// A talk that few heard and all loved comes before one that all found fair.
func TestAScorePollIsOrderedByTheMean(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "talks", Question: "How was it?", Kind: vote.Score, Options: fixture.Labels("Keynote", "Workshop", "Panel"), Status: vote.Open})
	s.Vote("talks", "a=3", "a=3", "a=3", "a=3,b=5", "b=4")
	for _, path := range []string{"/p/talks", "/p/talks/present"} {
		a := s.Get(path)
		a.Want(t, http.StatusOK,
			`<b class="votes">4.50</b> <span class="share">mean of 2 ratings</span>`, `<rect width="90.00%"`,
			`<b class="votes">3.00</b> <span class="share">mean of 4 ratings</span>`, `<rect width="60.00%"`,
			`<b class="votes">–</b> <span class="share">not rated</span>`, `<rect width="0.00%"`,
			`aria-label="Voters by points: 4: 1, 5: 1"`)
		if b, a, c := strings.Index(a.Body, "Workshop"), strings.Index(a.Body, "Keynote"), strings.Index(a.Body, "Panel"); b > a || a > c {
			t.Errorf("%s: not in the order of the means: %d, %d, %d", path, b, a, c)
		}
	}
	s.Get("/api/v1/polls/talks/results").Want(t, http.StatusOK, // in the poll's order; votes are points
		`{"id":"a","label":"Keynote","votes":12,"raters":4,"mean":"3.00","place":2,"distribution":{"3":4}}`,
		`{"id":"b","label":"Workshop","votes":9,"raters":2,"mean":"4.50","place":1,"distribution":{"4":1,"5":1}}`,
		`{"id":"c","label":"Panel","votes":0,"raters":0,"place":3,"distribution":{}}`)
}

// A mean of the fewest points there are is at the beginning of the scale.
func TestABarShowsTheMeanOnTheScale(t *testing.T) {
	one, three := vote.Limit(1), vote.Limit(3)
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "talks", Question: "How was it?", Kind: vote.Score, Min: &one, Max: &three, Options: fixture.Labels("Keynote", "Workshop"), Status: vote.Open})
	s.Vote("talks", "a=1,b=2")
	s.Get("/p/talks").Want(t, http.StatusOK, `<b class="votes">1.00</b>`, `<rect width="0.00%"`, `<b class="votes">2.00</b>`, `<rect width="50.00%"`)
}

// Ballots that are none of the poll's are among the people who voted: the page
// says that they are in no option's figure.
func TestInvalidBallotsAreSaid(t *testing.T) {
	s := newSite(t, nil)
	s.Vote("default", "a", "b", "zzz")
	s.Get("/").Want(t, http.StatusOK, "<b>3</b> people have voted", " · 1 of these ballots is invalid", `<span class="share">33 %</span>`)
	s.Vote("default", "yyy")
	s.Get("/").Want(t, http.StatusOK, " · 2 of these ballots are invalid")
	s.Get("/api/v1/polls/default/results").Want(t, http.StatusOK, `"total":4`, `"invalid":2`)
}

// Punctuation stays at the end of its text, whatever the text's direction.
func TestWordsHaveTheirOwnDirection(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "ar", Question: "أين نأكل؟", Options: fixture.Labels("بيتزا!", "Sushi!"), Status: vote.Open})
	for _, path := range []string{"/p/ar", "/p/ar/present"} {
		s.Get(path).Want(t, http.StatusOK, `<h1 id="question" dir="auto">أين`, `<span class="label" dir="auto">بيتزا!`)
	}
}

func TestWhatIsNotThereIsAReadablePage(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/p/nowhere", "/p/nowhere/present", "/p/UPPER", "/p/a%00b", "/p/" + strings.Repeat("x", 100), "/p/..%2f..%2fetc"} {
		a := s.Get(path)
		a.Want(t, http.StatusNotFound, "There is no poll at this address", `role="alert"`)
		if kind := a.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("%s: %q", path, kind)
		}
	}
	s.Get("/nothing").Want(t, http.StatusNotFound, "There is nothing at this address")
	if a := s.Do("POST", "/p/default", ""); a.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(a.Header.Get("Allow"), "GET") {
		t.Errorf("POST to a page: %s, Allow %q", a.Status, a.Header.Get("Allow"))
	}
	if a := s.Do("HEAD", "/", ""); a.StatusCode != http.StatusOK || a.Body != "" {
		t.Errorf("HEAD /: %s", a.Status)
	}
}

func TestAPageWithoutTheStoreSaysSoAndComesBackByItself(t *testing.T) {
	s := newSite(t, nil)
	s.Store.Away.Store(true)
	for _, path := range []string{"/", "/p/default", "/p/default/present"} {
		a := s.Get(path)
		a.Want(t, http.StatusServiceUnavailable, "be reached right now", "One moment")
		if a.Header.Get("Retry-After") != "3" || a.Header.Get("Refresh") != "3" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		a.Without(t, fixture.ErrAway.Error(), "0 %", ">No votes yet")
	}
	s.Store.Away.Store(false)
	s.Get("/").Want(t, http.StatusOK, "Tea or coffee?")
	if n := s.Log.Lines("level=WARN") + s.Log.Lines("level=ERROR"); n > 0 {
		t.Errorf("each request without the store makes noise in the log: %d lines", n)
	}
}

func TestEveryAnswerHasStrictHeaders(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/p/default/present", "/p/nowhere", "/api/v1/polls/default/results", "/static/result.js", "/nothing"} {
		h := s.Get(path).Header
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
func (s *site) everyPage() map[string]fixture.Answer {
	s.T.Helper()
	s.Make(definition.Definition{Slug: "every", Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi"), OpensAt: definition.At(in(time.Hour))})
	return map[string]fixture.Answer{
		"the live page": s.Get("/"), "one with a schedule": s.Get("/p/every"), "the big screen": s.Get("/p/default/present"),
		"an error": s.Get("/nothing"),
	}
}

func TestNoPageNeedsWhatTheContentPolicyForbids(t *testing.T) {
	s := newSite(t, nil)
	s.WantAllowed(s.everyPage())
}

func TestEveryFileThatAPageNamesIsServed(t *testing.T) {
	s := newSite(t, nil)
	s.WantFiles(s.everyPage(), 7) // icon, two style sheets, four scripts
	s.Get("/static/vendor/socket.io.LICENSE.txt").Want(t, http.StatusOK, "MIT", "Guillermo Rauch")
	s.Get("/static/nothing.js").Want(t, http.StatusNotFound)
	s.Get("/static/").Want(t, http.StatusNotFound)
}

// A stranger's Host comes back in no link, code or redirect where the public URL is
// known, of this site or of the other.
func TestAForeignHostIsNotReflected(t *testing.T) {
	for name, configure := range map[string]func(*Config){
		"both":        func(c *Config) { c.PublicURL, c.PollURL = "https://result.test", "https://vote.test" },
		"only result": func(c *Config) { c.PublicURL = "https://result.test" },
		"only poll":   func(c *Config) { c.PollURL = "https://vote.test" },
	} {
		s := newSite(t, configure)
		for _, path := range []string{"/", "/p/default", "/p/default/present", "/nowhere", "/api/v1/polls/default/results"} {
			a := s.Do("GET", path, "", "Host", "evil.example")
			head := fmt.Sprint(a.Header)
			if strings.Contains(a.Body, "evil.example") || strings.Contains(head, "http://evil.example") {
				t.Errorf("%s: %s comes back in %s %s", name, path, head, a.Body)
			}
		}
	}
}

// A poll of a newer program is not shown without what this one does not know: that
// may say that its count is hidden.
func TestAPollOfANewerProgramIsNotShown(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "newer", Question: "Q?", Options: fixture.Labels("A", "B"), Status: vote.Open})
	s.ByHand(`UPDATE polls SET definition = json_set(definition, '$.riddle', 1) WHERE slug = 'newer'`)
	for _, path := range []string{"/p/newer", "/p/newer/present", "/api/v1/polls/newer/results", "/api/v1/polls/newer/results.csv"} {
		a := s.Get(path)
		a.Want(t, http.StatusServiceUnavailable, "newer version")
		a.Without(t, "Q?")
	}
	s.Get("/").Want(t, http.StatusOK) // others are shown
}

// Notes are on the page and in files, and not sent with every tally.
func TestNotesAreWhereThereIsRoom(t *testing.T) {
	s := newSite(t, nil)
	options := []definition.OptionText{{Label: "Pizza", Note: "wood-fired <b>"}, {Label: "Sushi"}, {Label: "Salad", Note: "=1+1"}}
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: options, Status: vote.Open})
	s.Vote("lunch", "a", "a", "b")
	a := s.Get("/p/lunch")
	a.Want(t, http.StatusOK, `<p class="note" dir="auto">wood-fired &lt;b&gt;</p></div>`)
	if n := strings.Count(a.Body, `class="note"`); n != 2 {
		t.Errorf("there are %d notes", n)
	}
	s.Get("/p/lunch/present").Without(t, "wood-fired")
	s.Get("/api/v1/polls/lunch/results").Without(t, "wood-fired")
	csv := s.Get("/api/v1/polls/lunch/results.csv")
	csv.Want(t, http.StatusOK, ",as_of,note\n", ",wood-fired <b>\n", ",'=1+1\n")
	s.Get("/api/v1/polls/default/results.csv").Without(t, ",note")
	s.Become("lunch", vote.Closed)
	s.Get("/api/v1/polls/lunch/ballots.json").Want(t, http.StatusOK, `"note": "wood-fired `)
	s.Get("/api/v1/polls/lunch/ballots.csv").Want(t, http.StatusOK, "# note,a,wood-fired <b>\n", "# note,c,'=1+1\n")
}

func TestNotesOfHiddenResultsAreNotSent(t *testing.T) {
	s := newSite(t, nil)
	hidden := vote.VisibleClosed
	s.Make(definition.Definition{
		Slug: "lunch", Question: "Where to?", Options: []definition.OptionText{{Label: "Pizza", Note: "wood-fired"}, {Label: "Sushi"}},
		Status: vote.Open, Choices: vote.Choices{Visibility: &hidden},
	})
	s.Get("/api/v1/polls/lunch/results").Want(t, http.StatusOK, `"hidden":true`, `"label":"Pizza"}`)
}
