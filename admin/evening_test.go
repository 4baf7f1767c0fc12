package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/event"
)

// plans makes an event on the page, and returns its code.
func (s *site) plans(form url.Values) string {
	s.T.Helper()
	a := s.act("/admin/events", form.Encode())
	code, ok := strings.CutPrefix(a.Header.Get("Location"), "/admin/events/")
	if a.StatusCode != http.StatusSeeOther || !ok {
		s.T.Fatalf("%s to %q:\n%s", a.Status, a.Header.Get("Location"), a.Body)
	}
	return code
}

func (s *site) event(code string) event.Event {
	s.T.Helper()
	e, err := s.Store.Event(s.T.Context(), code)
	if err != nil {
		s.T.Fatal(err)
	}
	return e
}

var twoQuestions = url.Values{
	"id": {"form-1"}, "title": {"Tuesday"}, "blocks": {"Where to?\r\n- Lake\r\n- Hill\r\n\r\nWhat to eat?\r\nPizza\r\nSushi\r\n"},
}

// Questions are pasted, and a form that is sent again makes nothing twice.
func TestAnEventIsPlannedFromAForm(t *testing.T) {
	s := newSite(t, nil)
	code := s.plans(twoQuestions)
	if again := s.plans(twoQuestions); again != code {
		t.Errorf("sent again it made another event: %s", again)
	}
	if got := strings.Join(s.event(code).Polls, " "); got != "where-to what-to-eat" {
		t.Fatalf("its polls are %q", got)
	}
	s.act("/admin/events", url.Values{"id": {"x"}, "title": {""}, "blocks": {"Kept?\nYes\nNo"}}.Encode()).Want(t, http.StatusUnprocessableEntity, "Kept?")
	act := func(action string, fields url.Values) {
		s.act("/admin/events/"+code+"/"+action, fields.Encode()).Want(t, http.StatusSeeOther)
	}
	act("down", url.Values{"poll": {"where-to"}})
	act("add", url.Values{"poll": {vote.DefaultSlug, "where-to"}})
	act("up", url.Values{"poll": {vote.DefaultSlug}})
	act("settings", url.Values{"title": {"Wednesday"}, "together": {"on"}})
	e := s.event(code)
	if got := strings.Join(e.Polls, " "); got != "what-to-eat default where-to" || e.Title != "Wednesday" || !e.Together {
		t.Errorf("changed to %+v", e)
	}
	act("remove", url.Values{"poll": {"what-to-eat"}})
	s.Do("GET", "/admin/events/"+code, "", "Cookie", s.cookie).Want(t, http.StatusOK, "Wednesday", "Where to?")
	act("delete", nil)
	s.act("/admin/events/"+code+"/settings", "title=x").Want(t, http.StatusNotFound)
}

// presses sends the button of a step as the presenter's page showed it.
func (s *site) presses(t *testing.T, code, step string, page fixture.Answer) fixture.Answer {
	t.Helper()
	hidden := func(name string) string { return between(t, page.Body, `name="`+name+`" value="`, `"`) }
	form := url.Values{"from": {hidden("from")}, "revision": {hidden("revision")}}
	return s.act("/admin/events/"+code+"/run/"+step, form.Encode())
}

// An evening is led by plain forms, and a button of an old page takes no second step.
func TestAPresenterLeadsAnEvening(t *testing.T) {
	s := newSite(t, nil)
	code := s.plans(twoQuestions)
	cookie := s.cookie
	run := func(shows ...string) fixture.Answer {
		t.Helper()
		page := s.Do("GET", "/admin/events/"+code+"/run", "", "Cookie", cookie)
		page.Want(t, http.StatusOK, shows...)
		return page
	}
	first := run("No question is shown", "Show the first question", "Next: <bdi>Where to?</bdi>")
	for range 2 { // a double tap
		s.presses(t, code, "next", first).Want(t, http.StatusSeeOther)
	}
	draft := run("1 of 2", "Where to?", "Open voting")
	for range 2 {
		s.presses(t, code, "open", draft).Want(t, http.StatusSeeOther)
	}
	open := run("Close voting", "Hide the result")
	s.presses(t, code, "countdown", open).Want(t, http.StatusSeeOther)
	if s.poll("where-to").ClosesAt.IsZero() {
		t.Error("the countdown does not run")
	}
	s.presses(t, code, "close", open).Want(t, http.StatusConflict, "Where to?") // the page is old
	s.presses(t, code, "hide", run("Close voting")).Want(t, http.StatusSeeOther)
	hidden := run("Close and reveal", "The result is hidden", "Reveal the result")
	for range 2 {
		s.presses(t, code, "close-reveal", hidden).Want(t, http.StatusSeeOther)
	}
	if p := s.poll("where-to"); p.Status != vote.Closing || !p.Revealed {
		t.Errorf("closed and revealed, it is %s, revealed: %t", p.Status, p.Revealed)
	}
	closed := run("Next question")
	s.presses(t, code, "next", closed).Want(t, http.StatusSeeOther)
	s.presses(t, code, "hide", closed).Want(t, http.StatusSeeOther) // meant for the question before
	if p := s.poll("where-to"); !p.Revealed {
		t.Error("an old page hid a result")
	}
	last := run("2 of 2", "What to eat?")
	s.presses(t, code, "finish", last).Want(t, http.StatusSeeOther)
	run("No question is shown")
	s.presses(t, code, "nonsense", last).Want(t, http.StatusNotFound)
	s.Do("GET", "/admin/events/"+code+"/run", "").Want(t, http.StatusOK, `name="token"`)
	s.form("/admin/events/"+code+"/run/next", "from=").Want(t, http.StatusUnauthorized)
}
