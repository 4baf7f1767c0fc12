package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/admin/operator"
	"popeye/internal/fixture"
	"popeye/store"
)

// report records an account, as a worker does.
func (s *site) report(a store.Account) {
	s.T.Helper()
	if err := s.DB.Record(s.T.Context(), a); err != nil {
		s.T.Fatal(err)
	}
}

func TestTheAccountIsToldToAProgram(t *testing.T) {
	s := newSite(t, nil)
	asOf := in(-90 * time.Second)
	s.report(store.Account{Accepted: 1234, Stored: 1200, Waiting: 30, Dead: 4, Lag: 2500 * time.Millisecond, AsOf: asOf})
	a := s.api("GET", "/api/v1/account", "")
	a.Want(t, http.StatusOK)
	var got map[string]any
	a.Into(t, &got)
	if age, ok := got["age_seconds"].(float64); !ok || age < 90 || age > 150 {
		t.Errorf("age_seconds is %v", got["age_seconds"])
	}
	delete(got, "age_seconds")
	want := map[string]any{
		"accepted": 1234.0, "stored": 1200.0, "waiting": 30.0, "dead": 4.0, "difference": 0.0, "balanced": true,
		"lag_seconds": 2.5, "new_voters": 0.0, "new_voters_largest": 0.0, "as_of": asOf.Format(time.RFC3339Nano),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if kept := a.Header.Get("Cache-Control"); kept != "no-store" {
		t.Errorf("Cache-Control is %q", kept)
	}
}

func TestAnAccountThatDoesNotBalanceIsToldToAProgram(t *testing.T) {
	s := newSite(t, nil)
	for i, c := range []struct {
		account store.Account
		want    string
	}{
		{store.Account{Accepted: 10, Stored: 5, Waiting: 1, Dead: 1}, `"difference":3,"balanced":false`},
		{store.Account{Accepted: 1, Stored: 5}, `"difference":-4,"balanced":false`},
	} {
		c.account.AsOf = in(time.Duration(i) * time.Hour) // the later one from a clock that is ahead
		s.report(c.account)
		s.api("GET", "/api/v1/account", "").Want(t, http.StatusOK, c.want)
	}
	s.api("GET", "/api/v1/account", "").Want(t, http.StatusOK, `"age_seconds":0}`)
	s.report(store.Account{AsOf: in(3 * time.Hour), QueueRisk: "eviction"})
	s.api("GET", "/api/v1/account", "").Want(t, http.StatusOK, `"queue_risk":"eviction"`)
}

func TestAnAccountThatCanNotBeTold(t *testing.T) {
	s := newSite(t, nil)
	a := s.api("GET", "/api/v1/account", "")
	if message := a.WantError(t, http.StatusServiceUnavailable, "no_account"); !strings.Contains(message, "no worker has reported") {
		t.Errorf("the message is %q", message)
	}
	if got := a.Header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After is %q", got)
	}
	s.Get("/api/v1/account").WantError(t, http.StatusUnauthorized, "unauthorized")
	s.Store.Away.Store(true)
	s.api("GET", "/api/v1/account", "").WantError(t, http.StatusServiceUnavailable, "unavailable")
}

// operator shows an operator's page to somebody who has signed in.
func (s *site) operator() fixture.Answer {
	s.T.Helper()
	return s.Do("GET", "/admin/operator", "", "Cookie", s.cookie)
}

func TestTheAccountOnTheOperatorsPage(t *testing.T) {
	const old, off, dead = "No worker has reported since", "does not balance", "popeye dead list"
	for name, c := range map[string]struct {
		account     store.Account
		age         time.Duration
		shows, hide []string
	}{
		"it balances": {
			store.Account{Accepted: 1234, Stored: 1230, Waiting: 4, Lag: 2600 * time.Millisecond},
			0,
			[]string{"<b>1\u202f234</b> accepted", "= <b>1\u202f230</b> stored", "+ <b>4</b> waiting", "+ <b>0</b> dead", "has waited 3s"},
			[]string{old, off, dead, "reported yet", "Redis"},
		},
		"nothing waits": {store.Account{Accepted: 2, Stored: 2}, 0, []string{"+ <b>0</b> waiting", "As of <time"}, []string{"has waited"}},
		"dead letters":  {store.Account{Accepted: 2, Dead: 2}, 0, []string{"+ <b>2</b> dead", dead}, []string{off}},
		"some are missing": {
			store.Account{Accepted: 5, Stored: 2},
			0,
			[]string{off, "<b>3</b> accepted messages are missing from the store.", "≠ <b>2</b> stored", `role="alert"`},
			[]string{old},
		},
		"too many": {store.Account{Accepted: 2, Stored: 5}, 0, []string{off, "The store has <b>3</b> messages that the queue does not remember accepting."}, []string{"missing"}},
		"redis may lose votes": {
			store.Account{Accepted: 2, Stored: 2, QueueRisk: "no_aof"}, 0, []string{"Redis keeps votes in its memory alone", "appendfsync always"}, []string{"may delete"},
		},
		"redis may delete votes": {store.Account{Accepted: 2, Stored: 2, QueueRisk: "eviction"}, 0, []string{"Redis is set up to delete votes", "noeviction"}, nil},
		"new voters": {
			store.Account{NewVoters: 300, NewVotersLargest: 30}, 0, []string{"<b>300</b> new voters in the last minute", "<b>30</b> of them from the same network (10 %)"}, []string{"with a script"},
		},
		"a class": {
			store.Account{NewVoters: 30, NewVotersLargest: 30}, 0, []string{"<b>30</b> new voters", "(100 %)"}, []string{"with a script"},
		},
		"somebody stuffs": {
			store.Account{NewVoters: 3100, NewVotersLargest: 3000}, 0, []string{"new voters came in the last minute", "</b> of them from the same network (97 %)", "with a script"}, nil,
		},
		"nobody new":          {store.Account{}, 0, nil, []string{"new voters"}},
		"redis syncs late":    {store.Account{QueueRisk: "fsync_everysec"}, 0, []string{"once a second"}, nil},
		"redis does not sync": {store.Account{QueueRisk: "fsync_no"}, 0, []string{"does not wait for its disk"}, nil},
		"redis does not tell": {store.Account{QueueRisk: "unknown"}, 0, []string{"does not say how it keeps votes"}, nil},
		"it is old":           {store.Account{Accepted: 2, Stored: 2}, operator.OldAge + time.Second, []string{old + " <time"}, []string{off}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			before := s.operator()
			before.Want(t, http.StatusOK, "No worker has reported yet.")
			before.Without(t, old, off, dead, "accepted")
			c.account.AsOf = in(-c.age)
			s.report(c.account)
			a := s.operator()
			a.Want(t, http.StatusOK, c.shows...)
			a.Want(t, http.StatusOK, "One voter is one browser, recognised by a cookie.")
			a.Without(t, c.hide...)
			s.Get("/admin/operator").Without(t, "Accounts", "reported") // it is for those who are signed in
		})
	}
}
