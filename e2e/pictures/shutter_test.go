package pictures

import (
	"bytes"
	"context"
	"image"
	"image/png"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"popeye/e2e/scenes"
	"popeye/internal/testenv"
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
	p.t.Helper()
	p.do(v.name(), func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: v.theme.features()})
		return chromedp.Void{}, err
	}, chromedp.EmulateViewport(v.width, v.height), chromedp.Navigate(v.scene.In(v.language)))
	if v.scene.Do != "" {
		p.do(v.name(), run(v.scene.Do))
	}
	p.sees(v.name(), v.scene.Shows)
	p.still(v.name())
}

// still waits until all is drawn and nothing moves.
func (p tab) still(what string) {
	p.t.Helper()
	p.do(what, run(`document.activeElement?.blur()`))
	p.sees(what+" stands still", `(() => {
		const now = document.body.innerText + document.body.scrollHeight;
		const same = now === window.lastSeen;
		window.lastSeen = now;
		return same && document.fonts.status === "loaded" && !document.getAnimations().some((a) => a.playState === "running" && a.effect.getTiming().iterations !== Infinity);
	})()`)
}

// restless are the places that differ from run to run: times, codes, what codes are drawn
// as, charts over time, and the numbers that lots and keys are.
const restless = `(() => {
	const boxes = [...document.querySelectorAll("time, .qr, svg.pace, .pace, .countdown")].map((e) => e.getBoundingClientRect());
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walk.nextNode());) {
		for (const m of n.data.matchAll(/\d{6}|\b\d{3}[\s ]\d{3}\b|[0-9a-f]{12,}|127\.0\.0\.1:\d+|localhost:\d+|\d+:\d\d/g)) {
			const r = document.createRange();
			r.setStart(n, m.index);
			r.setEnd(n, m.index + m[0].length);
			boxes.push(...r.getClientRects());
		}
	}
	document.querySelectorAll(".code").forEach((e) => boxes.push(e.getBoundingClientRect()));
	return boxes.filter((b) => b.width > 0).map((b) => [b.left, b.top, b.right, b.bottom].map(Math.round));
})()`

// photographs the page as it is: walls as the screen is, others whole.
func (p tab) photographs(v view) picture {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	boxes, err := chromedp.Run(ctx, chromedp.Evaluate[[][4]int](restless))
	if err != nil {
		p.t.Fatalf("%s: %v", v.name(), err)
	}
	height := v.height
	if v.scene.Device != scenes.Wall {
		long, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollHeight`))
		if err != nil {
			p.t.Fatalf("%s: %v", v.name(), err)
		}
		height = min(max(height, long), tallest)
	}
	shot, err := chromedp.Run(ctx, func(ctx context.Context, _ *chromedp.Target) (page.CaptureScreenshotResult, error) {
		return chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: new(height > v.height), OptimizeForSpeed: new(true),
			Clip: &page.Viewport{Width: float64(v.width), Height: float64(height), Scale: 1},
		})
	})
	if err != nil {
		p.t.Fatalf("%s: %v", v.name(), err)
	}
	taken := picture{png: shot.Data}
	for _, b := range boxes {
		taken.masks = append(taken.masks, image.Rect(b[0], b[1], b[2], b[3]))
	}
	return taken
}

func (p tab) thumbnail(v view, taken picture) *image.RGBA {
	p.t.Helper()
	whole, err := png.Decode(bytes.NewReader(taken.png))
	if err != nil {
		p.t.Fatalf("%s: %v", v.name(), err)
	}
	return Thumbnail(whole, taken.masks)
}
