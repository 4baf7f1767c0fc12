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
			for _, path := range []string{"/p/" + c.kind, "/p/" + c.kind + "/present"} {
				screen := person(t, chromium, result+path)
				screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
				screen.do("mark the page", chromedp.Action[chromedp.Void](markPage))
				cast(t, poll, c.kind, c.ballots...)
				voters := len(c.ballots)
				if strings.HasSuffix(path, "/present") {
					voters *= 2
				}
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

// The leading options come to the front of a big screen that can't show all.
func TestBigScreenFollowsTheLead(t *testing.T) {
	_, poll, result := onePopeye(t)
	labels := make([]string, 30)
	for i := range labels {
		labels[i] = fmt.Sprintf("Candidate %d", i+1)
	}
	people.NewOrganiser(result).Makes(t, people.OpenPoll("many", "Who?", labels...))
	screen := person(t, browser(t), result+"/p/many/present")
	screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
	screen.sees("the rest is counted", `document.querySelector("#more").innerText === "… and 10 more"`)
	const shown = `[...document.querySelectorAll(".bars > li")].filter((e) => e.checkVisibility()).map((e) => e.dataset.id)`
	screen.sees("the first ones", shown+`.join() === "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t"`)
	cast(t, poll, "many", `"z"`, `"z"`, `"d"`)
	screen.sees("the leading ones", shown+`.join() === "z,d,a,b,c,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s"`)
}

// A big screen keeps its room when a notice comes and goes, and when the words
// get longer.
func TestBigScreenKeepsItsRoom(t *testing.T) {
	_, _, result := onePopeye(t, "PUBLIC_POLL_URL=https://vote.example.org")
	labels := []string{"Pizza", "Sushi", "Salad", "Soup", "Bread", "Fish"}
	people.NewOrganiser(result).Makes(t, people.OpenPoll("lunch", "Where to?", labels...))
	screen := person(t, browser(t), "about:blank")
	screen.do("show", chromedp.EmulateViewport(1920, 1080), chromedp.Navigate(result+"/p/lunch/present"))
	screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
	screen.do("note the size", chromedp.Action[chromedp.Void](noteType))
	const room = `(() => { const c = document.querySelector(".count"); return c.scrollHeight <= c.clientHeight && document.documentElement.scrollHeight <= innerHeight; })()`
	people.NewOrganiser(result).Closes(t, "lunch")
	screen.sees("closed", `document.querySelector("#status").innerText.includes("final") && `+room)
	people.NewOrganiser(result).Opens(t, "lunch")
	screen.sees("open, in the same size", `document.querySelector("#status").hidden && window.typeBefore === getComputedStyle(document.querySelector(".label")).fontSize && `+room)
	screen.do("longer words", chromedp.Action[chromedp.Void](lengthen))
	screen.sees("smaller, and whole", `parseFloat(getComputedStyle(document.querySelector(".label")).fontSize) < parseFloat(window.typeBefore) && `+room)
}

// What was corrected and reopened is said, and leaves the bars their room.
func TestBigScreenWithAHistoryHasRoom(t *testing.T) {
	_, poll, result := onePopeye(t, "PUBLIC_POLL_URL=https://vote.example.org")
	labels := make([]string, 20)
	for i := range labels {
		labels[i] = fmt.Sprintf("Option %d", i+1)
	}
	people.NewOrganiser(result).Makes(t, people.OpenPoll("lunch", wordsOf(299)+".", labels...))
	cast(t, poll, "lunch", `"a"`)
	screen := person(t, browser(t), "about:blank")
	for i, want := range []string{"Reopened ", "Corrected once. Reopened once."} {
		if i == 0 {
			people.NewOrganiser(result).Closes(t, "lunch")
			testenv.Eventually(t, "closed", func() error {
				r, err := results(result, "lunch")
				if err == nil && r.Status != vote.Closed {
					err = fmt.Errorf("it is %s", r.Status)
				}
				return err
			})
			people.NewOrganiser(result).Opens(t, "lunch")
		} else if _, err := people.NewOrganiser(result).ChangePoll(t.Context(), "lunch", api.Change{Question: new(wordsOf(300))}); err != nil {
			t.Fatal(err)
		}
		screen.do("show", chromedp.EmulateViewport(1280, 720), chromedp.Navigate(result+"/p/lunch/present"))
		screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
		screen.sees(want, fmt.Sprintf(`document.querySelector(".history").innerText.includes(%q)`, want))
		screen.photograph(fmt.Sprintf("wall-history-%d", i))
		screen.hasRoom(wallScreens[0].least, 20)
	}
}

// noteType remembers the size of the type.
func noteType(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Evaluate[string](`window.typeBefore = getComputedStyle(document.querySelector(".label")).fontSize`)(ctx, t)
	return chromedp.Void{}, err
}

// lengthen makes words longer, as a corrected poll does.
func lengthen(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Evaluate[bool](`(() => {
  for (const e of document.querySelectorAll(".label, #question")) e.textContent = "a word and another ".repeat(6);
  return true;
})()`)(ctx, t)
	return chromedp.Void{}, err
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
