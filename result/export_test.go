package result

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

func TestResultsHaveTheShapeOfTheContract(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Kind: vote.Ranked, Options: fixture.Labels("Pizza", "Sushi", "Salad"), Status: vote.Open})
	s.Vote("lunch", "b>a", "b", "c>b")
	a := s.Get("/api/v1/polls/lunch/results")
	a.Want(t, http.StatusOK)
	var got map[string]any
	a.Into(t, &got)
	asOf, err := time.Parse(time.RFC3339, got["as_of"].(string))
	if err != nil || time.Since(asOf) > time.Minute || asOf.Location() != time.UTC {
		t.Errorf("as_of is %v: %v", got["as_of"], err)
	}
	if seq, ok := got["seq"].(float64); !ok || seq < 1 {
		t.Errorf("seq is %v", got["seq"])
	}
	counted, _ := got["count"].(map[string]any)
	if counted["rule"] != "irv/1" || counted["voters"] != 3.0 || !cmp.Equal(counted["winners"], []any{"b"}) {
		t.Errorf("count is %v", counted)
	}
	delete(got, "as_of")
	delete(got, "seq")
	delete(got, "count")
	if seed, _ := got["lot_seed"].(string); len(seed) < 20 {
		t.Errorf("lot_seed is %v", got["lot_seed"])
	}
	delete(got, "lot_seed")
	if code, _ := got["code"].(string); len(code) != 6 {
		t.Errorf("code is %v", got["code"])
	}
	delete(got, "code")
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
		func() {}, func() { s.Vote("default", "a") }, func() { s.Vote("default", "a", "b") }, func() { s.Become("default", vote.Closing) },
	} {
		change()
		var got map[string]any
		s.Get("/api/v1/polls/default/results").Into(t, &got)
		if seq := got["seq"].(float64); seq <= last {
			t.Errorf("seq %v after %v", seq, last)
		} else {
			last = seq
		}
	}
}

func TestResultsForASpreadsheet(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Status: vote.Open, Options: []definition.OptionText{
		{ID: "a", Label: `Pizza, "large"`},
		{ID: "b", Label: `=HYPERLINK("http://x")`},
		{ID: "-c", Label: "+1"},
		{ID: "d", Label: "-1"},
		{ID: "e", Label: "@sum"},
		{ID: "f", Label: "Crème brûlée"},
		{ID: "g", Label: "＝1+1"},
	}})
	s.Vote("lunch", "a", "a", "f")
	a := s.Get("/api/v1/polls/lunch/results.csv")
	a.Want(t, http.StatusOK)
	got := readCSV(t, a.Body)
	for i := range got[1:] {
		got[i+1] = got[i+1][:3] // the rest is that of the next test
	}
	want := [][]string{
		{"option", "label", "votes", "question", "kind", "status", "voters", "invalid", "as_of"},
		{"a", `Pizza, "large"`, "2"},
		{"b", `'=HYPERLINK("http://x")`, "0"},
		{"'-c", "'+1", "0"},
		{"d", "'-1", "0"},
		{"e", "'@sum", "0"},
		{"f", "Crème brûlée", "1"},
		{"g", "'＝1+1", "0"},
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

// readCSV reads a file as spreadsheets do.
func readCSV(t *testing.T, body string) [][]string {
	t.Helper()
	text, marked := strings.CutPrefix(body, "\ufeff")
	if !marked {
		t.Errorf("no byte order mark: a spreadsheet takes %.40q for another encoding", body)
	}
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll() // each line as long as the first
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestASpreadsheetTellsOfWhatPollItIs(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "talks", Question: "=How was it?", Kind: vote.Score, Options: fixture.Labels("Keynote", "Workshop"), Status: vote.Open})
	s.Vote("talks", "a=5", "a=4", "nonsense")
	s.Become("talks", vote.Closed)
	got := readCSV(t, s.Get("/api/v1/polls/talks/results.csv").Body)
	for _, line := range got[1:] {
		at := &line[len(line)-1]
		if asOf, err := time.Parse(time.RFC3339, *at); err != nil || time.Since(asOf) > time.Minute {
			t.Errorf("as_of is %q: %v", *at, err)
		}
		*at = "now"
	}
	want := [][]string{
		{
			"option", "label", "votes", "raters", "mean", "place", "points_0", "points_1", "points_2", "points_3", "points_4", "points_5",
			"question", "kind", "status", "voters", "invalid", "as_of",
		},
		{"a", "Keynote", "9", "2", "4.50", "1", "0", "0", "0", "0", "1", "1", "'=How was it?", "score", "closed", "3", "1", "now"},
		{"b", "Workshop", "0", "0", "", "2", "0", "0", "0", "0", "0", "0", "'=How was it?", "score", "closed", "3", "1", "now"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResultsThatCanNotBeRead(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "quiz", Question: "Who?", Options: fixture.Labels("Popeye", "Olive")})
	for _, suffix := range []string{"/results", "/results.csv"} {
		s.Get("/api/v1/polls/nowhere"+suffix).WantError(t, http.StatusNotFound, "no_poll")
		s.Get("/api/v1/polls/a%00b"+suffix).WantError(t, http.StatusNotFound, "no_poll")
		s.Get("/api/v1/polls/quiz"+suffix).Without(t, "Popeye", "Olive")
		s.Do("POST", "/api/v1/polls/default"+suffix, "").WantError(t, http.StatusMethodNotAllowed, "method_not_allowed")
	}
	s.Store.Away.Store(true)
	for _, suffix := range []string{"/results", "/results.csv"} {
		a := s.Get("/api/v1/polls/default" + suffix)
		a.WantError(t, http.StatusServiceUnavailable, "unavailable")
		if a.Header.Get("Retry-After") != "3" {
			t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
		}
		a.Without(t, fixture.ErrAway.Error())
	}
}
