package admin

import (
	"net/http"
	"strings"
	"testing"

	"popeye/vote"
)

// club makes the poll whose final result could be turned round by an edit: eight
// say Yes, one says No.
func (s *site) club() {
	s.t.Helper()
	s.api("POST", "/api/v1/polls", `{"slug":"club","question":"Dissolve the club?","options":["Yes","No"],"status":"open"}`).
		want(s.t, http.StatusCreated)
	for _, b := range strings.Split("a a a a a a a a b", " ") {
		s.vote("club", vote.Ballot(b))
	}
}

func TestFinalResultCanNotBeTurnedRound(t *testing.T) {
	s := newSite(t, nil)
	s.club()
	for _, status := range []vote.Status{vote.Closing, vote.Closed} {
		s.become("club", status)
		for _, body := range []string{
			`{"options":["No","Yes"],"question":"Keep the club?"}`, `{"question":"Keep the club?"}`,
			`{"options":["Yes","No!"]}`, `{"options":["Yes","No","Maybe"]}`, `{"kind":"ranked"}`,
		} {
			message := s.api("PATCH", "/api/v1/polls/club", body).wantError(t, http.StatusConflict, "closed")
			if !strings.Contains(message, "new poll") {
				t.Errorf("%s: the message does not say what to do: %q", body, message)
			}
		}
	}
	s.api("GET", "/api/v1/polls/club/results", "").want(t, http.StatusOK,
		`"question":"Dissolve the club?"`, `{"id":"a","label":"Yes","votes":8},{"id":"b","label":"No","votes":1}`)
	s.api("PATCH", "/api/v1/polls/club", `{"question":"Dissolve the club?","options":["Yes","No"]}`).want(t, http.StatusOK) // as it is
}

func TestWordsOfAnOpenPollAreCorrectedInPublic(t *testing.T) {
	s := newSite(t, nil)
	s.club()
	for _, body := range []string{
		`{"options":["No","Yes"]}`, `{"options":["no","Nope"]}`, `{"kind":"ranked"}`, `{"options":["Yes","No","Maybe"]}`,
		`{"options":[{"id":"b","label":"No"},{"id":"a","label":"Yes"}]}`,
	} {
		s.api("PATCH", "/api/v1/polls/club", body).wantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	}
	s.api("PATCH", "/api/v1/polls/club", `{"options":["Yes","Noo"]}`).want(t, http.StatusOK)
	s.api("PATCH", "/api/v1/polls/club", `{"options":["Noo","No"]}`).wantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("PATCH", "/api/v1/polls/club", `{"options":["Yes","No"],"question":"Dissolve the chess club?"}`).want(t, http.StatusOK)

	s.api("GET", "/api/v1/polls/club/results", "").want(t, http.StatusOK, `"corrections":[{"at":"`,
		`"field":"options.b","was":"No","is":"Noo"}`, `"field":"options.b","was":"Noo","is":"No"}]`,
		`"field":"question","was":"Dissolve the club?","is":"Dissolve the chess club?"}`)
	for _, page := range []string{"/p/club", "/p/club/present"} {
		s.get(page).want(t, http.StatusOK, "Corrected", "<bdi>Dissolve the club?</bdi>", `class="history small" data-entries="3"`)
	}
	s.get("/").without(t, "Corrected", "history")
}

func TestReopeningIsPublic(t *testing.T) {
	s := newSite(t, nil)
	s.club()
	s.become("club", vote.Closing)
	s.become("club", vote.Closed)
	s.api("POST", "/api/v1/polls/club/open", "").want(t, http.StatusOK, `"reopenings":[{"at":"`, `"voters":9}]`)
	s.api("GET", "/api/v1/polls/club/results", "").want(t, http.StatusOK, `"voters":9}]`)
	s.get("/p/club").want(t, http.StatusOK, "Reopened", "after 9 people had voted")
}

func TestOrganiserReplacesAndClearsTheDefaultPoll(t *testing.T) {
	s := newSite(t, nil)
	s.vote("default", "a", "a", "b")
	s.api("PUT", "/api/v1/polls/default", `{"question":"Cake?","options":["Yes","No"],"status":"open"}`).
		want(t, http.StatusOK, `"question":"Cake?"`, `"parent":"tea-or-coffee"`)
	s.api("GET", "/api/v1/polls/default/results", "").want(t, http.StatusOK, `"total":0`, "Cake?")
	s.api("GET", "/api/v1/polls/tea-or-coffee/results", "").want(t, http.StatusOK, `"total":3`, "Tea or coffee?", `"status":"closing"`)

	s.api("DELETE", "/api/v1/polls/default", "").wantError(t, http.StatusConflict, "not_closed")
	s.become("default", vote.Closing)
	s.become("default", vote.Closed)
	s.api("DELETE", "/api/v1/polls/default", "").want(t, http.StatusNoContent)
	s.get("/").want(t, http.StatusNotFound)
	s.api("PUT", "/api/v1/polls/default", `{"question":"Tea again?","options":["Yes","No"]}`).want(t, http.StatusOK, "Tea again?")
}

// The organiser asks on the front page; a second click asks nothing again.
func TestOrganiserAsksOnTheFrontPage(t *testing.T) {
	s := newSite(t, nil)
	s.vote("default", "a")
	for range 2 {
		s.act("/admin/polls", "id=form-1&question=Cake%3F&options=Yes%0ANo&kind=single&front=yes&open=yes").want(t, http.StatusSeeOther)
		s.vote("default", "b")
	}
	s.api("GET", "/api/v1/polls/default/results", "").want(t, http.StatusOK, "Cake?", `"total":2`)
	s.admin().want(t, http.StatusOK, "Tea or coffee?", "This is the question of the front page.", "kept with its votes")
	var list struct{ Polls []vote.Poll }
	s.api("GET", "/api/v1/polls", "").into(t, &list)
	if len(list.Polls) != 2 {
		t.Errorf("there are %d polls, want the new one and the one it replaced", len(list.Polls))
	}
}

func TestReplaceRefuses(t *testing.T) {
	s := newSite(t, nil)
	s.api("PUT", "/api/v1/polls/default", `{"question":"Cake?","options":["Yes"]}`).wantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("PUT", "/api/v1/polls/default", `{"slug":"lunch","question":"Cake?","options":["Yes","No"]}`).wantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("PUT", "/api/v1/polls/No%20Slug", `{"question":"Cake?","options":["Yes","No"]}`).wantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("GET", "/api/v1/polls/default", "").want(t, http.StatusOK, "Tea or coffee?")
}
