package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// wallScreens are the sizes that rooms have, with the least type that is readable there.
var wallScreens = []struct {
	width, height int64
	least         float64 // pixels
}{{1280, 720, 12}, {1920, 1080, 18}, {3840, 2160, 36}}

// wall is what a big screen looks like, as the browser says.
type wall struct {
	Overflow int     // pixels that are beyond the screen, either way
	Cut      int     // texts that have no room in their box
	Bars     float64 // how much of the screen's width bars take, all columns
	Least    float64 // the smallest type
	Question float64 // type of the question
	Code     float64 // width of the QR code
	Address  float64 // width of the address
	Shown    int     // options
}

const measureWall = `(() => {
  const all = (q) => [...document.querySelectorAll(q)].filter((e) => e.offsetParent !== null || e.getClientRects().length);
  const size = (e) => parseFloat(getComputedStyle(e).fontSize);
  const box = (q) => document.querySelector(q)?.getBoundingClientRect() ?? { width: 0 };
  const bars = all(".bar").map((e) => e.getBoundingClientRect());
  const columns = new Map(bars.map((b) => [b.left, b.width]));
  const texts = all("h1, .label, .figure, .total, .history, #live, #more, .join p, .join .qr, .notice");
  return {
    overflow: Math.max(document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth),
    cut: texts.filter((e) => {
      const b = e.getBoundingClientRect();
      return e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 || b.bottom > innerHeight || b.right > innerWidth || b.left < 0 || b.top < 0;
    }).length,
    bars: [...columns.values()].reduce((a, b) => a + b, 0) / innerWidth,
    least: Math.min(...texts.filter((e) => e.textContent).map(size)),
    question: size(document.querySelector("h1")),
    code: box(".join .qr").width,
    address: box(".join strong").width,
    shown: all(".bars > li").length,
  };
})()`

// wordsOf returns a text of so many letters.
func wordsOf(n int) string {
	return strings.Repeat("What should we do with the rest of the budget? ", n/47+1)[:n-1] + "?"
}

// A big screen has room for everything, whatever is asked, on every screen.
func TestBigScreenHasRoom(t *testing.T) {
	_, _, result := onePopeye(t, "PUBLIC_POLL_URL=https://vote.example.org/and/a/rather/long/path")
	screen := person(t, browser(t), "about:blank")
	for _, c := range []struct{ question, options, label int }{
		{20, 2, 12},
		{20, 6, 12},
		{20, 12, 12},
		{20, 20, 12},
		{20, 100, 12},
		{60, 2, 12},
		{60, 6, 12},
		{60, 12, 12},
		{60, 20, 12},
		{60, 100, 12},
		{300, 2, 12},
		{300, 6, 12},
		{300, 12, 12},
		{300, 20, 12},
		{300, 100, 12},
		{60, 6, 120},
		{300, 12, 120},
		{300, 100, 120},
	} {
		slug := fmt.Sprintf("wall-%d-%d-%d", c.question, c.options, c.label)
		labels := make([]string, c.options)
		for i := range labels {
			labels[i] = fmt.Sprintf("%d %s", i+1, wordsOf(c.label-len("100 ")))
		}
		people.NewOrganiser(result).Makes(t, people.OpenPoll(slug, wordsOf(c.question), labels...))
		screen.do("show", chromedp.Navigate(result+"/p/"+slug+"/present"))
		screen.sees("it is live", `document.querySelector("#live .dot") !== null`)
		for _, s := range wallScreens {
			t.Run(fmt.Sprintf("%s/%d", slug, s.width), func(t *testing.T) {
				screen := tab{t, screen.ctx}
				screen.do("resize", chromedp.EmulateViewport(s.width, s.height))
				screen.sees("the size", fmt.Sprintf(`innerWidth === %d && innerHeight === %d`, s.width, s.height))
				screen.photograph(fmt.Sprintf("%s-%d", slug, s.width))
				screen.hasRoom(s.least, min(c.options, 20))
			})
		}
	}
}

// hasRoom fails unless everything on a big screen can be read.
func (p tab) hasRoom(least float64, options int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	w, err := chromedp.Run(ctx, chromedp.Evaluate[wall](measureWall))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Logf("MEASURED %+v", w)
	if w.Overflow > 0 || w.Cut > 0 {
		p.t.Errorf("%d pixels and %d texts have no room", w.Overflow, w.Cut)
	}
	if w.Shown != options {
		p.t.Errorf("%d options are shown, not %d", w.Shown, options)
	}
	if w.Bars < 0.6 {
		p.t.Errorf("the bars have %.0f %% of the width", 100*w.Bars)
	}
	if w.Least < least || w.Question < least {
		p.t.Errorf("type of %.1f pixels, the question of %.1f: less than %.1f", w.Least, w.Question, least)
	}
	if w.Code == 0 || w.Address > w.Code {
		p.t.Errorf("the address is %.0f pixels wide, the code %.0f", w.Address, w.Code)
	}
}
