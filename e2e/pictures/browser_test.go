//go:build pictures

package pictures

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"popeye/e2e/scenes"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// bin is the folder of the program under test.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var remove func()
		var err error
		bin, remove, err = testenv.Build(context.Background(), "popeye/cmd/popeye")
		defer remove()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// house starts a popeye with everything in it, whose public addresses are the same in each run.
func house(t *testing.T) *scenes.House {
	t.Helper()
	p := testenv.NewPopeye(t, bin, t.TempDir(), "DEV=true", "VOTE_RATE=0",
		"PUBLIC_POLL_URL=http://vote.example.org", "PUBLIC_RESULT_URL=http://watch.example.org")
	p.Start(t)
	h := scenes.Fill(t, p.URL, p.Result)
	testenv.Eventually(t, "all votes are counted", func() error {
		for slug, want := range map[string]int64{"hidden-after-vote": 5, "rule-star": 24, "mixed": 6} {
			if r, err := people.NewOrganiser(p.Result).Results(t.Context(), slug); err != nil || r.Total != want {
				return fmt.Errorf("%s has %d votes, %w", slug, r.Total, err)
			}
		}
		return nil
	})
	return h
}

// browser starts Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := testenv.Find(t, "chromium", "chromium", "chromium-browser", "google-chrome")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// tab is a page of one person.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// person opens a tab with cookies of its own.
func person(t *testing.T, chromium context.Context) tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the first step owns the tab: it must not bear a timeout
		t.Fatalf("open a tab: %v", err)
	}
	return tab{t, ctx}
}

// organiser opens a tab that is signed in.
func organiser(t *testing.T, chromium context.Context, h *scenes.House) tab {
	t.Helper()
	p := person(t, chromium)
	p.do("sign in", chromedp.Navigate(h.Result+"/admin"), chromedp.SendKeys(`input[name=token]`, testenv.AdminToken+"\r"))
	p.sees("the list", `!!document.querySelector("form[action='/admin/logout']")`)
	return p
}

func (p tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// run is a script for its effect.
func run(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script + "; undefined")
}

// sees waits until a condition holds, on whatever page there is by then.
func (p tab) sees(what, condition string) {
	p.t.Helper()
	testenv.Eventually(p.t, what, func() error {
		ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
		defer cancel()
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if err == nil && !holds {
			text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
			err = fmt.Errorf("%s does not hold; the page shows:\n%s", condition, text)
		}
		return err
	})
}
