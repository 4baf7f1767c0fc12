package admin

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

func TestACountdownClosesThePollAndCanBeStopped(t *testing.T) {
	s := newSite(t, nil)
	before := time.Now()
	s.act("/admin/polls/default/countdown", s.revision("default")+"&page=poll&minutes=2").Want(t, http.StatusSeeOther)
	if closes := s.read("default").ClosesAt; closes.Before(before.Add(118*time.Second)) || closes.After(time.Now().Add(2*time.Minute)) {
		t.Errorf("it closes at %v", closes)
	}
	s.pollPage("default").Want(t, http.StatusOK, "Stop the countdown", `role="timer"`)
	s.act("/admin/polls/default/countdown", "revision=1&page=poll&minutes=5").Want(t, http.StatusConflict, "has changed since this page was shown")
	s.act("/admin/polls/default/countdown", s.revision("default")+"&page=poll&minutes=0").Want(t, http.StatusSeeOther)
	s.wantTimes("default", time.Time{}, time.Time{})
	for _, minutes := range []string{"", "x", "-1", "61", "99999999999999999999"} {
		s.act("/admin/polls/default/countdown", "page=poll&minutes="+minutes).Want(t, http.StatusBadRequest, "up to 60 whole minutes")
	}
	s.Become("default", vote.Closed)
	s.act("/admin/polls/default/countdown", "page=poll&minutes=1").Want(t, http.StatusConflict, "Only an open poll")
}

// Nothing is lost by it: the votes are those of an earlier round.
func TestAPollIsClearedAndAskedAgain(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "tea", Question: "Which tea?", Options: fixture.Labels("A", "B"), Status: vote.Open})
	s.Vote("tea", "a", "a", "b")
	form := s.revision("tea") + "&page=poll&id=one"
	for range 2 { // a second click clears nothing again
		s.act("/admin/polls/tea/again", form)
	}
	s.wantPolls("default", "which-tea", "tea")
	if got := s.count("tea"); got != "Which tea? open 0: A 0, B 0" {
		t.Errorf("it is %q", got)
	}
	if got := s.count("which-tea"); got != "Which tea? closing 3: A 2, B 1" {
		t.Errorf("the round before is %q", got)
	}
}

func TestLimitsAreInTheForm(t *testing.T) {
	s := newSite(t, nil)
	several := func(more ...string) string {
		return question("", append([]string{"text", "Which?\nA\nB\nC", "kind", "multiple"}, more...)...)
	}
	s.act("/admin/polls", several("min", "2", "max", "4")).Want(t, http.StatusUnprocessableEntity, `id="wrong-min"`, "1 ≤ min ≤ max ≤ 3")
	s.act("/admin/polls", several("max", "2", "open", "")).Want(t, http.StatusSeeOther)
	if p := s.read("which"); p.Min != 1 || p.Max != 2 || p.Question != "Which?" || len(p.Options) != 3 {
		t.Errorf("it is %+v", p)
	}
	edit := url.Values{"page": {"settings"}, "edit": {"which"}, "question": {"Which?"}, "options": {"A\nB\nC"}, "kind": {"multiple"}, "max": {""}}
	s.act("/admin/polls/which/edit", edit.Encode()).Want(t, http.StatusSeeOther)
	if p := s.read("which"); p.Min != 1 || p.Max != 3 {
		t.Errorf("with the field emptied it is %+v", p)
	}
}

// They are for organisers, and say whether the figures are final.
func TestMinutesSayWhatCameOut(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "tea", Question: "Which tea?", Options: fixture.Labels("Assam", "Bancha"), Status: vote.Open})
	s.Vote("tea", "a", "a", "b")
	s.Get("/admin/polls/tea/minutes").Without(t, "Which tea?")
	s.partOf("tea", "minutes").Want(t, http.StatusOK, "not final", "67 %")
	s.Become("tea", vote.Closed)
	a := s.partOf("tea", "minutes")
	a.Want(t, http.StatusOK, "<b><bdi>Assam</bdi></b>", s.read("tea").LotSeed)
	a.Without(t, "not final")
}
