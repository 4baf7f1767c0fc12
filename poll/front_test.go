package poll

import (
	"net/http"
	"testing"

	"popeye/vote"
)

// A code leads on, however it is typed, and whether to a poll or to an event.
func TestJoinLeadsOn(t *testing.T) {
	w := newFixture(t)
	w.change("single", func(p *vote.Poll) { p.Code = "222222" })
	w.change("default", func(p *vote.Poll) { p.Code = "111111" })
	party(w, "")
	w.ask(request("GET", "/join", "")).is(t, http.StatusOK, `name="code"`, `inputmode="numeric"`)
	for target, want := range map[string]string{
		"/join?code=222+222": "/p/single", "/join?code=http%3A%2F%2Fvote.test%2Fe%2F482913%2F": "/e/482913", "/join?code=111-111": "/",
		"/222222": "/p/single", "/482913": "/e/482913", "/482%20913": "/e/482913",
		"/p/Single": "/p/single", "/p/single/": "/p/single", "/p/SINGLE/": "/p/single", "/e/482913/": "/e/482913", "/e/222222": "/p/single",
	} {
		got := w.ask(request("GET", target, ""))
		equal(t, "status of "+target, got.StatusCode, http.StatusSeeOther)
		equal(t, target, got.Header.Get("Location"), want)
	}
}

// What leads nowhere says why, and what was typed is still there.
func TestJoinKeepsAWrongCode(t *testing.T) {
	w := newFixture(t)
	for target, typed := range map[string]string{"/join?code=333333": "333333", "/join?code=%22%3E%3Cb%3E": "&#34;&gt;&lt;b&gt;"} {
		w.ask(request("GET", target, "")).is(t, http.StatusNotFound, `value="`+typed+`"`, `aria-invalid="true"`, "There is no vote under this code")
	}
	for _, target := range []string{"/333333", "/nothing", "/p/Nothing", "/p/nothing"} {
		got := w.ask(request("GET", target, ""))
		if got.StatusCode == http.StatusSeeOther {
			got = w.ask(request("GET", got.Header.Get("Location"), ""))
		}
		got.is(t, http.StatusNotFound, `action="/join"`)
	}
	got := w.ask(request("GET", "/p//evil.example", ""))
	if to := got.Header.Get("Location"); len(to) > 1 && to[1] == '/' {
		t.Errorf("leads away: %s", to)
	}
}

// Without an open default poll the front page leads on; our script still gets the poll.
func TestFrontPage(t *testing.T) {
	w := newFixture(t)
	w.ask(request("GET", "/", "")).is(t, http.StatusOK, "Which default?", `name="code"`)
	w.change("single", func(p *vote.Poll) { p.Listed = true })
	w.change("closed", func(p *vote.Poll) { p.Listed = true })
	w.change("default", func(p *vote.Poll) { p.Status = vote.Closed })
	got := w.ask(request("GET", "/", ""))
	got.is(t, http.StatusOK, `name="code"`, `href="/p/single"`, "Which single?", `href="/p/default"`, `data-front`)
	got.hides(t, "Which multiple?", "Which closed?", `method="post"`)
	r := request("GET", "/", "")
	r.Header.Set(scriptHeader, "1")
	w.ask(r).is(t, http.StatusOK, "Which default?", "This poll is closed.")
	w.ask(request("POST", "/", "vote=a")).is(t, http.StatusConflict, "This poll is closed.")
	w.mu.Lock()
	delete(w.polls, "default")
	w.mu.Unlock()
	got = w.ask(request("GET", "/", ""))
	got.is(t, http.StatusOK, `name="code"`, "Which single?")
	got.hides(t, "Which default?")
}
