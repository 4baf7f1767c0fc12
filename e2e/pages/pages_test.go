package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"popeye/e2e/scenes"
	"popeye/internal/testenv"
	"popeye/internal/testenv/browser"
)

// tools is the folder of the judges' lock file.
const tools = "../../tools/pages"

// look is what is gathered while all pages are opened.
type look struct {
	axe      string // its script
	html     string // a folder for the pages as the server wrote them
	whole    bool   // all rules, in each language and each way to show a page: make access
	findings findings
}

// Every page in every state: axe-core finds nothing, light, dark and with forced colours;
// nothing is cut off on a screen of 320 pixels or at 200 %; html-validate finds nothing in
// what the server wrote, in any language.
func TestEveryPage(t *testing.T) {
	node := testenv.NodeModules(t, tools)
	script, err := os.ReadFile(filepath.Join(node, "node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	l := &look{axe: string(script), html: t.TempDir(), whole: os.Getenv("ACCESS") == "whole"}
	defer l.findings.report(t)
	h, chromium := house(t)
	all := h.All()
	began := time.Now()
	t.Run("people", func(t *testing.T) { // ends when both have seen all
		for name, organiser := range map[string]bool{"voter": false, "organiser": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := tab{browser.Person(t, chromium)}
				if organiser {
					p.SignIn(h.Result)
				}
				for _, s := range all {
					if s.Organiser == organiser {
						t.Run(s.Name, func(t *testing.T) { l.scene(tab{browser.Tab{T: t, Ctx: p.Ctx}}, s) })
					}
				}
			})
		}
	})
	t.Logf("MEASURED %d scenes, axe ran %d times, in %v", len(all), l.findings.looks.Load(), time.Since(began).Round(time.Second))
	l.validate(t, node)
}

// languages are those in which a scene is opened: one scene of each make of page shows
// what another language or direction does to it.
func (l *look) languages(s scenes.Scene) []string {
	if l.whole || s.Telling {
		return scenes.Languages
	}
	return scenes.Languages[:1]
}

// rules are what axe looks for, "" for nothing. All rules once; what only reads colours,
// where the theme is another; and what reads no colours, where the direction is. French is
// opened for its long words alone.
func (l *look) rules(s scenes.Scene, language string, m media) string {
	light := m.name == medias[0].name
	switch {
	case l.whole || light && language == "en":
		return axeRules
	case light && language == "ar":
		return wordRules
	case !light && language == "en" && (s.Telling || s.Name == scenes.Styleguide):
		return colourRules
	}
	return ""
}

// scene looks at a scene in its languages.
func (l *look) scene(p tab, s scenes.Scene) {
	p.T.Helper()
	width, height := s.Device.Size()
	for i, language := range l.languages(s) {
		p.Do("a new screen", screen(width, height), emulate(medias[0]))
		p.opens(s, language)
		p.Do("the network, which a scene may take away", browser.Script(`window.asks = window.fetch`))
		p.stage(s)
		if i == 0 {
			l.keep(p, s)
		}
		l.axeJudges(p, s, language)
		if s.Device != scenes.Wall { // it fills its screen: e2e's tests of walls measure that
			l.narrow(p, s, language)
		}
	}
}

// keep keeps what the server writes now, in all languages: last in the page's own, which the
// browser then asks for.
func (l *look) keep(p tab, s scenes.Scene) {
	p.T.Helper()
	for _, language := range slices.Backward(scenes.Languages) {
		answer := browser.Value[struct {
			Status int
			HTML   string
		}](p.Tab, fmt.Sprintf(`asks(%q).then(async (a) => ({ status: a.status, html: await a.text() }))`, s.In(language)))
		if answer.Status != s.Status {
			p.T.Errorf("%s is answered %d, want %d", s.In(language), answer.Status, s.Status)
		}
		if err := os.WriteFile(filepath.Join(l.html, s.Name+"-"+language+".html"), []byte(answer.HTML), 0o600); err != nil {
			p.T.Fatal(err)
		}
	}
}

// What axe looks for. Rules of colours are costly, the others read the document, its names
// and its sizes, which no colour changes.
const (
	axeRules    = `{ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }`
	wordRules   = `{ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: { "color-contrast": { enabled: false }, "link-in-text-block": { enabled: false } } }`
	colourRules = `{ runOnly: ["color-contrast", "link-in-text-block"] }`
)

// axeJudges runs axe on the page as it is, in the ways to show it.
func (l *look) axeJudges(p tab, s scenes.Scene, language string) {
	p.T.Helper()
	there := false // axe's script is on the page
	for _, m := range medias {
		rules := l.rules(s, language, m)
		if rules == "" {
			continue
		}
		if !there {
			p.Do("the judge", browser.Script(l.axe))
			there = true
		}
		p.Do(m.name, emulate(m))
		l.findings.looks.Add(1)
		for _, what := range browser.Value[[]string](p.Tab, `axe.run(document, { resultTypes: ["violations"], preload: false, iframes: false, ...`+rules+` }).then((r) => r.violations.flatMap((v) =>
			v.nodes.map((n) => "axe " + v.id + ": " + n.target.join(" ") + " – " + n.failureSummary.replace(/\s+/g, " ").slice(0, 200))))`) {
			l.findings.add(fmt.Sprintf("%s, %s, %s", s.Name, language, m.name), what)
		}
	}
	p.Do("as designed", emulate(medias[0]))
}

// narrowScreens: 320 pixels is what WCAG asks for, and 640 what a screen of 1280 is at 200 %.
var narrowScreens = []struct{ width, height int64 }{{320, 640}, {640, 450}}

// narrow looks for what a small screen cuts off.
func (l *look) narrow(p tab, s scenes.Scene, language string) {
	p.T.Helper()
	for _, size := range narrowScreens {
		p.Do("a small screen", screen(size.width, size.height))
		for _, what := range browser.Value[[]string](p.Tab, cutOff) {
			l.findings.add(fmt.Sprintf("%s, %s, %d pixels wide", s.Name, language, size.width), what)
		}
	}
}

// cutOff lists what stands beyond the screen where nothing scrolls, and texts that their
// box hides a part of. What only screen readers read is left out; what stands in a box that
// scrolls or hides is held by that box.
const cutOff = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => {
	const found = [];
	const name = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].map((c) => "." + c).join("");
	const wide = document.documentElement.scrollWidth - innerWidth;
	if (wide > 0) found.push("the page scrolls sideways");
	const held = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
	for (const e of document.body.querySelectorAll("*")) {
		if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || e.closest("svg") && e.tagName !== "svg") continue;
		const b = e.getBoundingClientRect(), style = getComputedStyle(e);
		if (b.width <= 1 || b.height <= 1 || style.clipPath !== "none" || e.closest(".visually-hidden")) continue;
		if ((b.right > innerWidth + 1 || b.left < -1) && !held(e)) found.push(name(e) + " stands beyond the screen");
		const text = e.innerText && e.innerText.trim() && style.textOverflow !== "ellipsis"; // dots say that there is more
		if (text && /hidden|clip/.test(style.overflowX + style.overflowY) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2)) found.push(name(e) + " cuts its text");
	}
	return [...new Set(found)];
})`
