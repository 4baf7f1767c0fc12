package poll

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
)

func TestPageShowsThePoll(t *testing.T) {
	button := func(id string) string { return `name="vote" value="` + id + `"` }
	tests := []struct {
		path  string
		forms int
		shows []string
	}{
		{"/", 1, []string{"Which default?", `action="/"`, button("a"), button("b"), button("c"), "Ceylon", "Tap one. You can change it until the poll closes."}},
		{"/p/default", 1, []string{"Which default?", `action="/p/default"`}},
		{"/p/single", 1, []string{"Which single?", `action="/p/single"`, `<button class="option" ` + button("a")}},
		{"/p/multiple", 1, []string{"Choose 1 to 2 options.", `type="checkbox" ` + button("c"), ">Vote</button>"}},
		{"/p/ranked", 1, []string{`select name="rank-a"`, `value="1"`, `value="3"`, ">Send my ranking</button>"}},
		{"/p/score", 1, []string{`type="radio" name="score-c" value="0"`, `value="5"`, "Give each option 0 to 5 points.", ">Send my points</button>"}},
		{"/p/closing", 0, []string{"This poll is closed."}},
		{"/p/closed", 0, []string{"This poll is closed."}},
		{"/p/draft", 0, []string{"Which draft?", "has not opened yet"}},
	}
	w := newFixture(t)
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			got := w.ask(request("GET", tt.path, ""))
			got.is(t, http.StatusOK, tt.shows...)
			got.hides(t, "Recorded", `role="alert"`)
			equal(t, "Content-Type", got.Header.Get("Content-Type"), "text/html; charset=utf-8")
			equal(t, "Cache-Control", got.Header.Get("Cache-Control"), "no-store")
			equal(t, "forms that vote", strings.Count(got.body, `<form method="post"`), tt.forms)
		})
	}
}

// A form is sent, ends on a page that shows what was recorded, and a refresh of
// that page votes for nothing.
func TestFormVote(t *testing.T) {
	tests := []struct {
		slug     string
		fields   []string
		want     vote.Ballot
		recorded string
	}{
		{"single", []string{"vote", "b"}, "b", "<bdi>Bancha</bdi>"},
		{"multiple", []string{"vote", "c", "vote", "a"}, "a,c", "<bdi>Assam</bdi>, <bdi>Ceylon</bdi>"},
		{"ranked", []string{"rank-a", "2", "rank-b", "", "rank-c", "1"}, "c>a", "1. <bdi>Ceylon</bdi>, 2. <bdi>Assam</bdi>"},
		{"score", []string{"score-a", "5", "score-b", "0", "score-c", ""}, "a=5,b=0", "<bdi>Assam</bdi>: 5, <bdi>Bancha</bdi>: 0"},
	}
	for _, tt := range tests {
		t.Run(tt.slug, func(t *testing.T) {
			w := newFixture(t)
			b := w.browser(t)
			path := "/p/" + tt.slug
			b.get(path)
			got := b.send(path, tt.fields...)
			got.is(t, http.StatusOK, "Recorded: <strong>"+tt.recorded+"</strong>.", "You can change your vote until the poll closes.")
			equal(t, "method of the last request", got.Request.Method, "GET")
			b.get(path).is(t, http.StatusOK, tt.recorded)
			equal(t, "ballots", w.ballots(), []vote.Ballot{tt.want})

			w.change(tt.slug, func(p *vote.Poll) { p.Status = vote.Closed })
			closed := b.get(path)
			closed.is(t, http.StatusOK, tt.recorded, "This poll is closed.")
			closed.hides(t, "You can change your vote")
		})
	}
}

func TestFormIsFilledWithWhatIsRecorded(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	b.send("/", "vote", "b").is(t, http.StatusOK, `value="b" aria-pressed="true"`, `value="a" aria-pressed="false"`)
	b.send("/p/multiple", "vote", "b").is(t, http.StatusOK, `value="b" checked`, `value="a">`)
	b.send("/p/ranked", "rank-b", "2").is(t, http.StatusOK, `<option value="1" selected>`)
	b.send("/p/score", "score-b", "0").is(t, http.StatusOK, `name="score-b" value="0" checked`, `name="score-a" value="" aria-label="No points for Assam" checked`)
}

func TestRedirectAfterAVote(t *testing.T) {
	for _, path := range []string{"/", "/p/single"} {
		got := newFixture(t).ask(request("POST", path, "vote=a"))
		got.is(t, http.StatusSeeOther)
		equal(t, "Location", got.Header.Get("Location"), path)
	}
}

func TestChangeOfMind(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	b.send("/", "vote", "a").is(t, http.StatusOK, "<strong><bdi>Assam</bdi></strong>")
	b.send("/p/default", "vote", "b").is(t, http.StatusOK, "<strong><bdi>Bancha</bdi></strong>")
	// Both addresses of the default poll show the last choice.
	b.get("/").is(t, http.StatusOK, "<strong><bdi>Bancha</bdi></strong>")
	b.send("/", "vote", "c")
	b.get("/p/default").is(t, http.StatusOK, "<strong><bdi>Ceylon</bdi></strong>")

	voters := map[string]bool{}
	for _, c := range w.casts() {
		voters[c.Vote.Voter] = true
	}
	equal(t, "ballots", w.ballots(), []vote.Ballot{"a", "b", "c"})
	equal(t, "voters", len(voters), 1)
}

func TestMultipartForm(t *testing.T) {
	w := newFixture(t)
	r := request("POST", "/", "--x\r\nContent-Disposition: form-data; name=\"vote\"\r\n\r\nb\r\n--x--\r\n")
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	w.ask(r).is(t, http.StatusSeeOther)
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
}

// A vote that is refused leads back to the form, with the reason and with what
// the voter had filled in; what was recorded before is said to count.
func TestRefusedForm(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	b.send("/p/ranked", "rank-a", "1")
	got := b.send("/p/ranked", "rank-b", "2", "rank-c", "2")
	got.is(t, http.StatusUnprocessableEntity, `role="alert"`, "Two options share place 2. Give each a place of its own.",
		"Your earlier vote still counts: <strong>1. <bdi>Assam</bdi></strong>", "<form")
	equal(t, "fields that are filled", strings.Count(got.body, `<option value="2" selected>`), 2)
	got.hides(t, `<option value="1" selected>`)

	got = b.send("/p/multiple", "vote", "a", "vote", "b", "vote", "c")
	got.is(t, http.StatusUnprocessableEntity, "Choose 1 to 2 options. You chose 3.")
	equal(t, "boxes that are ticked", strings.Count(got.body, " checked"), 3)
	b.send("/p/score", "score-a", "9", "score-b", "x").is(t, http.StatusUnprocessableEntity, "“<bdi>Bancha</bdi>” needs one whole number.")

	equal(t, "ballots", w.ballots(), []vote.Ballot{"a"})
}

// A button looks pressed only when its vote is recorded.
func TestButtonsAreHonest(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	w.fail(unavailable)
	got := b.send("/", "vote", "a")
	got.is(t, http.StatusServiceUnavailable, "it may not have been recorded", "<form")
	got.hides(t, `aria-pressed="true"`, "still counts")
	equal(t, "Retry-After", got.Header.Get("Retry-After"), "3")

	b.send("/", "vote", "b")
	w.fail(unavailable)
	got = b.send("/", "vote", "a")
	got.hides(t, "still counts") // nobody knows: the answer may have been lost
	got.is(t, http.StatusServiceUnavailable,
		`value="a" aria-pressed="false"`, `value="b" aria-pressed="true"`)
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
}

func TestFormOfAPollThatTakesNoVotes(t *testing.T) {
	w := newFixture(t)
	for slug, want := range map[string]string{
		"draft": "This poll has not opened yet.", "closing": "This poll is closed.", "closed": "This poll is closed.",
	} {
		for _, id := range []string{"", "an-id"} {
			got := w.ask(request("POST", "/p/"+slug, "vote=a&id="+id))
			got.is(t, http.StatusConflict, want, `role="alert"`)
			got.hides(t, "<form", "Recorded")
		}
	}
	equal(t, "ballots", w.ballots(), []vote.Ballot{})
}

// The gate closes while the voter's thumb is on the way.
func TestPollClosesInTheLastMoment(t *testing.T) {
	w := newFixture(t)
	w.fail(w.changed("single", func(p *vote.Poll) { p.Status = vote.Closing }))
	w.ask(request("POST", "/p/single", "vote=a")).is(t, http.StatusConflict, "This poll is closed. It takes no more votes.")
	equal(t, "ballots", w.ballots(), []vote.Ballot{})
}

// scheduled gives a poll a status and times, from now.
func (w *fixture) scheduled(slug string, s vote.Status, opens, closes time.Duration) {
	at := func(d time.Duration) time.Time {
		if d == 0 {
			return time.Time{}
		}
		return time.Now().UTC().Add(d).Truncate(time.Microsecond)
	}
	w.change(slug, func(p *vote.Poll) { p.Status, p.OpensAt, p.ClosesAt = s, at(opens), at(closes) })
}

func TestPageTellsTheSchedule(t *testing.T) {
	const hour, day = time.Hour, 24 * time.Hour
	const timer = `role="timer" data-until="`
	tests := []struct {
		name          string
		status        vote.Status
		opens, closes time.Duration
		shows, hides  []string
		refresh       bool
	}{
		{"open", vote.Open, 0, 0, []string{"<form"}, []string{`quiet when`}, false},
		{"open until later", vote.Open, 0, hour, []string{"Voting closes at <time datetime=\"2000-01-01T01:00:00Z\">1 January 2000, 01:00 UTC</time>", timer + `2000-01-01T01:00:00Z" data-then="shut"`, "<form"}, nil, false},
		{"its time has come", vote.Open, 0, -time.Second, []string{"This poll is closed.", "Voting closed at <time datetime=\"1999-12-31T23:59:59Z\">31 December 1999, 23:59:59 UTC</time>"}, []string{"<form", timer}, false},
		{"its time comes now", vote.Open, 0, time.Nanosecond, []string{"This poll is closed."}, []string{"<form", timer}, false},
		{"closing", vote.Closing, 0, -hour, []string{"This poll is closed.", "Voting closed at"}, []string{"<form", timer}, false},
		{"closed by hand", vote.Closed, 0, 0, []string{"This poll is closed."}, []string{"Voting closed at", "looks again"}, false},
		{"a draft that opens", vote.Draft, day, 0, []string{"has not opened yet", "Voting opens at", timer}, []string{"<form", "closes at", "data-then"}, true},
		{"a draft that opens and closes", vote.Draft, hour, 2 * hour, []string{"Voting opens at", " and closes at <time"}, []string{"<form"}, true},
		{"opens again tomorrow", vote.Closed, day, 0, []string{"This poll is closed.", "Voting opens again at", timer}, []string{"looks again", "<form"}, false},
		{"opens again soon", vote.Closed, hour / 2, 0, []string{"Voting opens again at", "This page refreshes by itself."}, []string{"<form"}, true},
		{"should have opened again", vote.Closed, -hour, 0, []string{"Voting opens again at"}, []string{"<form"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // time stands still, and it is the year 2000
				w := newFixture(t)
				w.scheduled("single", tt.status, tt.opens, tt.closes)
				got := w.ask(request("GET", "/p/single", ""))
				got.is(t, http.StatusOK, append(tt.shows, `<main data-now="2000-01-01T00:00:00Z" data-state=`)...)
				got.hides(t, append(tt.hides, `role="alert"`)...)
				equal(t, "looks again by itself without a script",
					strings.Contains(got.body, `<noscript><meta http-equiv="refresh" content="5"></noscript>`), tt.refresh)
			})
		})
	}
}

// The gate of the queue goes by the queue's clock: whatever ours says, a voter
// who is too late sees that, and no form.
func TestGateShutsBeforeThePageKnows(t *testing.T) {
	w := newFixture(t)
	w.scheduled("single", vote.Open, 0, time.Minute)
	b := w.browser(t)
	b.send("/p/single", "vote", "b").is(t, http.StatusOK, "Recorded", "<form")
	w.fail(refuse(queue.ErrNotOpen))
	got := b.send("/p/single", "vote", "a")
	got.is(t, http.StatusConflict, `role="alert"`, "This poll is closed. It takes no more votes.", "still counts: <strong><bdi>Bancha</bdi></strong>")
	got.hides(t, "<form")
	equal(t, "times it is said", strings.Count(got.body, "This poll is closed."), 1)
}

// Nothing tells the options of a poll that has not opened: it may be a quiz.
func TestDraftHidesItsOptions(t *testing.T) {
	w := newFixture(t)
	w.change("draft", func(p *vote.Poll) {
		p.Options = []vote.Option{{ID: "key-1", Label: "Answer"}, {ID: "key-2", Label: "Other"}}
	})
	p := w.polls["draft"]
	curious := request("GET", "/p/draft", "")
	curious.AddCookie(&http.Cookie{Name: voter.ChoiceName(testKey, "draft"), Value: p.CreatedKey() + voter.ChoiceSeparator + "key-1"})
	for _, r := range []*http.Request{
		curious,
		request("GET", "/api/v1/polls/draft", ""),
		request("POST", "/p/draft", "vote=guess"),
		request("POST", "/p/draft", "vote=guess&id=1"),
		request("POST", "/p/draft", "vote=key-1&id=1"),
		request("POST", "/api/v1/polls/draft/votes", `{"vote":"guess","id":"1"}`),
	} {
		w.ask(r).hides(t, "key-1", "key-2", "Answer", "Other")
	}
}

func TestWordsOfStrangersAreEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	w := newFixture(t)
	for _, slug := range []string{"single", "multiple", "ranked", "score"} {
		w.change(slug, func(p *vote.Poll) {
			p.Question = evil
			p.Options = []vote.Option{{ID: "a", Label: evil}, {ID: "b", Label: "javascript:alert(1)"}}
		})
		b := w.browser(t)
		fields := map[string][]string{"ranked": {"rank-a", "1"}, "score": {"score-a", "1"}}[slug]
		if fields == nil {
			fields = []string{"vote", "a"}
		}
		for _, got := range []answer{
			b.get("/p/" + slug), b.send("/p/"+slug, fields...), b.send("/p/"+slug, "vote", evil),
			b.send("/p/"+slug, "vote", "a", "rank-a", evil, "score-a", evil),
		} {
			got.hides(t, "<script>alert", `="javascript:`)
			got.is(t, got.StatusCode, "&lt;script&gt;")
		}
	}
	r := request("GET", "/", "")
	r.Host = `vote.test"><script>alert(1)</script>`
	w.ask(r).hides(t, "<script>alert")
}

func TestLinkToTheResult(t *testing.T) {
	tests := []struct {
		name, host, url, port, path, want string
	}{
		{"beside", "vote.test:5000", "", "", "/", "http://vote.test:5001/"},
		{"beside, another port", "vote.test", "", "8001", "/p/single", "http://vote.test:8001/p/single"},
		{"beside, by number", "[::1]:5000", "", "", "/", "http://[::1]:5001/"},
		{"public", "vote.test", "https://result.test/", "", "/p/single", "https://result.test/p/single"},
		{"public, the default poll", "vote.test", "https://result.test", "", "/p/default", "https://result.test/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(t, func(c *Config) { c.ResultURL, c.ResultPort = tt.url, tt.port })
			r := request("GET", tt.path, "")
			r.Host = tt.host
			w.ask(r).is(t, http.StatusOK, `href="`+tt.want+`">See the result</a>`)
		})
	}
}

// The choice is voter.Remembered by a cookie that anyone can write.
func TestChoiceCookie(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	b.send("/p/single", "vote", "b")
	value := b.cookie("/p/single", voter.ChoiceName(testKey, "single"))
	equal(t, "choice sent to another poll", b.cookie("/p/ranked", voter.ChoiceName(testKey, "single")), "")
	for name, forged := range map[string]string{
		"empty": "", "no ballot": strings.TrimSuffix(value, "b"), "an unknown option": strings.TrimSuffix(value, "b") + "z",
		"of another poll's making": "0.b", "no moment": "b", "markup": value + "<script>", "very long": strings.Repeat("a.", 2000),
	} {
		r := request("GET", "/p/single", "")
		r.AddCookie(&http.Cookie{Name: voter.ChoiceName(testKey, "single"), Value: forged})
		got := w.ask(r)
		got.is(t, http.StatusOK)
		if strings.Contains(got.body, "Recorded") {
			t.Errorf("%s: the page shows a choice", name)
		}
	}
	// Deleted and made anew, the poll has recorded nothing.
	w.change("single", func(p *vote.Poll) { p.CreatedAt = p.CreatedAt.AddDate(0, 0, 1) })
	b.get("/p/single").hides(t, "Recorded")
}

// The longest ballot there can be is voter.Remembered like any other: name, value and
// attributes are within the 4096 bytes that browsers keep.
func TestChoiceCookieHoldsTheLongestBallot(t *testing.T) {
	p := vote.Poll{
		Slug: strings.Repeat("s", vote.MaxSlug), Question: "?", Kind: vote.Score, Max: vote.MaxPoints, Status: vote.Open,
	}
	var ballot []string
	for i := range vote.MaxOptions {
		id := strings.Repeat("x", vote.MaxOptionID-2) + vote.OptionID(26+i)
		p.Options = append(p.Options, vote.Option{ID: id, Label: id})
		ballot = append(ballot, id+"=100")
	}
	w := newFixture(t, func(c *Config) { c.PublicURL = "https://vote.test" })
	w.publish(p)
	got := w.ask(request("POST", "/p/"+p.Slug, "vote="+strings.ReplaceAll(strings.Join(ballot, ","), "=", "%3D")))
	got.is(t, http.StatusSeeOther)
	r := request("GET", "/p/"+p.Slug, "")
	for i, c := range got.Cookies() {
		if line := got.Header["Set-Cookie"][i]; len(line) > 4096 {
			t.Errorf("the cookie %s has %d bytes", c.Name, len(line))
		}
		r.AddCookie(c)
	}
	w.ask(r).is(t, http.StatusOK, "Recorded: <strong><bdi>"+p.Options[0].ID+"</bdi>: 100")
	equal(t, "ballots", w.ballots(), []vote.Ballot{vote.Ballot(strings.Join(ballot, ","))})
}

// While the queue is away there is no poll to show; the page looks again.
func TestPageWithoutAQueue(t *testing.T) {
	w := newFixture(t)
	w.lose(queue.ErrUnavailable)
	got := w.ask(request("GET", "/", ""))
	got.is(t, http.StatusServiceUnavailable, "One moment, please", "please try again in a few seconds")
	equal(t, "Retry-After", got.Header.Get("Retry-After"), "3")
	equal(t, "Refresh", got.Header.Get("Refresh"), "3")
	got = w.ask(request("POST", "/", "vote=a"))
	got.is(t, http.StatusServiceUnavailable, "it may not have been recorded")
	equal(t, "Retry-After", got.Header.Get("Retry-After"), "3")
	equal(t, "Refresh of a vote", got.Header.Get("Refresh"), "")
	w.lose(nil)
	w.ask(request("GET", "/", "")).is(t, http.StatusOK)
}
