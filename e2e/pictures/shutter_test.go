//go:build pictures

package pictures

import (
	"bytes"
	"context"
	"image"
	"image/png"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"golang.org/x/image/draw"

	"popeye/e2e/scenes"
	"popeye/internal/testenv"
	"popeye/internal/testenv/browser"
)

// tallest is how much of a long page is pictured.
const tallest = 2400

// picture is what a view looks like.
type picture struct {
	png   []byte
	masks []image.Rectangle // what differs from run to run
}

// opens brings a view's page into its state.
func (p tab) opens(v view) {
	p.T.Helper()
	p.Do(v.name(), func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: v.theme.features()})
		return chromedp.Void{}, err
	}, chromedp.EmulateViewport(v.width, v.height), chromedp.Navigate(v.scene.In(v.language)))
	if v.scene.Do != "" {
		p.Do(v.name(), browser.Script(v.scene.Do))
	}
	p.Sees(v.name(), v.scene.Shows)
	p.still(v.name())
}

// still waits until all is drawn and nothing moves.
func (p tab) still(what string) {
	p.T.Helper()
	p.Do(what, browser.Script(`document.activeElement?.blur()`))
	p.Sees(what+" stands still", `(() => {
		const now = document.body.innerText + document.body.scrollHeight;
		const same = now === window.lastSeen;
		window.lastSeen = now;
		const line = document.querySelector("#live"); // it says the time of the figures until it is live
		return same && (!line || line.querySelector("*") !== null) && document.fonts.status === "loaded" && !document.getAnimations().some((a) => a.playState === "running" && a.effect.getTiming().iterations !== Infinity);
	})()`)
}

// restless are the places that differ from run to run: times, codes, what codes are drawn
// as, charts over time, and the numbers that lots and keys are.
const restless = `(() => {
	const boxes = [...document.querySelectorAll("time, .qr, svg.pace, .pace, .countdown")].map((e) => e.getBoundingClientRect());
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walk.nextNode());) {
		for (const m of n.data.matchAll(/\d{6}|\b\d{3}[\s ]\d{3}\b|[0-9a-f]{12,}|127\.0\.0\.1:\d+|localhost:\d+|\d+:\d\d(:\d\d)?/g)) {
			const r = document.createRange();
			r.setStart(n, m.index);
			r.setEnd(n, m.index + m[0].length);
			boxes.push(...r.getClientRects());
		}
	}
	// Who wins a tie by lot, and is first.
	if (location.pathname.startsWith("/p/tie")) document.querySelectorAll(".winner, .winner + p, #caption, .wall-row, .bars").forEach((e) => boxes.push(e.getBoundingClientRect()));
	document.querySelectorAll(".code").forEach((e) => boxes.push(e.getBoundingClientRect()));
	return boxes.filter((b) => b.width > 0).map((b) => [b.left, b.top, b.right, b.bottom].map(Math.round));
})()`

// photographs the page as it is: walls as the screen is, others whole.
func (p tab) photographs(v view) picture {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, testenv.Patience)
	defer cancel()
	p.Do("no time is longer than another", browser.Script(`document.querySelectorAll("time").forEach((e) => (e.textContent = "00:00"))`))
	height := p.unrolls(v)
	boxes, err := chromedp.Run(ctx, chromedp.Evaluate[[][4]int](restless))
	if err != nil {
		p.T.Fatalf("%s: %v", v.name(), err)
	}
	shot, err := chromedp.Run(ctx, func(ctx context.Context, _ *chromedp.Target) (page.CaptureScreenshotResult, error) {
		return chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			OptimizeForSpeed: new(true),
			Clip:             &page.Viewport{Width: float64(v.width), Height: float64(height), Scale: 1},
		})
	})
	if err != nil {
		p.T.Fatalf("%s: %v", v.name(), err)
	}
	taken := picture{png: shot.Data}
	for _, b := range boxes {
		taken.masks = append(taken.masks, image.Rect(b[0], b[1], b[2], b[3]))
	}
	return taken
}

// unrolls makes the screen as high as a long page, so that what sticks to the bottom of
// the screen hides nothing, and returns how high.
func (p tab) unrolls(v view) int64 {
	p.T.Helper()
	if v.scene.Device == scenes.Wall {
		return v.height
	}
	ctx, cancel := context.WithTimeout(p.Ctx, testenv.Patience)
	defer cancel()
	long, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollHeight`))
	if err != nil {
		p.T.Fatalf("%s: %v", v.name(), err)
	}
	height := min(max(v.height, long), tallest)
	if height > v.height {
		p.Do(v.name(), chromedp.EmulateViewport(v.width, height))
	}
	return height
}

func (p tab) decoded(v view, taken picture) image.Image {
	p.T.Helper()
	whole, err := png.Decode(bytes.NewReader(taken.png))
	if err != nil {
		p.T.Fatalf("%s: %v", v.name(), err)
	}
	return whole
}

func (p tab) thumbnail(v view, taken picture) *image.RGBA {
	p.T.Helper()
	return Thumbnail(p.decoded(v, taken), taken.masks)
}

// smaller is a picture of which part pixels, across, make one; at most as high as a
// screen's width.
func smaller(p image.Image, part int) image.Image {
	b := p.Bounds()
	b.Max.Y = min(b.Max.Y, b.Min.Y+max(b.Dx(), 844))
	small := image.NewRGBA(image.Rect(0, 0, b.Dx()/part, b.Dy()/part))
	draw.CatmullRom.Scale(small, small.Bounds(), p, b, draw.Src, nil)
	return small
}
