package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// cast casts ballots by the API, in JSON, each of another voter.
func cast(t *testing.T, poll, slug string, ballots ...string) {
	t.Helper()
	answersPath(t, poll+"/p/"+slug)
	for _, b := range ballots {
		resp, err := http.Post(poll+"/api/v1/polls/"+slug+"/votes", "application/json", strings.NewReader(`{"vote":`+b+`}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusAccepted {
			t.Fatalf("cast %s: status %d", b, resp.StatusCode)
		}
	}
}

// act does what an organiser's program does to a poll.
func act(t *testing.T, method, url string) {
	t.Helper()
	if status, body := organise(t, adminToken, method, url, ""); status >= 300 {
		t.Fatalf("%s %s: %d %s", method, url, status, body)
	}
}

// A room is led to a vote only while votes are taken, without loading the page again.
func TestCodeIsThereWhileVotesAreTaken(t *testing.T) {
	_, _, result := onePopeye(t, "PUBLIC_POLL_URL=https://vote.example.org")
	makePoll(t, result, map[string]any{"slug": "lunch", "question": "Where to?", "options": []string{"Pizza", "Sushi"}, "status": "open"})
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
	act(t, "POST", result+"/api/v1/polls/lunch/close")
	both("closed", "!")
	screen.sees("it is final", `document.querySelector("#status").innerText.includes("final")`)
	act(t, "POST", result+"/api/v1/polls/lunch/open")
	both("open again", "")
	screen.sees("the room is told", `document.querySelector(".history")?.innerText.includes("Reopened") ?? false`)
	act(t, "POST", result+"/api/v1/polls/lunch/close")
	both("closed again", "!")
	screen.sees("it is final", `document.querySelector("#status").innerText.includes("final")`)
	act(t, "DELETE", result+"/api/v1/polls/lunch")
	screen.sees("deleted", `document.querySelector("#stale").innerText.includes("deleted")`)
	both("deleted", "!")
	makePoll(t, result, map[string]any{"slug": "soon", "question": "Where to?", "options": []string{"Pizza", "Sushi"}})
	screen.sees("never loaded again", `window.samePage === true`)
	screen.do("show a draft", chromedp.Navigate(result+"/p/soon/present"))
	screen.sees("a draft", `!(`+code+`)`)
}

// Deleted while it is open: the code leads nowhere at once.
func TestCodeGoesWithItsPoll(t *testing.T) {
	_, _, result := onePopeye(t)
	makePoll(t, result, map[string]any{"slug": "lunch", "question": "Where to?", "options": []string{"Pizza", "Sushi"}})
	screen := person(t, browser(t), result+"/p/lunch/present")
	screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
	act(t, "POST", result+"/api/v1/polls/lunch/open")
	// It is on 127.0.0.1 alone: there is no code to show, and that is said.
	screen.sees("open", `document.querySelector(".join").checkVisibility() && document.querySelector(".join").innerText.includes("Phones can't reach localhost") && !document.querySelector(".qr")`)
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
			definition := map[string]any{"slug": c.kind, "question": "أين نأكل؟", "kind": c.kind, "options": []string{"بيتزا!", "Sushi", "Salad", "Soup"}, "status": "open"}
			if c.min > 0 {
				definition["min"] = c.min
			}
			makePoll(t, result, definition)
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
	makePoll(t, result, map[string]any{"slug": "many", "question": "Who?", "options": labels, "status": "open"})
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
	makePoll(t, result, map[string]any{"slug": "lunch", "question": "Where to?", "options": labels, "status": "open"})
	screen := person(t, browser(t), "about:blank")
	screen.do("show", chromedp.EmulateViewport(1920, 1080), chromedp.Navigate(result+"/p/lunch/present"))
	screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
	screen.do("note the size", chromedp.Action[chromedp.Void](noteType))
	const room = `(() => { const c = document.querySelector(".count"); return c.scrollHeight <= c.clientHeight && document.documentElement.scrollHeight <= innerHeight; })()`
	act(t, "POST", result+"/api/v1/polls/lunch/close")
	screen.sees("closed", `document.querySelector("#status").innerText.includes("final") && `+room)
	act(t, "POST", result+"/api/v1/polls/lunch/open")
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
	makePoll(t, result, map[string]any{"slug": "lunch", "question": wordsOf(299) + ".", "options": labels, "status": "open"})
	cast(t, poll, "lunch", `"a"`)
	screen := person(t, browser(t), "about:blank")
	for i, want := range []string{"Reopened ", "Corrected once. Reopened once."} {
		if i == 0 {
			act(t, "POST", result+"/api/v1/polls/lunch/close")
			eventually(t, "closed", func() error {
				if _, body, _ := get(result + "/api/v1/polls/lunch/results"); !strings.Contains(string(body), `"closed"`) {
					return fmt.Errorf("%s", body)
				}
				return nil
			})
			act(t, "POST", result+"/api/v1/polls/lunch/open")
		} else if status, body := organise(t, adminToken, "PATCH", result+"/api/v1/polls/lunch", fmt.Sprintf(`{"question":%q}`, wordsOf(300))); status != http.StatusOK {
			t.Fatalf("correct: %d %s", status, body)
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
	if err := newVoter().vote(poll, "b"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("b", 1)
	<-swallowed // it looks for a better way while it polls,
	if err := newVoter().vote(poll, "b"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("b", 2) // which holds nothing up
	screen.sees("nothing is said to be lost", `document.querySelector("#stale").hidden`)
}
