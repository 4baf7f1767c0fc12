package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// cast casts ballots by the API, in JSON, each of another voter.
func cast(t *testing.T, poll, slug string, ballots ...string) {
	t.Helper()
	testenv.Answers(t, poll+"/p/"+slug)
	for _, b := range ballots {
		if _, err := people.NewVoter(poll).Vote(t.Context(), slug, api.Cast{Vote: json.RawMessage(b)}); err != nil {
			t.Fatalf("cast %s: %v", b, err)
		}
	}
}

// draft is a poll that is not open yet.
func draft(slug string) api.NewPoll {
	d := people.OpenPoll(slug, "Where to?", "Pizza", "Sushi")
	d.Status = vote.Draft
	return d
}

// A room is led to a vote only while votes are taken, without loading the page again.
func TestCodeIsThereWhileVotesAreTaken(t *testing.T) {
	_, _, result := onePopeye(t, "PUBLIC_POLL_URL=https://vote.example.org")
	people.NewOrganiser(result).Makes(t, people.OpenPoll("lunch", "Where to?", "Pizza", "Sushi"))
	chromium := browser(t)
	screen, phone := person(t, chromium, result+"/p/lunch/present"), person(t, chromium, result+"/p/lunch")
	const code, link = `document.querySelector(".join .qr")?.checkVisibility() ?? false`, `document.querySelector("footer a").checkVisibility()`
	both := func(what, prefix string) {
		t.Helper()
		screen.sees(what, prefix+`(`+code+`)`)
		phone.sees(what, prefix+`(`+link+`)`)
	}
	both("open", "")
	for _, tab := range []tab{screen, phone} {
		tab.sees("it is live", `document.querySelector("#live .dot") !== null`)
		tab.do("mark the page", chromedp.Action[chromedp.Void](markPage))
	}
	people.NewOrganiser(result).Closes(t, "lunch")
	both("closed", "!")
	screen.sees("it is final", `document.querySelector("#status").innerText.includes("final")`)
	people.NewOrganiser(result).Opens(t, "lunch")
	both("open again", "")
	screen.sees("the room is told", `document.querySelector(".history")?.innerText.includes("Reopened") ?? false`)
	people.NewOrganiser(result).Closes(t, "lunch")
	both("closed again", "!")
	screen.sees("it is final", `document.querySelector("#status").innerText.includes("final")`)
	people.NewOrganiser(result).Deletes(t, "lunch")
	screen.sees("deleted", `document.querySelector("#stale").innerText.includes("deleted")`)
	both("deleted", "!")
	people.NewOrganiser(result).Makes(t, draft("soon"))
	screen.sees("never loaded again", `window.samePage === true`)
	screen.do("show a draft", chromedp.Navigate(result+"/p/soon/present"))
	screen.sees("a draft", `!(`+code+`)`)
}

// Deleted while it is open: the code leads nowhere at once.
func TestCodeGoesWithItsPoll(t *testing.T) {
	_, _, result := onePopeye(t)
	people.NewOrganiser(result).Makes(t, draft("lunch"))
	screen := person(t, browser(t), result+"/p/lunch/present")
	screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
	people.NewOrganiser(result).Opens(t, "lunch")
	// It is on 127.0.0.1 alone: there is no code to show, and that is said.
	screen.sees("open", `document.querySelector(".join").checkVisibility() && document.querySelector(".join").innerText.includes("Phones can’t reach localhost") && !document.querySelector(".qr")`)
	screen.photograph("wall-localhost")
}

// What a page makes of live figures is, to the letter, the page that the server
// makes of them: words, percents, bars, and the order.
func TestLivePageIsThePageOfTheServer(t *testing.T) {
	_, poll, result := onePopeye(t)
	chromium := browser(t)
	for _, c := range []struct {
		kind    string
		min     int
		ballots []string
	}{
		{"single", 0, []string{`"a"`, `"b"`, `"b"`, `"b"`, `"c"`, `"c"`}},
		{"multiple", 1, []string{`["a","b"]`, `["b"]`, `["b","c"]`}},
		{"ranked", 0, []string{`["b","a"]`, `["c"]`, `["b"]`}},
		{"score", 0, []string{`{"a":3}`, `{"a":3,"b":5}`, `{"a":2,"b":4}`, `{"c":0,"b":5}`}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			d := people.OpenPoll(c.kind, "أين نأكل؟", "بيتزا!", "Sushi", "Salad", "Soup")
			if d.Kind = vote.Kind(c.kind); c.min > 0 {
				d.Min = new(vote.Limit(c.min))
			}
			people.NewOrganiser(result).Makes(t, d)
			for _, path := range []string{"/p/" + c.kind} {
				screen := person(t, chromium, result+path)
				screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
				screen.do("mark the page", chromedp.Action[chromedp.Void](markPage))
				cast(t, poll, c.kind, c.ballots...)
				voters := len(c.ballots)
				screen.sees("all votes", fmt.Sprintf(`document.querySelector("#total").innerText === "%d people have voted"`, voters))
				screen.sees("as the server writes it", `(async () => {
  const page = new DOMParser().parseFromString(await (await fetch(location)).text(), "text/html");
  return [".bars", ".total", "#question"].every((q) => page.querySelector(q).outerHTML === document.querySelector(q).outerHTML);
})()`)
				screen.sees("Arabic runs from right to left", `["#question", '[data-id="a"] .label'].every((q) => getComputedStyle(document.querySelector(q)).direction === "rtl")
  && getComputedStyle(document.querySelector('[data-id="b"] .label')).direction === "ltr"`)
				screen.sees("never loaded again", `window.samePage === true`)
				screen.photograph("live-" + c.kind + strings.ReplaceAll(path, "/", "-"))
				screen.do("on a small phone", chromedp.EmulateViewport(320, 640))
				screen.sees("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth
  && [...document.querySelectorAll(".line, .line *, .join")].every((e) => e.getBoundingClientRect().right <= innerWidth)`)
				screen.photograph("live-" + c.kind + strings.ReplaceAll(path, "/", "-") + "-320")
			}
		})
	}
}

// Where something in between takes websockets and never answers, the figures
// move all the same, within some seven seconds.
func TestLivePageBehindASilentFirewall(t *testing.T) {
	_, poll, result := onePopeye(t)
	target, err := url.Parse(result)
	if err != nil {
		t.Fatal(err)
	}
	swallowed := make(chan struct{}, 100)
	proxy := httputil.NewSingleHostReverseProxy(target)
	over, stop := context.WithCancel(t.Context())
	firewall := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			proxy.ServeHTTP(w, r)
			return
		}
		swallowed <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-over.Done():
		}
	}))
	defer firewall.Close()
	defer firewall.CloseClientConnections()
	defer stop()
	screen := person(t, browser(t), firewall.URL+"/")
	<-swallowed
	began := time.Now()
	screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
	took := time.Since(began)
	t.Logf("MEASURED live behind a firewall that swallows websockets after %d ms", took.Milliseconds())
	if took > 10*time.Second {
		t.Errorf("live after %s, not after some 7 s", took)
	}
	if err := people.NewVoter(poll).Submit(t.Context(), "", "b"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("b", 1)
	<-swallowed // it looks for a better way while it polls,
	if err := people.NewVoter(poll).Submit(t.Context(), "", "b"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("b", 2) // which holds nothing up
	screen.sees("nothing is said to be lost", `document.querySelector("#stale").hidden`)
}
