package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"popeye/vote"

	"popeye/store/storetest"
)

// club makes the poll whose final result could be turned round by an edit: eight
// say Yes, one says No.
func (s *site) club() {
	s.T.Helper()
	s.api("POST", "/api/v1/polls", `{"slug":"club","question":"Dissolve the club?","options":["Yes","No"],"status":"open"}`).
		Want(s.T, http.StatusCreated)
	for _, b := range strings.Split("a a a a a a a a b", " ") {
		s.Vote("club", vote.Ballot(b))
	}
}

// count is what the audience is shown of a poll.
func (s *site) count(slug string) string {
	s.T.Helper()
	shown, err := storetest.ReadCounted(context.Background(), s.DB, slug)
	if err != nil {
		s.T.Fatal(err)
	}
	var options []string
	for _, o := range shown.Count.Options {
		options = append(options, fmt.Sprint(o.Label, " ", o.Votes))
	}
	return fmt.Sprint(shown.Poll.Question, " ", shown.Poll.Status, " ", shown.Count.Voters, ": ", strings.Join(options, ", "))
}

func TestFinalResultCanNotBeTurnedRound(t *testing.T) {
	s := newSite(t, nil)
	s.club()
	for _, status := range []vote.Status{vote.Closing, vote.Closed} {
		s.Become("club", status)
		for _, body := range []string{
			`{"options":["No","Yes"],"question":"Keep the club?"}`, `{"question":"Keep the club?"}`,
			`{"options":["Yes","No!"]}`, `{"options":["Yes","No","Maybe"]}`, `{"kind":"ranked"}`,
		} {
			message := s.api("PATCH", "/api/v1/polls/club", body).WantError(t, http.StatusConflict, "closed")
			if !strings.Contains(message, "new poll") {
				t.Errorf("%s: the message does not say what to do: %q", body, message)
			}
		}
	}
	if got := s.count("club"); got != "Dissolve the club? closed 9: Yes 8, No 1" {
		t.Errorf("the count is %q", got)
	}
	s.api("PATCH", "/api/v1/polls/club", `{"question":"Dissolve the club?","options":["Yes","No"]}`).Want(t, http.StatusOK) // as it is
}

func TestWordsOfAnOpenPollAreCorrectedInPublic(t *testing.T) {
	s := newSite(t, nil)
	s.club()
	for _, body := range []string{
		`{"options":["No","Yes"]}`, `{"options":["no","Nope"]}`, `{"kind":"ranked"}`, `{"options":["Yes","No","Maybe"]}`,
		`{"options":[{"id":"b","label":"No"},{"id":"a","label":"Yes"}]}`,
	} {
		s.api("PATCH", "/api/v1/polls/club", body).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	}
	s.api("PATCH", "/api/v1/polls/club", `{"options":["Yes","Noo"]}`).Want(t, http.StatusOK)
	s.api("PATCH", "/api/v1/polls/club", `{"options":["Noo","No"]}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("PATCH", "/api/v1/polls/club", `{"options":["Yes","No"],"question":"Dissolve the chess club?"}`).Want(t, http.StatusOK)

	s.api("GET", "/api/v1/polls/club", "").Want(t, http.StatusOK, `"corrections":[{"at":"`,
		`"field":"options.b","was":"No","is":"Noo"}`, `"field":"options.b","was":"Noo","is":"No"}]`,
		`"field":"question","was":"Dissolve the club?","is":"Dissolve the chess club?"}`)
	s.partOf("club", "settings").Want(t, http.StatusOK, "Corrected", "<bdi>Dissolve the club?</bdi>", `class="history small" data-entries="3"`)
}

func TestReopeningIsPublic(t *testing.T) {
	s := newSite(t, nil)
	s.club()
	s.Become("club", vote.Closing)
	s.Become("club", vote.Closed)
	s.api("POST", "/api/v1/polls/club/open", "").Want(t, http.StatusOK, `"reopenings":[{"at":"`, `"voters":9}]`)
	s.partOf("club", "settings").Want(t, http.StatusOK, "Reopened", "after 9 people had voted")
}

func TestOrganiserReplacesAndClearsTheDefaultPoll(t *testing.T) {
	s := newSite(t, nil)
	s.Vote("default", "a", "a", "b")
	s.api("PUT", "/api/v1/polls/default", `{"question":"Cake?","options":["Yes","No"],"status":"open"}`).
		Want(t, http.StatusOK, `"question":"Cake?"`, `"parent":"tea-or-coffee"`)
	for slug, want := range map[string]string{
		"default": "Cake? open 0: Yes 0, No 0", "tea-or-coffee": "Tea or coffee? closing 3: Tea 2, Coffee 1",
	} {
		if got := s.count(slug); got != want {
			t.Errorf("the count of %s is %q", slug, got)
		}
	}

	s.api("DELETE", "/api/v1/polls/default", "").WantError(t, http.StatusConflict, "not_closed")
	s.Become("default", vote.Closing)
	s.Become("default", vote.Closed)
	s.api("DELETE", "/api/v1/polls/default", "").Want(t, http.StatusNoContent)
	s.api("GET", "/api/v1/polls/default", "").WantError(t, http.StatusNotFound, "no_poll")
	s.api("PUT", "/api/v1/polls/default", `{"question":"Tea again?","options":["Yes","No"]}`).Want(t, http.StatusOK, "Tea again?")
}

// The organiser asks on the front page; a second click asks nothing again.
func TestOrganiserAsksOnTheFrontPage(t *testing.T) {
	s := newSite(t, nil)
	s.Vote("default", "a")
	for range 2 {
		s.act("/admin/polls", "id=form-1&question=Cake%3F&options=Yes%0ANo&kind=single&front=yes&open=yes").Want(t, http.StatusSeeOther)
		s.Vote("default", "b")
	}
	if got := s.count("default"); got != "Cake? open 2: Yes 0, No 2" {
		t.Errorf("the count is %q", got)
	}
	s.admin().Want(t, http.StatusOK, "Tea or coffee?", "This is the question on the front page.", "kept with its votes")
	var list struct{ Polls []vote.Poll }
	s.api("GET", "/api/v1/polls", "").Into(t, &list)
	if len(list.Polls) != 2 {
		t.Errorf("there are %d polls, want the new one and the one it replaced", len(list.Polls))
	}
}

func TestReplaceRefuses(t *testing.T) {
	s := newSite(t, nil)
	s.api("PUT", "/api/v1/polls/default", `{"question":"Cake?","options":["Yes"]}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("PUT", "/api/v1/polls/default", `{"slug":"lunch","question":"Cake?","options":["Yes","No"]}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("PUT", "/api/v1/polls/No%20Slug", `{"question":"Cake?","options":["Yes","No"]}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("GET", "/api/v1/polls/default", "").Want(t, http.StatusOK, "Tea or coffee?")
}
