package pages

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"popeye/e2e/scenes"
	"popeye/internal/testenv/browser"
)

// house starts a popeye with everything in it, and a browser on it.
func house(t *testing.T) (*scenes.House, context.Context) {
	t.Helper()
	return scenes.Start(t, bin, t.TempDir()), browser.Shared(t)
}

// tab is a page of one person.
type tab struct{ browser.Tab }

// opens a scene in a language.
func (p tab) opens(s scenes.Scene, language string) {
	p.T.Helper()
	p.Do(s.Name, chromedp.Navigate(s.In(language)))
	p.Sees(s.Name+" is loaded", `document.readyState === "complete"`)
}

// stage brings the page that a scene opened into its state.
func (p tab) stage(s scenes.Scene) {
	p.T.Helper()
	if s.Do != "" {
		p.Do(s.Name, browser.Script(s.Do))
	}
	p.Sees(s.Name, s.Shows)
}

// media are how a page is looked at.
type media struct {
	name     string
	features []*emulation.MediaFeature
}

// forced is the name of the media in which the reader chooses the colours.
const forced = "forced colours"

// medias: nothing moves in them, so that what is judged stands still.
var medias = []media{
	{"light", features("light", "none")},
	{"dark", features("dark", "none")},
	{forced, features("dark", "active")},
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
