package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"popeye/admin/form"
	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// in is a time so far from now, as stores keep it.
func in(d time.Duration) time.Time { return time.Now().UTC().Add(d).Truncate(time.Microsecond) }

// written is a time as an organiser far away writes it.
func written(t time.Time) string {
	return t.In(time.FixedZone("", -9*3600-1800)).Format(time.RFC3339Nano)
}

// wantTimes compares a poll's schedule with what is stored.
func (s *site) wantTimes(slug string, opens, closes time.Time) {
	s.T.Helper()
	p, err := s.DB.Poll(s.T.Context(), slug)
	if err != nil || !p.OpensAt.Equal(opens) || !p.ClosesAt.Equal(closes) {
		s.T.Errorf("%s opens at %v and closes at %v (%v), want %v and %v", slug, p.OpensAt, p.ClosesAt, err, opens, closes)
	}
}

func TestAPollOpensAndClosesAtASetTime(t *testing.T) {
	s := newSite(t, nil)
	opens, closes, later := in(time.Hour), in(2*time.Hour), in(3*time.Hour)
	a := s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Where to?","options":["A","B"],"opens_at":"`+written(opens)+`","closes_at":"`+written(closes)+`"}`)
	a.Want(t, http.StatusCreated, `"opens_at":"`+opens.Format(time.RFC3339Nano)+`"`, `"closes_at":"`+closes.Format(time.RFC3339Nano)+`"`)
	s.wantTimes("lunch", opens, closes)
	s.api("GET", "/api/v1/polls/lunch", "").Want(t, http.StatusOK, `"opens_at":"`+opens.Format(time.RFC3339Nano)+`","closes_at":"`+closes.Format(time.RFC3339Nano)+`"`)

	s.api("PATCH", "/api/v1/polls/lunch", `{"question":"Where now?"}`).Want(t, http.StatusOK)
	s.wantTimes("lunch", opens, closes)
	s.api("PATCH", "/api/v1/polls/lunch", `{"closes_at":"`+written(later)+`"}`).Want(t, http.StatusOK)
	s.wantTimes("lunch", opens, later)
	s.api("PATCH", "/api/v1/polls/lunch", `{"opens_at":null,"closes_at":""}`).Without(t, "opens_at", "closes_at")
	s.wantTimes("lunch", time.Time{}, time.Time{})
	s.api("GET", "/api/v1/polls/lunch", "").Without(t, "opens_at", "closes_at")
}

func TestATimeThatMakesNoSenseIsExplained(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "draft", Question: "Where to?", Options: fixture.Labels("A", "B"), OpensAt: definition.At(in(time.Hour))})
	s.Make(definition.Definition{Slug: "open", Question: "Where to?", Options: fixture.Labels("A", "B"), Status: vote.Open})
	past, future := written(in(-time.Second)), written(in(2*time.Hour))
	const create = `{"slug":"new","question":"Q?","options":["A","B"],`
	for _, c := range []struct{ method, path, body, says string }{
		{"POST", "", create + `"opens_at":"` + past + `"}`, "The time in opens_at"},
		{"POST", "", create + `"status":"open","closes_at":"` + past + `"}`, "has passed. It is"},
		{"POST", "", create + `"status":"open","opens_at":"` + future + `"}`, "keep the poll as a draft"},
		{"POST", "", create + `"opens_at":"` + future + `","closes_at":"` + future + `"}`, "must be after the opening time"},
		{"PATCH", "/draft", `{"closes_at":"` + written(in(time.Minute)) + `"}`, "must be after the opening time"},
		{"PATCH", "/draft", `{"opens_at":"` + past + `"}`, "The time in opens_at"},
		{"PATCH", "/open", `{"closes_at":"` + past + `"}`, "The time in closes_at"},
		{"PATCH", "/open", `{"opens_at":"` + future + `"}`, "The poll is open"},
	} {
		message := s.api(c.method, "/api/v1/polls"+c.path, c.body).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
		if !strings.Contains(message, c.says) || strings.Contains(message, "invalid:") {
			t.Errorf("%s: the message is %q, want words like %q", c.body, message, c.says)
		}
	}
	for _, text := range []string{`"tomorrow"`, `"2026-05-01T18:00"`, `7`, `{}`} {
		message := s.api("PATCH", "/api/v1/polls/draft", `{"opens_at":`+text+`}`).WantError(t, http.StatusBadRequest, "malformed")
		if !strings.Contains(message, "2026-05-01T20:00:00+02:00") {
			t.Errorf("%s: the message does not show how to write a time: %q", text, message)
		}
	}
	if s.Status("new") != "" {
		t.Error("a poll was made")
	}
}

func TestAPersonIsNotBoundByTheSchedule(t *testing.T) {
	s := newSite(t, nil)
	opens, closes := in(time.Hour), in(2*time.Hour)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("A", "B"), OpensAt: definition.At(opens), ClosesAt: definition.At(closes)})
	step := func(name string) { s.T.Helper(); s.api("POST", "/api/v1/polls/lunch/"+name, "").Want(t, http.StatusOK) }
	step("open")
	s.wantTimes("lunch", time.Time{}, closes)
	step("close")
	s.wantTimes("lunch", time.Time{}, time.Time{})
	s.Become("lunch", vote.Closed)

	closed := in(-time.Minute)
	s.keep("lunch", vote.Closed, closed)
	s.api("PATCH", "/api/v1/polls/lunch", `{"question":"Where to?"}`).Want(t, http.StatusOK)
	s.wantTimes("lunch", time.Time{}, closed) // it tells when that was
	step("close")
	s.wantTimes("lunch", time.Time{}, closed)
	step("open")
	s.wantTimes("lunch", time.Time{}, time.Time{})

	s.keep("lunch", vote.Closed, closed)
	s.api("PATCH", "/api/v1/polls/lunch", `{"opens_at":"`+written(opens)+`"}`).Want(t, http.StatusOK)
	s.wantTimes("lunch", opens, time.Time{})
}

// keep makes a poll one that its schedule has brought so far.
func (s *site) keep(slug string, status vote.Status, closes time.Time) {
	s.T.Helper()
	_, err := s.DB.ChangePoll(s.T.Context(), slug, func(p vote.Poll) (vote.Poll, error) {
		p.Status, p.ClosesAt = status, closes
		return p, nil
	})
	if err != nil {
		s.T.Fatal(err)
	}
}

func TestTheDefaultPollsScheduleIsTheOrganisers(t *testing.T) {
	s := newSite(t, nil)
	closes := in(time.Hour)
	s.api("PATCH", "/api/v1/polls/default", `{"closes_at":"`+written(closes)+`"}`).Want(t, http.StatusOK, "Tea or coffee?")
	s.wantTimes("default", time.Time{}, closes)
}

// typed is a time as a browser's field has it.
func typed(t time.Time) string { return t.UTC().Format("2006-01-02T15:04") }

func TestAPollIsMadeWithASchedule(t *testing.T) {
	s := newSite(t, nil)
	opens, closes := in(time.Hour).Truncate(time.Minute), in(2*time.Hour).Truncate(time.Second)
	for slug, times := range map[string][2]string{
		"without a script": {typed(opens), closes.Format("2006-01-02T15:04:05")},
		"by an old one":    {opens.Format("2006-01-02 15:04"), closes.Format("2006-01-02 15:04:05")},
		"with a script":    {written(opens), closes.Format("2006-01-02T15:04:05.000Z")},
	} {
		form := url.Values{"question": {slug}, "options": {"A\nB"}, "kind": {"single"}, "opens_at": {times[0]}, "closes_at": {times[1]}}
		s.act("/admin/polls", form.Encode()).Want(t, http.StatusSeeOther)
		s.wantTimes(strings.ReplaceAll(slug, " ", "-"), opens, closes)
	}
	s.act("/admin/polls", url.Values{"question": {"Neither?"}, "options": {"A\nB"}, "kind": {"single"}, "opens_at": {""}, "closes_at": {""}, "open": {"yes"}}.Encode()).Want(t, http.StatusSeeOther)
	s.wantTimes("neither", time.Time{}, time.Time{})
}

func TestATimeThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t, nil)
	opens, closes := in(2*time.Hour).Truncate(time.Minute), in(time.Hour).Truncate(time.Minute)
	form := func(opens, closes, open string) string {
		return url.Values{"question": {"Where to?"}, "options": {"A\nB"}, "kind": {"single"}, "opens_at": {opens}, "closes_at": {closes}, "open": {open}}.Encode()
	}
	again := []string{`<details class="more" open>`, `name="opens_at" autocomplete="off" value="` + typed(opens) + `"`, `name="closes_at" autocomplete="off" value="` + typed(closes) + `"`}
	s.act("/admin/polls", form(typed(opens), written(closes), "")).Want(t, http.StatusUnprocessableEntity, append(again, "must be after the opening time")...)
	s.act("/admin/polls", form(typed(opens), "", "yes")).Want(t, http.StatusUnprocessableEntity, again[0], again[1], "keep the poll as a draft")
	s.act("/admin/polls", form("", typed(in(-time.Hour)), "")).Want(t, http.StatusUnprocessableEntity, "has passed")
	s.act("/admin/polls", form(typed(opens), `"soon"`, "")).Want(t, http.StatusUnprocessableEntity, again[1], "Write a time as in", `closes_at" autocomplete="off" value=""`)
	s.wantOnlyDefault()
}

func TestAScheduleIsChangedByAForm(t *testing.T) {
	s := newSite(t, nil)
	opens, closes := in(time.Hour).Truncate(time.Minute), in(2*time.Hour) // the latter by a program: to the microsecond
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("A", "B"), OpensAt: definition.At(opens), ClosesAt: definition.At(closes)})
	shown := form.ShowTime(closes, time.UTC)
	s.admin().Want(t, http.StatusOK, "Voting opens at <time datetime=\""+opens.Format(time.RFC3339)+`">`)
	was := typed(opens)
	save := func(status int, opens, closes string, words ...string) {
		t.Helper()
		form := url.Values{"opens_at": {opens}, "was_opens_at": {was}, "closes_at": {closes}, "was_closes_at": {shown}}
		s.act("/admin/polls/lunch/schedule", form.Encode()).Want(t, status, words...)
	}
	save(http.StatusSeeOther, typed(opens), shown)
	s.wantTimes("lunch", opens, closes) // not rounded to what the field can show
	save(http.StatusSeeOther, written(opens.Add(time.Minute)), shown)
	s.wantTimes("lunch", opens.Add(time.Minute), closes)
	save(http.StatusUnprocessableEntity, typed(in(-time.Hour)), shown, `role="alert"`, "has passed", "Where to?")
	save(http.StatusUnprocessableEntity, "soon", shown, `role="alert"`, "Write a time as in", `id="wrong-opens_at">Write a time`)
	save(http.StatusUnprocessableEntity, "2000-01-01T10:00", shown, `value="2000-01-01T10:00" aria-invalid="true"`, `id="wrong-opens_at">The time in opens_at`)
	save(http.StatusUnprocessableEntity, typed(closes.Add(time.Hour)), shown, "must be after the opening time")
	s.wantTimes("lunch", opens.Add(time.Minute), closes)
	save(http.StatusSeeOther, "", shown)
	s.wantTimes("lunch", time.Time{}, closes)
	save(http.StatusSeeOther, "", "")
	s.wantTimes("lunch", time.Time{}, time.Time{})
	s.act("/admin/polls/nowhere/schedule", "closes_at="+typed(closes)).Want(t, http.StatusNotFound)
}

// The fields show what is to come; what has passed is told, and an open poll
// does not open.
func TestTheFieldsOfASchedule(t *testing.T) {
	s := newSite(t, nil)
	closed := in(-time.Hour)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("A", "B"), Status: vote.Open})
	opensField, passed := `name="was_opens_at"`, `name="was_closes_at" value=""`
	row := func() fixture.Answer {
		t.Helper()
		return s.partOf("lunch", "settings")
	}
	row().Without(t, opensField, "Voting close")
	s.keep("lunch", vote.Closed, closed)
	row().Want(t, http.StatusOK, opensField, passed, "Voting closed at <time datetime=\""+closed.Format(time.RFC3339Nano)+`">`)
	// Left as it is, that time stays, whatever else is saved; to open again it goes.
	s.act("/admin/polls/lunch/schedule", "opens_at=&was_opens_at=&closes_at=&was_closes_at=").Want(t, http.StatusSeeOther)
	s.wantTimes("lunch", time.Time{}, closed)
	opens := in(time.Hour).Truncate(time.Minute)
	s.act("/admin/polls/lunch/schedule", "opens_at="+typed(opens)+"&was_opens_at=&closes_at=&was_closes_at=").Want(t, http.StatusSeeOther)
	s.wantTimes("lunch", opens, time.Time{})
	row().Want(t, http.StatusOK, "Voting opens again at")
}
