package admin

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/admin/signin"
	"popeye/internal/fixture"
	"popeye/vote"
)

// organisersRoutes are all that only an organiser's program may call.
var organisersRoutes = [][2]string{
	{"GET", "/api/v1/polls"},
	{"POST", "/api/v1/polls"},
	{"GET", "/api/v1/polls/default"},
	{"PATCH", "/api/v1/polls/default"},
	{"DELETE", "/api/v1/polls/default"},
	{"POST", "/api/v1/polls/default/open"},
	{"POST", "/api/v1/polls/default/close"},
}

func TestWithoutATokenSetOrganisingIsOff(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Token = "" })
	for _, r := range organisersRoutes {
		for _, token := range []string{"", "Bearer ", "Bearer guess"} {
			a := s.Do(r[0], r[1], "", "Authorization", token)
			if message := a.WantError(t, http.StatusForbidden, "organising_off"); !strings.Contains(message, "ADMIN_TOKEN") {
				t.Errorf("the message does not say how to turn it on: %q", message)
			}
			if a.Header.Get("WWW-Authenticate") != "" {
				t.Error("it asks for a token that can't be right")
			}
		}
	}
	s.Get("/admin").Want(t, http.StatusOK, "Organising is off")
	s.form("/admin/login", "token=").Want(t, http.StatusForbidden, "Organising is off")
	// A session under an empty token could be anybody's.
	if err := s.DB.BeginSession(t.Context(), s.station.gate.Key("one"), time.Hour); err != nil {
		t.Fatal(err)
	}
	a := s.Do("POST", "/admin/polls/default/close", "", "Cookie", s.cookie, "Content-Type", "application/x-www-form-urlencoded")
	a.Want(t, http.StatusForbidden, "Organising is off")
	if s.Status("default") != "open" {
		t.Error("the poll was closed by somebody who is nobody")
	}
}

func TestOnlyTheOrganisersTokenSignsIn(t *testing.T) {
	s := newSite(t, nil)
	for _, r := range organisersRoutes {
		for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + adminToken, adminToken, "Bearer " + adminToken + "x", "Bearer OPEN SESAME PLEASE"} {
			a := s.Do(r[0], r[1], `{}`, "Authorization", header, "Content-Type", "application/json")
			message := a.WantError(t, http.StatusUnauthorized, "unauthorized")
			if got := a.Header.Get("WWW-Authenticate"); got != "Bearer" || !strings.Contains(message, "Authorization: Bearer") {
				t.Errorf("%s %s with %q: WWW-Authenticate %q, %q", r[0], r[1], header, got, message)
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Error("the answer may be kept")
			}
		}
		s = newSite(t, nil) // guessing is another test's business
	}
	s.wantOnlyDefault()
	for _, header := range []string{"Bearer " + adminToken, "bearer " + adminToken, "Bearer  " + adminToken + " "} {
		s.Do("GET", "/api/v1/polls", "", "Authorization", header).Want(t, http.StatusOK)
	}
}

func TestGuessingIsSlowAndTheRightTokenAlwaysWorks(t *testing.T) {
	s := newSite(t, nil)
	slowed := 0
	for range signin.TriesPerMinute + 20 {
		switch a := s.Do("GET", "/api/v1/polls", "", "Authorization", "Bearer guess"); a.StatusCode {
		case http.StatusUnauthorized:
		case http.StatusTooManyRequests:
			slowed++
			a.WantError(t, http.StatusTooManyRequests, "too_many")
			if a.Header.Get("Retry-After") != "60" {
				t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
			}
		default:
			t.Errorf("a guess is answered %s", a.Status)
		}
	}
	if slowed != 20 {
		t.Errorf("%d of %d guesses were slowed", slowed, signin.TriesPerMinute+20)
	}
	s.form("/admin/login", "token=guess").Want(t, http.StatusTooManyRequests, "Too many wrong tokens")
	s.api("GET", "/api/v1/polls", "").Want(t, http.StatusOK)
	s.form("/admin/login", "token=open+sesame+please").Want(t, http.StatusSeeOther)
	s.Do("GET", "/api/v1/polls", "").WantError(t, http.StatusUnauthorized, "unauthorized") // no token is no guess
}

// A cookie is no way round the limit: guesses by it, by the form and by a program
// are counted together.
func TestGuessesByCookieFormAndBearerAreCountedTogether(t *testing.T) {
	s := newSite(t, nil)
	guesses := []func() fixture.Answer{
		func() fixture.Answer { return s.Do("GET", "/admin", "", "Cookie", signin.Cookie+"="+adminToken) },
		func() fixture.Answer {
			return s.form("/admin/polls/default/close", "", "Cookie", signin.Cookie+"=guess")
		},
		func() fixture.Answer { return s.form("/admin/logout", "", "Cookie", signin.Cookie+"=guess") },
		func() fixture.Answer { return s.form("/admin/login", "token=guess") },
		func() fixture.Answer { return s.Do("GET", "/api/v1/polls", "", "Authorization", "Bearer guess") },
	}
	for i := range signin.TriesPerMinute {
		if a := guesses[i%len(guesses)](); a.StatusCode == http.StatusTooManyRequests {
			t.Fatalf("guess %d: %s", i, a.Status)
		}
	}
	s.Do("GET", "/admin", "", "Cookie", signin.Cookie+"=guess").Want(t, http.StatusTooManyRequests, `type="password"`)
	s.form("/admin/login", "token=guess").Want(t, http.StatusTooManyRequests)
	s.Do("GET", "/api/v1/polls", "", "Authorization", "Bearer guess").WantError(t, http.StatusTooManyRequests, "too_many")
	// Nobody who is an organiser is kept out meanwhile.
	s.admin().Want(t, http.StatusOK, "Sign out")
	s.api("GET", "/api/v1/polls", "").Want(t, http.StatusOK)
	s.signIn()
	if s.Status("default") != vote.Open {
		t.Error("a guess has closed the poll")
	}
}

// A browser whose session has ended is told once; then it asks with no cookie.
func TestACookieOfNoSessionIsTakenBack(t *testing.T) {
	s := newSite(t, nil)
	for _, a := range []fixture.Answer{
		s.Do("GET", "/admin", "", "Cookie", signin.Cookie+"=old"),
		s.form("/admin/polls", "question=Q%3F", "Cookie", signin.Cookie+"=old"),
	} {
		if got := a.Cookies(); len(got) != 2 || got[0].Name != signin.Cookie || got[0].MaxAge >= 0 {
			t.Errorf("%s: cookies %v", a.Request.URL.Path, got)
		}
	}
	// A neighbour under the same domain can set a cookie of that name too.
	s.Do("GET", "/admin", "", "Cookie", signin.Cookie+"=planted; "+s.cookie).Want(t, http.StatusOK, "Sign out")
}

func TestTheCookieIsRandomAndTheStoreDoesNotKnowIt(t *testing.T) {
	s := newSite(t, nil)
	one, two := s.signIn(), s.signIn()
	if one.Value == two.Value || len(one.Value) < 26 || one.MaxAge != 12*60*60 {
		t.Errorf("the cookies are %v and %v", one, two)
	}
	if in, err := s.DB.InSession(t.Context(), []byte(one.Value)); in || err != nil {
		t.Errorf("the store has what the cookie holds: %t, %v", in, err)
	}
}

// Signing out ends a session for every process, also for who copied the cookie,
// and no other session.
func TestSigningOutEndsTheSessionEverywhere(t *testing.T) {
	s := newSite(t, nil)
	k := s.signIn()
	copied := k.Name + "=" + k.Value
	other := s.replica()
	other.Do("GET", "/admin", "", "Cookie", copied).Want(t, http.StatusOK, "Sign out")
	s.form("/admin/logout", "", "Cookie", copied).Want(t, http.StatusSeeOther)
	for _, site := range []*site{s, other} {
		site.Do("GET", "/admin", "", "Cookie", copied).Want(t, http.StatusOK, `type="password"`)
		site.form("/admin/polls/default/close", "", "Cookie", copied).Want(t, http.StatusUnauthorized, "You are no longer signed in")
	}
	other.Do("GET", "/admin", "", "Cookie", s.cookie).Want(t, http.StatusOK, "Sign out")

	// Without the store it can't be ended, and is not said to be.
	s.Store.Away.Store(true)
	if a := s.act("/admin/logout", ""); a.StatusCode != http.StatusServiceUnavailable || len(a.Cookies()) > 0 {
		t.Errorf("%s, cookies %v", a.Status, a.Cookies())
	}
}

func TestASessionEndsByItsAge(t *testing.T) {
	s := newSite(t, nil)
	if err := s.DB.BeginSession(t.Context(), s.station.gate.Key("aged"), 0); err != nil {
		t.Fatal(err)
	}
	s.Do("GET", "/admin", "", "Cookie", signin.Cookie+"=aged").Want(t, http.StatusOK, `type="password"`)
}

func TestANewTokenEndsAllSessions(t *testing.T) {
	s := newSite(t, nil)
	k := s.signIn()
	reopened := s.replica(func(c *Config) { c.Token = "another token, as long" })
	reopened.Do("GET", "/admin", "", "Cookie", k.Name+"="+k.Value).Want(t, http.StatusOK, `type="password"`)
	s.Do("GET", "/admin", "", "Cookie", k.Name+"="+k.Value).Want(t, http.StatusOK, "Sign out")
}

func TestAShortTokenIsRefusedAtStart(t *testing.T) {
	for token, ok := range map[string]bool{
		"": true, "x": false, "fifteen letters": false, "sixteen letters.": true,
		"  padded to 16  ": false, strings.Repeat("ö", 15): false, strings.Repeat("ö", 16): true,
	} {
		_, err := New(Config{Store: hanging{}, Token: token, Log: slog.New(slog.DiscardHandler)})
		if ok != (err == nil) {
			t.Errorf("%q: %v", token, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "ADMIN_TOKEN") || !strings.Contains(err.Error(), "16") || strings.Contains(err.Error(), token+" ")) {
			t.Errorf("%q: the error says %q", token, err)
		}
	}
}

// form sends a form as a browser does, without being signed in.
func (s *site) form(path, body string, headers ...string) fixture.Answer {
	s.T.Helper()
	return s.Do("POST", path, body, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}
