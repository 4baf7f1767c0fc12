package poll

import (
	"net/http"
	"testing"

	"popeye/vote"
	"popeye/vote/event"
)

// party publishes an event of three polls that shows one of them.
func party(w *fixture, current string) event.Event {
	e := event.Event{Code: "482913", Title: "Tuesday team night", Polls: []string{"single", "ranked", "score"}, Current: current}
	w.publishEvent(e)
	return e
}

// A voter sees the question that is on, votes, and is still in the event.
func TestEventShowsItsCurrentPoll(t *testing.T) {
	w := newFixture(t)
	e := party(w, "single")
	b := w.browser(t)
	b.get("/e/482913").is(t, http.StatusOK, "Tuesday team night", "Which single?", `aria-label="Question 1 of 3"`, `action="/p/single"`,
		`name="event" value="482913"`, `data-follow="/e/482913/follow"`, `data-look="/p/single?event=482913"`, `data-home="/e/482913"`)
	got := b.send("/p/single", "vote", "b", "event", "482913")
	got.is(t, http.StatusOK, "Tuesday team night", "Recorded: <strong><bdi>Bancha</bdi>")
	equal(t, "address", got.Request.URL.RequestURI(), "/p/single?event=482913")
	b.get("/e/482913").is(t, http.StatusOK, "Tuesday team night", "Recorded: <strong><bdi>Bancha</bdi>")

	e.Current = "ranked"
	w.publishEvent(e)
	b.get("/e/482913").is(t, http.StatusOK, "Which ranked?", `aria-label="Question 2 of 3"`)
	b.get("/p/single?event=482913").is(t, http.StatusOK, "Recorded: <strong><bdi>Bancha</bdi>", `data-state="elsewhere"`, "Back to all questions")
	w.change("ranked", func(p *vote.Poll) { p.Status = vote.Closed })
	b.get("/e/482913").is(t, http.StatusOK, "Tuesday team night", "Which ranked?", "This poll is closed.")
}

// Between two questions the page waits, and says so; a deleted event says that too.
func TestEventWaits(t *testing.T) {
	w := newFixture(t)
	party(w, "")
	got := w.ask(request("GET", "/e/482913", ""))
	got.is(t, http.StatusOK, "Tuesday team night", "The next question will appear here", `data-follow="/e/482913/follow"`, `http-equiv="refresh"`)
	got.hides(t, `method="post"`)
	w.ask(request("GET", "/e/482-913", "")).is(t, http.StatusSeeOther)
	w.ask(request("GET", "/e/555555", "")).is(t, http.StatusNotFound, "There is no vote under this code", `action="/join"`)
}

// An answer to the script is the event's page again; a code that is none of this poll's
// events changes nothing.
func TestAnswersStayInTheEvent(t *testing.T) {
	w := newFixture(t)
	party(w, "single")
	send := func(form string) answer {
		r := request("POST", "/p/multiple", form)
		if form[0] == 's' {
			r = request("POST", "/p/single", form[1:])
		}
		r.Header.Set(scriptHeader, "1")
		return w.ask(r)
	}
	send("svote=a&event=482913").is(t, http.StatusOK, `data-event="482913"`, `data-poll="single"`, "Recorded")
	for _, form := range []string{"vote=a&event=482913", "vote=a&event=555555", "vote=a&event=%00"} {
		got := send(form)
		got.is(t, http.StatusOK, "Recorded", `data-poll="multiple"`)
		got.hides(t, "data-event")
	}
}
