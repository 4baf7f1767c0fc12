package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv/people"
	"popeye/vote"
)

// An event of one poll of each kind, made by an organiser, is run from a phone; browsers
// vote and a wall follows, until all is revealed and closed.
func TestEventInOneProcess(t *testing.T) {
	_, poll, result := onePopeye(t)
	wholeEvening(t, []string{poll}, result, result)
}

func TestEventOverServices(t *testing.T) {
	s := newStack(t, 2).Start(t)
	wholeEvening(t, []string{s.Polls[0].URL, s.Polls[1].URL}, s.Results[0].URL, s.Results[1].URL)
}

// voters is how many browsers vote.
const voters = 10

// evening is an event with its presenter, its wall and its voters.
type evening struct {
	t         *testing.T
	code      string
	presenter admin
	wall      admin
	phones    []tab
	took      []time.Duration // from the presenter's tap to a phone's new question
}

func wholeEvening(t *testing.T, polls []string, result, room string) {
	e := &evening{t: t}
	e.plan(result)
	chromium := browser(t)
	e.presenter = organiser(t, chromium, result)
	e.presenter.do("as a phone", chromedp.EmulateViewport(390, 844), chromedp.Navigate(result+"/admin/events/"+e.code+"/run"))
	e.wall = admin{tab: person(t, chromium, room+"/e/"+e.code+"/present")}
	e.wall.shows("the code", fmt.Sprintf(`document.querySelector(".code").textContent === %q`, e.code))
	e.wall.shows("the keys", `document.querySelector("main.is-ready") !== null`)
	e.wall.do("full screen", chromedp.Evaluate[chromedp.Void]("window.stayed = true; undefined"), chromedp.KeyEvent("f"))
	e.wall.shows("full screen", "document.fullscreenElement !== null")
	for i := range voters {
		e.phones = append(e.phones, person(t, chromium, polls[i%len(polls)]+"/e/"+e.code))
	}
	joined := fmt.Sprintf(`"%d"`, voters)
	e.presenter.shows("how many have joined", `document.querySelector("#joined b").textContent === `+joined)
	e.wall.shows("how many have joined", `document.querySelector("#joined:not([hidden])")?.dataset.told === `+joined)
	kinds := []vote.Kind{vote.Single, vote.Multiple, vote.Ranked, vote.Score}
	for i, kind := range kinds {
		e.ask(i, kind)
	}
	e.presses("finish")
	for _, p := range e.phones {
		p.sees("no question", `!document.querySelector("form[method=post]") && !!document.querySelector("main[data-poll='']")`)
	}
	e.wall.shows("the way to join again, on the page of the beginning and in full screen",
		`document.body.className === "wall lobby" && window.stayed === true && document.fullscreenElement !== null`)
	wait(t, "with ten phones and a wall, from the presenter's tap to a phone", e.took, nextToPhone)
	for i := range kinds {
		shows(t, result, slug(i), wanted[i])
	}
}

func slug(i int) string { return fmt.Sprintf("ask-%d", i) }

// wanted are the counts: all votes of a tap, a tick, a first place or five points for b.
var wanted = []string{"a:0 b:10 c:0", "a:0 b:10 c:0", "a:0 b:10 c:0", "a:0 b:50 c:0"}

// plan makes the polls and the event.
func (e *evening) plan(result string) {
	e.t.Helper()
	o := people.NewOrganiser(result)
	d := vote.EventDefinition{Title: "Tuesday team night"}
	for i, kind := range []vote.Kind{vote.Single, vote.Multiple, vote.Ranked, vote.Score} {
		p := people.OpenPoll(slug(i), fmt.Sprintf("Question %d?", i), "Pizza", "Sushi", "Salad")
		p.Kind, p.Status = kind, vote.Draft
		o.Makes(e.t, p)
		d.Polls = append(d.Polls, p.Slug)
	}
	made, err := o.CreateEvent(e.t.Context(), d)
	if err != nil {
		e.t.Fatal(err)
	}
	e.code = made.Code
}

// presses takes a step on the presenter's page.
func (e *evening) presses(step string) {
	e.t.Helper()
	button := `button[formaction$="/run/` + step + `"]:not([disabled])`
	e.presenter.shows("the button "+step, `!!document.querySelector('`+button+`')`)
	e.presenter.ready() // what has just come takes no click
	e.presenter.shows("the click on "+step, `(() => { const b = document.querySelector('`+button+`'); if (b) b.click(); return !!b; })()`)
}

// reaches takes a step until all phones show what it does, and notes how long that takes
// to the first of them.
func (e *evening) reaches(step, what, condition string) {
	e.t.Helper()
	e.took = append(e.took, takes(e.presenter.tab, e.phones[0], what, condition, func() { e.presses(step) }))
	for _, p := range e.phones {
		p.sees(what, condition)
	}
}

// ask shows a question, opens it, lets everybody vote, hides the result and reveals it.
func (e *evening) ask(i int, kind vote.Kind) {
	e.t.Helper()
	question := fmt.Sprintf("Question %d?", i)
	e.reaches("next", question, fmt.Sprintf(`document.querySelector("h1").textContent === %q`, question))
	e.wall.shows(question, fmt.Sprintf(`document.querySelector("#question").textContent === %q`, question))
	e.reaches("open", "the ballot", `!!document.querySelector("form[method=post]")`)
	for _, p := range e.phones {
		p.sees("that it takes votes", `!!document.querySelector("form[method=post]:not([aria-busy]):not(.shut)")`)
		p.do("vote", chromedp.Evaluate[chromedp.Void](votesFor[kind]))
		p.sees("recorded", `document.querySelector("[data-line=outcome]").textContent.includes("Recorded")`)
	}
	e.presenter.shows("all votes", fmt.Sprintf(`document.querySelector(".figure.voted b")?.innerText === "%d"`, voters))
	e.presses("hide")
	e.wall.shows("hidden", `!document.querySelector("#hidden").hidden || document.querySelector("main").dataset.scene === "hidden"`)
	e.presses("close-reveal")
	e.wall.shows("the result, and that it is final", `document.querySelector("main").textContent.includes("Sushi") && document.querySelector("#live").textContent === "Final"`)
	for _, p := range e.phones {
		p.sees("closed", `!document.querySelector("form[method=post]:not(.shut)")`)
	}
}

// votesFor are what a voter does for option b.
var votesFor = map[vote.Kind]string{
	vote.Single:   `document.querySelector("button[name=vote][value=b]").click()`,
	vote.Multiple: `document.querySelector("input[name=vote][value=b]").click(); document.querySelector("form .primary").click()`,
	vote.Ranked:   `[...document.querySelectorAll(".pick")].find((e) => e.textContent.includes("Sushi")).click(); document.querySelector("form .primary").click()`,
	vote.Score:    `document.querySelector("[name=score-b][value='5']").click(); document.querySelector("form .primary").click()`,
}
