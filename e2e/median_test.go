package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv/people"
	"popeye/vote"
)

// By the median, an option may win whose mean is the lower one. The live page and the wall
// show the grades that decide, with the winner at the top, also when that changes.
func TestMedianIsShownAsTheRuleHasIt(t *testing.T) {
	_, poll, result := onePopeye(t)
	organiser := people.NewOrganiser(result)
	d := people.OpenPoll("talk", "How was it?", "Popeye", "Olive")
	rule, most := "median/1", vote.Limit(5)
	d.Kind, d.Max, d.Rule = vote.Score, &most, &rule
	organiser.Makes(t, d)
	cast(t, poll, "talk", `{"a":5,"b":1}`, `{"a":0,"b":1}`, `{"a":0,"b":1}`)
	page := person(t, browser(t), result+"/p/talk")
	screen := person(t, browser(t), "about:blank")
	screen.do("show", chromedp.EmulateViewport(1280, 720), chromedp.Navigate(result+"/p/talk/present"))

	const bars = `[...document.querySelectorAll("#bars > li")].map((e) => e.dataset.id + e.querySelector(".votes").textContent + (e.className === "lead" ? "!" : "")).join() === `
	const rows = `[...document.querySelectorAll(".wall-row")].sort((a, b) => b.style.zIndex - a.style.zIndex).map((e) => e.dataset.id + e.querySelector(".votes").textContent + (e.dataset.tone === "lead" ? "!" : "")).join() === `
	page.sees("Olive first, by her grade", bars+`"b1!,a0"`)
	screen.sees("Olive first, by her grade", rows+`"b1!,a0"`)
	screen.photograph("wall-median")
	cast(t, poll, "talk", `{"a":5}`, `{"a":5}`, `{"a":5}`)
	page.sees("Popeye has come to the top", bars+`"a5!,b0"`)
	screen.sees("Popeye has come to the top", rows+`"a5!,b0"`)
	organiser.Closes(t, "talk")
	screen.sees("final", `document.querySelector("#live").textContent === "Final"`)
}
