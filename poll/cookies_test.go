package poll

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"popeye/poll/ballotpage"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
)

var otherKey = []byte(strings.Repeat("x", voter.MinKey))

// voters returns how many different voters have voted.
func (w *fixture) voters() int {
	all := map[string]bool{}
	for _, c := range w.casts() {
		all[c.Vote.Voter] = true
	}
	return len(all)
}

// ourField is what our form sends beside the vote.
func ourField() (name, value string) { return ballotpage.CookieField, voter.Tag(testKey) }

// A browser that keeps no cookies is told so by our page, and its votes are not
// counted as those of ever new voters. A bare form is still a new voter each time.
func TestFormWithoutItsCookie(t *testing.T) {
	w := newFixture(t)
	name, value := ourField()
	w.ask(request("GET", "/", "")).is(t, http.StatusOK, `<input type="hidden" name="`+name+`" value="`+value+`">`)
	for _, id := range []string{"", "&id=1", "&id=1"} {
		got := w.ask(request("POST", "/", "vote=a&"+name+"="+value+id))
		got.is(t, http.StatusForbidden, "Your browser did not keep our cookie, so your vote was not recorded", "<form", `role="alert"`)
		got.hides(t, "Recorded", "https://")
		equal(t, "mark", got.Header.Get(answerHeader), refusedMark)
		if voterCookieOf(got) == nil {
			t.Error("there is no other try to set the cookie")
		}
	}
	equal(t, "votes", len(w.casts()), 0)

	w.ask(request("POST", "/", "vote=a")).is(t, http.StatusSeeOther)
	w.ask(request("POST", "/", "vote=a")).is(t, http.StatusSeeOther)
	w.ask(request("POST", "/", "vote=b&cookie=of-another-instance")).is(t, http.StatusSeeOther)
	equal(t, "voters of bare forms", w.voters(), 3)

	b := w.browser(t)
	b.get("/")
	b.send("/", "vote", "c", name, value).is(t, http.StatusOK, "Recorded")
}

// A page that is to be reached by TLS was opened without: its cookie is dropped.
func TestSecureCookieOverPlainHTTP(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.PublicURL = "https://vote.test" })
	b := w.browser(t) // drops what is Secure, as browsers do
	b.get("/")
	name, value := ourField()
	b.send("/", "vote", "a", name, value).is(t, http.StatusForbidden, "did not keep our cookie", "open <bdi>https://vote.test</bdi> instead")
	equal(t, "votes", len(w.casts()), 0)
}

// Two tabs are opened on a first visit; one answer comes late, and brings another
// cookie. The person stays the voter who has voted.
func TestFirstVisitInTwoTabs(t *testing.T) {
	for _, when := range []string{"before the vote", "after the vote"} {
		t.Run(when, func(t *testing.T) {
			w := newFixture(t)
			b := w.browser(t)
			late := w.ask(request("GET", "/", "")) // asked without a cookie, as the first tab
			b.get("/")
			arrives := func() { b.client.Jar.SetCookies(b.get("/").Request.URL, late.Cookies()) }
			if when == "before the vote" {
				arrives()
			}
			b.send("/", "vote", "a")
			if when == "after the vote" {
				arrives()
			}
			b.send("/", "vote", "b").is(t, http.StatusOK, "Recorded")
			equal(t, "ballots", w.ballots(), []vote.Ballot{"a", "b"})
			equal(t, "voters", w.voters(), 1)
		})
	}
}

// Two taps at once on a first visit are one voter: the page has set the cookie.
func TestTwoTapsOnAFirstVisit(t *testing.T) {
	w := newFixture(t)
	page := w.ask(request("GET", "/", ""))
	for _, option := range []string{"a", "b"} { // neither has seen the other's answer
		r := request("POST", "/", "vote="+option)
		r.AddCookie(page.Cookies()[0])
		w.ask(r).is(t, http.StatusSeeOther)
	}
	equal(t, "votes", len(w.casts()), 2)
	equal(t, "voters", w.voters(), 1)
}

// Cookies go to every port of a host: two instances there leave each other's alone.
func TestTwoInstancesOnOneHost(t *testing.T) {
	one := newFixture(t)
	two := newFixture(t, func(c *Config) { c.CookieKey = keyIs(string(otherKey)) })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	atOne, atTwo := one.browser(t), two.browser(t)
	atOne.client.Jar, atTwo.client.Jar = jar, jar
	for _, option := range []string{"a", "b"} {
		atOne.get("/")
		atTwo.get("/")
		atOne.send("/", "vote", option, ballotpage.CookieField, voter.Tag(testKey)).is(t, http.StatusOK, "Recorded")
		atTwo.send("/", "vote", option, ballotpage.CookieField, voter.Tag(otherKey)).is(t, http.StatusOK, "Recorded")
	}
	atOne.get("/").is(t, http.StatusOK, "Recorded: <strong><bdi>Bancha</bdi>") // the choices are apart, too
	for name, w := range map[string]*fixture{"one": one, "two": two} {
		equal(t, "votes at "+name, len(w.casts()), 2)
		equal(t, "voters at "+name, w.voters(), 1)
	}
}

// A browser sends several cookies of one name, ours among them.
func TestOurCookieIsFoundAmongOthers(t *testing.T) {
	w := newFixture(t)
	id := strings.Repeat("0", 32)
	for _, name := range []string{voter.Cookie, voter.CastCookie(testKey), voter.NewCookie(testKey)} {
		r := request("POST", "/", "vote=a")
		for _, value := range []string{"f3a1c0ffee", id + "." + voter.Sign(otherKey, id), id + "." + voter.Sign(testKey, id)} {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		w.ask(r).is(t, http.StatusSeeOther)
	}
	for _, c := range w.casts() {
		equal(t, "voter", c.Vote.Voter, id)
	}
}

// The cookies of programs before this one mean the same voter and choice.
func TestCookiesOfBeforeGoOn(t *testing.T) {
	w := newFixture(t)
	id := strings.Repeat("0", 32)
	before := func(r *http.Request) *http.Request {
		r.AddCookie(&http.Cookie{Name: voter.Cookie, Value: id + "." + voter.Sign(testKey, id)})
		r.AddCookie(&http.Cookie{Name: voter.OldChoiceName(vote.DefaultSlug), Value: w.polls[vote.DefaultSlug].CreatedKey() + voter.ChoiceSeparator + "b"})
		return r
	}
	got := w.ask(before(request("GET", "/", "")))
	got.is(t, http.StatusOK, "Recorded: <strong><bdi>Bancha</bdi>")
	equal(t, "cookies with the page", len(got.Cookies()), 0)
	got = w.ask(before(request("POST", "/", "vote=c")))
	equal(t, "voter", w.casts()[0].Vote.Voter, id)
	if c := voterCookieOf(got); c != nil {
		t.Errorf("voter_id is set anew: %v", c)
	}
}

// An id of a client without cookies names its voter. Whoever else sends the id gets
// no cookie of that voter, whatever the answer.
func TestNobodyBecomesTheVoterOfAnID(t *testing.T) {
	w := newFixture(t)
	first := w.ask(request("POST", "/api/v1/polls/single/votes", `{"vote":"a","id":"one"}`))
	who := voter.NewID(testKey, "one")
	if c := votedCookieOf(first); c == nil || !strings.HasPrefix(c.Value, who) {
		t.Fatalf("whoever voted has the cookie %v", c)
	}
	const api = "/api/v1/polls/"
	tries := map[string]*http.Request{
		"the same vote":             request("POST", api+"single/votes", `{"vote":"a","id":"one"}`),
		"another vote":              request("POST", api+"single/votes", `{"vote":"b","id":"one"}`),
		"no vote":                   request("POST", api+"single/votes", `{"vote":"z","id":"one"}`),
		"no poll":                   request("POST", api+"nowhere/votes", `{"vote":"a","id":"one"}`),
		"a closed poll":             request("POST", api+"closed/votes", `{"vote":"a","id":"one"}`),
		"a form, the same vote":     request("POST", "/p/single", "vote=a&id=one"),
		"a form, another vote":      request("POST", "/p/single", "vote=b&id=one"),
		"a form, no vote":           request("POST", "/p/single", "vote=z&id=one"),
		"a form, no poll":           request("POST", "/p/nowhere", "vote=a&id=one"),
		"a form, a closed poll":     request("POST", "/p/closed", "vote=a&id=one"),
		"our form, its cookie lost": request("POST", "/p/single", "vote=a&id=one&cookie="+voter.Tag(testKey)),
	}
	t.Logf("MEASURED %d kinds of request with somebody else's id", len(tries))
	for name, r := range tries {
		for _, c := range w.ask(r).Cookies() {
			if strings.Contains(c.Value, who) {
				t.Errorf("%s: gets %v", name, c)
			}
		}
	}
	w.fail(unavailable)
	for _, c := range w.ask(request("POST", api+"single/votes", `{"vote":"a","id":"two"}`)).Cookies() {
		t.Errorf("a vote that may not be recorded sets %v", c)
	}
	equal(t, "votes", len(w.casts()), 1)
}

// The page sends a vote again with its id and its cookie; the answer was lost.
func TestRetryOfThePage(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	b.get("/")
	name, value := ourField()
	w.fail(answerLost)
	b.send("/", "vote", "a", "id", "one", name, value).is(t, http.StatusServiceUnavailable)
	b.send("/", "vote", "a", "id", "one", name, value).is(t, http.StatusOK, "Recorded")
	b.send("/", "vote", "b", "id", "two", name, value).is(t, http.StatusOK, "Recorded")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"a", "b"})
	equal(t, "voters", w.voters(), 1)
}

// Only an answer of ours to a vote bears the mark. An error of ours is none: the
// page sends the vote again.
func TestAnswersBearAMark(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.VoteRate = 1 })
	cross := request("POST", "/", "vote=a")
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	script := request("POST", "/", "vote=a")
	script.Header.Set(scriptHeader, "1")
	for _, tt := range []struct {
		name, mark string
		status     int
		r          *http.Request
		fault      fault
	}{
		{"recorded", recordedMark, 303, request("POST", "/", "vote=a"), nil},
		{"recorded, to the script", recordedMark, 200, script, nil},
		{"no vote", refusedMark, 422, request("POST", "/", "vote=z"), nil},
		{"closed", refusedMark, 409, request("POST", "/p/closed", "vote=a"), nil},
		{"no poll", refusedMark, 404, request("POST", "/p/nowhere", "vote=a"), nil},
		{"another site", refusedMark, 403, cross, nil},
		{"unavailable", "", 503, request("POST", "/", "vote=a"), unavailable},
		{"a fault", "", 500, request("POST", "/", "vote=a"), refuse(http.ErrBodyNotAllowed)},
		{"refused by the store", refusedMark, 409, request("POST", "/", "vote=a"), refuse(queue.ErrRefused)},
		{"the page", "", 200, request("GET", "/", ""), nil},
	} {
		if tt.fault != nil {
			w.fail(tt.fault)
		}
		got := w.ask(tt.r)
		equal(t, tt.name+": status", got.StatusCode, tt.status)
		equal(t, tt.name+": mark", got.Header.Get(answerHeader), tt.mark)
	}
}

// What the script gets says what was recorded, although no cookie has come back yet.
func TestScriptGetsThePageAtOnce(t *testing.T) {
	w := newFixture(t)
	r := request("POST", "/p/ranked", "rank-a=2&rank-b=1")
	r.Header.Set(scriptHeader, "1")
	w.ask(r).is(t, http.StatusOK, "Recorded: <strong>1. <bdi>Bancha</bdi>, 2. <bdi>Assam</bdi></strong>", "<form")
}

// Over TLS a sibling subdomain can plant a cookie, even one that we have signed, for
// a voter of its own. Who has a cookie that only this host can set stays who it is.
func TestPlantedCookieOverTLS(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.PublicURL = "https://vote.test" })
	ask := func(method, form string, cookies ...*http.Cookie) *http.Response {
		t.Helper()
		r := request(method, "/", form)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		return w.ask(r).Response
	}
	planted := func(c *http.Cookie) []*http.Cookie { // under every name that can be planted
		bare := &http.Cookie{Name: voter.Cookie, Value: c.Value}
		cast := &http.Cookie{Name: voter.CastCookie(testKey), Value: c.Value}
		return []*http.Cookie{cast, bare}
	}
	attacker, victim := ask("GET", "").Cookies()[0], ask("GET", "").Cookies()[0]
	equal(t, "the name of the cookie", victim.Name, "__Host-voter_id")
	equal(t, "may be set by this host alone", victim.Secure && victim.Path == "/" && victim.Domain == "", true)

	ask("POST", "vote=a", append(planted(attacker), victim)...)
	kept := ask("POST", "vote=b", append(planted(attacker), victim)...).Cookies()
	voter, _, _ := strings.Cut(victim.Value, ".")
	for _, c := range w.casts() {
		equal(t, "voter", c.Vote.Voter, voter)
	}
	equal(t, "votes", len(w.casts()), 2)
	for _, c := range kept {
		if !strings.HasPrefix(c.Name, "__Host-") && !strings.HasPrefix(c.Name, "__Secure-") {
			t.Errorf("%s is set without a prefix", c.Name)
		}
	}
}

// A browser that has the cookies of an earlier version stays the same voter, and
// gets them with a prefix at its next page; over plain http nothing changes.
func TestEarlierCookieOverTLS(t *testing.T) {
	for _, name := range []string{voter.Cookie, voter.CastCookie(testKey)} {
		w := newFixture(t, func(c *Config) { c.PublicURL = "https://vote.test" })
		id := voter.NewID(testKey, "")
		r := request("GET", "/", "")
		r.AddCookie(&http.Cookie{Name: name, Value: id + "." + voter.Sign(testKey, id)})
		got := w.ask(r).Cookies()
		if len(got) != 1 || got[0].Name != "__Host-"+name || !strings.HasPrefix(got[0].Value, id+".") {
			t.Errorf("%s brings %v", name, got)
		}
		plain := newFixture(t)
		r = request("GET", "/", "")
		r.AddCookie(&http.Cookie{Name: name, Value: id + "." + voter.Sign(testKey, id)})
		equal(t, "cookies over plain http", len(plain.ask(r).Cookies()), 0)
	}
}
