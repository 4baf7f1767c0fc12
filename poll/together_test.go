package poll

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/vote"
	"popeye/vote/event"
)

// shared publishes an event that shows its open polls together.
func (w *fixture) shared(current string, polls ...string) event.Event {
	return w.sharedAs("482913", current, polls...)
}

func (w *fixture) sharedAs(code, current string, polls ...string) event.Event {
	e := event.Event{Code: code, Title: "Tuesday team night", Polls: polls, Current: current, Together: true}
	w.publishEvent(e)
	return e
}

// part cuts the ballot of one poll out of a page.
func part(t *testing.T, page answer, slug string) answer {
	t.Helper()
	_, rest, ok := strings.Cut(page.body, `<section class="ballot" data-poll="`+slug+`"`)
	if !ok {
		t.Fatalf("the page has no ballot of %s", slug)
	}
	page.body, _, _ = strings.Cut(rest, "</section>")
	return page
}

// All that is open is on one page, in the event's order, and the current poll however it
// is. A form that is posted comes back to it, with that poll's receipt alone.
func TestTogetherIsOnePageWithoutScripts(t *testing.T) {
	w := newFixture(t)
	w.shared("closed", "closed", "single", "draft", "ranked")
	b := w.browser(t)
	got := b.get("/e/482913")
	got.is(t, http.StatusOK, "Tuesday team night", `data-look="/e/482913"`, `<h2 class="question" dir="auto">Which single?`)
	got.hides(t, "Which draft?", `http-equiv="refresh"`)
	part(t, got, "closed").is(t, http.StatusOK, "This poll is closed.", "See the result")
	part(t, got, "single").is(t, http.StatusOK, `action="/e/482913/p/single"`, "You have not voted yet.")
	part(t, got, "ranked").is(t, http.StatusOK, `action="/e/482913/p/ranked"`, "You have not voted yet.")

	got = b.send("/e/482913/p/single", "vote", "b", "event", "482913")
	equal(t, "address", got.Request.URL.Path+"#"+got.Request.URL.Fragment, "/e/482913#ballot-single")
	part(t, got, "single").is(t, http.StatusOK, "Recorded: <strong><bdi>Bancha</bdi>")
	part(t, got, "ranked").is(t, http.StatusOK, "You have not voted yet.")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
}

// A vote that is refused comes back among the others too, filled in as it was sent.
func TestTogetherShowsARefusal(t *testing.T) {
	w := newFixture(t)
	w.shared("", "single", "multiple")
	b := w.browser(t)
	b.send("/e/482913/p/single", "vote", "a", "event", "482913")
	got := b.send("/e/482913/p/multiple", "vote", "a", "vote", "b", "vote", "c", "event", "482913")
	part(t, got, "multiple").is(t, http.StatusUnprocessableEntity, `class="notice bad"`, `value="c" checked`)
	part(t, got, "single").is(t, http.StatusUnprocessableEntity, "Recorded: <strong><bdi>Assam</bdi>")
	part(t, got, "single").hides(t, `class="notice bad"`)
	equal(t, "loaded again", b.get("/e/482913/p/multiple").Request.URL.Path, "/e/482913")
}

// What is recorded at the poll's own address, later or before, is known on the event's page.
func TestTogetherKnowsWhatIsRecordedElsewhere(t *testing.T) {
	w := newFixture(t)
	w.shared("", "single", "ranked")
	b := w.browser(t)
	b.send("/p/ranked", "rank-a", "1")
	part(t, b.get("/e/482913"), "ranked").is(t, http.StatusOK, `data-unsure="/p/ranked?event=482913"`, "You have not voted yet.")
	asks, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"/p/ranked?event=482913", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	asks.Header.Set(scriptHeader, "1")
	b.read(b.client.Do(asks)).is(t, http.StatusOK, `<main data-now=`, "1. <bdi>Assam</bdi>")
	part(t, b.get("/e/482913"), "ranked").is(t, http.StatusOK, "1. <bdi>Assam</bdi>")

	b.send("/e/482913/p/single", "vote", "a", "event", "482913")
	b.send("/p/single", "vote", "c") // on the poll's own page
	part(t, b.get("/e/482913"), "single").is(t, http.StatusOK, "Recorded: <strong><bdi>Ceylon</bdi>")
	part(t, b.get("/p/single"), "single").is(t, http.StatusOK, "Recorded: <strong><bdi>Ceylon</bdi>")
	equal(t, "a link into the event", b.get("/p/single?event=482913").Request.URL.Path, "/e/482913")

	w.change("single", func(p *vote.Poll) { p.CreatedAt = p.CreatedAt.Add(time.Millisecond) })
	part(t, b.get("/e/482913"), "single").is(t, http.StatusOK, "You have not voted yet.")
}

// A poll may be in two such events: a vote that is changed on the page of one is changed on
// that of the other, whichever was there first.
func TestTogetherKnowsWhatIsRecordedInAnotherEvent(t *testing.T) {
	w := newFixture(t)
	codes := []string{"482913", "739105"}
	for _, code := range codes {
		w.sharedAs(code, "", "single", "ranked")
	}
	b := w.browser(t)
	for i, choice := range []struct{ option, label string }{{"a", "Assam"}, {"b", "Bancha"}, {"c", "Ceylon"}} {
		b.send("/e/"+codes[i%2]+"/p/single", "vote", choice.option, "event", codes[i%2])
		for _, code := range codes[:min(2, i+1)] {
			part(t, b.get("/e/"+code), "single").is(t, http.StatusOK, "Recorded: <strong><bdi>"+choice.label+"</bdi>")
		}
	}
}

// Who has voted sees the result of such a poll by a link on the event's page.
func TestTogetherShowsResultsToWhoHasVoted(t *testing.T) {
	w := newFixture(t)
	w.change("single", func(p *vote.Poll) { p.Visibility, p.PassKey = vote.VisibleAfterVote, "a key of this poll" })
	w.shared("", "single", "ranked")
	b := w.browser(t)
	part(t, b.get("/e/482913"), "single").hides(t, "?pass=")
	b.send("/e/482913/p/single", "vote", "a", "event", "482913")
	part(t, b.get("/e/482913"), "single").is(t, http.StatusOK, "/p/single?pass=")
}

// With nothing to show the page waits, and looks again by itself.
func TestTogetherWaits(t *testing.T) {
	w := newFixture(t)
	w.shared("", "draft", "closed")
	w.ask(request("GET", "/e/482913", "")).is(t, http.StatusOK, "The next question will appear here")
	w.shared("closed", "draft", "closed")
	w.ask(request("GET", "/e/482913", "")).is(t, http.StatusOK, "Which closed?", `http-equiv="refresh"`)
}
