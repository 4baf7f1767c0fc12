package admin

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"popeye/admin/signin"
	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// makeManual makes an open poll whose results are revealed by hand.
func (s *site) makeManual(slug string) {
	s.T.Helper()
	manual := vote.VisibleManual
	s.Make(definition.Definition{
		Slug: slug, Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi"), Status: vote.Open,
		Choices: vote.Choices{Visibility: &manual},
	})
}

func (s *site) poll(slug string) vote.Poll {
	s.T.Helper()
	p, err := s.Store.Poll(s.T.Context(), slug)
	if err != nil {
		s.T.Fatal(err)
	}
	return p
}

func TestAnOrganiserRevealsAndHidesResults(t *testing.T) {
	s := newSite(t, nil)
	s.makeManual("lunch")
	byToken := []string{"Authorization", "Bearer " + adminToken}
	for _, step := range []struct {
		action   string
		revealed bool
	}{{"hide", false}, {"reveal", true}, {"reveal", true}, {"hide", false}} {
		a := s.Do("POST", "/api/v1/polls/lunch/"+step.action, "", byToken...)
		a.Want(t, http.StatusOK)
		var got vote.Poll
		if a.Into(t, &got); got.Revealed != step.revealed || s.poll("lunch").Revealed != step.revealed {
			t.Errorf("after %s it is revealed: %t", step.action, got.Revealed)
		}
	}
	records, err := s.Store.Audit(t.Context(), "lunch", 0, 10)
	if err != nil || len(records) < 2 || records[0].What != "hide" || records[1].What != "reveal" || !strings.Contains(string(records[1].After), `"revealed":true`) {
		t.Errorf("the audit trail says %+v, %v", records, err)
	}
}

func TestThereIsNothingToRevealOfOtherPolls(t *testing.T) {
	s := newSite(t, nil)
	s.makeManual("draft")
	s.Make(definition.Definition{Slug: "live", Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi"), Status: vote.Open})
	for _, action := range []string{"reveal", "hide"} {
		s.Do("POST", "/api/v1/polls/live/"+action, "", "Authorization", "Bearer "+adminToken).WantError(t, http.StatusConflict, "wrong_status")
		s.Do("POST", "/api/v1/polls/none/"+action, "", "Authorization", "Bearer "+adminToken).WantError(t, http.StatusNotFound, "no_poll")
		s.Do("POST", "/api/v1/polls/draft/"+action, "").WantError(t, http.StatusUnauthorized, "unauthorized")
	}
}

func TestTheButtonRevealsWhatThePageShowed(t *testing.T) {
	s := newSite(t, nil)
	s.makeManual("lunch")
	page := s.pollPage("lunch")
	page.Want(t, http.StatusOK, "Reveal the results", "/admin/polls/lunch/reveal")
	old := s.poll("lunch")
	s.act("/admin/polls/lunch/reveal", "").Want(t, http.StatusSeeOther)
	if !s.poll("lunch").Revealed {
		t.Fatal("the button does nothing")
	}
	s.pollPage("lunch").Want(t, http.StatusOK, "Hide the results")
	shown := "revision=" + strconv.FormatInt(old.Revision, 10)
	s.act("/admin/polls/lunch/reveal", shown).Want(t, http.StatusSeeOther) // the second click of two
	s.act("/admin/polls/lunch/hide", shown).Want(t, http.StatusConflict)   // a page that is old
	if !s.poll("lunch").Revealed {
		t.Error("a click on an old page has hidden it")
	}
}

func TestIsOrganiser(t *testing.T) {
	s := newSite(t, nil)
	for name, c := range map[string]struct {
		header, value string
		want          bool
	}{
		"nobody":               {"X-Nothing", "", false},
		"the token":            {"Authorization", "Bearer " + adminToken, true},
		"another token":        {"Authorization", "Bearer of bad news", false},
		"the token, no Bearer": {"Authorization", adminToken, false},
		"a session":            {"Cookie", s.cookie, true},
		"no session":           {"Cookie", signin.Cookie + "=made-up", false},
		"one of two":           {"Cookie", signin.Cookie + "=old; " + s.cookie, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/p/lunch", http.NoBody)
		r.Header.Set(c.header, c.value)
		if got := s.station.IsOrganiser(r); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	off := newSite(t, func(c *Config) { c.Token = "" })
	r := httptest.NewRequest(http.MethodGet, "/p/lunch", http.NoBody)
	r.Header.Set("Authorization", "Bearer ")
	if off.station.IsOrganiser(r) {
		t.Error("without a token somebody is an organiser")
	}
}
