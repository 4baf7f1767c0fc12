// Package browser lets tests look at pages with a real Chromium. What enters is a test;
// what leaves is a tab, with cookies of its own, and what its page shows.
package browser

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
)

// shared is the browser that Shared hands to all tests of a process.
var shared struct {
	once sync.Once
	ctx  context.Context
	end  func()
	err  error
}

// Shared returns a browser that all tests of this process share, in which each Person opens
// a tab. A package that uses it ends its TestMain with StopShared.
func Shared(t *testing.T) context.Context {
	t.Helper()
	path := find(t)
	shared.once.Do(func() { shared.ctx, shared.end, shared.err = start(path) })
	if shared.err != nil {
		t.Fatalf("start Chromium: %v", shared.err)
	}
	return shared.ctx
}

// StopShared ends the shared browser, if there is one.
func StopShared() {
	if shared.end != nil {
		shared.end()
	}
}

// Start starts a browser of the test's own, for what asks for options.
func Start(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	ctx, end, err := start(find(t), more...)
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	t.Cleanup(end)
	return ctx
}

// find prefers Chromium's headless shell: the same engine, with no window around it. It names the
// program itself, since Debian's script on PATH leaves it running when the script is killed.
func find(t *testing.T) string {
	t.Helper()
	return testenv.Find(t, "chromium", "/usr/lib/chromium/chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
}

func start(path string, more ...chromedp.ExecAllocatorOption) (ctx context.Context, end func(), err error) {
	folder, err := os.MkdirTemp("", "popeye-chromium-")
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(folder),
		chromedp.WindowSize(500, 800),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	ctx, cancel := chromedp.NewContext(allocator)
	end = func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		stop()
		os.RemoveAll(folder)
	}
	if err := chromedp.Do(ctx); err != nil {
		end()
		return nil, nil, err
	}
	return ctx, end, nil
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
