package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// value is what an expression gives on a page.
func value[T any](p tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// comesTo is sees for a page that loads itself again meanwhile.
func (p tab) comesTo(what, condition string) {
	p.t.Helper()
	testenv.Eventually(p.t, what, func() error {
		ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
		defer cancel()
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if err == nil && !holds {
			err = errors.New("not yet")
		}
		return err
	})
}

// watchPage notes from now on how much what a page shows moves by itself, and every
// sentence that a screen reader is given.
const watchPage = `(() => {
  window.shifts = []; window.said = []; window.glides = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (e.value > 0) shifts.push({ value: e.value,
    of: e.sources.map((s) => (s.node && (s.node.id || s.node.className || s.node.nodeName || s.node.textContent)) + " " + JSON.stringify([s.previousRect.y, s.currentRect.y, s.previousRect.x, s.currentRect.x])) }); }).observe({ type: "layout-shift", buffered: false });
  new MutationObserver(() => said.push([performance.now(), document.getElementById("spoken").textContent])).observe(document.getElementById("spoken"), { childList: true, characterData: true, subtree: true });
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...all) { if (this.dataset.id) glides++; return animate.apply(this, all); };
  return true;
})()`

// Bars overtake each other while votes come in: the rows glide to their places, nothing
// else moves, and a screen reader hears of it now and then.
func TestBarsOvertakeAndNothingElseMoves(t *testing.T) {
	_, poll, result := onePopeye(t)
	people.NewOrganiser(result).Makes(t, people.OpenPoll("aurora", "Which one?", "Aurora", "Borealis", "Corona", "A name that is so long that it needs a second line on a phone"))
	cast(t, poll, "aurora", `"a"`, `"a"`)
	screen := person(t, browser(t), result+"/p/aurora")
	screen.do("as a phone", chromedp.EmulateViewport(390, 844))
	screen.sees("it is live", `document.querySelector("#live .dot") !== null && document.querySelector("#winners").innerText !== ""`)
	screen.sees("watched", watchPage)
	for i := range 30 {
		cast(t, poll, "aurora", []string{`"b"`, `"b"`, `"c"`, `"d"`, `"d"`, `"a"`}[i%6])
		<-time.After(100 * time.Millisecond)
	}
	cast(t, poll, "aurora", `"d"`, `"d"`, `"d"`, `"d"`)
	const order = `[...document.querySelectorAll("#bars > li")].map((e) => e.dataset.id).join()`
	screen.sees("the order of the votes", order+` === "d,b,a,c"`)
	screen.sees("the leader alone stands out", `[...document.querySelectorAll("#bars .lead[data-id]")].map((e) => e.dataset.id).join() === "d"
  && getComputedStyle(document.querySelector("[data-id=d] .bar rect")).fill !== getComputedStyle(document.querySelector("[data-id=b] .bar rect")).fill`)
	screen.sees("it came to rest", `document.getAnimations().length === 0`)
	screen.sees("it was said", `said.length > 0`)
	said := value[[][]any](screen, `said`)
	for i, s := range said {
		if at := s[0].(float64); i > 0 && at-said[i-1][0].(float64) < 9900 {
			t.Errorf("%q %v ms after %q", s[1], at-said[i-1][0].(float64), said[i-1][1])
		}
	}
	if last := fmt.Sprint(said[len(said)-1][1]); !strings.Contains(last, " votes") || !strings.HasSuffix(last, ".") {
		t.Errorf("a screen reader says %q", last)
	}
	shifts := value[[]json.RawMessage](screen, `shifts`)
	t.Logf("%d rows glided, %d layout shifts, said: %v", value[int](screen, `glides`), len(shifts), said)
	for _, s := range shifts {
		t.Errorf("layout shift: %s", s)
	}
	if value[int](screen, `glides`) == 0 {
		t.Error("no row glided")
	}
}

// A cut line is told, with since when; so is that it is back.
func TestLivePageSaysThatItIsCutOff(t *testing.T) {
	p, poll, result := onePopeye(t)
	people.NewOrganiser(result).Makes(t, people.OpenPoll("lunch", "Where to?", "Pizza", "Sushi"))
	cast(t, poll, "lunch", `"a"`)
	screen := person(t, browser(t), result+"/p/lunch")
	screen.sees("live", `document.querySelector("#live").innerText === "Live"`)
	p.Kill()
	screen.sees("cut off", `/^Cut off since \d\d:\d\d:\d\d/.test(document.querySelector("#live").innerText)
  && document.querySelector("#live .dot.lost") !== null && !document.querySelector("#stale").hidden`)
	screen.sees("the last figures stay", `document.querySelector("[data-id=a] .votes").innerText === "1"`)
	p.Start(t)
	screen.sees("live again", `document.querySelector("#live").innerText === "Live" && document.querySelector("#stale").hidden`)
}

// Of a closed poll nothing is live: its figures are of a time, and a badge says that they
// are final.
func TestLivePageOfAClosedPollIsNotLive(t *testing.T) {
	_, poll, result := onePopeye(t)
	organiser := people.NewOrganiser(result)
	organiser.Makes(t, people.OpenPoll("lunch", "Where to?", "Pizza", "Sushi"))
	cast(t, poll, "lunch", `"a"`)
	chromium := browser(t)
	screen := person(t, chromium, result+"/p/lunch")
	const (
		live  = `document.querySelector("#live .dot") !== null && document.querySelector("#live").innerText === "Live"`
		final = `document.querySelector("#live .dot") !== null && /^Figures from \d/.test(document.querySelector("#live").innerText) && document.querySelector("#badge").innerText === "Final"`
	)
	screen.sees("live", live)
	organiser.Closes(t, "lunch")
	screen.sees("final", final)
	late := person(t, chromium, result+"/p/lunch")
	late.sees("final from the beginning", final)
	organiser.Opens(t, "lunch")
	for _, p := range []tab{screen, late} {
		p.sees("live again", live)
	}
}

// Hidden results are in no part of the page; once the organiser reveals them they come
// with a moment of suspense, which a key ends, and without one where less motion is wanted.
func TestRevealIsAMoment(t *testing.T) {
	_, poll, result := onePopeye(t)
	d := people.OpenPoll("quiz", "Who wins?", "Red", "Blue", "Green")
	d.Visibility = new(vote.VisibleManual)
	organiser := people.NewOrganiser(result)
	organiser.Makes(t, d)
	cast(t, poll, "quiz", `"b"`, `"b"`, `"a"`)
	chromium := browser(t)
	screen, calm := person(t, chromium, result+"/p/quiz"), person(t, chromium, "about:blank")
	calm.do("less motion", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}), chromedp.Navigate(result+"/p/quiz"))
	for _, p := range []tab{screen, calm} {
		p.sees("hidden, with its turnout", `document.querySelector("#live .dot") !== null && document.querySelector(".badge.hidden") !== null
  && document.querySelector("#total").innerText.includes("3") && document.querySelector("#bars") === null`)
	}
	if _, err := organiser.RevealPoll(t.Context(), "quiz"); err != nil {
		t.Fatal(err)
	}
	screen.comesTo("held back", `document.body.classList.contains("revealing") && !document.querySelector("#skip").hidden`)
	screen.do("a key", chromedp.KeyEvent(" "))
	for _, p := range []tab{screen, calm} {
		p.comesTo("shown", `!document.body.classList.contains("revealing") && document.querySelector("#skip").hidden && document.querySelector("[data-id=b] .votes")?.innerText === "2"`)
	}
	if value[bool](calm, `document.getAnimations().length > 0`) {
		t.Error("something moves though less motion is wanted")
	}
}

// Without scripts the page comes again by itself; printed it is not blank, says of when
// its figures are, and no fold keeps anything back.
func TestLivePageWithoutScriptsAndOnPaper(t *testing.T) {
	_, poll, result := onePopeye(t)
	d := people.OpenPoll("board", "Who?", "Aurora", "Borealis", "Corona")
	d.Kind, d.Rule = vote.Ranked, new("irv/1")
	people.NewOrganiser(result).Makes(t, d)
	cast(t, poll, "board", `["a","b"]`, `["b","a"]`)
	chromium := browser(t)
	plain := person(t, chromium, "about:blank")
	plain.do("no scripts", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(result+"/p/board"))
	cast(t, poll, "board", `["b","c"]`)
	plain.do("the page comes again", chromedp.WaitVisible(chromedp.Search(`//li[@data-id="b"]//b[@class="votes" and text()="2"]`)))

	screen := person(t, chromium, result+"/p/board")
	screen.sees("it is live", `document.querySelector("#live .dot") !== null && document.querySelector("#winners").innerText !== ""`)
	printed := value[string](screen, `(() => { let said; addEventListener("beforeprint", () => (said = byID("printed").checkVisibility() && byID("printed").textContent));
		dispatchEvent(new Event("beforeprint")); dispatchEvent(new Event("afterprint")); return said; })()`)
	if !strings.HasPrefix(printed, "Figures from ") || !strings.Contains(printed, time.Now().UTC().Format("2006")) || value[bool](screen, `byID("printed").checkVisibility()`) {
		t.Errorf("the print says of when it is: %q", printed)
	}
	ctx, cancel := context.WithTimeout(screen.ctx, testenv.Patience)
	defer cancel()
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	if len(pdf) < 10_000 || !strings.HasPrefix(string(pdf), "%PDF") {
		t.Errorf("a print of %d bytes", len(pdf))
	}
}
