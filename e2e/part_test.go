package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv/people"
	"popeye/vote"
)

// asTheServer compares what a live page shows of the count with what the server's page
// does now. Folds that the viewer shut are open on the server's.
const asTheServer = `(async () => {
  const page = new DOMParser().parseFromString(await (await fetch(location)).text(), "text/html");
  const text = (d) => ["winners", "counting"].map((id) => d.getElementById(id)?.textContent).join("\n");
  return text(page) === text(document);
})()`

// A live page follows what the rule makes of the ballots: the winner, the rounds and the
// comparisons. What the viewer has shut stays shut, and where they are they stay.
func TestLivePageFollowsTheCount(t *testing.T) {
	_, poll, result := onePopeye(t)
	chromium := browser(t)
	for slug, shows := range map[string]string{"irv": "Round 1", "schulze": "One to one"} {
		t.Run(slug, func(t *testing.T) {
			d := people.OpenPoll(slug, "Where to?", "Pizza", "Sushi", "Salad", "The tapas place on the corner of the market square")
			d.Kind, d.Rule = vote.Ranked, new(slug+"/1")
			people.NewOrganiser(result).Makes(t, d)
			screen := person(t, chromium, result+"/p/"+slug)
			screen.sees("it is live, without a winner", `document.querySelector("#live .dot") !== null && document.querySelector("#winners").innerText === ""`)
			screen.do("mark the page", chromedp.Action[chromedp.Void](markPage))
			cast(t, poll, slug, `["a","b"]`, `["b","c"]`, `["c","b"]`, `["a"]`)
			screen.sees("who leads", `document.querySelector("#winners").innerText.startsWith("So far: ") && document.querySelector("#counting").innerText.includes("`+shows+`")`)
			screen.sees("as the server writes it", asTheServer)
			screen.sees("the order is shut", `(document.querySelector("#order summary").focus(), document.querySelector("#order").open = false, true)`)
			cast(t, poll, slug, `["b"]`, `["b"]`, `["b","a"]`)
			screen.sees("another leads", `document.querySelector("#winners").innerText.startsWith("So far: Sushi")`)
			screen.sees("as the server writes it", asTheServer)
			screen.sees("the order is shut still", `!document.querySelector("#order").open && document.activeElement === document.querySelector("#order summary")`)
			people.NewOrganiser(result).Closes(t, slug)
			screen.sees("the winner", `document.querySelector("#winners").innerText.startsWith("Winner: Sushi")`)
			screen.sees("never loaded again", `window.samePage === true`)
			screen.do("on a small phone", chromedp.EmulateViewport(320, 640))
			screen.sees("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth
  && [...document.querySelectorAll("#winners *, #counting :not(.wide *, .heard)")].every((e) => e.getBoundingClientRect().right <= innerWidth)`)
			screen.photograph("count-" + slug)
		})
	}
}
