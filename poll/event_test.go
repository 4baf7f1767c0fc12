package poll

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"popeye/api"
	"popeye/vote"
	"popeye/vote/event"
)

// evening publishes an event of two polls.
func evening(w *fixture) event.Event {
	lunch := w.polls["default"]
	lunch.Slug, lunch.Code, lunch.Status = "lunch", "222222", vote.Draft
	w.publish(lunch)
	w.change("default", func(p *vote.Poll) { p.Code = "111111" })
	e := event.Event{Code: "482913", Title: "Evening", Polls: []string{"default", "lunch"}}
	w.publishEvent(e)
	return w.events[e.Code]
}

func (s stream) hearsEvent() (state api.EventState) {
	if err := json.Unmarshal([]byte(s.hears()), &state); err != nil {
		s.t.Fatal(err)
	}
	return state
}

// A code leads to a poll or an event, however it is typed.
func TestCodes(t *testing.T) {
	w := newFixture(t)
	evening(w)
	for typed, want := range map[string]string{
		"111111":    `{"code":"111111","url":"/","poll":"default"}`,
		"222-222":   `{"code":"222222","url":"/p/lunch","poll":"lunch"}`,
		"٢٢٢%20٢٢٢": `{"code":"222222","url":"/p/lunch","poll":"lunch"}`,
		"482913": fmt.Sprintf(`{"code":"482913","url":"/e/482913","event":{"state":"%d","event":"482913","title":"Evening",`+
			`"poll":"","position":0,"of":2,"spread_ms":0}}`, w.events["482913"].Revision),
	} {
		got := w.ask(request("GET", "/api/v1/codes/"+typed, ""))
		got.is(t, http.StatusOK)
		if text := got.body; text != want && text != want+"\n" {
			t.Errorf("%s: %s, want %s", typed, text, want)
		}
	}
	for _, typed := range []string{"333333", "lunch", "%00", "4829133", "048291"} {
		w.ask(request("GET", "/api/v1/codes/"+typed, "")).is(t, http.StatusNotFound)
	}
}

// Whoever guesses waits; a voter whom we know does not wait for others.
func TestGuessesAreBounded(t *testing.T) {
	w := newFixture(t)
	evening(w)
	guess := func(code string) answer { return w.ask(request("GET", "/api/v1/codes/"+code, "")) }
	for range maxGuesses {
		guess("333333").is(t, http.StatusNotFound)
	}
	for range maxGuesses { // on a slow machine, more of them may come meanwhile
		if guess("333333").StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	for _, code := range []string{"333333", "482913"} {
		got := guess(code)
		got.is(t, http.StatusTooManyRequests)
		if got.Header.Get("Retry-After") == "" {
			t.Error("it is not said when to ask again")
		}
	}
}

// An open page is told at once which poll is shown, and how that is.
func TestEventIsFollowed(t *testing.T) {
	w := newFixture(t)
	e := evening(w)
	url, _ := w.served(t)
	s := openStream(t, url+"/e/482913/follow")
	if got := s.hearsEvent(); got.Poll != "" || got.Of != 2 || got.Event != "482913" {
		t.Errorf("before the first poll: %+v", got)
	}
	begun := time.Now()
	e.Current = "lunch"
	w.publishEvent(e)
	if got := s.hearsEvent(); got.Poll != "lunch" || got.Status != vote.Draft || got.Position != 2 {
		t.Errorf("shown: %+v", got)
	}
	t.Logf("MEASURED a page heard of the step after %v", time.Since(begun))
	w.change("lunch", func(p *vote.Poll) { p.Status = vote.Open })
	if got := s.hearsEvent(); got.Poll != "lunch" || got.Status != vote.Open {
		t.Errorf("opened: %+v", got)
	}
	e.Together = true
	w.publishEvent(e)
	if got := s.hearsEvent(); !got.Together || fmt.Sprint(got.Open) != "[default lunch]" {
		t.Errorf("together: %+v", got)
	}
	w.mu.Lock()
	delete(w.events, e.Code)
	w.mu.Unlock()
	if got := s.hearsEvent(); !got.Gone {
		t.Errorf("deleted: %+v", got)
	}
	for _, none := range []string{"333333", "111111", "nothing"} {
		equal(t, "status of "+none, openStream(t, url+"/e/"+none+"/follow").resp.StatusCode, http.StatusNotFound)
	}
}
