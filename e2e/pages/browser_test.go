package pages

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"popeye/e2e/scenes"
	"popeye/internal/testenv"
)

// house starts a popeye with everything in it, and a browser on it.
func house(t *testing.T) (*scenes.House, context.Context) {
	t.Helper()
	p := testenv.NewPopeye(t, bin, t.TempDir(), "DEV=true")
	p.Start(t)
	return scenes.Fill(t, p.URL, p.Result), browser(t)
}

// browser starts Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := testenv.Find(t, "chromium", "chromium", "chromium-browser", "google-chrome")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true))
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

// value is what a script returns, or what it promises.
func value[T any](p tab, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.80s: %v", script, err)
	}
	return v
}

func (p tab) signIn(h *scenes.House) {
	p.t.Helper()
	p.do("sign in", chromedp.Navigate(h.Result+"/admin"), chromedp.SendKeys(`input[name=token]`, testenv.AdminToken+"\r"))
	p.sees("the list", `!!document.querySelector("form[action='/admin/logout']")`)
}

// opens a scene in a language.
func (p tab) opens(s scenes.Scene, language string) {
	p.t.Helper()
	p.do(s.Name, chromedp.Navigate(s.In(language)))
	p.sees(s.Name+" is loaded", `document.readyState === "complete"`)
}

// stage brings the page that a scene opened into its state.
func (p tab) stage(s scenes.Scene) {
	p.t.Helper()
	if s.Do != "" {
		p.do(s.Name, run(s.Do))
	}
	p.sees(s.Name, s.Shows)
}

// media are how a page is looked at.
type media struct {
	name     string
	rules    string // of axe
	features []*emulation.MediaFeature
}

// forced is the name of the media in which the reader chooses the colours.
const forced = "forced colours"

// medias: nothing moves in them, so that what is judged stands still.
var medias = []media{
	{"light", axeRules, features("light", "none")},
	{"dark", colourRules, features("dark", "none")},
	{forced, colourRules, features("dark", "active")},
}

func features(scheme, forced string) []*emulation.MediaFeature {
	return []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "forced-colors", Value: forced}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}
}

// emulate makes the browser look at pages so.
func emulate(m media) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (v chromedp.Void, err error) {
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: m.features})
		return v, err
	}
}

// screen gives the page a size.
func screen(width, height int64) chromedp.Action[chromedp.Void] {
	return chromedp.EmulateViewport(width, height)
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
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		p.t.Error(err)
	}
}
