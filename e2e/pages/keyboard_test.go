package pages

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"popeye/e2e/scenes"
	"popeye/internal/testenv"
	"popeye/internal/testenv/browser"
)

// maxTabs is how many presses of the Tab key a control may be away.
const maxTabs = 80

// focused describes what has the focus, and how it is seen.
type focused struct {
	Is   bool   // it is what was looked for
	Seen bool   // an outline or a shadow shows it, and it is on the screen
	Name string // for a message
}

// reaches presses Tab until a control has the focus. All that is passed must show it.
func (p tab) reaches(selector string) {
	p.T.Helper()
	for range maxTabs {
		p.Do("Tab", chromedp.KeyEvent(kb.Tab))
		f := browser.Value[focused](p.Tab, fmt.Sprintf(`(() => {
			const e = document.activeElement, b = e.getBoundingClientRect();
			const styles = [e, e.closest("label") || e, e.nextElementSibling || e].map((x) => getComputedStyle(x));
			const ring = styles.some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none");
			const on = b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth;
			return { is: e.matches(%q), seen: e === document.body || ring && on, name: e.outerHTML.slice(0, 160) };
		})()`, selector))
		if !f.Seen {
			p.T.Errorf("the focus is not seen on %s", f.Name)
		}
		if f.Is {
			return
		}
	}
	p.T.Fatalf("no Tab key leads to %s; the focus is on %s", selector, browser.Value[string](p.Tab, `document.activeElement.outerHTML.slice(0, 200)`))
}

// presses presses keys on a control that Tab leads to.
func (p tab) presses(selector, keys string) {
	p.T.Helper()
	p.reaches(selector)
	p.Do(selector, chromedp.KeyEvent(keys))
}

// keepsFocus fails if the focus has gone back to the page's beginning.
func (p tab) keepsFocus(after string) {
	p.T.Helper()
	if browser.Value[bool](p.Tab, `document.activeElement === document.body`) {
		p.T.Errorf("%s: the focus is lost", after)
	}
}

// A keyboard is enough: to vote in each way, to sign in, and to run an event.
func TestKeyboardAlone(t *testing.T) {
	h, chromium := house(t)
	all := map[string]scenes.Scene{}
	for _, s := range h.All() {
		all[s.Name] = s
	}
	voter := tab{browser.Person(t, chromium)}
	voter.Do("a phone", screen(scenes.Phone.Size()))
	for name, vote := range map[string]func(tab){
		"ballot-single":   func(p tab) { p.presses("button[name=vote][value=b]", kb.Enter) },
		"ballot-multiple": func(p tab) { p.presses("input[name=vote][value=b]", " "); p.presses("form .primary", kb.Enter) },
		"ballot-ranked": func(p tab) {
			p.presses(".pick", kb.Enter)
			p.keepsFocus("a place is given")
			p.presses("form .primary", kb.Enter)
		},
		"ballot-score": func(p tab) {
			p.presses("[name^=score-]", kb.ArrowRight)
			p.keepsFocus("points are given")
			p.presses("form .primary", kb.Enter)
		},
	} {
		voter.opens(all[name], "en")
		voter.Sees(name, all[name].Shows)
		vote(voter)
		voter.Sees(name+" is recorded", `!!document.querySelector(".notice.good")`)
		voter.keepsFocus(name)
	}
	organiser := tab{browser.Person(t, chromium)}
	organiser.Do("sign in", chromedp.Navigate(h.Result+"/admin"))
	organiser.byKeyboard(h, all["presenter-waiting"])
}

// byKeyboard signs in and runs an event.
func (p tab) byKeyboard(h *scenes.House, presenter scenes.Scene) {
	p.T.Helper()
	p.presses("input[name=token]", testenv.AdminToken)
	p.Do("send", chromedp.KeyEvent(kb.Enter))
	p.Sees("the list", `!!document.querySelector("form[action='/admin/logout']")`)
	p.Do("the presenter's page", chromedp.Navigate(presenter.In("en")))
	for _, step := range []struct{ button, shows string }{
		{".primary[formaction$='/next']", `!!document.querySelector(".primary[formaction$='/run/close']")`},
		{"#visible[formaction$='/hide']", `document.activeElement.matches("#visible[formaction$='/reveal']") && !!document.querySelector(".badge.hidden")`},
		{"#visible[formaction$='/reveal']", `document.activeElement.matches("#visible[formaction$='/hide']") && !document.querySelector(".badge.hidden")`},
		{"button[formaction$='/countdown']", `!!document.querySelector("[data-until]")`},
		{".primary[formaction$='/close']", `!document.querySelector(".primary[formaction$='/run/close']")`},
	} {
		p.steps(step.button, step.shows)
	}
}

// steps presses a step's button until it is taken: the page takes nothing right after
// something on it has moved. Each press says what the page showed, so none counts twice.
func (p tab) steps(button, shows string) {
	p.T.Helper()
	if !browser.Value[bool](p.Tab, fmt.Sprintf(`document.activeElement.matches(%q)`, button)) {
		p.reaches(button)
	}
	testenv.Eventually(p.T, button, func() error {
		if browser.Value[bool](p.Tab, shows) {
			return nil
		}
		if browser.Value[bool](p.Tab, fmt.Sprintf(`document.activeElement.matches(%q)`, button)) {
			p.Do("Enter", chromedp.KeyEvent(kb.Enter))
		}
		return fmt.Errorf("not yet; the focus is on %s", browser.Value[string](p.Tab, `document.activeElement.outerHTML.slice(0, 200)`))
	})
	p.keepsFocus(button)
}
