package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
	chrome "popeye/internal/testenv/browser"
)

// browser returns Chromium. Each of its people has cookies of their own.
func browser(t *testing.T) context.Context {
	t.Helper()
	return chrome.Shared(t)
}

// tab is a page of one person.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// person opens a page as somebody who was never here.
func person(t *testing.T, browser context.Context, url string) tab {
	t.Helper()
	p := tab{t, chrome.Person(t, browser).Ctx}
	p.do("open "+url, chromedp.Navigate(url))
	return p
}

func (p tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v; the page shows:\n%s", what, err, p.text())
	}
}

// text is what the page shows, for a message.
func (p tab) text() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.querySelector('main')?.innerText ?? ''"))
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return text
}

// sees waits until a JavaScript condition holds on the page as it is: the page
// is not loaded again.
func (p tab) sees(what, condition string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition)); err != nil {
		p.t.Fatalf("%s: %v; the page shows:\n%s", what, err, p.text())
	}
}

// votes taps an option and waits for the page to say that it is recorded. Right after
// an answer the page takes nothing.
func (p tab) votes(label string) {
	p.t.Helper()
	// In one step: a page that looks at its poll again may replace the button between two.
	p.sees("the form takes a tap on "+label, fmt.Sprintf(`(() => {
		const b = [...document.querySelectorAll("form:not([aria-busy]) button.option")].find(b => b.innerText.includes(%s));
		if (b) b.click();
		return Boolean(b);
	})()`, strconv.Quote(label)))
	p.sees(label+" is recorded", fmt.Sprintf(
		`document.querySelector(".notice.good")?.innerText.includes(%s) ?? false`, strconv.Quote("Recorded: "+label)))
}

// seesVotes waits until the live page shows the figure of an option.
func (p tab) seesVotes(id string, votes int) {
	p.t.Helper()
	p.sees(fmt.Sprintf("%d votes for %s", votes, id), fmt.Sprintf(
		`document.querySelector('[data-id=%s] .votes')?.innerText === "%d"`, strconv.Quote(id), votes))
}

// photograph keeps a picture when the test run asks for pictures.
func (p tab) photograph(name string) {
	p.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Error(err)
	}
}

// markPage leaves a mark that a reload would wipe out.
func markPage(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Evaluate[bool]("window.samePage = true")(ctx, t)
	return chromedp.Void{}, err
}
