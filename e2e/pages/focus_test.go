package pages

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/browser"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// controls are what can have the focus among figures, and one below them; nameOf says which
// one it is, whatever figures it shows.
const controls = `window.controls = () => [...document.querySelectorAll("main :is(a, button, summary, [tabindex='0']):not(footer *), footer .cluster a:first-of-type, #help")].filter((e) => e.checkVisibility());
	window.nameOf = (e) => [e.tagName, e.closest("[id]")?.id, e.getAttribute("href")].join(" ");`

// Figures move under a reader, who stays where they are: on a result that shows how its
// figures came about, and on the big screen.
func TestFocusStaysWhileVotesComeIn(t *testing.T) {
	h, chromium := house(t)
	organiser := people.NewOrganiser(h.Result)
	for _, c := range []struct {
		kind    vote.Kind
		rule    string
		ballots []any // as they come, the leader changes
	}{
		{vote.Single, "plurality/1", []any{"a", "b", "b"}},
		{vote.Ranked, "irv/1", []any{[]string{"a", "c"}, []string{"b", "c"}, []string{"c", "b"}, []string{"b", "a"}}},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			slug := "focus-" + string(c.kind)
			d := people.OpenPoll(slug, "Where to?", "Pizza", "Sushi", "Salad")
			d.Kind, d.Rule = c.kind, &c.rule
			organiser.Makes(t, d)
			testenv.Answers(t, h.Poll+"/p/"+slug)
			f := focusHolder{poll: h.Poll, slug: slug, ballots: c.ballots}
			for range c.ballots {
				f.votes(t)
			}
			for _, page := range []string{"", "/present"} {
				p := tab{browser.Person(t, chromium)}
				p.Do("open", screen(1280, 900), chromedp.Navigate(h.Result+"/p/"+slug+page))
				f.holds(p, page == "")
			}
		})
	}
}

// focusHolder lets people vote while a control has the focus.
type focusHolder struct {
	poll, slug string
	ballots    []any
	total      int
}

func (f *focusHolder) votes(t *testing.T) {
	t.Helper()
	raw, err := json.Marshal(f.ballots[f.total%len(f.ballots)])
	if err == nil {
		_, err = people.NewVoter(f.poll).Vote(t.Context(), f.slug, api.Cast{Vote: raw})
	}
	if err != nil {
		t.Fatal(err)
	}
	f.total++
}

// holds focuses one control after the other, and lets somebody vote meanwhile. On the
// result it waits for what the rule makes of the vote too, which comes later.
func (f *focusHolder) holds(p tab, result bool) {
	p.T.Helper()
	all := func() string { return fmt.Sprintf(`document.querySelector("#total b")?.textContent === "%d"`, f.total) }
	p.Sees("all votes", `!!document.querySelector("#live .dot") && `+all())
	p.Do("look for controls", browser.Script(controls))
	n := browser.Value[int](p.Tab, `controls().length`)
	p.T.Logf("%d controls: %s", n, browser.Value[string](p.Tab, `controls().map(nameOf).join("; ")`))
	if n == 0 {
		p.T.Fatal("the page has no control")
	}
	for i := range n {
		name := browser.Value[string](p.Tab, fmt.Sprintf(`(() => {
			const e = controls()[%d];
			e?.focus();
			window.counted = Number(document.querySelector("#winners").dataset.seq);
			return e && document.activeElement === e ? nameOf(e) : "";
		})()`, i))
		if name == "" {
			p.T.Fatalf("control %d of %d can't have the focus", i, n)
		}
		f.votes(p.T)
		p.Sees("one vote more", all())
		if result {
			p.Sees("it is counted", `Number(document.querySelector("#winners").dataset.seq) > window.counted`)
		}
		if now := browser.Value[string](p.Tab, `nameOf(document.activeElement)`); now != name {
			p.T.Errorf("the focus was on %s, and is on %s", name, now)
		}
	}
}
