package admin

import (
	"encoding/json"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/fixture"
	"popeye/store/sqlite"
	"popeye/vote"
)

// organisers is a station with the real store, where organisers do what they like.
// One serves all inputs of a fuzz target; nothing is left in it by any.
type organisers struct {
	db      *sqlite.Store
	handler http.Handler
	cookie  string
}

func newOrganisers(f *testing.F) *organisers {
	f.Helper()
	db, err := sqlite.Open(f.Context(), filepath.Join(f.TempDir(), "popeye.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := db.Close(); err != nil {
			f.Error(err)
		}
	})
	station, err := New(Config{Store: db, Token: adminToken, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	return &organisers{db: db, handler: handlerOf(f, station), cookie: sessionOf(f, db, station)}
}

// ask sends a request of an organiser: JSON under /api, else a form.
func (o *organisers) ask(method, path, body string) fixture.Answer {
	r := httptest.NewRequest(method, "http://result.test"+path, strings.NewReader(body))
	if strings.HasPrefix(path, "/api/") {
		r.Header.Set("Authorization", "Bearer "+adminToken)
		r.Header.Set("Content-Type", "application/json")
	} else {
		r.Header.Set("Cookie", o.cookie)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	o.handler.ServeHTTP(rec, r)
	a := fixture.Answer{Response: rec.Result(), Body: rec.Body.String()}
	a.Request = r
	return a
}

// api asks, and fails unless the answer is a poll, or an error of those that
// tell an organiser what is wrong. It reports whether it is no error.
func (o *organisers) api(t *testing.T, method, path, body string, into *vote.Poll, codes ...string) bool {
	t.Helper()
	a := o.ask(method, path, body)
	if a.StatusCode < 300 {
		if into != nil {
			*into = vote.Poll{} // what the answer leaves out is not there any more
			a.Into(t, into)
		}
		return true
	}
	var e struct {
		Error struct{ Code, Message string }
	}
	err := json.Unmarshal([]byte(a.Body), &e)
	if err != nil || !slices.Contains(codes, e.Error.Code) || e.Error.Message == "" || !utf8.ValidString(a.Body) {
		t.Errorf("%s %s with %q: %s %.1000s", method, path, body, a.Status, a.Body)
	}
	if e.Error.Code == "invalid_poll" && len(e.Error.Message) > 500 {
		t.Errorf("%s %s: the message has %d bytes: %.600s", method, path, len(e.Error.Message), e.Error.Message)
	}
	return false
}

// polls returns the polls that organisers made.
func (o *organisers) polls(t *testing.T) []vote.Poll {
	t.Helper()
	b, err := o.db.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(b.Polls, func(p vote.Poll) bool { return p.Slug == vote.DefaultSlug })
}

// clear deletes every poll that organisers made, and looks at each before.
func (o *organisers) clear(t *testing.T) {
	t.Helper()
	for _, p := range o.polls(t) {
		if err := p.Validate(); err != nil {
			t.Errorf("%+v was stored: %v", p, err)
		}
		if _, err := o.db.ChangePoll(t.Context(), p.Slug, func(p vote.Poll) (vote.Poll, error) {
			p.Status = vote.Closed
			return p, nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, page := range []string{"/admin", "/admin/polls/" + p.Slug, "/admin/polls/" + p.Slug + "/settings", "/admin/polls/" + p.Slug + "/minutes"} {
			o.isPage(t, o.ask("GET", page, ""), http.StatusOK)
		}
		if !o.api(t, "DELETE", "/api/v1/polls/"+p.Slug, "", nil) {
			t.Fatalf("%+v stays", p)
		}
	}
}

// isPage fails unless an answer is a whole page of one of the statuses.
func (o *organisers) isPage(t *testing.T, a fixture.Answer, statuses ...int) {
	t.Helper()
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	whole := strings.HasPrefix(a.Body, "<!doctype html>") && strings.HasSuffix(strings.TrimSpace(a.Body), "</html>")
	if !slices.Contains(statuses, a.StatusCode) || kind != "text/html" || !whole {
		t.Errorf("%s %s: %s, %s\n%.2000s", a.Request.Method, a.Request.URL.Path, a.Status, kind, a.Body)
	}
	if strings.Contains(a.Body, "<fuzz") {
		t.Errorf("%s %s shows what was typed as markup:\n%s", a.Request.Method, a.Request.URL.Path, a.Body)
	}
}

// FuzzOrganise: whatever programs define and change, through the real handler
// into the real store, is a poll that its organiser is shown, or refused in words.
func FuzzOrganise(f *testing.F) {
	const lunch = `{"question":"Where to?","options":["Pizza","Sushi"]}`
	for _, edit := range []string{`{}`, `{"question":"Where now?"}`, `{"kind":"score"}`, `{"options":["<fuzz>","=1+1"]}`, `{"max":1}`, `null`, `x`} {
		f.Add([]byte(lunch), []byte(edit))
	}
	for _, d := range []string{``, `{}`, `{"slug":"default","question":"q","options":["A","B"]}`, `{"question":"q","options":["A","B"],"status":"open"}`} {
		f.Add([]byte(d), []byte(`{}`))
	}
	o := newOrganisers(f)
	wrong := []string{"malformed", "too_large", "invalid_poll", "exists"}
	f.Fuzz(func(t *testing.T, definition, edit []byte) {
		defer o.clear(t)
		var p vote.Poll
		if !o.api(t, "POST", "/api/v1/polls", string(definition), &p, wrong...) {
			return
		}
		path := "/api/v1/polls/" + p.Slug
		if err := p.Validate(); err != nil {
			t.Fatalf("%q made %+v: %v", definition, p, err)
		}
		for _, step := range []string{"", "/open", "/close", "/open"} {
			if step != "" {
				o.api(t, "POST", path+step, "", &p, "wrong_status")
			}
			o.api(t, "PATCH", path, string(edit), &p, append(wrong, "closed")...)
		}
		if got, err := o.db.Poll(t.Context(), p.Slug); err != nil || !cmp.Equal(got, p) {
			t.Errorf("answered %+v, stored %+v: %v", p, got, err)
		}
	})
}

// FuzzAdminForm is FuzzOrganise for people: the page comes back with what they
// typed, or shows the poll.
func FuzzAdminForm(f *testing.F) {
	for _, seed := range []string{
		"question=Where+to%3F&kind=single&options=A%0D%0AB&open=1", "question=&options=", "", "%zz", "question=%3Cfuzz%3E&kind=%3Cfuzz%3E&options=%3Cfuzz%3E",
		"question=q&kind=score&options=A%0AB%0A%0AC", "question=q&options=A%0AB&kind=quiz", "question=%00&options=%00%0A%FF",
	} {
		f.Add(seed)
	}
	o := newOrganisers(f)
	f.Fuzz(func(t *testing.T, form string) {
		defer o.clear(t)
		a := o.ask("POST", "/admin/polls", form)
		made := len(o.polls(t))
		if a.StatusCode == http.StatusSeeOther && made == 1 {
			return
		}
		o.isPage(t, a, 400, 409, 413, 422)
		if made != 0 {
			t.Errorf("%q is refused, and %d polls are made", form, made)
		}
	})
}
