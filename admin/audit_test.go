package admin

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/admin/signin"
	"popeye/internal/web"
	"popeye/store"
)

// trail returns the records of a poll, or all for "", oldest first, as "who: what
// poll before > after"; a session is called one.
func (s *site) trail(slug string) []string {
	s.T.Helper()
	records, err := s.DB.Audit(s.T.Context(), slug, 0, store.MaxAudit)
	if err != nil {
		s.T.Fatal(err)
	}
	var lines []string
	for _, r := range records {
		if r.From != "127.0.0.1" {
			s.T.Errorf("%s came from %q", r.What, r.From)
		}
		who, _, _ := strings.Cut(r.Who, " ")
		r.Before, r.After = withoutSettings(r.Before), withoutSettings(r.After)
		lines = append([]string{strings.TrimSpace(fmt.Sprintf("%s: %s %s %s > %s", who, r.What, r.Poll, r.Before, r.After))}, lines...)
	}
	return lines
}

// withoutSettings leaves out those of a poll of one choice that are as they are by
// default, and its seed, which is random.
func withoutSettings(facts []byte) []byte {
	usual := regexp.MustCompile(`"(abstain|archived|equal_ranks|hide_voters|listed|lot_seed|quorum|revealed|rule|seats|time_zone|visibility)":("plurality/1"|"live"|"[A-Z2-7]{26}"|""|false|0|1),?`)
	return bytes.Replace(usual.ReplaceAll(facts, nil), []byte(",}"), []byte("}"), 1)
}

func (s *site) wantTrail(slug string, want ...string) {
	s.T.Helper()
	if d := cmp.Diff(want, s.trail(slug)); d != "" {
		s.T.Errorf("the audit trail of %q (-want +got):\n%s", slug, d)
	}
}

func TestWhatAProgramDoesIsRecorded(t *testing.T) {
	s := newSite(t, nil)
	s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Where to?","options":["Pizza","Sushi"]}`).Want(t, http.StatusCreated)
	s.api("PATCH", "/api/v1/polls/lunch", `{"question":"Where?"}`).Want(t, http.StatusOK)
	s.api("POST", "/api/v1/polls/lunch/open", "").Want(t, http.StatusOK)
	s.api("POST", "/api/v1/polls/lunch/close", "").Want(t, http.StatusOK)
	s.Become("lunch", "closed") // a worker's doing, not an organiser's
	s.api("POST", "/api/v1/polls/lunch/open", "").Want(t, http.StatusOK)
	s.api("DELETE", "/api/v1/polls/lunch", "").WantError(t, http.StatusConflict, "not_closed") // leaves nothing
	s.api("PUT", "/api/v1/polls/lunch", `{"question":"And now?","options":["Pizza","Sushi"]}`).Want(t, http.StatusOK)
	s.api("DELETE", "/api/v1/polls/lunch", "").Want(t, http.StatusNoContent)
	poll := func(question string) string {
		return `"kind":"single","max":0,"min":0,"options":[{"id":"a","label":"Pizza"},{"id":"b","label":"Sushi"}],` + question
	}
	s.wantTrail("lunch",
		`token: create lunch  > {`+poll(`"question":"Where to?","status":"draft"}`),
		`token: edit lunch {"question":"Where to?"} > {"question":"Where?"}`,
		`token: open lunch {"status":"draft"} > {"status":"open"}`,
		`token: close lunch {"status":"open"} > {"status":"closing"}`,
		`token: reopen lunch {"status":"closed"} > {"status":"open"}`,
		`token: replace lunch {"question":"Where?","status":"open"} > {"parent":"where","question":"And now?","status":"draft"}`,
		`token: delete lunch {"kind":"single","max":0,"min":0,"options":[{"id":"a","label":"Pizza"},{"id":"b","label":"Sushi"}],"parent":"where","question":"And now?","status":"draft"} >`)
	for _, what := range []string{"create", "edit", "open", "close", "replace", "delete"} {
		if s.Log.Lines("level=INFO", "what="+what, "poll=lunch", "who=token", "from=127.0.0.1") == 0 {
			t.Errorf("the log does not tell of %s", what)
		}
	}
	if s.Log.Lines(adminToken) > 0 {
		t.Error("the token is in the log")
	}
}

func TestWhatAPersonDoesIsRecorded(t *testing.T) {
	s := newSite(t, nil)
	k := s.signIn()
	cookie := k.Name + "=" + k.Value
	s.form("/admin/polls", "question=Q%3F&options=A%0AB", "Cookie", cookie).Want(t, http.StatusSeeOther)
	s.form("/admin/polls/q/schedule", "closes_at=2099-01-01T10:00", "Cookie", cookie).Want(t, http.StatusSeeOther)
	s.form("/admin/polls/q/delete", "confirm=q", "Cookie", cookie).Want(t, http.StatusSeeOther)
	s.form("/admin/logout", "", "Cookie", cookie).Want(t, http.StatusSeeOther)
	s.form("/admin/polls/default/close", "", "Cookie", cookie).Want(t, http.StatusUnauthorized)
	var acts []string
	for _, line := range s.trail("") {
		who, what, _ := strings.Cut(line, ": ")
		acts = append(acts, who+" "+strings.Fields(what)[0])
	}
	want := []string{"session sign-in", "session create", "session schedule", "session delete", "session sign-out", "stranger refused"}
	if d := cmp.Diff(want, acts); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s.Log.Lines(k.Value) > 0 || s.Log.Lines("what=sign-in", "session ") != 1 || s.Log.Lines("what=sign-out", "session ") != 1 {
		t.Errorf("the log:\n%s", s.Log)
	}
}

// The page of a poll's history names acts in its reader's language; the record keeps their
// own names.
func TestHistoryIsInTheReadersLanguage(t *testing.T) {
	s := newSite(t, nil)
	s.act("/admin/polls", "question=Q%3F&options=A%0AB").Want(t, http.StatusSeeOther)
	s.act("/admin/polls/q/archive", "").Want(t, http.StatusSeeOther)
	for language, words := range map[string][]string{"en": {"created", "archived"}, "fr": {"création", "archivage"}} {
		for _, page := range []string{"trail", "minutes"} {
			got := s.partOf("q", page+"?lang="+language)
			for _, word := range words {
				got.Want(t, http.StatusOK, "<b>"+word+"</b>")
			}
		}
	}
}

// Behind a proxy that is trusted, and only there, an act comes from whom it names.
func TestAnActComesFromWhomATrustedProxyNames(t *testing.T) {
	for proxies, want := range map[string]string{"127.0.0.1": "from=8.8.4.4", "": "from=127.0.0.1"} {
		s := newSite(t, func(c *Config) {
			var err error
			if c.Proxies, err = web.ParseProxies(proxies); err != nil {
				t.Fatal(err)
			}
		})
		s.form("/admin/login", "token=a+wrong+token", "X-Forwarded-For", "8.8.4.4").Want(t, http.StatusUnauthorized)
		if s.Log.Lines("a sign-in was refused", want) != 1 {
			t.Errorf("with the trusted proxies %q the log is\n%s", proxies, s.Log)
		}
	}
}

// Guesses are told, and can't fill the trail or the log.
func TestRefusedSignInsAreRecordedWithinBounds(t *testing.T) {
	s := newSite(t, nil)
	for range 3 * signin.TriesPerMinute {
		s.form("/admin/login", "token=a+wrong+token")
	}
	s.form("/admin/login", "token=a+wrong+token", "Cookie", "")
	var want []string
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64} {
		want = append(want, fmt.Sprintf(`stranger: refused   > {"by":"form","wrong_this_minute":%d}`, n))
	}
	s.wantTrail("", want...)
	if n := s.Log.Lines("level=WARN", "a sign-in was refused", "by=form", "from=127.0.0.1"); n != signin.TriesPerMinute {
		t.Errorf("%d lines in the log", n)
	}
	if s.Log.Lines("a wrong token") > 0 {
		t.Error("what was typed is in the log: it may be the token with a typing error")
	}
}

func TestTheAuditTrailIsForTheOrganiser(t *testing.T) {
	s := newSite(t, nil)
	s.Get("/api/v1/polls/default/audit").WantError(t, http.StatusUnauthorized, "unauthorized")
	s.api("GET", "/api/v1/polls/default/audit", "").Want(t, http.StatusOK, `{"audit":[]}`)
	s.api("POST", "/api/v1/polls/default/close", "").Want(t, http.StatusOK)
	var got struct{ Audit []store.Record }
	s.api("GET", "/api/v1/polls/default/audit", "").Into(t, &got)
	if len(got.Audit) != 1 || got.Audit[0].What != "close" || string(got.Audit[0].After) != `{"status":"closing"}` {
		t.Fatalf("got %+v", got)
	}
	s.api("GET", fmt.Sprint("/api/v1/polls/default/audit?before=", got.Audit[0].ID), "").Want(t, http.StatusOK, `{"audit":[]}`)
	for _, before := range []string{"x", "-1", "1e3"} {
		s.api("GET", "/api/v1/polls/default/audit?before="+before, "").WantError(t, http.StatusBadRequest, "malformed")
	}
	s.api("GET", "/api/v1/polls/NO/audit", "").WantError(t, http.StatusNotFound, "no_poll")
}
