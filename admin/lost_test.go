package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/admin/signin"
	"popeye/internal/fixture"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/catalog"
)

// A store that fails in a way nobody expected is no store that is away.
func TestAFaultOfTheStoreIsAnsweredAndLoggedAsOne(t *testing.T) {
	s := newSite(t, nil)
	s.Store.Break(errors.New("step by step: nobody knows why"))
	faults := 0
	want := func(a fixture.Answer, words ...string) {
		t.Helper()
		a.Want(t, http.StatusInternalServerError, words...)
		a.Without(t, "step by step")
		if a.Header.Get("Retry-After") != "" {
			t.Errorf("%s: who asked is told to try again", a.Request.URL.Path)
		}
		faults++
		if n := s.Log.Lines("level=ERROR", "a request failed", "step by step: nobody knows why"); n != faults {
			t.Errorf("%s: %d of %d faults are in the log:\n%s", a.Request.URL.Path, n, faults, s.Log)
		}
	}
	want(s.api("GET", "/api/v1/polls", ""), `"code":"internal"`)
	want(s.api("POST", "/api/v1/polls", `{"question":"Q?","options":["A","B"]}`), `"code":"internal"`)
	want(s.api("PATCH", "/api/v1/polls/default", `{"question":"Q?"}`), `"code":"internal"`)
	want(s.api("GET", "/api/v1/account", ""), `"code":"internal"`)
	want(s.admin(), "went wrong on our side")
	want(s.act("/admin/polls/default/close", ""), "went wrong on our side")
	want(s.act("/admin/polls", question("form-1")), "went wrong on our side", "What you typed is kept", "\nWhere to?\n")
	s.Store.Break(nil)
	s.admin().Want(t, http.StatusOK, "Tea or coffee?")
	s.asks(question("form-1"), "where-to")
}

// hanging is a store that does not answer; a session is begun there.
type hanging struct{ Store }

func (hanging) hang(ctx context.Context) error {
	<-ctx.Done()
	return fmt.Errorf("%w: %w", store.ErrUnavailable, ctx.Err())
}

func (h hanging) Catalog(ctx context.Context) (catalog.State, error) {
	return catalog.State{}, h.hang(ctx)
}

func (h hanging) Poll(ctx context.Context, _ string) (vote.Poll, error) {
	return vote.Poll{}, h.hang(ctx)
}

func (h hanging) CreateOnce(ctx context.Context, _ string, p vote.Poll) (vote.Poll, error) {
	return p, h.hang(ctx)
}

func (h hanging) ChangePoll(ctx context.Context, _ string, _ func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	return vote.Poll{}, h.hang(ctx)
}

func (h hanging) DeletePoll(ctx context.Context, _ string, _ func(vote.Poll) error) error {
	return h.hang(ctx)
}

func (h hanging) Account(ctx context.Context) (store.Account, error) {
	return store.Account{}, h.hang(ctx)
}

func (h hanging) Audit(ctx context.Context, _ string, _ int64, _ int) ([]store.Record, error) {
	return nil, h.hang(ctx)
}

func (h hanging) InSession(ctx context.Context, _ []byte) (bool, error) { return true, h.hang(ctx) }

func TestASlowStoreIsGivenUpInTimeByEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		station, err := New(Config{Store: hanging{}, Token: adminToken, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		handler := handlerOf(t, station)
		for _, r := range []struct{ method, path string }{
			{"GET", "/api/v1/polls"},
			{"POST", "/api/v1/polls"},
			{"GET", "/api/v1/polls/default"},
			{"PATCH", "/api/v1/polls/default"},
			{"DELETE", "/api/v1/polls/default"},
			{"POST", "/api/v1/polls/default/open"},
			{"POST", "/api/v1/polls/default/close"},
			{"GET", "/api/v1/polls/default/audit"},
			{"GET", "/api/v1/account"},
			{"GET", "/admin"},
			{"POST", "/admin/polls"},
			{"POST", "/admin/polls/default/open"},
			{"POST", "/admin/polls/default/close"},
			{"POST", "/admin/polls/default/delete"},
		} {
			began := time.Now()
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, organisersRequest(t, r.method, r.path))
			if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") != "3" || time.Since(began) != storeTimeout {
				t.Errorf("%s %s: %d, Retry-After %q, after %v", r.method, r.path, rec.Code, rec.Header().Get("Retry-After"), time.Since(began))
			}
		}
	})
}

// organisersRequest is one that an organiser may make, as a program or a person.
func organisersRequest(t *testing.T, method, path string) *http.Request {
	body, kind := `{"question":"Where to?","options":["Pizza","Sushi"]}`, "application/json"
	if strings.HasPrefix(path, "/admin") {
		body, kind = "question=Where+to%3F&options=Pizza%0ASushi", "application/x-www-form-urlencoded"
	}
	if method == "PATCH" {
		body = `{"question":"Where?"}`
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "http://result.test"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	r.AddCookie(&http.Cookie{Name: signin.Cookie, Value: "one"})
	return r
}
