package poll

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"popeye/vote"
)

// row is an option of a ranked ballot, as an expression.
func row(label string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".rank")].find((o) => o.querySelector(".text").textContent === %q)`, label)
}

// still is the condition that nothing on a page moves, and that it takes taps.
const still = `!document.getAnimations().some((a) => a.playState === "running")`

// ranking waits until a ranked ballot is filled in like this.
func (p phone) ranking(want ...string) {
	p.t.Helper()
	p.sees(fmt.Sprintf("the ranking %v", want), fmt.Sprintf(`JSON.stringify([...document.querySelectorAll(".rank.ranked .text")].map((e) => e.textContent)) === %q
		&& [...document.querySelectorAll(".rank.ranked")].every((e, i) => e.querySelector(".mark").dataset.place === String(i + 1) && e.querySelector("select").value === String(i + 1))`,
		`["`+strings.Join(want, `","`)+`"]`))
	p.sees("nothing moves", still)
}

// drags moves a finger from one place to another.
func (p phone) drags(from, to place) {
	p.t.Helper()
	touch := func(kind input.DispatchTouchEventType, at ...*input.TouchPoint) {
		call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: append([]*input.TouchPoint{}, at...)})
	}
	touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: from.X, Y: from.Y})
	const steps = 8
	for i := 1.0; i <= steps; i++ {
		touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: from.X, Y: from.Y + (to.Y-from.Y)*i/steps})
	}
	<-time.After(200 * time.Millisecond) // it rests there: else the browser takes it for a fling, and the next tap for what stops that
	touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: to.X, Y: to.Y + 1})
	touch(input.DispatchTouchEventTypeTouchEnd)
}

// types presses a key where the focus is.
func (p phone) types(key string) {
	p.t.Helper()
	text := ""
	if key == "Enter" {
		text = "\r"
	}
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Code: key, Text: text})
	}
}

// One ballot is ranked by taps, by a button, on the keyboard and by dragging.
func TestRankingByEveryWay(t *testing.T) {
	w := newFixture(t)
	p := opens(t, chromium(t), w.wire(t).URL+"/p/ranked")
	p.says("You have not voted yet.")
	p.tap(p.where(row("Ceylon") + `.querySelector(".text")`))
	p.ranking("Ceylon")
	p.tap(p.where(row("Assam") + `.querySelector(".text")`))
	p.ranking("Ceylon", "Assam")
	p.says("Not sent yet.")
	p.says("2 of 3 ranked")

	p.tap(p.where(row("Assam") + `.querySelector(".up")`))
	p.ranking("Assam", "Ceylon")
	ask[bool](p, `(`+row("Ceylon")+`.querySelector(".pick").focus(), true)`)
	p.types("ArrowUp")
	p.ranking("Ceylon", "Assam")
	equal(t, "what has the focus", ask[string](p, `document.activeElement.textContent`), "Ceylon")
	p.types("Delete")
	p.ranking("Assam")
	p.types("Enter")
	p.ranking("Assam", "Ceylon")

	first := p.where(row("Assam"))
	p.drags(p.where(row("Bancha")+`.querySelector(".mark")`), place{first.X, first.Y - 20})
	p.photograph("ranking-dragged")
	p.ranking("Bancha", "Assam", "Ceylon")
	p.tap(p.where(`document.querySelector(".primary")`))
	p.says("Recorded: 1. Bancha, 2. Assam, 3. Ceylon")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b>a>c"})
}

// Where a poll lets options share a place, a button puts one level with the one above.
func TestRankingOnTheSamePlace(t *testing.T) {
	w := newFixture(t)
	w.change("ranked", func(p *vote.Poll) { p.EqualRanks, p.Rule = true, "schulze/1" })
	p := opens(t, chromium(t), w.wire(t).URL+"/p/ranked")
	for _, label := range []string{"Bancha", "Assam", "Ceylon"} {
		p.tap(p.find(row(label) + `.querySelector(".text")`))
		p.sees(label+" is ranked", row(label)+`.classList.contains("ranked")`)
		p.sees("nothing moves", still)
		<-time.After(450 * time.Millisecond) // a tap on the same spot is no second half of a double tap then
	}
	p.ranking("Bancha", "Assam", "Ceylon")
	p.tap(p.find(row("Assam") + `.querySelector(".moves .level")`))
	p.sees("two are first", `document.querySelectorAll(".moves .level[aria-pressed=true]").length === 2`)
	p.tap(p.where(`document.querySelector(".primary")`))
	p.says("Recorded: 1. Assam and Bancha, 2. Ceylon")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"a=b>c"})
}

// A ballot of several choices says how far one is; of two many it says that.
func TestLimitsAreSaidAsYouGo(t *testing.T) {
	w := newFixture(t)
	p := opens(t, chromium(t), w.wire(t).URL+"/p/multiple")
	p.says("0 of 2 chosen")
	for _, step := range [][2]string{{"Assam", "1 of 2 chosen"}, {"Bancha", "2 of 2 chosen"}, {"Ceylon", "One too many: choose at most 2."}, {"Assam", "2 of 2 chosen"}} {
		p.tap(p.find(of(step[0])))
		p.says(step[1])
	}
	p.tap(p.where(`document.querySelector(".primary")`))
	p.says("Recorded: Bancha, Ceylon")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b,c"})
}

// Among many options a search leaves those that hold its words.
func TestSearchAmongManyOptions(t *testing.T) {
	w := newFixture(t)
	w.candidates("single", 100)
	p := opens(t, chromium(t), w.wire(t).URL+"/p/single")
	p.tap(p.where(`document.querySelector(".find")`))
	p.do("search", chromedp.SendKeys(chromedp.JSPath(`document.querySelector(".find")`), "candidate 77"))
	p.sees("one option", `[...document.querySelectorAll(".option")].filter((e) => e.offsetHeight).length === 1`)
	p.types("Enter") // votes for nothing
	p.tap(p.where(of("Candidate 77")))
	p.says("Recorded: Candidate 77")
	equal(t, "ballots", w.ballots(), []vote.Ballot{vote.Ballot(vote.OptionID(76))})
}

// beside opens a second tab of the same browser.
func (p phone) beside(url string) phone {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	other := phone{p.t, ctx}
	if err := chromedp.Do(ctx); err != nil {
		p.t.Fatalf("open a tab: %v", err)
	}
	other.do("be a phone", chromedp.EmulateViewport(390, 760, chromedp.EmulateMobile, chromedp.EmulateTouch))
	other.do("open "+url, chromedp.Navigate(url))
	return other
}

// conditions are those of a phone's line. cdproto has a newer command, which not every
// Chromium knows.
type conditions struct {
	Offline  bool    `json:"offline"`
	Latency  float64 `json:"latency"` // ms from a request to its answer
	Download float64 `json:"downloadThroughput"`
	Upload   float64 `json:"uploadThroughput"`
}

func (p phone) line(c conditions) {
	p.t.Helper()
	call(p, network.Enable, network.EnableParams{})
	call(p, cdp.Command[conditions, cdp.Empty]{Method: "Network.emulateNetworkConditions"}, c)
}

// Two tabs of one voter show the newest recorded choice; a vote that waits in one of them
// gives way to a newer one of the other.
func TestTwoTabs(t *testing.T) {
	w := newFixture(t)
	line := w.wire(t)
	one := opens(t, chromium(t), line.URL+"/p/single")
	two := one.beside(line.URL + "/p/single")
	one.tap(one.find(of("Bancha")))
	one.says("Recorded: Bancha")
	two.says("Recorded: Bancha")
	two.isCalm()

	line.votes(write(http.StatusBadGateway, ""))
	one.isCalm()
	one.tap(one.find(of("Assam")))
	one.says("not recorded yet")
	line.meddles(nil)
	two.tap(two.find(of("Ceylon")))
	two.says("Recorded: Ceylon")
	one.says("Recorded: Ceylon")
	equal(t, "voters", w.voters(), 1)
	if all := w.ballots(); all[len(all)-1] != "c" {
		t.Errorf("ballots %v", all)
	}
}

// A vote that could not be sent is sent when there is a network again; even by a page
// that was loaded anew meanwhile, with the same id.
func TestOfflineAndBack(t *testing.T) {
	w := newFixture(t)
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/p/multiple")
	offline := func(off bool) { p.line(conditions{Offline: off, Download: -1, Upload: -1}) }
	p.tap(p.find(of("Bancha")))
	offline(true)
	p.tap(p.where(`document.querySelector(".primary")`))
	p.says("You are offline. It is kept on this device and sent when you are back.")
	p.photograph("offline")
	equal(t, "votes while offline", len(w.casts()), 0)
	offline(false)
	p.says("Recorded: Bancha")

	p.isCalm()
	var mu sync.Mutex
	ids := map[string]bool{}
	line.votes(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		mu.Lock()
		defer mu.Unlock()
		ids[r.PostForm.Get("id")] = true
		panic(http.ErrAbortHandler)
	})
	p.tap(p.find(of("Ceylon")))
	p.tap(p.where(`document.querySelector(".primary")`))
	p.says("not recorded yet")
	line.meddles(nil)
	p.do("load anew", chromedp.Reload())
	p.says("Recorded: Bancha, Ceylon")
	casts := w.casts()
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b", "b,c"})
	mu.Lock()
	defer mu.Unlock()
	if !ids[casts[1].Vote.ID] || len(ids) != 1 {
		t.Errorf("sent as %v, recorded as %s", ids, casts[1].Vote.ID)
	}
}

// Whoever comes back to the page sees what was recorded meanwhile.
func TestBackToTheBallot(t *testing.T) {
	w := newFixture(t)
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/p/single")
	p.tap(p.find(of("Bancha")))
	p.says("Recorded: Bancha")
	p.do("go on", chromedp.Navigate(line.URL+"/p/closed"))
	other := p.beside(line.URL + "/p/single")
	other.sees("it takes taps", still)
	other.tap(other.find(of("Ceylon")))
	other.says("Recorded: Ceylon")
	ask[bool](p, "(history.back(), true)")
	p.says("Recorded: Ceylon")
	p.sees("one button is pressed", `document.querySelectorAll("button[aria-pressed=true]").length === 1`)
	equal(t, "votes", len(w.casts()), 2)
}

// Every kind is voted on by plain forms.
func TestEveryKindWithoutScripts(t *testing.T) {
	browser := chromium(t)
	w := newFixture(t)
	line := w.wire(t)
	for slug, fill := range map[string]string{
		"single": "", "multiple": `document.querySelector("[value=b]").checked = true`, "ranked": `document.querySelector("[name=rank-b]").value = "1"`,
		"score": `document.querySelector("[name=score-b][value='4']").checked = true`,
	} {
		p := opens(t, browser, line.URL+"/p/"+slug, withoutScripts)
		if fill == "" {
			p.tap(p.find(of("Bancha")))
		} else {
			ask[bool](p, "("+fill+", true)")
			p.tap(p.where(`document.querySelector(".primary")`))
		}
		p.sees("it is recorded", `document.querySelector(".notice.good")?.innerText.includes("Bancha")`)
		p.photograph("plain-" + slug)
	}
	all := w.ballots()
	slices.Sort(all)
	equal(t, "ballots", all, []vote.Ballot{"b", "b", "b", "b=4"})
}

const (
	mostBytes    = 25_000
	mostRequests = 5
)

// A ballot is light: with everything that a first visit asks for.
func TestWeightOfABallot(t *testing.T) {
	browser := chromium(t)
	w := newFixture(t)
	w.candidates("long", 100)
	w.candidates("noted", 12)
	w.change("noted", describedAtLength)
	line := w.wire(t)
	for _, slug := range []string{"single", "multiple", "ranked", "score", "long", "noted"} {
		var mu sync.Mutex
		var asked []string
		line.meddles(func(_ http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, r.URL.RequestURI())
			return false
		})
		p := opens(t, browser, line.URL+"/p/"+slug)
		p.sees("all is loaded", `document.readyState === "complete"`)
		<-time.After(500 * time.Millisecond) // for what a browser asks for by itself, such as the icon
		line.meddles(nil)
		mu.Lock()
		bytes := 0
		for _, path := range asked {
			bytes += line.weighs(t, path)
		}
		t.Logf("MEASURED ballot %s: %d bytes in %d requests: %v", slug, bytes, len(asked), asked)
		if bytes > mostBytes || len(asked) > mostRequests {
			t.Errorf("%s: %d bytes in %d requests", slug, bytes, len(asked))
		}
		mu.Unlock()
	}
}

// describedAtLength gives each option the longest note, in words that hardly repeat.
func describedAtLength(p *vote.Poll) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range p.Options {
		var note strings.Builder
		for note.Len() < vote.MaxNote {
			for range 2 + random.IntN(8) {
				note.WriteByte("eeeettaaooiinnsshrrdlu"[random.IntN(22)])
			}
			note.WriteByte(' ')
		}
		p.Options[i].Note = strings.TrimSpace(note.String()[:vote.MaxNote])
	}
}

// weighs returns the bytes of an answer, headers included; of a stream none.
func (l *wire) weighs(t *testing.T, path string) int {
	t.Helper()
	if strings.HasSuffix(path, "/events") {
		return 0
	}
	r, err := http.NewRequest(http.MethodGet, l.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := httputil.DumpResponse(resp, true)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// On a slow line what counts is how often a phone has to wait for us: the ballot is read
// after one answer, and a tap is recorded after one.
func TestBallotNeedsOneRoundTripAndATapOneMore(t *testing.T) {
	w := newFixture(t)
	line := w.wire(t)
	p := opens(t, chromium(t), "about:blank")

	answered, release := line.answersOnly(t, "GET /p/single")
	ask[bool](p, fmt.Sprintf(`(location.href = %q, true)`, line.URL+"/p/single"))
	p.sees("it was painted", `performance.getEntriesByName("first-contentful-paint").length === 1`)
	p.sees("it is in its style", `getComputedStyle(document.querySelector(".option")).borderTopLeftRadius !== "0px" && `+of("Bancha")+`.offsetHeight >= 48`)
	equal(t, "it waits for what is withheld", ask[string](p, `document.readyState`), "interactive")
	equal(t, "answers until the ballot is read", answered(), []string{"GET /p/single"})
	release()
	p.sees("the script is there", `document.readyState === "complete" && document.documentElement.classList.contains("scripted")`)

	answered, release = line.answersOnly(t, "POST /p/single")
	p.tap(p.find(of("Bancha")))
	p.says("Recorded: Bancha")
	equal(t, "answers until the vote is recorded", answered(), []string{"POST /p/single"})
	release()
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
}

// answersOnly lets one kind of request through, and withholds the answers to all others
// until they are released. answered returns what went through.
func (l *wire) answersOnly(t *testing.T, wanted string) (answered func() []string, release func()) {
	t.Helper()
	var mu sync.Mutex
	var through []string
	gate := make(chan struct{})
	release = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(release)
	l.meddles(func(_ http.ResponseWriter, r *http.Request) bool {
		if is := r.Method + " " + r.URL.Path; is == wanted {
			mu.Lock()
			through = append(through, is)
			mu.Unlock()
		} else {
			<-gate
		}
		return false
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(through)
	}, release
}

// The page's script gets <main> alone, which is what it needs.
func TestScriptGetsMainAlone(t *testing.T) {
	w := newFixture(t)
	for _, r := range []*http.Request{request("GET", "/p/single", ""), request("POST", "/p/single", "vote=b")} {
		r.Header.Set(scriptHeader, "1")
		got := w.ask(r)
		got.is(t, http.StatusOK, "<main ", `name="vote"`)
		got.hides(t, "<html", "<style", "<script")
	}
}

// A message with a link to a poll shows its question; an address without one asks for a code.
func TestLinksOutsideAndIn(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.PublicURL = "https://vote.test" })
	w.ask(request("GET", "/p/single", "")).is(t, http.StatusOK, `<meta property="og:title" content="Which single?">`,
		`<meta property="og:url" content="https://vote.test/p/single">`, `<meta property="og:image" content="https://vote.test/static/icon-512.png?v=`)
	w.ask(request("GET", "/p/nowhere", "")).isErrorPage(t, http.StatusNotFound, `method="get" action="/join"><div class="field"><label for="code">`)
}

// Each page says in a line how a vote is kept and who sees the result when.
func TestWhoSeesTheResultIsSaid(t *testing.T) {
	for v, says := range map[vote.Visibility]string{
		vote.VisibleLive: "Everyone can watch the result.", vote.VisibleAfterVote: "You see the result once you have voted.",
		vote.VisibleClosed: "The result is shown when the poll closes.", vote.VisibleManual: "The organiser decides when the result is shown.",
	} {
		w := newFixture(t)
		w.change("single", func(p *vote.Poll) { p.Visibility = v })
		w.ask(request("GET", "/p/single", "")).is(t, http.StatusOK, "Nobody asks your name.", says)
		w.change("single", func(p *vote.Poll) { p.Status = vote.Closed })
		closed := w.ask(request("GET", "/p/single", ""))
		if v == vote.VisibleManual {
			closed.is(t, http.StatusOK, "The organiser has not shown the result yet.")
			closed.hides(t, "See the result")
		} else {
			closed.is(t, http.StatusOK, "See the result")
		}
	}
}
