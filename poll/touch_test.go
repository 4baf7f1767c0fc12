package poll

import (
	"fmt"
	"testing"
	"time"

	"popeye/vote"
)

// candidates publishes a poll with many options.
func (w *fixture) candidates(slug string, n int) {
	p := vote.Poll{
		Slug: slug, Question: "Who is to speak for us in the years to come?", Kind: vote.Single, Status: vote.Open,
		CreatedAt: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
	}
	for i := range n {
		p.Options = append(p.Options, vote.Option{ID: vote.OptionID(i), Label: fmt.Sprintf("Candidate %d", i+1)})
	}
	w.publish(p)
}

// Two taps on one spot record what was tapped: nothing else comes under the finger,
// and right after an answer nothing is taken.
func TestTwoTapsOnOneSpot(t *testing.T) {
	browser := chromium(t)
	for _, scripts := range []bool{true, false} {
		for _, options := range []int{4, 60} {
			for _, gap := range []time.Duration{120 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond} {
				t.Run(fmt.Sprintf("scripts %v, %d options, %v", scripts, options, gap), func(t *testing.T) {
					w := newFixture(t)
					w.candidates("single", options)
					var setUp []func(phone)
					if !scripts {
						setUp = append(setUp, withoutScripts)
					}
					p := opens(t, browser, w.wire(t).URL+"/p/single", setUp...)
					chosen := options * 5 / 6 // Candidate 50 of 60
					option := of(fmt.Sprintf("Candidate %d", chosen))
					at := p.find(option)
					p.tap(at)
					<-time.After(gap)
					p.tap(at)
					p.sees("it is recorded", fmt.Sprintf(`document.querySelector(".notice.good")?.innerText.includes("Recorded: Candidate %d")`, chosen))
					if scripts {
						equal(t, "where it is", p.where(option), at)
						p.isCalm()
					}
					for _, b := range w.ballots() {
						equal(t, "ballot", b, vote.Ballot(vote.OptionID(chosen-1)))
					}
				})
			}
		}
	}
}

// An answer of any kind leaves every option where it was.
func TestAnAnswerMovesNothing(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.VoteRate = 2 })
	w.candidates("single", 12)
	line := w.wire(t)
	p := opens(t, chromium(t), line.URL+"/p/single")
	const places = `JSON.stringify([scrollY, ...[...document.querySelectorAll("h1, legend, .option")].map((e) => e.offsetTop)])`
	at := p.find(of("Candidate 9"))
	before := ask[string](p, places)
	p.photograph("touch-before")
	for _, answer := range []string{"Recorded: Candidate 9", "Recorded: Candidate 9", "too many"} {
		if answer == "too many" {
			answer = "You have voted many times in the last few seconds."
		}
		p.isCalm()
		p.tap(at)
		p.sees("it is on its way, or answered", `document.querySelector("form[aria-busy]")`)
		p.says(answer)
		equal(t, "places after "+answer, ask[string](p, places), before)
		p.photograph("touch-" + answer[:3])
	}
	w.fail(unavailable)
	p.isCalm()
	w.change("single", func(p *vote.Poll) { p.Status = vote.Closed })
	p.sees("the poll is closed", `document.querySelector("form.shut")`)
	equal(t, "places after the end", ask[string](p, places), before)
}
