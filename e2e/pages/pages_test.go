package pages

import (
	"fmt"
	"os"
	"path/filepath"
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
	findings findings
}

// Every page in every state: axe-core finds nothing, light, dark and with forced colours,
// in all languages; nothing is cut off on a screen of 320 pixels or at 200 %; html-validate
// finds nothing in what the server wrote.
func TestEveryPage(t *testing.T) {
	node := testenv.NodeModules(t, tools)
	script, err := os.ReadFile(filepath.Join(node, "node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	l := &look{axe: string(script), html: t.TempDir()}
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
	t.Logf("MEASURED %d scenes in %d languages were looked at in %v", len(all), len(scenes.Languages), time.Since(began).Round(time.Second))
	l.validate(t, node)
}

// scene looks at a scene in all languages.
func (l *look) scene(p tab, s scenes.Scene) {
	p.T.Helper()
	width, height := s.Device.Size()
	for _, language := range scenes.Languages {
		p.Do("a new screen", screen(width, height), emulate(medias[0]))
		p.opens(s, language)
		l.keep(p, s, language)
		p.stage(s)
		p.Do("the judge", browser.Script(l.axe))
		for _, m := range medias {
			p.Do(m.name, emulate(m))
			l.axeJudges(p, m.rules, fmt.Sprintf("%s, %s, %s", s.Name, language, m.name))
			if m.name == forced && language == "en" {
				p.photograph(s.Name + "-forced")
			}
		}
		if s.Device == scenes.Wall {
			continue // it fills its screen: e2e's tests of walls measure that
		}
		p.Do("as designed", emulate(medias[0]))
		l.narrow(p, s, language)
	}
}

// keep keeps what the server wrote.
func (l *look) keep(p tab, s scenes.Scene, language string) {
	p.T.Helper()
	answer := browser.Value[struct {
		Status int
		HTML   string
	}](p.Tab, `fetch(location.href).then(async (a) => ({ status: a.status, html: await a.text() }))`)
	if answer.Status != s.Status {
		p.T.Errorf("%s is answered %d, want %d", s.URL, answer.Status, s.Status)
	}
	if err := os.WriteFile(filepath.Join(l.html, s.Name+"-"+language+".html"), []byte(answer.HTML), 0o600); err != nil {
		p.T.Fatal(err)
	}
}

// axeRules are the rules of axe that a page is held to: all for each page, and once more
// those that read colours for each other way to show it. The others read the document,
// its names and its sizes, which no colour changes.
const (
	axeRules    = `{ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] }`
	colourRules = `{ runOnly: ["color-contrast", "link-in-text-block"], resultTypes: ["violations"] }`
)

// axeJudges runs axe on the page as it is.
func (l *look) axeJudges(p tab, rules, where string) {
	p.T.Helper()
	for _, what := range browser.Value[[]string](p.Tab, `axe.run(document, `+rules+`).then((r) => r.violations.flatMap((v) =>
		v.nodes.map((n) => "axe " + v.id + ": " + n.target.join(" ") + " – " + n.failureSummary.replace(/\s+/g, " ").slice(0, 200))))`) {
		l.findings.add(where, what)
	}
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
