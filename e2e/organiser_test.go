package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// admin is the organiser's page in a browser.
type admin struct {
	tab
	follows bool // its script runs
}

// organiser opens the page and signs in.
func organiser(t *testing.T, chromium context.Context, result string) admin {
	t.Helper()
	p := admin{person(t, chromium, result+"/admin"), true}
	p.signIn()
	return p
}

func (p admin) signIn() {
	p.t.Helper()
	p.do("sign in", chromedp.SendKeys(`input[name=token]`, testenv.AdminToken+"\r"))
	p.ready()
}

// ready waits until the page takes clicks: nothing on it has moved for a while.
func (p admin) ready() {
	p.t.Helper()
	p.shows("the organiser's page at rest", `(() => {
		if (!document.querySelector("form[action='/admin/logout']") || document.readyState !== "complete") return false;
		if (document.querySelector("main.acting")) return false;
		if (!window.watched) {
			window.watched = true;
			window.movedAt = performance.now();
			new MutationObserver((all) => {
				const numbers = (nodes) => [...nodes].every((n) => n.dataset && "live" in n.dataset);
				if (all.some((m) => !m.target.closest("[data-live], time") && !(numbers(m.addedNodes) && numbers(m.removedNodes)))) window.movedAt = performance.now();
			}).observe(document.querySelector("main"), {childList: true, subtree: true});
		}
		return performance.now() - window.movedAt > 700;
	})()`)
}

// shows waits until a condition holds, on whatever page there is by then.
func (p admin) shows(what, condition string) {
	p.t.Helper()
	testenv.Eventually(p.t, what, func() error {
		ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
		defer cancel()
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if err == nil && !holds {
			err = fmt.Errorf("it shows:\n%s", p.text())
		}
		return err
	})
}

// place returns the middle of an element, scrolled into view.
func (p admin) place(selector string) (x, y float64) {
	p.t.Helper()
	var at struct{ X, Y float64 }
	p.eval(fmt.Sprintf(`(() => {
		const e = document.querySelector(%s);
		e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect();
		return JSON.stringify({X: r.x + r.width / 2, Y: r.y + r.height / 2});
	})()`, strconv.Quote(selector)), &at)
	return at.X, at.Y
}

// eval runs a script that returns JSON.
func (p admin) eval(script string, v any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, testenv.Patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	if err == nil {
		err = json.Unmarshal([]byte(text), v)
	}
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
}

// doubleClick presses twice at one place of the screen, so far apart.
func (p admin) doubleClick(selector string, apart time.Duration) {
	p.t.Helper()
	x, y := p.place(selector)
	began := time.Now()
	p.do("press "+selector, chromedp.MouseClickXY(x, y))
	<-time.After(apart - time.Since(began)) // not a wait for anything: it is how a finger moves
	p.do("press again", chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
}

// polls returns the status of every poll but the default one.
func polls(t *testing.T, result string) map[string]string {
	t.Helper()
	all, err := people.NewOrganiser(result).Polls(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range all {
		if p.Slug != "default" {
			got[p.Slug] = string(p.Status)
		}
	}
	return got
}

func (p admin) types(question, options string) {
	p.t.Helper()
	p.do("type a question", chromedp.SetValue(`textarea[name=text]`, question+"\n"+options))
}

func button(slug, action string) string {
	return fmt.Sprintf(`button[formaction="/admin/polls/%s/%s"]`, slug, action)
}

// becomes waits until the page says so, without being loaded again.
func (p admin) becomes(slug, status string) {
	p.t.Helper()
	p.shows(slug+" is "+status, fmt.Sprintf(`document.querySelector("#poll-%s .badge")?.innerText === %q`, slug, status))
}

var pauses = []time.Duration{50 * time.Millisecond, 120 * time.Millisecond, 300 * time.Millisecond}

// A double click does what one click does, on every button, however fast.
func TestOrganiserDoubleClicks(t *testing.T) {
	t.Parallel()
	_, _, result := onePopeye(t)
	chromium := browser(t)
	for name, site := range map[string]string{"with the script": result, "without": without(t, result, "/static/admin.js")} {
		p := organiser(t, chromium, site)
		p.follows = site == result
		for _, d := range pauses {
			t.Run(fmt.Sprintf("%s, %v", name, d), func(t *testing.T) {
				p := admin{tab{t, p.ctx}, p.follows}
				p.doubleClicks(site, d)
			})
		}
	}
}

// without returns a site that lacks a file.
func without(t *testing.T, site, path string) string {
	t.Helper()
	to, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (p admin) doubleClicks(result string, d time.Duration) {
	p.t.Helper()
	p.do("open the page", chromedp.Navigate(result+"/admin"))
	p.ready()
	p.types("Where to?", "Pizza\nSushi")
	p.doubleClick(`form[action="/admin/polls"] button[name=open]`, d)
	p.shows("the new poll", `location.pathname === "/admin/polls/where-to"`)
	p.wantPolls(result, "where-to open")
	p.do("back to the list", chromedp.Navigate(result+"/admin"))
	p.step(result, "close", d, "closed")
	p.step(result, "open", d, "open")
	p.step(result, "close", d, "closed")
	p.do("its settings", chromedp.Navigate(result+"/admin/polls/where-to/settings"))
	p.ready()
	p.do("ask to delete", chromedp.Click(`#away details > summary`))
	p.do("type its name", chromedp.SetValue(`#away input[name=confirm]`, "where-to"))
	p.doubleClick(button("where-to", "delete"), d)
	p.shows("it is gone", `location.pathname === "/admin" && !document.getElementById("poll-where-to")`)
	p.wantPolls(result, "")
}

// step presses a button twice, and looks what became of the poll.
func (p admin) step(result, action string, d time.Duration, want string) {
	p.t.Helper()
	p.ready()
	p.doubleClick(button("where-to", action), d)
	testenv.Eventually(p.t, "the poll is "+want, func() error {
		if got := polls(p.t, result)["where-to"]; got != want {
			return fmt.Errorf("it is %s; the page shows:\n%s", got, p.text())
		}
		return nil
	})
	if !p.follows {
		p.shows("another look", `location.assign("/admin"), true`)
	}
	p.becomes("where-to", want)
	if got := polls(p.t, result)["default"]; got != "" && got != "open" {
		p.t.Errorf("the default poll is %s", got)
	}
}

func (p admin) wantPolls(result, want string) {
	p.t.Helper()
	var got []string
	for slug, status := range polls(p.t, result) {
		got = append(got, slug+" "+status)
	}
	slices.Sort(got)
	if strings.Join(got, ", ") != want {
		p.t.Errorf("there are %q, want %q; the page shows:\n%s", got, want, p.text())
	}
}
