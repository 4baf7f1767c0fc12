package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv/people"
	"popeye/vote"
)

const (
	// tapToWall and nextToPhone are what people should wait at rest, as we mean it. Both
	// are printed. A test fails only by far: others run on the machine.
	tapToWall   = 60 * time.Millisecond
	nextToPhone = 150 * time.Millisecond
	byFar       = 20
)

// watched is a page on which something is to show.
const watched = `window.shownAt = 0; new MutationObserver((_, seen) => {
	if (!(%s)) return;
	window.shownAt = Date.now();
	seen.disconnect();
}).observe(document.documentElement, { childList: true, subtree: true, attributes: true, characterData: true }); undefined`

// noted writes down the next click of a page.
const noted = `addEventListener("click", () => { window.tappedAt = Date.now(); }, { capture: true, once: true }); undefined`

// takes is how long after a click on one page another shows something, by the browser's
// clock. Both are at rest before.
func takes(from, to tab, what, condition string, click func()) time.Duration {
	to.do("watch", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(watched, condition)))
	from.do("note the tap", chromedp.Evaluate[chromedp.Void](noted))
	time.Sleep(pause)
	click()
	to.sees(what, condition)
	return time.Duration(value[int](to, "window.shownAt")-value[int](from, "window.tappedAt")) * time.Millisecond
}

// One phone, the presenter and the wall, and nobody else: how long people wait for what
// another did.
func TestScreensFollowAtRest(t *testing.T) {
	_, poll, result := onePopeye(t)
	screensFollow(t, poll, result)
}

func TestScreensFollowAtRestOverServices(t *testing.T) {
	s := newStack(t, 1).Start(t)
	screensFollow(t, s.Polls[0].URL, s.Results[0].URL)
}

func screensFollow(t *testing.T, poll, result string) {
	const questions, taps = 9, 15
	o := people.NewOrganiser(result)
	d := vote.EventDefinition{Title: "At rest"}
	for i := range questions {
		p := people.OpenPoll(slug(i), fmt.Sprintf("Question %d?", i), "Pizza", "Sushi", "Salad")
		o.Makes(t, p)
		d.Polls = append(d.Polls, p.Slug)
	}
	made, err := o.CreateEvent(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	chromium := browser(t)
	e := &evening{t: t, code: made.Code, presenter: organiser(t, chromium, result)}
	e.presenter.do("run it", chromedp.Navigate(result+"/admin/events/"+e.code+"/run"))
	phone := person(t, chromium, poll+"/e/"+e.code)
	var next []time.Duration
	for i := range questions {
		question := fmt.Sprintf("Question %d?", i)
		next = append(next, takes(e.presenter.tab, phone, question, fmt.Sprintf(`document.querySelector("h1").textContent === %q`, question),
			func() { e.presses("next") }))
	}
	wait(t, "at rest, from the presenter's tap to the phone", next, nextToPhone)

	wall := person(t, chromium, result+"/p/"+slug(questions-1)+"/present")
	wall.sees("it is live", quiet)
	var tap []time.Duration
	for i := range taps {
		label, id := []string{"Pizza", "Sushi"}[i%2], []string{"a", "b"}[i%2]
		tap = append(tap, takes(phone, wall, label, fmt.Sprintf(`document.querySelector('[data-id="%s"] .votes')?.textContent === "1"`, id),
			func() { phone.votes(label) }))
	}
	wait(t, "at rest, from a tap on the phone to the wall", tap, tapToWall)
}

// wait prints what people waited, and fails if it is out of all proportion.
func wait(t *testing.T, what string, took []time.Duration, wanted time.Duration) {
	t.Helper()
	slices.Sort(took)
	median := took[len(took)/2]
	t.Logf("MEASURED %s: median %v, longest %v (of %d; wanted is a median below %v)", what, median, took[len(took)-1], len(took), wanted)
	if median > byFar*wanted {
		t.Errorf("%s it takes %v, wanted is %v", what, median, wanted)
	}
}
