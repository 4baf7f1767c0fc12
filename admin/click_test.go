package admin

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"popeye/admin/form"
	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// question is what a person types; more are pairs of fields and values.
func question(id string, more ...string) string {
	form := url.Values{"id": {id}, "question": {"Where to?"}, "options": {"Pizza\nSushi"}, "kind": {"single"}, "open": {"yes"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form.Encode()
}

func (s *site) asks(body, slug string) {
	s.T.Helper()
	a := s.act("/admin/polls", body)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/admin/polls/"+slug+"?asked=1" {
		s.T.Errorf("%s to %q, want the poll %s", a.Status, a.Header.Get("Location"), slug)
	}
}

// replica is another process of the station on the same store.
func (s *site) replica(configure ...func(*Config)) *site {
	s.T.Helper()
	other := *s
	var err error
	c := Config{Store: s.Store, Token: adminToken, Log: slog.New(slog.DiscardHandler)}
	for _, f := range configure {
		f(&c)
	}
	other.station, err = New(c)
	if err != nil {
		s.T.Fatal(err)
	}
	server := httptest.NewServer(handlerOf(s.T, other.station))
	served := *s.Site
	served.URL = server.URL
	other.Site = &served
	s.T.Cleanup(server.Close)
	return &other
}

func TestAFormAsksOnceHoweverOftenItIsSent(t *testing.T) {
	s := newSite(t, nil)
	sites := []*site{s, s.replica()}
	var clicks sync.WaitGroup
	for i := range 8 {
		clicks.Go(func() { sites[i%2].asks(question("one"), "where-to") })
	}
	clicks.Wait()
	s.replica().asks(question("one"), "where-to") // one that was started since
	s.wantPolls("default", "where-to")

	// The poll was made, and the answer lost: the same form, sent again, finds it.
	s.Store.Lost.Store(true)
	a := s.act("/admin/polls", question("two"))
	a.Want(t, http.StatusServiceUnavailable, "it is asked once", `name="id" value="two"`)
	s.asks(question("two"), "where-to-2")
	s.wantPolls("default", "where-to", "where-to-2")

	// Other words are another question, also from the page that Back brings.
	s.asks(question("two", "options", "Pizza\nSalad"), "where-to-3")
	s.asks(question("three"), "where-to-4")
	s.wantPolls("default", "where-to", "where-to-2", "where-to-3", "where-to-4")
}

func TestAProgramsRequestWithAnIDMakesOnePoll(t *testing.T) {
	s := newSite(t, nil)
	const body = `{"id":"42","question":"Where to?","options":["A","B"],"status":"open"}`
	first := s.api("POST", "/api/v1/polls", body)
	first.Want(t, http.StatusCreated, `"slug":"where-to"`)
	if again := s.api("POST", "/api/v1/polls", body); again.StatusCode != http.StatusCreated || again.Body != first.Body {
		t.Errorf("again: %s %s, first %s", again.Status, again.Body, first.Body)
	}
	s.api("POST", "/api/v1/polls", strings.Replace(body, "42", "43", 1)).Want(t, http.StatusCreated, `"slug":"where-to-2"`)
	s.api("POST", "/api/v1/polls", `{"id":"7","slug":"where-to","question":"Q?","options":["A","B"]}`).WantError(t, http.StatusConflict, "exists")
}

func (s *site) wantPolls(slugs ...string) {
	s.T.Helper()
	b, err := s.DB.Catalog(context.Background())
	if err != nil {
		s.T.Fatal(err)
	}
	var got []string
	for _, p := range b.Polls {
		got = append(got, p.Slug)
	}
	if strings.Join(got, " ") != strings.Join(slugs, " ") {
		s.T.Errorf("there are %q, want %q", got, slugs)
	}
}

// revision is what a page shows a poll as, in a form.
func (s *site) revision(slug string) string {
	s.T.Helper()
	p, err := s.DB.Poll(context.Background(), slug)
	if err != nil {
		s.T.Fatal(err)
	}
	return "revision=" + strconv.FormatInt(p.Revision, 10)
}

func TestAButtonActsOnThePollThatItsPageShowed(t *testing.T) {
	s := newSite(t, nil)
	lunch := definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("A", "B")}
	s.Make(lunch)
	draft := s.revision("lunch")
	done := func(action, shown string) {
		s.T.Helper()
		s.act("/admin/polls/lunch/"+action, shown+"&confirm=lunch").Want(t, http.StatusSeeOther)
	}
	stale := func(action, shown string) {
		s.T.Helper()
		s.act("/admin/polls/lunch/"+action, shown+"&confirm=lunch").Want(t, http.StatusConflict, "The poll has changed since this page was shown")
	}
	done("open", draft)
	open := s.revision("lunch")
	done("open", draft) // a second click, or another window
	if got := s.revision("lunch"); got != open {
		t.Errorf("the second click changed it: %s, was %s", got, open)
	}
	stale("close", draft)
	done("close", open)
	done("close", open)
	stale("open", draft)
	s.Become("lunch", vote.Closed)
	closed := s.revision("lunch")
	stale("delete", open)
	done("close", open) // it is
	done("delete", closed)
	done("delete", closed)

	// Another poll of that name is not the one that was shown.
	s.Make(lunch)
	stale("delete", closed)
	stale("open", closed)
	stale("schedule", "made=1&opens_at=2099-01-01T10:00&was_opens_at=")
	if got := s.Status("lunch"); got != vote.Draft {
		t.Errorf("it is %s", got)
	}
	s.wantTimes("lunch", time.Time{}, time.Time{})
	made := form.Birth(s.read("lunch"))
	s.act("/admin/polls/lunch/schedule", "made="+made+"&opens_at=2099-01-01T10:00&was_opens_at=").Want(t, http.StatusSeeOther)
}

func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, there := strings.Cut(text, before)
	found, _, ends := strings.Cut(rest, after)
	if !there || !ends {
		t.Fatalf("nothing between %q and %q in %s", before, after, text)
	}
	return found
}

// Nobody reads a page and presses a button within half a second: the browser
// stays where it is.
func TestAClickThatComesTooSoonDoesNothing(t *testing.T) {
	s := newSite(t, nil)
	shown := func(ago time.Duration) string {
		return "&shown=" + strconv.FormatInt(time.Now().Add(-ago).UnixMilli(), 10)
	}
	for path, form := range map[string]string{
		"/admin/polls": question("one"), "/admin/polls/default/close": s.revision("default"), "/admin/logout": "",
	} {
		if a := s.act(path, form+shown(0)); a.StatusCode != http.StatusNoContent || a.Body != "" {
			t.Errorf("%s: %s %q", path, a.Status, a.Body)
		}
	}
	s.wantOnlyDefault()
	if got := s.Status("default"); got != vote.Open {
		t.Errorf("the poll is %s", got)
	}
	// A clock that is an hour ahead proves nothing.
	s.act("/admin/polls/default/close", s.revision("default")+shown(-time.Hour)).Want(t, http.StatusSeeOther)
	s.act("/admin/polls", question("one")+shown(time.Second)).Want(t, http.StatusSeeOther)
	if page := s.admin().Body; strings.Count(page, "<form ") != strings.Count(page, `name="shown"`) {
		t.Error("a form does not say when it was shown")
	}
}
