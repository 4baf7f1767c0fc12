package poll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	chrome "popeye/internal/testenv/browser"
)

// patience is for what must happen on a page.
const patience = 30 * time.Second

// chromium returns the browser. Each page of a test has cookies of its own.
func chromium(t *testing.T) context.Context {
	t.Helper()
	return chrome.Shared(t)
}

// wire is what lies between a phone and the station. It may meddle.
type wire struct {
	*httptest.Server

	mu     sync.Mutex
	meddle func(w http.ResponseWriter, r *http.Request) (done bool) // nil for not
}

func (w *fixture) wire(t *testing.T) *wire {
	t.Helper()
	line := &wire{}
	line.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		line.mu.Lock()
		meddle := line.meddle
		line.mu.Unlock()
		if meddle == nil || !meddle(rw, r) {
			w.handler.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(func() {
		w.station.EndStreams()
		line.CloseClientConnections()
		line.Close()
	})
	return line
}

func (l *wire) meddles(f func(w http.ResponseWriter, r *http.Request) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.meddle = f
}

// votes answers every vote in the station's place.
func (l *wire) votes(answer http.HandlerFunc) {
	l.meddles(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			answer(w, r)
		}
		return r.Method == http.MethodPost
	})
}

// phone is a page in the hand of somebody who was never here.
type phone struct {
	t   *testing.T
	ctx context.Context
}

// opens opens a page on a small screen that is touched. setUp may change the browser before.
func opens(t *testing.T, browser context.Context, url string, setUp ...func(phone)) phone {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := phone{t, ctx}
	if err := chromedp.Do(ctx); err != nil { // the first step owns the tab: it must not bear a timeout
		t.Fatalf("open a tab: %v", err)
	}
	p.do("be a phone", chromedp.EmulateViewport(390, 760, chromedp.EmulateMobile, chromedp.EmulateTouch))
	for _, f := range setUp {
		f(p)
	}
	p.do("open "+url, chromedp.Navigate(url))
	return p
}

// withoutScripts is a browser that runs none.
func withoutScripts(p phone) {
	p.t.Helper()
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// running runs a script before those of each page.
func running(script string) func(phone) {
	return func(p phone) {
		p.t.Helper()
		call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	}
}

func (p phone) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v; the page shows:\n%s", what, err, p.text())
	}
}

// text is what the page shows, for a message.
func (p phone) text() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.querySelector('main')?.innerText ?? ''"))
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return text
}

// ask evaluates an expression.
func ask[T any](p phone, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v; the page shows:\n%s", expression, err, p.text())
	}
	return value
}

// sees waits until a condition holds; the page may be loaded anew meanwhile.
func (p phone) sees(what, condition string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		// An error is that of a page that is on its way out.
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")")); ok && err == nil {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			p.t.Fatalf("never: %s; the page shows:\n%s", what, p.text())
		}
	}
}

// says waits until the page shows a text below the form.
func (p phone) says(text string) {
	p.t.Helper()
	p.sees(strconv.Quote(text), fmt.Sprintf(`document.querySelector(".said")?.innerText.includes(%q)`, text))
}

// isCalm waits until the form takes the next tap.
func (p phone) isCalm() {
	p.t.Helper()
	p.sees("the form takes votes", `document.querySelector("form[method=post]:not([aria-busy]):not(.shut)")`)
}

// place is where on the screen something is.
type place struct{ X, Y float64 }

// of is an option, as an expression.
func of(label string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".option")].find((o) => o.querySelector(".text").textContent === %q)`, label)
}

// find returns the middle of an element, which it brings onto the screen.
func (p phone) find(element string) place {
	p.t.Helper()
	ask[bool](p, `(`+element+`.scrollIntoView({ block: "center" }), true)`)
	return p.where(element)
}

func (p phone) where(element string) place {
	p.t.Helper()
	at := ask[[]float64](p, fmt.Sprintf(`(() => { const r = %s.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, element))
	return place{at[0], at[1]}
}

// tap touches the screen for a moment. Chromium may never answer for a touch of a page that
// is being left: whether it was taken, the next page says.
func (p phone) tap(at place) {
	p.t.Helper()
	for _, touch := range []input.DispatchTouchEventParams{
		{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: at.X, Y: at.Y}}},
		{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}},
	} {
		ctx, cancel := context.WithTimeout(p.ctx, patience/6)
		_, err := chromedp.Call(ctx, input.DispatchTouchEvent, touch)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			p.t.Fatal(err)
		}
	}
}

func (p phone) photograph(name string) {
	p.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Error(err)
	}
}

// call sends a command to the phone's page.
func call[P, R any](p phone, cmd cdp.Command[P, R], params P) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, cmd, params); err != nil {
		p.t.Fatalf("%s: %v", cmd.Method, err)
	}
}
