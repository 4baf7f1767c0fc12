// Package browser lets tests look at pages with a real Chromium. What enters is a test;
// what leaves is a tab, with cookies of its own, and what its page shows. The browser ends
// with the test.
package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
)

// Start starts Chromium, in which each Person opens a tab.
func Start(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := testenv.Find(t, "chromium", "chromium", "chromium-browser", "google-chrome")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// Tab is a page of one person.
type Tab struct {
	T   *testing.T
	Ctx context.Context
}

// Person opens a tab as somebody who was never here.
func Person(t *testing.T, chromium context.Context) Tab { //nolint:revive // in tests, t comes first
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the first step owns the tab: it must not bear a timeout
		t.Fatalf("open a tab: %v", err)
	}
	return Tab{t, ctx}
}

// SignIn makes it an organiser's tab, on the site of results.
func (p Tab) SignIn(result string) {
	p.T.Helper()
	p.Do("sign in", chromedp.Navigate(result+"/admin"), chromedp.SendKeys(`input[name=token]`, testenv.AdminToken+"\r"))
	p.Sees("the list", `!!document.querySelector("form[action='/admin/logout']")`)
}

// Do takes steps, within testenv.Patience.
func (p Tab) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, testenv.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.T.Fatalf("%s: %v", what, err)
	}
}

// Script is a script for its effect.
func Script(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script + "; undefined")
}

// Sees waits until a condition holds, on whatever page there is by then.
func (p Tab) Sees(what, condition string) {
	p.T.Helper()
	testenv.Eventually(p.T, what, func() error {
		ctx, cancel := context.WithTimeout(p.Ctx, testenv.Patience)
		defer cancel()
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if err == nil && !holds {
			text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
			err = fmt.Errorf("%s does not hold; the page shows:\n%s", condition, text)
		}
		return err
	})
}

// Value is what a script returns, or what it promises.
func Value[V any](p Tab, script string) V {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, testenv.Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[V](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.T.Fatalf("%.80s: %v", script, err)
	}
	return v
}
