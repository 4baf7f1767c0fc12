package poll

import (
	"net/http"
	"testing"

	"popeye/vote"
)

// in is something in the ballot of one poll, as an expression.
func in(slug, selector string) string {
	return `document.querySelector("#ballot-` + slug + ` ` + selector + `")`
}

// tells waits until the ballot of one poll says a text, and not yet another's.
func (p phone) tells(slug, text string) {
	p.t.Helper()
	p.sees(slug+": "+text, in(slug, ".said")+`?.innerText.includes(`+"`"+text+"`"+`)`)
}

// Each ballot on a page of several has its own state: one is recorded while another fails
// and tries again with the same id, until it is recorded too.
func TestTogetherSendsEachByItself(t *testing.T) {
	w := newFixture(t)
	w.shared("", "single", "ranked", "multiple")
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/e/482913")
	p.isCalm()
	var tries []string
	line.meddles(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || r.URL.Path != "/e/482913/p/ranked" || len(tries) == 2 {
			return false
		}
		tries = append(tries, r.PostFormValue("id"))
		rw.WriteHeader(http.StatusBadGateway)
		return true
	})
	p.tap(p.find(in("ranked", ".pick")))
	p.tells("ranked", "Not sent yet.")
	p.tap(p.find(in("ranked", ".primary")))
	p.tells("ranked", "Your vote is not recorded yet.")
	p.tap(p.find(in("single", "button[value=b]")))
	p.tells("single", "Recorded: Bancha")
	p.tells("multiple", "You have not voted yet.")
	p.tells("ranked", "Recorded: 1. Assam")
	p.photograph("together")
	if len(tries) != 2 || tries[0] != tries[1] || tries[0] == "" {
		t.Errorf("the ids of the tries are %q, wanted two of one", tries)
	}
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b", "a"})
	equal(t, "ids that stand twice", ask[int](p, `(() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id); return ids.length - new Set(ids).size; })()`), 0)
}

// The page goes with its event: what closes is shut and keeps its receipt, what opens comes
// to its place, and what was chosen elsewhere stays.
func TestTogetherFollowsTheEvent(t *testing.T) {
	w := newFixture(t)
	w.change("ranked", func(p *vote.Poll) { p.Status = vote.Draft })
	e := w.shared("", "single", "ranked", "multiple")
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/e/482913")
	ask[bool](p, "window.stayed = true")
	w.follows(t)
	p.isCalm()
	p.tap(p.find(in("single", "button[value=c]")))
	p.tells("single", "Recorded: Ceylon")
	p.tap(p.find(in("multiple", "input[value=a]")))
	p.tells("multiple", "Not sent yet.")

	w.change("ranked", func(p *vote.Poll) { p.Status = vote.Open })
	p.sees("the new question in its place", in("ranked", ".zones")+` && [...document.querySelectorAll(".ballot")].map((b) => b.dataset.poll).join() === "single,ranked,multiple"`)
	p.sees("it is told", `document.querySelector("[data-line=news]").textContent === "A new question is open: Which ranked?"`)
	p.tells("multiple", "Not sent yet.")
	w.change("single", func(p *vote.Poll) { p.Status = vote.Closed })
	p.tells("single", "Voting has closed.")
	p.tells("single", "Recorded: Ceylon")
	p.sees("the others are open", in("multiple", "form:not(.shut)")+" && "+in("ranked", "form:not(.shut)"))
	p.tap(p.find(in("multiple", ".primary")))
	p.tells("multiple", "Recorded: Assam")
	w.change("single", func(p *vote.Poll) { p.Status = vote.Open })
	p.sees("it is open again", in("single", "form:not(.shut)"))

	e.Together, e.Current = false, "ranked"
	w.publishEvent(e)
	p.sees("one question", `document.querySelectorAll(".ballot").length === 1 && document.querySelector("h1").textContent === "Which ranked?"`)
	e.Together = true
	w.publishEvent(e)
	p.sees("all of them", `document.querySelectorAll(".ballot").length === 3`)
	p.tells("multiple", "Recorded: Assam")
	equal(t, "the page", ask[string](p, "location.pathname + Boolean(window.stayed)"), "/e/482913true")
}

// A vote that was cast at the poll's own address before is shown, and one that another tab
// changes too.
func TestTogetherKnowsOtherPages(t *testing.T) {
	w := newFixture(t)
	w.shared("", "single", "ranked")
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/p/single")
	p.isCalm()
	p.tap(p.find(of("Assam")))
	p.says("Recorded: Assam")
	other := p.beside(line.URL + "/e/482913")
	other.tells("single", "Recorded: Assam")
	other.isCalm()
	other.tap(other.find(in("single", "button[value=b]")))
	other.tells("single", "Recorded: Bancha")
	p.says("Recorded: Bancha")
	p.isCalm()
	p.tap(p.find(of("Ceylon")))
	other.tells("single", "Recorded: Ceylon")
}

// Without scripts each form comes back to the page, at its ballot.
func TestTogetherWithoutScriptsInABrowser(t *testing.T) {
	w := newFixture(t)
	w.shared("", "single", "multiple")
	p := opens(t, chromium(t), w.wire(t).URL+"/e/482913", withoutScripts)
	p.tap(p.find(in("multiple", "input[value=b]")))
	p.tap(p.find(in("multiple", ".primary")))
	p.tells("multiple", "Recorded: Bancha")
	p.tells("single", "You have not voted yet.")
	equal(t, "address", ask[string](p, "location.pathname + location.hash"), "/e/482913#ballot-multiple")
}
