package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/api"
	"popeye/internal/fixture"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/definition"
)

// read is a poll as it is stored.
func (s *site) read(slug string) vote.Poll {
	s.T.Helper()
	p, err := s.DB.Poll(s.T.Context(), slug)
	if err != nil {
		s.T.Fatal(err)
	}
	return p
}

const lunchPoll = `{"slug":"lunch","question":"Where to?","kind":"ranked","rule":"schulze/1","seats":2,"equal_ranks":true,"time_zone":"Europe/Paris",
	"options":["Pizza","Sushi","Salad"],"status":"open"}`

func TestAPollIsDuplicated(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", lunchPoll).Want(t, http.StatusCreated)
	s.Vote("lunch", "b>a")
	first := s.api("POST", "/api/v1/polls/lunch/duplicate", "")
	first.Want(t, http.StatusCreated, `"slug":"where-to"`, `"status":"draft"`, `"rule":"schulze/1"`, `"seats":2`, `"equal_ranks":true`, `"time_zone":"Europe/Paris"`)
	if got := first.Header.Get("Location"); got != "/api/v1/polls/where-to" {
		t.Errorf("Location is %q", got)
	}
	lunch, copied := s.read("lunch"), s.read("where-to")
	if copied.LotSeed == lunch.LotSeed || len(copied.LotSeed) != 26 || copied.Parent != "" || lunch.Status != vote.Open {
		t.Errorf("of %+v was made %+v", lunch, copied)
	}
	const again = `{"id":"42"}`
	second := s.api("POST", "/api/v1/polls/lunch/duplicate", again)
	second.Want(t, http.StatusCreated, `"slug":"where-to-2"`)
	if repeated := s.api("POST", "/api/v1/polls/lunch/duplicate", again); repeated.Body != second.Body {
		t.Errorf("the same request again: %s %s", repeated.Status, repeated.Body)
	}
	s.api("POST", "/api/v1/polls/lunch/duplicate", `{"slug":"lunch"}`).WantError(t, http.StatusConflict, "exists")
	s.api("POST", "/api/v1/polls/lunch/duplicate", `{"slug":"No Name"}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.api("POST", "/api/v1/polls/lunch/duplicate", `{"question":"?"}`).WantError(t, http.StatusBadRequest, "malformed")
	s.api("POST", "/api/v1/polls/nowhere/duplicate", "").WantError(t, http.StatusNotFound, "no_poll")
	s.wantPolls("default", "lunch", "where-to", "where-to-2")
}

func TestARoundFollowsAndThePollBeforeIsKept(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", lunchPoll).Want(t, http.StatusCreated)
	s.Vote("lunch", "b>a")
	const runoff = `{"id":"7","question":"Pizza or sushi?","options":["b","a"],"status":"open"}`
	first := s.api("POST", "/api/v1/polls/lunch/rounds", runoff)
	first.Want(t, http.StatusCreated, `"slug":"pizza-or-sushi"`, `"status":"open"`, `"parent":"lunch"`, `"seats":1`)
	if got := s.Status("lunch"); got != vote.Closing {
		t.Errorf("the round before is %s", got)
	}
	if got := s.read("pizza-or-sushi").Options; !cmp.Equal(got, []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}}) {
		t.Errorf("it is between %v", got)
	}
	if again := s.api("POST", "/api/v1/polls/lunch/rounds", runoff); again.Body != first.Body {
		t.Errorf("the same request again: %s %s", again.Status, again.Body)
	}
	if got := s.count("lunch"); !strings.Contains(got, " 1: ") {
		t.Errorf("the round before has %q", got)
	}
	s.Become("lunch", vote.Closed)
	s.Become("pizza-or-sushi", vote.Closed)
	s.api("POST", "/api/v1/polls/pizza-or-sushi/rounds", `{"slug":"last"}`).Want(t, http.StatusCreated, `"status":"draft"`, `"parent":"pizza-or-sushi"`)
	for _, slug := range []string{"lunch", "pizza-or-sushi", "last"} {
		var got api.Rounds
		s.api("GET", "/api/v1/polls/"+slug+"/rounds", "").Into(t, &got)
		var slugs []string
		for _, p := range got.Rounds {
			slugs = append(slugs, p.Slug)
		}
		if d := cmp.Diff([]string{"lunch", "pizza-or-sushi", "last"}, slugs); d != "" {
			t.Errorf("the rounds of %s (-want +got):\n%s", slug, d)
		}
	}
}

func TestARoundThatCanNotBeLeavesAllAsItIs(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", lunchPoll).Want(t, http.StatusCreated)
	s.api("PATCH", "/api/v1/polls/lunch", `{"withdrawn":["c"]}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll") // two seats
	s.api("POST", "/api/v1/polls", `{"slug":"tea","question":"Which tea?","options":["A","B","C"],"status":"open"}`).Want(t, http.StatusCreated)
	s.api("PATCH", "/api/v1/polls/tea", `{"withdrawn":["c"]}`).Want(t, http.StatusOK)
	for body, says := range map[string]string{
		`{"options":["a"]}`: "two options or more", `{"options":[]}`: "two options or more", `{"options":["a","z"]}`: "“z” is not an option",
		`{"options":["a","c"]}`: "“c” has withdrawn", `{"options":["a","a"]}`: "named twice", `{"question":" "}`: "The question is",
		`{"status":"closed"}`: "draft or open", `{"slug":"tea!"}`: "lower-case",
	} {
		message := s.api("POST", "/api/v1/polls/tea/rounds", body).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
		if !strings.Contains(message, says) {
			t.Errorf("%s: %q, want words like %q", body, message, says)
		}
	}
	s.api("POST", "/api/v1/polls/tea/rounds", `{"slug":"lunch"}`).WantError(t, http.StatusConflict, "exists")
	if got := s.Status("tea"); got != vote.Open {
		t.Errorf("the poll is %s", got)
	}
	s.Make(definition.Definition{Slug: "draft", Question: "Where to?", Options: fixture.Labels("A", "B")})
	s.api("POST", "/api/v1/polls/draft/rounds", "").WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.wantPolls("default", "lunch", "tea", "draft")
}

// A poll that has the name of the round before by now is not that round.
func TestANameThatWasGivenAwayIsNoRound(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", lunchPoll).Want(t, http.StatusCreated)
	s.api("POST", "/api/v1/polls/lunch/rounds", `{"slug":"second"}`).Want(t, http.StatusCreated)
	s.Become("lunch", vote.Closed)
	s.api("DELETE", "/api/v1/polls/lunch", "").Want(t, http.StatusNoContent)
	s.api("POST", "/api/v1/polls", lunchPoll).Want(t, http.StatusCreated)
	s.api("GET", "/api/v1/polls/second/rounds", "").Without(t, `"slug":"lunch"`)
}

func TestAnArchivedPollIsAtTheEndOfTheList(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("A", "B"), Status: vote.Open})
	s.api("PATCH", "/api/v1/polls/lunch", `{"archived":true}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	s.Become("lunch", vote.Closed)
	s.partOf("lunch", "settings").Want(t, http.StatusOK, `action="/admin/polls/lunch/archive"`)
	a := s.act("/admin/polls/lunch/archive", s.revision("lunch")+"&page=poll")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/admin/polls/lunch" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	s.admin().Want(t, http.StatusOK, "1 archived poll", `href="/admin/polls/lunch"`)
	s.admin().Without(t, `id="poll-lunch"`)
	s.partOf("lunch", "settings").Want(t, http.StatusOK, `action="/admin/polls/lunch/unarchive"`)
	s.act("/admin/polls/lunch/unarchive", s.revision("lunch")).Want(t, http.StatusSeeOther)
	s.admin().Want(t, http.StatusOK, `id="poll-lunch"`)
	s.api("PATCH", "/api/v1/polls/lunch", `{"archived":true}`).Want(t, http.StatusOK, `"archived":true`)
	s.api("POST", "/api/v1/polls/lunch/open", "").Want(t, http.StatusOK, `"archived":false`)
}

// In one click, from the page of the poll: the two that lead are ticked.
func TestARunoffIsBegunByOneButton(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "tea", Question: "Which tea?", Options: fixture.Labels("Assam", "Bancha", "Ceylon"), Status: vote.Open})
	for _, b := range []vote.Ballot{"c", "c", "b"} {
		s.Vote("tea", b)
	}
	s.partOf("tea", "settings").Want(t, http.StatusOK, s.read("tea").LotSeed)
	page := s.partOf("tea", "rounds")
	page.Want(t, http.StatusOK, `name="option" value="c" checked`, `name="option" value="b" checked`, `action="/admin/polls/tea/round"`)
	page.Without(t, `name="option" value="a" checked`)
	form := s.revision("tea") + "&page=poll&id=one&between=yes&option=b&option=c&open=yes"
	for range 2 { // a second click begins no other round
		a := s.act("/admin/polls/tea/round", form)
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/admin/polls/which-tea" {
			t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
		}
	}
	s.wantPolls("default", "tea", "which-tea")
	p := s.read("which-tea")
	if p.Status != vote.Open || p.Parent != "tea" || len(p.Options) != 2 || s.Status("tea") != vote.Closing {
		t.Errorf("it is %+v, and the one before %s", p, s.Status("tea"))
	}
	s.partOf("which-tea", "rounds").Want(t, http.StatusOK, `href="/admin/polls/tea/rounds"`, "Ceylon</bdi></td>") // the winner of the round before
	s.act("/admin/polls/tea/round", "page=rounds&between=yes&option=b").Want(t, http.StatusUnprocessableEntity, "two options or more", "Which tea?")
	s.act("/admin/polls/tea/duplicate", "page=poll&id=two").Want(t, http.StatusSeeOther)
	s.wantPolls("default", "tea", "which-tea", "which-tea-2")
}

func TestADraftIsEditedOnItsPage(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", `{"slug":"tea","question":"Which tea?","options":[{"id":"olive","label":"Olive"},"Bancha"]}`).Want(t, http.StatusCreated)
	form := func(more ...string) string {
		v := url.Values{
			"page": {"settings"}, "edit": {"tea"}, "revision": {strings.TrimPrefix(s.revision("tea"), "revision=")}, "question": {"Which?"},
			"options": {"Ceylon\nOlive\nDarjeeling"}, "kind": {"ranked"}, "rule": {"stv/1"}, "seats": {"2"}, "time_zone": {"America/New_York"}, "opens_at": {"2099-07-01T09:00"},
		}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v.Encode()
	}
	for _, c := range []struct{ field, value, says string }{
		{"rule", "score/1", "no counting rule “score/1”"},
		{"seats", "3", "less than the number of options"},
		{"seats", "two", "Write a whole number, not “two”."},
		{"quorum", "1", "for score polls only"},
		{"options", "Olive", "2 to 100 options"},
		{"question", "", "The question is empty."},
		{"time_zone", "Nowhere", "is not a time zone"},
		{"opens_at", "2000-01-01T10:00", "has passed"},
		{"opens_at", "2099-03-08T02:30", "clocks are put forward"},
		{"kind", "guess", "is not a kind of poll"},
		{"closes_at", "2099-06-01T09:00", "must be after the opening time"},
	} {
		a := s.act("/admin/polls/tea/edit", form("rule", "borda/1", "seats", "1", c.field, c.value))
		a.Want(t, http.StatusUnprocessableEntity, `aria-describedby="wrong-`+c.field+`"`, `id="wrong-`+c.field+`"`)
		beside := between(t, a.Body, `id="wrong-`+c.field+`">`, "</span>")
		if !strings.Contains(beside, c.says) || !strings.Contains(a.Body, "Ceylon") && c.field != "options" {
			t.Errorf("beside %s is %q, want words like %q", c.field, beside, c.says)
		}
	}
	s.act("/admin/polls/tea/edit", form("rule", "borda/1", "seats", "1", "equal_ranks", "yes")).Want(t, http.StatusSeeOther)
	p := s.read("tea")
	want := []vote.Option{{ID: "a", Label: "Ceylon"}, {ID: "olive", Label: "Olive"}, {ID: "b", Label: "Darjeeling"}}
	if p.Question != "Which?" || p.Kind != vote.Ranked || p.Rule != "borda/1" || !p.EqualRanks || !cmp.Equal(p.Options, want) {
		t.Errorf("it is %+v", p)
	}
	if want := time.Date(2099, 7, 1, 13, 0, 0, 0, time.UTC); !p.OpensAt.Equal(want) {
		t.Errorf("it opens at %v, want %v", p.OpensAt, want)
	}
	s.partOf("tea", "settings").Want(t, http.StatusOK, `name="opens_at" autocomplete="off" value="2099-07-01T09:00"`)
	s.pollPage("tea").Want(t, http.StatusOK, `data-zone="America/New_York"`, "09:00 EDT (America/New_York)")
	stale := form("revision", "1", "rule", "irv/1", "seats", "1")
	s.act("/admin/polls/tea/edit", stale).Want(t, http.StatusConflict, "has changed since this page was shown", `value="Which?"`)
}

func TestAnOpenPollIsCorrectedAndItsOptionsWithdraw(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "tea", Question: "Which tee?", Options: fixture.Labels("Assam", "Bancha", "Ceylon"), Status: vote.Open})
	s.partOf("tea", "settings").Without(t, `name="kind"`, `name="rule"`)
	words := func(question, options string) string {
		return url.Values{"page": {"settings"}, "edit": {"tea"}, "revision": {strings.TrimPrefix(s.revision("tea"), "revision=")}, "question": {question}, "options": {options}}.Encode()
	}
	s.act("/admin/polls/tea/edit", words("Which tea?", "Assam\nBancha\nCeylon!")).Want(t, http.StatusSeeOther)
	s.act("/admin/polls/tea/edit", words("Which tea?", "Bancha\nAssam\nCeylon!")).Want(t, http.StatusUnprocessableEntity, `id="wrong-options"`, "but not swapped")
	s.act("/admin/polls/tea/edit", words("Which tea?", "Assam\nBancha")).Want(t, http.StatusUnprocessableEntity, `id="wrong-options"`)
	s.act("/admin/polls/tea/withdraw", s.revision("tea")+"&page=settings&withdrawn=b").Want(t, http.StatusSeeOther)
	s.partOf("tea", "settings").Want(t, http.StatusOK, `name="withdrawn" value="b" checked`, "<bdi>Bancha</bdi>” is out of the running")
	s.Become("tea", vote.Closed)
	s.act("/admin/polls/tea/withdraw", s.revision("tea")+"&page=settings&withdrawn=b&withdrawn=c").Want(t, http.StatusUnprocessableEntity, "nothing to decide")
	s.act("/admin/polls/tea/withdraw", s.revision("tea")+"&page=poll").Want(t, http.StatusSeeOther)
	s.partOf("tea", "trail").Want(t, http.StatusOK, "is in the running again", `<b>options withdrawn or put back</b>, by sign-in `, "What changed")
	if got := s.read("tea"); len(got.Corrections) != 4 || len(got.Withdrawn) != 0 {
		t.Errorf("it is %+v", got)
	}
	message := s.api("PATCH", "/api/v1/polls/default", `{"abstain":true}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	if !strings.Contains(message, "“abstain”") {
		t.Errorf("the message does not name the field: %q", message)
	}
}

func TestDeletingAsksForTheName(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "tea", Question: "Which tea?", Options: fixture.Labels("A", "B")})
	for _, typed := range []string{"", "Tea", "Which tea?", "tea2"} {
		s.act("/admin/polls/tea/delete", s.revision("tea")+"&confirm="+url.QueryEscape(typed)).Want(t, http.StatusUnprocessableEntity, "Nothing was deleted")
	}
	s.act("/admin/polls/tea/delete", s.revision("tea")+"&confirm=+tea+").Want(t, http.StatusSeeOther)
	if s.Status("tea") != "" {
		t.Error("it is still there")
	}
}

func TestTheTrailHasPages(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "tea", Question: "Which tea?", Options: fixture.Labels("A", "B")})
	for i := range recordsShown + 5 {
		s.api("PATCH", "/api/v1/polls/tea", `{"question":"Which tea, `+strings.Repeat("x", i+1)+`?"}`).Want(t, http.StatusOK)
	}
	page := s.partOf("tea", "trail")
	page.Want(t, http.StatusOK, "Older entries")
	older := between(t, page.Body, `href="/admin/polls/tea/trail?before=`, `#audit"`)
	next := s.Do("GET", "/admin/polls/tea/trail?before="+older, "", "Cookie", s.cookie)
	next.Want(t, http.StatusOK, "Which tea, x?")
	next.Without(t, "Older entries")
	s.Do("GET", "/admin/polls/tea/trail?before=x", "", "Cookie", s.cookie).Want(t, http.StatusBadRequest)
}

func TestThePageOfAPollIsForThoseWhoSignedIn(t *testing.T) {
	s := newSite(t, nil)
	a := s.Get("/admin/polls/default")
	a.Want(t, http.StatusOK, `type="password"`, `name="next" value="/admin/polls/default"`)
	a.Without(t, "Tea or coffee?")
	s.pollPage("nowhere").Want(t, http.StatusNotFound, "There is no poll at this address. Check the link.")
	s.pollPage("No%20Such").Want(t, http.StatusNotFound)
	// What was typed outlives the session, and is still a change of that poll.
	s.Make(definition.Definition{Slug: "tea", Question: "Which tea?", Options: fixture.Labels("A", "B")})
	body := "page=poll&edit=tea&question=Which+one%3F&options=A%0AC&kind=single"
	s.form("/admin/polls/tea/edit", body).Want(t, http.StatusUnauthorized, `name="edit" value="tea"`, "nothing was changed")
	s.form("/admin/login", body+"&token="+url.QueryEscape(adminToken)).Want(t, http.StatusOK, "have not been saved yet", `value="Which one?"`, "A\nC</textarea>")
	if s.read("tea").Question != "Which tea?" {
		t.Error("it was changed")
	}
}

// An organiser names sites while the poll is open, and gets what these put on their pages.
func TestOtherSitesMayShowTheResult(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"\"Where\" to?","options":["Pizza","Sushi"],"status":"open"}`).Want(t, http.StatusCreated)
	if page := s.partOf("lunch", "settings"); strings.Contains(page.Body, "iframe") || !strings.Contains(page.Body, `name="embed"`) {
		t.Errorf("without a site the page is %s", page.Body)
	}
	const form = "page=settings&edit=lunch&question=%22Where%22+to%3F&options=Pizza%0ASushi&embed="
	s.act("/admin/polls/lunch/edit", form+"https%3A%2F%2Fexample.org%2Fpage").
		Want(t, http.StatusUnprocessableEntity, `id="wrong-embed"`, "https://example.org/page")
	s.act("/admin/polls/lunch/edit", form+"https%3A%2F%2Fexample.org%0Ahttp%3A%2F%2Flocalhost%3A8000").Want(t, http.StatusSeeOther)
	if p := s.read("lunch"); !slices.Equal(p.Embed, []string{"https://example.org", "http://localhost:8000"}) {
		t.Errorf("%q may show it", p.Embed)
	}
	s.partOf("lunch", "settings").Want(t, http.StatusOK, "/embed/lunch", "&lt;iframe", "&amp;#34;Where&amp;#34; to?")
	s.act("/admin/polls/lunch/edit", form).Want(t, http.StatusSeeOther)
	if p := s.read("lunch"); len(p.Embed) != 0 {
		t.Errorf("%q may still show it", p.Embed)
	}
}

// diesOnChange is a store whose first change of a poll is never made: the process that
// asked for it was killed.
type diesOnChange struct {
	Store
	dead bool
}

func (s *diesOnChange) ChangePoll(ctx context.Context, slug string, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	if !s.dead {
		s.dead = true
		return vote.Poll{}, store.ErrUnavailable
	}
	return s.Store.ChangePoll(ctx, slug, change)
}

// A process that dies between making a round and closing the poll before leaves both
// open; the same request makes no third, and closes the one before.
func TestARoundIsFinishedByTheRequestThatComesAgain(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Store = &diesOnChange{Store: c.Store} })
	s.api("POST", "/api/v1/polls", lunchPoll).Want(t, http.StatusCreated)
	const round = `{"id":"7","slug":"second","status":"open"}`
	s.api("POST", "/api/v1/polls/lunch/rounds", round).WantError(t, http.StatusServiceUnavailable, "unavailable")
	if before, second := s.Status("lunch"), s.Status("second"); before != vote.Open || second != vote.Open {
		t.Fatalf("the poll is %s, the round is %s", before, second)
	}
	s.api("POST", "/api/v1/polls/lunch/rounds", round).Want(t, http.StatusCreated, `"slug":"second"`)
	if before := s.Status("lunch"); before != vote.Closing {
		t.Errorf("the poll before is %s", before)
	}
	s.wantPolls("default", "lunch", "second")
}
