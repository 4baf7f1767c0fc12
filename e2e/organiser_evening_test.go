package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv/people"

	"github.com/chromedp/chromedp"
)

// A teacher's whole evening, in one browser: ask, the wall, votes, a countdown, close,
// reveal, a runoff, and the minutes to take home.
func TestOrganiserRunsAnEvening(t *testing.T) {
	_, poll, result := onePopeye(t)
	chromium := browser(t)
	p := organiser(t, chromium, result)
	p.asksForTrip()
	wall := person(t, chromium, result+"/p/where-shall-we-go/present")
	wall.sees("the question", `document.body.innerText.includes("Where shall we go?")`)

	cast(t, poll, "where-shall-we-go", `"a"`, `"a"`, `"b"`, `"b"`, `"b"`, `"c"`)
	p.shows("the votes", `document.querySelector("#count b").innerText === "6"`)
	p.shows("the result stays folded away", `!document.querySelector("#bars").closest("details").open`)
	p.shows("nothing was loaded again", `window.samePage === true`)

	p.presses("a countdown", `button[name=minutes][value="1"]`)
	p.shows("it counts down", `/0:[0-5]\d|1:00/.test(document.querySelector("#control [data-until]").innerText)`)
	p.presses("stop it", `button[name=minutes][value="0"]`)
	p.shows("it stopped", `!document.querySelector("#control [data-until]")`)
	p.presses("close", button("where-shall-we-go", "close"))
	p.shows("it is closed", `document.querySelector("#badge .badge").innerText === "closed"`)
	p.presses("reveal", button("where-shall-we-go", "reveal"))
	p.shows("it is revealed", `!!document.querySelector('`+button("where-shall-we-go", "hide")+`')`)

	p.presses("rounds", `.tabs a[href$="/rounds"]`)
	p.shows("the two that lead are ticked", `[...document.querySelectorAll("input[name=option]:checked")].map((o) => o.value).join() === "a,b"`)
	p.presses("start the runoff", `form[action$="/round"] button[name=open]`)
	p.shows("the runoff", `location.pathname === "/admin/polls/where-shall-we-go-2" && document.querySelector("#badge .badge").innerText === "open"`)
	p.do("the minutes", chromedp.Navigate(result+"/admin/polls/where-shall-we-go/minutes"))
	p.shows("who won", `document.querySelector("dl").innerText.includes("The mountains") && document.querySelector("tbody").rows.length === 3`)
	p.downloads("/api/v1/polls/where-shall-we-go/", "results.csv", "results", "ballots.csv", "ballots.json", "ballots.blt")
}

// asksForTrip asks what the teacher asks, by typing, and says how long it takes until
// there is a code for people to scan.
func (p admin) asksForTrip() {
	p.t.Helper()
	p.ready()
	began := time.Now()
	p.types("Where shall we go?", "- The lake\n- The mountains\n- The city")
	p.do("more settings", chromedp.Click(`#ask details > summary`), chromedp.SetValue(`#ask select[name=visibility]`, "manual"))
	p.presses("ask", `form[action="/admin/polls"] button[name=open]`)
	p.shows("the code", `location.pathname === "/admin/polls/where-shall-we-go" && !!document.querySelector("svg.qr")`)
	p.t.Logf("from the first letter to the code: %v", time.Since(began).Round(time.Millisecond))
	p.do("mark the page", chromedp.Action[chromedp.Void](markPage))
}

// presses waits until the page takes clicks, then presses.
func (p admin) presses(what, selector string) {
	p.t.Helper()
	p.ready()
	p.do(what, chromedp.Click(selector))
}

// downloads makes sure that files are there for the organiser.
func (p admin) downloads(under string, files ...string) {
	p.t.Helper()
	var statuses []int
	p.shows("the files", fmt.Sprintf(`(() => {
		window.got ||= Promise.all(%q.split(" ").map((f) => fetch(%q + f).then((a) => a.status))).then((all) => { window.statuses = all; });
		return !!window.statuses;
	})()`, strings.Join(files, " "), under))
	p.eval(`JSON.stringify(window.statuses)`, &statuses)
	for i, s := range statuses {
		if s != 200 {
			p.t.Errorf("%s: %d", files[i], s)
		}
	}
}

// The phone beside the form shows what is typed, for each kind.
func TestOrganiserSeesThePhone(t *testing.T) {
	_, _, result := onePopeye(t)
	p := organiser(t, browser(t), result)
	p.types("Where to?", "Pizza\nSushi")
	input := `document.querySelector("textarea[name=text]").dispatchEvent(new Event("input", {bubbles: true})), true`
	p.shows("it is told", input)
	p.shows("question and options", `document.querySelector(".phone").innerText.replace(/\s+/g, " ").includes("Where to? Tap one. A Pizza B Sushi")`)
	p.do("points", chromedp.Click(`#ask input[value=score]`))
	p.shows("points", `document.querySelector(".phone li").innerText.includes("0–5")`)
	p.shows("limits are offered", `document.querySelector("#ask input[name=max]").disabled === false`)
	p.do("one choice", chromedp.Click(`#ask input[value=single]`))
	p.shows("no limits", `document.querySelector("#ask input[name=max]").disabled`)
	p.do("a template", chromedp.Click(`.templates a[href*=agree]`))
	p.shows("its options with our question", `document.querySelector("textarea[name=text]").value.startsWith("Where to?\nStrongly agree\n")`)
	people.NewOrganiser(result).Closes(t, "default")
	p.shows("what was typed stays", `document.querySelector("#poll-default .badge").innerText === "closed" && document.querySelector("textarea[name=text]").value.startsWith("Where to?")`)
}
