package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"

	"popeye/store/storetest"
)

func TestThePollOfTheContractIsMade(t *testing.T) {
	s := newSite(t, nil)
	a := s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Where to?","kind":"ranked","options":["Pizza","Sushi","Salad"]}`)
	a.Want(t, http.StatusCreated)
	if got := a.Header.Get("Location"); got != "/api/v1/polls/lunch" {
		t.Errorf("Location is %q", got)
	}
	var got map[string]any
	a.Into(t, &got)
	for _, field := range []string{"created_at", "changed_at"} {
		if at, err := time.Parse(time.RFC3339, got[field].(string)); err != nil || time.Since(at) > time.Minute {
			t.Errorf("%s is %v", field, got[field])
		}
		delete(got, field)
	}
	if r, ok := got["revision"].(float64); !ok || r < 1 {
		t.Errorf("revision is %v", got["revision"])
	}
	if seed, ok := got["lot_seed"].(string); !ok || len(seed) != 26 {
		t.Errorf("lot_seed is %v", got["lot_seed"])
	}
	delete(got, "revision")
	delete(got, "lot_seed")
	if code, ok := got["code"].(string); !ok || len(code) < 6 {
		t.Errorf("code is %v", got["code"])
	}
	delete(got, "code")
	want := map[string]any{
		"slug": "lunch", "question": "Where to?", "kind": "ranked", "status": "draft", "min": 0.0, "max": 0.0,
		"rule": "irv/1", "seats": 1.0, "quorum": 0.0, "equal_ranks": false, "abstain": false, "time_zone": "", "archived": false,
		"visibility": "live", "revealed": false, "hide_voters": false, "listed": false,
		"options": []any{
			map[string]any{"id": "a", "label": "Pizza"},
			map[string]any{"id": "b", "label": "Sushi"},
			map[string]any{"id": "c", "label": "Salad"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPollIsCompletedAsTheOrganiserMeansIt(t *testing.T) {
	s := newSite(t, nil)
	for body, want := range map[string]vote.Poll{
		`{"question":"Yes or no?","options":["Yes","No"]}`: {
			Slug: "yes-or-no", Question: "Yes or no?", Kind: vote.Single, Status: vote.Draft,
			Options: []vote.Option{{ID: "a", Label: "Yes"}, {ID: "b", Label: "No"}},
		},
		`{"slug":"ids","question":"Who?","status":"open","options":[{"id":"olive","label":"Olive"},"Bluto",{"label":"Wimpy"}]}`: {
			Slug: "ids", Question: "Who?", Kind: vote.Single, Status: vote.Open,
			Options: []vote.Option{{ID: "olive", Label: "Olive"}, {ID: "b", Label: "Bluto"}, {ID: "c", Label: "Wimpy"}},
		},
		`{"slug":"several","question":"Which?","kind":"multiple","min":2,"max":3,"options":["A","B","C","D"]}`: {
			Slug: "several", Question: "Which?", Kind: vote.Multiple, Status: vote.Draft, Min: 2, Max: 3,
			Options: []vote.Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}, {ID: "c", Label: "C"}, {ID: "d", Label: "D"}},
		},
		`{"slug":"points","question":"How good?","kind":"score","options":["A","B"]}`: {
			Slug: "points", Question: "How good?", Kind: vote.Score, Status: vote.Draft, Max: 5,
			Options: []vote.Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}},
		},
	} {
		a := s.api("POST", "/api/v1/polls", body)
		a.Want(t, http.StatusCreated)
		var got vote.Poll
		a.Into(t, &got)
		want.Settings = vote.DefaultSettings(want.Kind)
		got.Revision, got.CreatedAt, got.ChangedAt, got.LotSeed, got.Code = 0, time.Time{}, time.Time{}, "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

// A large poll is gone at once for everybody; its name is taken until the worker
// has removed its ballots.
func TestALargePollIsDeletedAtOnce(t *testing.T) {
	s := newSite(t, nil)
	const asked = `{"slug":"where-to","question":"Where to?","options":["A","B"],"status":"open"}`
	s.api("POST", "/api/v1/polls", asked).Want(t, http.StatusCreated)
	b := store.Batch{ID: 1}
	for i := range int64(store.RemoveSlice + 1) {
		b.Votes = append(b.Votes, store.Entry{Position: 1 + i, Vote: vote.Vote{Poll: "where-to", Voter: fmt.Sprint(i), Ballot: "a"}})
	}
	if _, err := s.DB.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB.ChangePoll(t.Context(), "where-to", func(p vote.Poll) (vote.Poll, error) { p.Status = vote.Closed; return p, nil }); err != nil {
		t.Fatal(err)
	}
	s.api("DELETE", "/api/v1/polls/where-to", "").Want(t, http.StatusNoContent)
	if _, err := storetest.ReadCounted(t.Context(), s.DB, "where-to"); !errors.Is(err, store.ErrNoPoll) {
		t.Errorf("its count: %v", err)
	}
	s.api("POST", "/api/v1/polls", asked).WantError(t, http.StatusConflict, "removing")
	s.api("PUT", "/api/v1/polls/where-to", asked).WantError(t, http.StatusConflict, "removing")
	s.api("POST", "/api/v1/polls", `{"question":"Where to?","options":["A","B"]}`).Want(t, http.StatusCreated, `"slug":"where-to-2"`)
	if _, free, err := s.DB.RemoveSome(t.Context()); !free || err != nil {
		t.Fatalf("free: %t, %v", free, err)
	}
	s.api("POST", "/api/v1/polls", asked).Want(t, http.StatusCreated)
	if got := s.count("where-to"); !strings.Contains(got, " 0: ") {
		t.Errorf("the count is %q", got)
	}
}

func TestANameThatIsTaken(t *testing.T) {
	s := newSite(t, nil)
	const asked = `{"slug":"lunch","question":"Where to?","options":["A","B"]}`
	s.api("POST", "/api/v1/polls", asked).Want(t, http.StatusCreated)
	s.api("POST", "/api/v1/polls", asked).WantError(t, http.StatusConflict, "exists")
	s.api("POST", "/api/v1/polls", `{"slug":"default","question":"Mine?","options":["A","B"]}`).WantError(t, http.StatusConflict, "exists")
	for _, want := range []string{"where-to", "where-to-2", "where-to-3"} {
		a := s.api("POST", "/api/v1/polls", `{"question":"Where to?","options":["A","B"]}`)
		a.Want(t, http.StatusCreated, `"slug":"`+want+`"`)
	}
	s.api("POST", "/api/v1/polls", `{"question":"どこ?","options":["A","B"]}`).Want(t, http.StatusCreated, `"slug":"doko"`)
	s.api("POST", "/api/v1/polls", `{"question":"?!","options":["A","B"]}`).Want(t, http.StatusCreated, `"slug":"poll"`)
}

func TestTheSameQuestionCanBeAskedAnyNumberOfTimes(t *testing.T) {
	s := newSite(t, nil)
	for _, question := range []string{"Lunch?", "海?"} {
		seen := map[string]bool{}
		for range 60 {
			a := s.api("POST", "/api/v1/polls", `{"question":"`+question+`","options":["A","B"]}`)
			a.Want(t, http.StatusCreated)
			var p vote.Poll
			a.Into(t, &p)
			if seen[p.Slug] || len(p.Slug) > len("lunch-abcdef") {
				t.Fatalf("%s was asked %d times; then it is %q", question, len(seen), p.Slug)
			}
			seen[p.Slug] = true
		}
	}
}

func TestADefinitionThatBreaksARuleIsExplained(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct{ body, says string }{
		{`{"question":"","options":["A","B"]}`, "The question is empty."},
		{`{"question":"Q?","options":["A"]}`, "2 to 100 options"},
		{`{"question":"Q?"}`, "2 to 100 options"},
		{`{"question":"Q?","options":["A",""]}`, "The label of option 2 is empty."},
		{`{"question":"Q?","options":["A","B"],"kind":"guess"}`, "single, multiple, ranked and score"},
		{`{"question":"Q?","options":["A","B"],"status":"closed"}`, "draft or open"},
		{`{"question":"Q?","options":["A","B"],"slug":"No Such"}`, "lower-case"},
		{`{"question":"Q?","options":["A","B"],"min":1}`, "multiple and score polls only"},
		{`{"question":"Q?","options":["A","B"],"kind":"multiple","max":3}`, "max"},
		{`{"question":"Q?","options":["A","B"],"kind":"score","min":5,"max":5}`, "min < max"},
		{`{"question":"Q?","options":[{"id":"x","label":"A"},{"id":"x","label":"B"}]}`, "“x”"},
		{`{"question":"Q?","options":[{"id":"A!","label":"A"},"B"]}`, "lower-case"},
		{`{"question":"a\u0000b","options":["A","B"]}`, "control character"},
		{`{"question":"` + strings.Repeat("x", 301) + `","options":["A","B"]}`, "longer than 300"},
		{`{"question":"Q?","options":["A","` + strings.Repeat("x", 121) + `"]}`, "longer than 120"},
	} {
		message := s.api("POST", "/api/v1/polls", c.body).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
		if !strings.Contains(message, c.says) || strings.Contains(message, "invalid:") {
			t.Errorf("%.80s: the message is %q, want words like %q", c.body, message, c.says)
		}
	}
	s.wantOnlyDefault()
}

func TestABodyThatIsNotWhatBelongsHere(t *testing.T) {
	s := newSite(t, nil)
	for body, says := range map[string]string{
		``: "", `{`: "", `[]`: "", `"lunch"`: "", `null`: "null", `{"question":7}`: "question", `{} {}`: "more than one",
		`{"qestion":"Q?","options":["A","B"]}`:                                    `"qestion"`,
		`{"question":"Q?","options":["A","B"],"revision":1}`:                      `"revision"`,
		`{"question":"Q?","options":"A,B"}`:                                       "options",
		`{"question":"Q?","options":[1,2]}`:                                       "label",
		`{"question":"Q?","options":[{"id":"a","label":"A","colour":"red"},"B"]}`: "no other field",
	} {
		for _, r := range [][2]string{{"POST", "/api/v1/polls"}, {"PATCH", "/api/v1/polls/default"}} {
			message := s.api(r[0], r[1], body).WantError(t, http.StatusBadRequest, "malformed")
			if r[0] == "POST" && !strings.Contains(message, says) {
				t.Errorf("%s: the message is %q, want words like %q", body, message, says)
			}
		}
	}
	form := s.Do("POST", "/api/v1/polls", "question=Q", "Authorization", "Bearer "+adminToken, "Content-Type", "application/x-www-form-urlencoded")
	form.WantError(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
	big := `{"question":"` + strings.Repeat("x", 10<<20) + `"}`
	s.api("POST", "/api/v1/polls", big).WantError(t, http.StatusRequestEntityTooLarge, "too_large")
	s.api("PATCH", "/api/v1/polls/default", big).WantError(t, http.StatusRequestEntityTooLarge, "too_large")
	s.wantOnlyDefault()
}

func TestPollsAreListedAndShown(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", `{"slug":"zoo","question":"Which?","options":["Ape","Bear"]}`)
	s.api("POST", "/api/v1/polls", `{"slug":"art","question":"Which?","options":["Ink","Oil"]}`)
	var list struct{ Polls []vote.Poll }
	a := s.api("GET", "/api/v1/polls", "")
	a.Want(t, http.StatusOK)
	a.Into(t, &list)
	var slugs []string
	for _, p := range list.Polls {
		slugs = append(slugs, p.Slug)
	}
	if diff := cmp.Diff([]string{"default", "zoo", "art"}, slugs); diff != "" {
		t.Errorf("the list, in the order of creation (-want +got):\n%s", diff)
	}
	var one vote.Poll
	s.api("GET", "/api/v1/polls/zoo", "").Into(t, &one)
	if diff := cmp.Diff(list.Polls[1], one); diff != "" {
		t.Errorf("shown alone (-want +got):\n%s", diff)
	}
}

func TestADraftMayChangeAltogether(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Where to?","options":["A","B"]}`)
	a := s.api("PATCH", "/api/v1/polls/lunch", `{"question":"Where now?","kind":"multiple","options":["A","B","C"],"max":2}`)
	a.Want(t, http.StatusOK, `"question":"Where now?"`, `"kind":"multiple"`, `"min":1,"max":2`, `"label":"C"`)
	s.api("PATCH", "/api/v1/polls/lunch", `{}`).Want(t, http.StatusOK, "Where now?")
	s.api("PATCH", "/api/v1/polls/lunch", `{"options":["A"]}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
}

func TestAPollOpensClosesAndOpensAgain(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Where to?","options":["A","B"]}`)
	steps := []struct {
		step   string
		status int
		want   vote.Status
	}{
		{"close", http.StatusConflict, vote.Draft},
		{"open", http.StatusOK, vote.Open},
		{"open", http.StatusOK, vote.Open},
		{"close", http.StatusOK, vote.Closing},
		{"close", http.StatusOK, vote.Closing},
		{"open", http.StatusOK, vote.Open},
		{"close", http.StatusOK, vote.Closing},
	}
	for i, c := range steps {
		a := s.api("POST", "/api/v1/polls/lunch/"+c.step, "")
		if c.status == http.StatusOK {
			a.Want(t, c.status, `"slug":"lunch"`, `"status":"`+string(c.want)+`"`)
		} else {
			a.WantError(t, c.status, "wrong_status")
		}
		if got := s.Status("lunch"); got != c.want {
			t.Errorf("step %d, %s: the poll is %s, want %s", i, c.step, got, c.want)
		}
	}
	s.Become("lunch", vote.Closed) // by the worker
	s.api("POST", "/api/v1/polls/lunch/close", "").Want(t, http.StatusOK, `"status":"closed"`)
	s.api("POST", "/api/v1/polls/lunch/open", "").Want(t, http.StatusOK, `"status":"open"`)
}

func TestOnlyAPollThatTakesNoVotesIsDeleted(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Where to?","options":["A","B"],"status":"open"}`)
	s.Vote("lunch", "a")
	for _, status := range []vote.Status{vote.Open, vote.Closing} {
		s.Become("lunch", status)
		s.api("DELETE", "/api/v1/polls/lunch", "").WantError(t, http.StatusConflict, "not_closed")
	}
	s.Become("lunch", vote.Closed)
	a := s.api("DELETE", "/api/v1/polls/lunch", "")
	a.Want(t, http.StatusNoContent)
	if a.Body != "" {
		t.Errorf("there is a body: %q", a.Body)
	}
	s.api("DELETE", "/api/v1/polls/lunch", "").WantError(t, http.StatusNotFound, "no_poll")
	s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Again?","options":["A","B"]}`).Want(t, http.StatusCreated)
	if got := s.count("lunch"); !strings.Contains(got, " 0: ") {
		t.Errorf("the count is %q", got)
	}
	s.api("DELETE", "/api/v1/polls/lunch", "").Want(t, http.StatusNoContent) // a draft
}

func TestAPollThatIsNotThereIsSaidEverywhere(t *testing.T) {
	s := newSite(t, nil)
	for _, slug := range []string{"nowhere", "UPPER", "a%00b", strings.Repeat("x", 100)} {
		path := "/api/v1/polls/" + slug
		for _, r := range [][3]string{
			{"GET", "", ""}, {"PATCH", "", `{"question":"Q?"}`}, {"DELETE", "", ""}, {"POST", "/open", ""}, {"POST", "/close", ""},
		} {
			s.api(r[0], path+r[1], r[2]).WantError(t, http.StatusNotFound, "no_poll")
		}
	}
}

func TestWithoutTheStoreNothingIsOrganisedAndItIsSaid(t *testing.T) {
	s := newSite(t, nil)
	s.Store.Away.Store(true)
	for _, r := range [][3]string{
		{"GET", "", ""}, {"POST", "", `{"question":"Q?","options":["A","B"]}`}, {"PATCH", "/lunch", `{"question":"Q?"}`}, {"POST", "/lunch/open", ""},
	} {
		a := s.api(r[0], "/api/v1/polls"+r[1], r[2])
		a.WantError(t, http.StatusServiceUnavailable, "unavailable")
		if a.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: no Retry-After", r[0], r[1])
		}
	}
}

// wantOnlyDefault makes sure that nothing was stored.
func (s *site) wantOnlyDefault() {
	s.T.Helper()
	b, err := s.DB.Catalog(s.T.Context())
	if err != nil || len(b.Polls) != 1 || b.Polls[0].Question != "Tea or coffee?" {
		s.T.Errorf("the polls are %v, %v", b.Polls, err)
	}
}

// A newer program has migrated the database: this one says so, clearly, to people
// and to programs.
func TestUnderANewerSchemaItIsSaid(t *testing.T) {
	err := fmt.Errorf("change a poll: %w", store.ErrNewerSchema)
	known, ok := errors.AsType[*web.Error](explain(err))
	if !ok || known.Status != http.StatusServiceUnavailable || known.Code != "newer_schema" || !strings.Contains(known.Message, "older than its database") {
		t.Errorf("it is explained as %+v", known)
	}
}
