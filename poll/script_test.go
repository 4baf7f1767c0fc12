package poll

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/queue"
	"popeye/vote"
)

// write answers as something between a voter and us may.
func write(status int, page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(page))
	}
}

// A vote that something in between answered is not taken for recorded or refused,
// nor lost: the page says so and sends it again.
func TestAnswersThatAreNotOurs(t *testing.T) {
	const portal = `<!doctype html><title>Welcome</title><main><form><button class="option">Sign in</button></form></main>`
	browser := chromium(t)
	for name, answer := range map[string]http.HandlerFunc{
		"a captive portal": write(200, portal), "403": write(403, "Forbidden"), "429": write(429, portal), "500": write(500, "Error"),
		"502": write(502, ""), "another page": http.RedirectHandler("/p/multiple", http.StatusSeeOther).ServeHTTP,
		"another site": http.RedirectHandler("http://127.0.0.1:9/", http.StatusFound).ServeHTTP,
		"hung up":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(answerHeader, recordedMark)
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(portal))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			line := w.wire(t)
			p := opens(t, browser, line.URL+"/p/single")
			line.votes(answer) // every time: browsers send again by themselves what was hung up on
			p.tap(p.find(of("Bancha")))
			p.says("Your vote is not recorded yet.")
			equal(t, "votes", len(w.casts()), 0)
			line.meddles(nil)
			p.says("Recorded: Bancha")
			equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
			equal(t, "the page", ask[string](p, "location.pathname + document.querySelector('h1').textContent"), "/p/singleWhich single?")
		})
	}
}

// The answer was lost after the vote was recorded: it is sent again by the same
// voter, with the same id, and counts once.
func TestPageRetriesHarmlessly(t *testing.T) {
	w := newFixture(t)
	w.fail(answerLost)
	p := opens(t, chromium(t), w.wire(t).URL+"/")
	p.tap(p.find(of("Bancha")))
	p.says("not recorded yet")
	p.says("Recorded: Bancha")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
}

// Our own refusals are shown, where the voter looks, and the form stays.
func TestRefusalsAreShown(t *testing.T) {
	browser := chromium(t)
	w := newFixture(t)
	line := w.wire(t)
	p := opens(t, browser, line.URL+"/p/multiple")
	p.tap(p.find(`document.querySelector(".primary")`))
	p.says("Nothing is chosen.")
	p.isCalm()

	p = opens(t, browser, line.URL+"/p/single")
	w.fail(refuse(queue.ErrNotOpen))
	p.tap(p.find(of("Bancha")))
	p.says("This poll is closed. It takes no more votes.")
	p.sees("the form takes nothing", `document.querySelector("form.shut button:disabled")`)

	p = opens(t, browser, line.URL+"/p/score")
	w.mu.Lock()
	delete(w.polls, "score")
	w.mu.Unlock()
	p.says("There is no poll at this address.")
	p.sees("the form takes nothing", `document.querySelector("form.shut button:disabled")`)
	equal(t, "votes", len(w.casts()), 0)
}

// A browser that keeps no cookies is told so, each time.
func TestPageWithCookiesBlocked(t *testing.T) {
	w := newFixture(t)
	line := w.wire(t)
	offered := make(chan struct{}, 10)
	line.meddles(func(_ http.ResponseWriter, r *http.Request) bool {
		r.Header.Del("Cookie")
		if r.Method == http.MethodPost {
			offered <- struct{}{}
		}
		return false
	})
	p := opens(t, chromium(t), line.URL+"/")
	for range 2 {
		p.isCalm()
		p.tap(p.find(of("Bancha")))
		<-offered
		p.isCalm()
		p.says("Your browser did not keep our cookie")
	}
	equal(t, "votes", len(w.casts()), 0)
	line.meddles(nil)
	p.isCalm()
	p.tap(p.find(of("Bancha")))
	p.says("Recorded: Bancha")
}

// A voter without a network is told so; with it, the vote is sent at once. A page
// that comes back from the browser's memory does not look as sending for ever.
func TestPageThatWasCutOff(t *testing.T) {
	browser := chromium(t)
	w := newFixture(t)
	line := w.wire(t)
	p := opens(t, browser, line.URL+"/p/single", running(`Object.defineProperty(navigator, "onLine", { get: () => false });`))
	line.meddles(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	p.tap(p.find(of("Bancha")))
	p.says("You are offline.")
	line.meddles(nil)
	ask[bool](p, `dispatchEvent(new Event("online"))`)
	p.says("Recorded: Bancha")

	p = opens(t, browser, line.URL+"/p/single")
	arrived := make(chan struct{}, 1)
	line.votes(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // only then the server sees that the client is gone
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	p.tap(p.find(of("Ceylon")))
	<-arrived
	p.says("Sending your vote")
	line.meddles(nil)
	ask[bool](p, `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
	p.says("Recorded: Ceylon")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b", "c"})
}

// What was changed and not sent does not look recorded.
func TestUnsentChanges(t *testing.T) {
	browser := chromium(t)
	for slug, change := range map[string][2]string{
		"multiple": {`document.querySelector("[value=b]").click()`, `document.querySelector("[value=b]").click()`},
		"ranked":   selecting("rank-b", "2", ""),
		"score":    {`document.querySelector("[name=score-b][value='4']").click()`, `document.querySelector("[name=score-b][value='']").click()`},
	} {
		t.Run(slug, func(t *testing.T) {
			w := newFixture(t)
			p := opens(t, browser, w.wire(t).URL+"/p/"+slug)
			ask[bool](p, map[string]string{
				"multiple": `(document.querySelector("[value=a]").click(), true)`, "ranked": selecting("rank-a", "2", "")[0], "score": `(document.querySelector("[name=score-a][value='5']").click(), true)`,
			}[slug]+" ?? true")
			p.tap(p.find(`document.querySelector(".primary")`))
			p.says("Recorded: ")
			p.isCalm()

			ask[bool](p, change[0]+" ?? true")
			p.says("Not sent yet. What counts is still: ")
			p.says("Assam")
			p.sees("nothing looks recorded", `document.querySelector(".notice.good[hidden]")`)
			p.photograph("unsent-" + slug)
			ask[bool](p, change[1]+" ?? true") // back again
			p.sees("it looks recorded", `document.querySelector(".notice.good:not([hidden])") && document.querySelector("[data-line=unsent][hidden]")`)
			ask[bool](p, change[0]+" ?? true")
			p.tap(p.where(`document.querySelector(".primary")`))
			p.sees("it is recorded", `document.querySelector(".notice.good:not([hidden])")?.innerText.includes("Bancha")`)
			equal(t, "votes", len(w.casts()), 2)
			equal(t, "voters", w.voters(), 1)
		})
	}
}

// selecting returns scripts that choose a value, and the value before.
func selecting(name, value, before string) [2]string {
	choose := func(v string) string {
		return fmt.Sprintf(`((s) => { s.value = %q; return s.dispatchEvent(new Event("change", { bubbles: true })); })(document.querySelector("select[name=%s]"))`, v, name)
	}
	return [2]string{choose(value), choose(before)}
}

// A poll that is closed and opened by hand is so on every page that is open, and
// what was chosen there and not sent stays.
func TestClosingByHandReachesOpenPages(t *testing.T) {
	browser := chromium(t)
	for name, conns := range map[string]int{"by a stream": 0, "by asking": 1} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t, func(c *Config) { c.MaxConns = conns })
			p := opens(t, browser, w.wire(t).URL+"/p/multiple")
			p.tap(p.find(of("Ceylon")))
			p.sees("it follows", `document.querySelector("[value=c]").checked`)
			within := 2 * time.Second
			if conns > 0 {
				within = 15 * time.Second
			} else {
				w.follows(t)
			}
			began := time.Now()
			w.change("multiple", func(p *vote.Poll) { p.Status = vote.Closing })
			p.sees("it takes nothing", `document.querySelectorAll("form.shut :disabled").length === 4`)
			p.says("closed")
			if took := time.Since(began); took > within {
				t.Errorf("the end took %v", took)
			}
			p.photograph("closed-by-hand")
			began = time.Now()
			w.change("multiple", func(p *vote.Poll) { p.Status = vote.Open })
			p.sees("it takes votes", `document.querySelector("form[method=post]:not(.shut)") && !document.querySelector("form :disabled") && document.querySelector("[data-line=shut][hidden]")`)
			if took := time.Since(began); took > within {
				t.Errorf("the new beginning took %v", took)
			}
			p.sees("what was chosen is still chosen", `document.querySelector("[value=c]").checked`)
			p.tap(p.find(`document.querySelector(".primary")`))
			p.says("Recorded: Ceylon")
		})
	}
}

// follows waits until a page follows.
func (w *fixture) follows(t *testing.T) {
	t.Helper()
	for until := time.Now().Add(patience); ; {
		n := w.station.watch.Followers()
		if n > 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatal("no page follows")
		}
		<-time.After(10 * time.Millisecond)
	}
}

// A draft opens on pages that wait for it; a form that has just come takes nothing
// for half a second.
func TestOpeningReachesWaitingPages(t *testing.T) {
	w := newFixture(t)
	p := opens(t, chromium(t), w.wire(t).URL+"/p/draft")
	w.follows(t)
	w.change("draft", func(p *vote.Poll) { p.Status = vote.Open })
	p.sees("the form has come", `document.querySelector("form[aria-busy]")`)
	p.isCalm()
	p.tap(p.find(of("Bancha")))
	p.says("Recorded: Bancha")
}

// Other words do not take the place of those that a voter reads: the page says that
// there are others, takes nothing, and shows them when it is asked to.
func TestOtherWordsAreOffered(t *testing.T) {
	w := newFixture(t)
	p := opens(t, chromium(t), w.wire(t).URL+"/p/multiple")
	p.tap(p.find(of("Ceylon")))
	p.tap(p.find(of("Bancha")))
	w.follows(t)
	w.change("multiple", func(p *vote.Poll) {
		p.Question = "Which one?"
		p.Options = []vote.Option{{ID: "a", Label: "Assam"}, {ID: "b", Label: "Black"}, {ID: "c", Label: "Ceylon"}}
	})
	p.says("The poll has changed.")
	p.sees("the old words, which take nothing", `document.querySelector("h1").textContent === "Which multiple?" && document.querySelector("form.shut")`)
	p.photograph("other-words")
	p.tap(p.find(`document.querySelector("[data-line=shut] button")`))
	p.sees("the new words", `document.querySelector("h1").textContent === "Which one?"`)
	p.sees("what is still the same stays chosen", `document.querySelector("[value=c]").checked && !document.querySelector("[value=b]").checked`)
	p.isCalm()
	p.tap(p.find(`document.querySelector(".primary")`))
	p.says("Recorded: Ceylon")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"c"})
}

// A browser of 2020 votes: it does not know what sent a form, nor how to put that in.
func TestAnOldBrowserVotes(t *testing.T) {
	const old = `delete SubmitEvent.prototype.submitter;
		AbortSignal.timeout = undefined;
		window.FormData = class extends FormData { constructor(form) { super(form); } };`
	w := newFixture(t)
	p := opens(t, chromium(t), w.wire(t).URL+"/p/single", running(old))
	p.tap(p.find(of("Bancha")))
	p.says("Recorded: Bancha")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
}

// Words from right to left are shown so, and leave ours as they are.
func TestWordsFromRightToLeft(t *testing.T) {
	w := newFixture(t)
	w.change("ranked", func(p *vote.Poll) {
		p.Question = "أين نأكل اليوم؟"
		p.Options = []vote.Option{{ID: "a", Label: "بيتزا!"}, {ID: "b", Label: "سوشي."}}
	})
	p := opens(t, chromium(t), w.wire(t).URL+"/p/ranked")
	for _, element := range []string{"h1", ".option .text"} {
		equal(t, element, ask[string](p, fmt.Sprintf(`getComputedStyle(document.querySelector(%q)).direction`, element)), "rtl")
	}
	ask[bool](p, selecting("rank-a", "1", "")[0])
	ask[bool](p, selecting("rank-b", "2", "")[0])
	p.tap(p.find(`document.querySelector(".primary")`))
	p.says("Recorded: 1. ")
	p.photograph("right-to-left")
	// On the screen the places stand where they are read, each before its label, or on the
	// line above it.
	const order = `JSON.stringify(((line) => {
		const at = (node, i) => { const r = document.createRange(); r.setStart(node, i); r.setEnd(node, i + 1); return r.getBoundingClientRect(); };
		const [one, first, two, second] = line.childNodes;
		const before = (a, b) => a.bottom <= b.top + 1 || a.x < b.x;
		return [before(at(one, 0), first.getBoundingClientRect()), before(first.getBoundingClientRect(), at(two, 2)), before(at(two, 2), second.getBoundingClientRect())];
	})(document.querySelector("[data-line=outcome] strong")))`
	if got := ask[string](p, order); strings.Contains(got, "false") {
		t.Errorf("the receipt is out of order: %s: %s", got, p.text())
	}
}
