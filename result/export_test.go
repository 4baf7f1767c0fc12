package result

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

func TestResultsHaveTheShapeOfTheContract(t *testing.T) {
	s := newSite(t, nil)
	s.make(vote.Definition{Slug: "lunch", Question: "Where to?", Kind: vote.Ranked, Options: labels("Pizza", "Sushi", "Salad"), Status: vote.Open})
	s.vote("lunch", "b>a", "b", "c>b")
	a := s.get("/api/v1/polls/lunch/results")
	a.want(t, http.StatusOK)
	var got map[string]any
	a.into(t, &got)
	asOf, err := time.Parse(time.RFC3339, got["as_of"].(string))
	if err != nil || time.Since(asOf) > time.Minute || asOf.Location() != time.UTC {
		t.Errorf("as_of is %v: %v", got["as_of"], err)
	}
	if seq, ok := got["seq"].(float64); !ok || seq < 1 {
		t.Errorf("seq is %v", got["seq"])
	}
	delete(got, "as_of")
	delete(got, "seq")
	want := map[string]any{
		"poll": "lunch", "status": "open", "total": 3.0, "question": "Where to?", "kind": "ranked",
		"options": []any{
			map[string]any{"id": "a", "label": "Pizza", "votes": 0.0},
			map[string]any{"id": "b", "label": "Sushi", "votes": 2.0},
			map[string]any{"id": "c", "label": "Salad", "votes": 1.0},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if kind := a.Header.Get("Content-Type"); kind != "application/json; charset=utf-8" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.Header)
	}
}

func TestSeqGrowsWithEveryChange(t *testing.T) {
	s := newSite(t, nil)
	last := -1.0
	for _, change := range []func(){
		func() {}, func() { s.vote("default", "a") }, func() { s.vote("default", "a", "b") }, func() { s.become("default", vote.Closing) },
	} {
		change()
		var got map[string]any
		s.get("/api/v1/polls/default/results").into(t, &got)
		if seq := got["seq"].(float64); seq <= last {
			t.Errorf("seq %v after %v", seq, last)
		} else {
			last = seq
		}
	}
}

func TestResultsForASpreadsheet(t *testing.T) {
	s := newSite(t, nil)
	s.make(vote.Definition{Slug: "lunch", Question: "Where to?", Status: vote.Open, Options: []vote.OptionText{
		{ID: "a", Label: `Pizza, "large"`},
		{ID: "b", Label: `=HYPERLINK("http://x")`},
		{ID: "-c", Label: "+1"},
		{ID: "d", Label: "-1"},
		{ID: "e", Label: "@sum"},
		{ID: "f", Label: "Crème brûlée"},
	}})
	s.vote("lunch", "a", "a", "f")
	a := s.get("/api/v1/polls/lunch/results.csv")
	a.want(t, http.StatusOK)
	got, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"option", "label", "votes"},
		{"a", `Pizza, "large"`, "2"},
		{"b", `'=HYPERLINK("http://x")`, "0"},
		{"'-c", "'+1", "0"},
		{"d", "'-1", "0"},
		{"e", "'@sum", "0"},
		{"f", "Crème brûlée", "1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for header, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="lunch.csv"`,
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
}

func TestResultsThatCanNotBeRead(t *testing.T) {
	s := newSite(t, nil)
	s.make(vote.Definition{Slug: "quiz", Question: "Who?", Options: labels("Popeye", "Olive")})
	for _, suffix := range []string{"/results", "/results.csv"} {
		s.get("/api/v1/polls/nowhere"+suffix).wantError(t, http.StatusNotFound, "no_poll")
		s.get("/api/v1/polls/a%00b"+suffix).wantError(t, http.StatusNotFound, "no_poll")
		s.get("/api/v1/polls/quiz"+suffix).without(t, "Popeye", "Olive")
		s.do("POST", "/api/v1/polls/default"+suffix, "").wantError(t, http.StatusMethodNotAllowed, "method_not_allowed")
	}
	s.store.away.Store(true)
	for _, suffix := range []string{"/results", "/results.csv"} {
		a := s.get("/api/v1/polls/default" + suffix)
		a.wantError(t, http.StatusServiceUnavailable, "unavailable")
		if a.Header.Get("Retry-After") != "3" {
			t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
		}
		a.without(t, errAway.Error())
	}
}
