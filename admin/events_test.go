package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"popeye/api"
	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/joincode"
)

// eventOf reads the event of an answer.
func eventOf(t *testing.T, a fixture.Answer) (e api.OwnEvent) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), &e); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return e
}

// makeEvening makes two polls and an event of them.
func makeEvening(t *testing.T, s *site) api.OwnEvent {
	t.Helper()
	for _, slug := range []string{"tea", "lunch"} {
		s.api("POST", "/api/v1/polls", `{"slug":"`+slug+`","question":"Where to?","options":["A","B"],"visibility":"manual"}`).Want(t, http.StatusCreated)
	}
	made := s.api("POST", "/api/v1/events", `{"title":"Evening","polls":["tea","lunch"]}`)
	made.Want(t, http.StatusCreated, `"code":"`, `"steps":[{"slug":"tea"`)
	e := eventOf(t, made)
	if !joincode.Is(e.Code) || made.Header.Get("Location") != "/api/v1/events/"+e.Code {
		t.Fatalf("made %+v at %q", e, made.Header.Get("Location"))
	}
	return e
}

// An evening, from a phone: each step is one request.
func TestAnEventIsLed(t *testing.T) {
	s := newSite(t, nil)
	at := "/api/v1/events/" + makeEvening(t, s).Code
	s.api("POST", at+"/open", "").WantError(t, http.StatusConflict, "no_step")
	for _, step := range []struct {
		do, body, current string
		status            vote.Status
		revealed          bool
	}{
		{"next", "", "tea", vote.Draft, false},
		{"open", `{"seconds":60}`, "tea", vote.Open, false},
		{"countdown", `{"seconds":3600}`, "tea", vote.Open, false},
		{"close", "", "tea", vote.Closing, false},
		{"reveal", "", "tea", vote.Closing, true},
		{"hide", "", "tea", vote.Closing, false},
		{"next", `{"from":"tea"}`, "lunch", vote.Draft, false},
		{"next", `{"from":"tea"}`, "lunch", vote.Draft, false}, // a second click
		{"open", `{"from":"tea"}`, "lunch", vote.Draft, false},
		{"next", "", "lunch", vote.Draft, false}, // the last
		{"previous", "", "tea", vote.Closing, false},
		{"current", `{"poll":"lunch"}`, "lunch", vote.Draft, false},
	} {
		got := s.api("POST", at+"/"+step.do, step.body)
		got.Want(t, http.StatusOK)
		e := eventOf(t, got)
		p := e.Steps[e.Position()-1]
		if e.Current != step.current || p.Status != step.status || p.Revealed != step.revealed {
			t.Errorf("%s %s: at %s, %+v", step.do, step.body, e.Current, p)
		}
		if closes := time.Until(p.ClosesAt); step.do == "countdown" && (closes < 59*time.Minute || closes > time.Hour) {
			t.Errorf("it closes in %v", closes)
		}
	}
	s.api("POST", at+"/countdown", `{"seconds":9}`).WantError(t, http.StatusConflict, "wrong_status")
	s.api("POST", at+"/countdown", "").WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("POST", at+"/current", `{"poll":"default"}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("POST", at+"/jump", "").WantError(t, http.StatusNotFound, "not_found")
	s.api("POST", at+"/current", `{"poll":""}`).Want(t, http.StatusOK, `"current":""`)
	s.api("GET", at+"/audit", "").Want(t, http.StatusOK, `"what":"next"`, `"what":"create"`, `"what":"show"`)
}

// The answer was lost, and the request comes again.
func TestAnEventIsMadeOnce(t *testing.T) {
	s := newSite(t, nil)
	const body = `{"id":"42","title":"Evening","polls":["default"]}`
	first, second := eventOf(t, s.api("POST", "/api/v1/events", body)), eventOf(t, s.api("POST", "/api/v1/events", body))
	if first.Code == "" || first.Code != second.Code {
		t.Errorf("made %q and %q", first.Code, second.Code)
	}
	if all, err := s.DB.Events(t.Context()); len(all) != 1 || err != nil {
		t.Errorf("%d events, %v", len(all), err)
	}
}

func TestEventsAreChangedAndDeleted(t *testing.T) {
	s := newSite(t, nil)
	e := makeEvening(t, s)
	at := "/api/v1/events/" + e.Code
	s.api("PATCH", at, `{"title":"Later","polls":["lunch","default"],"together":true}`).Want(t, http.StatusOK,
		`"title":"Later"`, `"polls":["lunch","default"]`, `"together":true`)
	for body, status := range map[string]int{
		`{"polls":["nowhere"]}`: 422, `{"polls":["tea","tea"]}`: 422, `{"title":" "}`: 422, `{"polls":["a/b"]}`: 422, `{"riddle":1}`: 400, `[`: 400,
	} {
		if got := s.api("PATCH", at, body); got.StatusCode != status {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.Body)
		}
	}
	s.api("GET", "/api/v1/events/"+joincode.Spaced(e.Code)[:3]+"-"+e.Code[3:], "").Want(t, http.StatusOK, `"title":"Later"`)
	s.api("GET", "/api/v1/events", "").Want(t, http.StatusOK, fmt.Sprintf(`{"events":[{"code":%q`, e.Code))
	s.api("DELETE", "/api/v1/polls/lunch", "").Want(t, http.StatusNoContent)
	s.api("GET", at, "").Want(t, http.StatusOK, `"polls":["default"]`)
	s.api("DELETE", at, "").Want(t, http.StatusNoContent)
	s.api("GET", at, "").WantError(t, http.StatusNotFound, "no_event")
	s.api("DELETE", at, "").WantError(t, http.StatusNotFound, "no_event")
	s.api("GET", at+"/audit", "").Want(t, http.StatusOK, `"what":"delete"`)
	s.api("POST", "/api/v1/events/x/next", "").WantError(t, http.StatusNotFound, "no_event")
}
