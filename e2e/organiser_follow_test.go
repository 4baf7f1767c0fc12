package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
	"popeye/vote/definition"
)

// about is a poll that another organiser makes.
func about(slug string, status vote.Status) api.NewPoll {
	d := people.OpenPoll(slug, "What about "+slug+"?", "Pizza", "Sushi")
	d.Status = status
	return d
}

// The list follows what happens, and touches nothing that the organiser types,
// has open, or has the focus on.
func TestOrganiserListFollows(t *testing.T) {
	_, _, result := onePopeye(t)
	another := people.NewOrganiser(result)
	another.Makes(t, about("lunch", vote.Open))
	another.Makes(t, about("dinner", vote.Open))
	p := organiser(t, browser(t), result)
	p.do("mark the page", chromedp.Action[chromedp.Void](markPage))
	p.types("The next question", "Yes\nNo")
	p.do("open the settings", chromedp.Click(`#ask details > summary`))
	p.do("type a number", chromedp.SetValue(`#ask input[name=seats]`, "2"))

	later := about("later", vote.Draft)
	later.OpensAt = definition.At(time.Now().Add(4 * time.Second))
	another.Makes(t, later)
	p.becomes("later", "draft")
	p.shows("the new one is first", `document.querySelector("#polls > article").id === "poll-later"`)
	p.becomes("later", "open")
	people.NewOrganiser(result).Closes(t, "lunch")
	p.becomes("lunch", "closed")
	people.NewOrganiser(result).Closes(t, "later")
	p.becomes("later", "closed")
	p.shows("it can be opened again", `!!document.querySelector('`+button("later", "open")+`')`)
	people.NewOrganiser(result).Deletes(t, "later")
	p.shows("it is gone", `!document.getElementById("poll-later")`)
	p.shows("the settings are open, and what was typed is there",
		`document.querySelector("#ask details").open && document.querySelector("#ask input[name=seats]").value === "2"`)

	// A button changes its poll on the same page; the focus stays at the poll.
	p.ready()
	p.do("close by the keyboard", chromedp.Focus(button("dinner", "close")), chromedp.SendKeys(button("dinner", "close"), "\r"))
	p.becomes("dinner", "closed")
	p.shows("the focus is there", `document.activeElement.closest("article")?.id === "poll-dinner"`)
	p.shows("what was typed is there", `document.querySelector("textarea[name=text]").value === "The next question\nYes\nNo"`)
	p.shows("the page was never loaded again", `window.samePage === true`)

	// What an old page showed is not what its button does: it says so.
	p.ready()
	p.shows("the line to the server is down", deaf) // keeps the buttons as they are
	people.NewOrganiser(result).Opens(t, "dinner")
	people.NewOrganiser(result).Closes(t, "dinner")
	testenv.Eventually(t, "dinner is closed", func() error {
		if got := polls(t, result)["dinner"]; got != "closed" {
			return fmt.Errorf("it is %s", got)
		}
		return nil
	})
	p.ready()
	p.do("open it", chromedp.Click(button("dinner", "open")))
	p.shows("a word about it", `!said.hidden && said.innerText.includes("has changed since this page was shown")`)
	if got := polls(t, result)["dinner"]; got != "closed" {
		t.Errorf("dinner is %s", got)
	}
}

// What comes under a finger takes no click; what has stayed in its place takes each.
func TestOrganiserTapsWhatWasThere(t *testing.T) {
	_, _, result := onePopeye(t)
	another := people.NewOrganiser(result)
	another.Makes(t, about("lunch", vote.Draft))
	p := organiser(t, browser(t), result)
	p.ready()
	p.do("tap as soon as a poll has come", chromedp.Evaluate[chromedp.Void](`new MutationObserver((_, seen) => {
		if (!document.getElementById("poll-dinner")) return;
		seen.disconnect();
		setTimeout(() => {
			document.querySelector("#ask details > summary").click();
			document.querySelector('`+button("lunch", "open")+`').click();
			document.querySelector("main").dataset.tapped = "yes";
		}, 50);
	}).observe(document.querySelector("#polls"), { childList: true }); undefined`))
	another.Makes(t, about("dinner", vote.Draft))
	p.shows("the taps", `document.querySelector("main").dataset.tapped === "yes"`)
	p.shows("what was there is open", `document.querySelector("#ask details").open`)
	p.ready()
	p.wantPolls(result, "dinner draft, lunch draft")
	p.do("tap what is there by now", chromedp.Click(button("lunch", "open")))
	p.becomes("lunch", "open")
}

// deaf lets no look at the page come through any more, only what is sent.
const deaf = `(() => {
	const real = window.fetch;
	window.fetch = (url, how) => how.method === "POST" ? real(url, how) : new Promise(() => {});
	return true;
})()`

// Where the server is away the page says so, and goes on by itself.
func TestOrganiserListSaysThatItIsOld(t *testing.T) {
	program, _, result := onePopeye(t)
	p := organiser(t, browser(t), result)
	program.Kill()
	p.shows("a word about it", `!said.hidden && said.innerText.includes("this list may be out of date")`)
	program.Start(t)
	testenv.Answers(t, result+"/")
	p.shows("no word about it", `said.hidden`)
}

// A link from elsewhere, as in a chat, leads in.
func TestOrganiserFollowsALink(t *testing.T) {
	_, _, result := onePopeye(t)
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<a href="`+result+`/admin/polls/default">the poll</a>`)
	}))
	defer chat.Close()
	p := organiser(t, browser(t), result)
	other := strings.Replace(chat.URL, "127.0.0.1", "localhost", 1)
	p.shows("the way to another site", `location.assign("`+other+`"), true`)
	p.shows("another site", `location.origin === "`+other+`" && !!document.querySelector("a")`)
	p.shows("its link", `document.querySelector("a").click(), true`)
	p.shows("the organiser's page", `location.pathname === "/admin/polls/default" && !!document.querySelector("#control")`)
}

// Back, after a question was asked, leads to no second poll: neither by itself
// nor if the same form is sent again.
func TestOrganiserGoesBack(t *testing.T) {
	_, _, result := onePopeye(t)
	p := organiser(t, browser(t), result)
	const askNow = `form[action="/admin/polls"] button[name=open]`
	for range 3 {
		p.types("Where to?", "Pizza\nSushi")
		p.ready()
		p.do("ask", chromedp.Click(askNow))
		p.shows("the new poll", `location.pathname === "/admin/polls/where-to"`)
		p.do("go back", chromedp.NavigateBack())
		p.shows("the page before", `location.pathname === "/admin" && !!document.getElementById("poll-where-to")`)
		p.wantPolls(result, "where-to open")
		var again string
		p.eval(`JSON.stringify(document.querySelector("textarea[name=text]").value)`, &again)
		if again == "" {
			return // nothing there that could be sent
		}
	}
}

// A phone, a screen: the page is read and used at any width. Pictures for a
// person to look at, and what can be measured.
func TestOrganiserPageAtAnyWidth(t *testing.T) {
	t.Parallel()
	_, _, result := onePopeye(t)
	people.NewOrganiser(result).Makes(t, about("lunch", vote.Draft))
	p := organiser(t, browser(t), result)
	for _, width := range []int64{320, 390, 1280} {
		p.do("a screen", chromedp.EmulateViewport(width, 800))
		p.do("the page", chromedp.Navigate(result+"/admin"))
		p.ready()
		p.shows(fmt.Sprintf("no sideways scrolling at %d", width), `document.documentElement.scrollWidth <= innerWidth`)
		var was, now map[string][]float64
		p.eval(turns, &was)
		for _, action := range []string{"open", "close", "open"} {
			p.ready()
			p.do(action, chromedp.Click(button("lunch", action)))
			p.becomes("lunch", map[string]string{"open": "open", "close": "closed"}[action])
			p.eval(turns, &now)
			if apart(was["Open"], now["Close"]) && apart(was["Close"], now["Open"]) {
				continue
			}
			t.Errorf("at %d: the buttons were at %v, and are at %v", width, was, now)
		}
		people.NewOrganiser(result).Closes(t, "lunch")
		p.becomes("lunch", "closed")
	}
}

// turns are the boxes of a poll's two buttons within it: left, top, right, bottom.
const turns = `(() => {
	const boxes = {};
	const o = document.getElementById("row-lunch").getBoundingClientRect();
	for (const b of document.querySelectorAll("#poll-lunch .turn")) {
		const r = b.getBoundingClientRect();
		boxes[b.innerText.split(" ")[0]] = [r.left - o.left, r.top - o.top, r.right - o.left, r.bottom - o.top];
	}
	return JSON.stringify(boxes);
})()`

// apart reports whether two boxes have no point in common.
func apart(a, b []float64) bool {
	return len(a) == 4 && len(b) == 4 && (a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1])
}
