package poll

import (
	"slices"
	"testing"
	"time"

	"popeye/vote"
)

// An open page goes with the presenter, to any kind of question and to none, without being
// loaded again; what the voter does meets the question that they see.
func TestPhoneGoesWithTheEvent(t *testing.T) {
	w := newFixture(t)
	e := party(w, "")
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/e/482913")
	p.heading("The next question will appear here")
	ask[bool](p, "window.stayed = true")
	w.follows(t)
	shows := func(slug, heading string) time.Duration {
		began := time.Now()
		e.Current = slug
		w.publishEvent(e)
		p.heading(heading)
		return time.Since(began)
	}
	shows("single", "Which single?")
	equal(t, "what has the focus", ask[string](p, "document.activeElement.localName + document.title"), "h1Which single?")
	p.isCalm()
	p.tap(p.find(of("Bancha")))
	p.says("Recorded: Bancha")

	shows("ranked", "Which ranked?")
	p.sees("the ranking by drag", `document.querySelector(".zones")`)
	shows("single", "Which single?")
	p.says("Recorded: Bancha") // known again
	shows("score", "Which score?")
	w.change("score", func(p *vote.Poll) { p.Status = vote.Closed })
	p.says("Voting has closed.")
	shows("", "The next question will appear here")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
	equal(t, "the page", ask[string](p, "location.pathname + location.search + Boolean(window.stayed)"), "/e/482913true")

	var took []time.Duration
	for i := range 10 {
		if i%2 == 0 {
			took = append(took, shows("single", "Which single?"))
		} else {
			took = append(took, shows("ranked", "Which ranked?"))
		}
	}
	slices.Sort(took)
	t.Logf("MEASURED from the event's change to a phone's new question: median %v, most %v", took[len(took)/2], took[len(took)-1])
	w.mu.Lock()
	delete(w.events, e.Code)
	w.mu.Unlock()
	p.heading("No poll here")
}

// A vote on its way gets its own answer before the page goes on with the event.
func TestVoteOnItsWayIsAnsweredFirst(t *testing.T) {
	w := newFixture(t)
	e := party(w, "single")
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/e/482913")
	p.isCalm()
	line.votes(write(502, ""))
	p.tap(p.find(of("Ceylon")))
	p.says("Your vote is not recorded yet.")
	e.Current = "ranked"
	w.publishEvent(e)
	p.heading("Which single?")
	line.meddles(nil)
	p.heading("Which ranked?")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"c"})
}

func (p phone) heading(text string) {
	p.t.Helper()
	p.sees(text, `document.querySelector("h1").textContent === "`+text+`"`)
}
