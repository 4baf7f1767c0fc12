package result

import (
	"encoding/csv"
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"popeye/count"
	"popeye/internal/fixture"
	"popeye/internal/metrics"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/definition"
)

// FuzzShown: whatever poll there can be, it can be shown in every way there is.
func FuzzShown(f *testing.F) {
	for _, seed := range []string{
		`{"question":"Where to?","options":["Pizza","Sushi"],"status":"open"}`, `{"question":"<fuzz>","options":["<fuzz>","=1+1"],"status":"open"}`,
		`{"question":"q","kind":"score","min":-5,"max":5,"options":["A","B"],"status":"open"}`, `{"question":"q","options":["A","B"]}`,
		`{"question":"q","kind":"multiple","max":1,"options":["\"","'"],"status":"open","closes_at":"2999-01-01T00:00:00Z"}`, `{}`, `x`,
	} {
		f.Add([]byte(seed))
	}
	db := fixture.New(f).DB
	station, err := New(Config{Store: db, Registry: metrics.NewRegistry(), Log: (&fixture.Log{}).Logger()})
	if err != nil {
		f.Fatal(err)
	}
	handler, err := station.Site().Handler()
	if err != nil {
		f.Fatal(err)
	}
	get := func(path string) fixture.Answer {
		r := httptest.NewRequest("GET", "http://result.test"+path, nil)
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		a := fixture.Answer{Response: rec.Result(), Body: rec.Body.String()}
		a.Request = r
		return a
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d definition.Definition
		if json.Unmarshal(raw, &d) != nil {
			return
		}
		d.Slug = "fuzz"
		p, err := definition.NewPoll(d)
		if err != nil {
			return
		}
		if _, err := db.CreatePoll(t.Context(), p); err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		defer forget(t, db, p.Slug)
		for _, path := range []string{"/p/fuzz", "/p/fuzz/present"} {
			a := get(path)
			a.Want(t, http.StatusOK, "<!doctype html>", "</html>")
			a.Without(t, "<fuzz")
		}
		shown := p.Options
		if p.Status == vote.Draft {
			shown = nil
		}
		var results struct{ Options []count.Option }
		get("/api/v1/polls/fuzz/results").Into(t, &results)
		file := get("/api/v1/polls/fuzz/results.csv")
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, byteOrderMark))).ReadAll()
		if kind, _, _ := mime.ParseMediaType(file.Header.Get("Content-Type")); err != nil || kind != "text/csv" ||
			len(results.Options) != len(shown) || len(lines) != len(shown)+1 {
			t.Fatalf("%+v is shown as %+v and %q: %v", p, results, lines, err)
		}
		for i, want := range shown {
			if got := results.Options[i].Option; got != want {
				t.Errorf("option %+v is shown as %+v", want, got)
			}
		}
	})
}

func forget(t *testing.T, polls store.Polls, slug string) {
	t.Helper()
	if err := polls.DeletePoll(t.Context(), slug, func(vote.Poll) error { return nil }); err != nil {
		t.Fatal(err)
	}
}
