package result

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
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
	s := newSite(t, func(c *Config) { c.AdminToken = "" })
	for _, r := range organisersRoutes {
		for _, token := range []string{"", "Bearer ", "Bearer guess"} {
			a := s.do(r[0], r[1], "", "Authorization", token)
			if message := a.wantError(t, http.StatusForbidden, "organising_off"); !strings.Contains(message, "ADMIN_TOKEN") {
				t.Errorf("the message does not say how to turn it on: %q", message)
			}
			if a.Header.Get("WWW-Authenticate") != "" {
				t.Error("it asks for a token that can't be right")
			}
		}
	}
	s.get("/admin").want(t, http.StatusOK, "Organising is off")
	s.form("/admin/login", "token=").want(t, http.StatusForbidden, "Organising is off")
	// The cookie of an empty token is known to everybody.
	a := s.do("POST", "/admin/polls/default/close", "", "Cookie", organiserCookie+"="+s.station.door.cookie, "Content-Type", "application/x-www-form-urlencoded")
	a.want(t, http.StatusForbidden, "Organising is off")
	if s.status("default") != "open" {
		t.Error("the poll was closed by somebody who is nobody")
	}
}

func TestOnlyTheOrganisersTokenOpensTheDoor(t *testing.T) {
	s := newSite(t, nil)
	for _, r := range organisersRoutes {
		for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + adminToken, adminToken, "Bearer " + adminToken + "x", "Bearer OPEN SESAME"} {
			a := s.do(r[0], r[1], `{}`, "Authorization", header, "Content-Type", "application/json")
			message := a.wantError(t, http.StatusUnauthorized, "unauthorized")
			if got := a.Header.Get("WWW-Authenticate"); got != "Bearer" || !strings.Contains(message, "Authorization: Bearer") {
				t.Errorf("%s %s with %q: WWW-Authenticate %q, %q", r[0], r[1], header, got, message)
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Error("the answer may be kept")
			}
		}
		s.station.door.forgive() // guessing is another test's business
	}
	s.wantOnlyDefault()
	for _, header := range []string{"Bearer " + adminToken, "bearer " + adminToken, "Bearer  " + adminToken + " "} {
		s.do("GET", "/api/v1/polls", "", "Authorization", header).want(t, http.StatusOK)
	}
}

func TestGuessingIsSlowAndTheRightTokenAlwaysWorks(t *testing.T) {
	s := newSite(t, nil)
	slowed := 0
	for range triesPerMinute + 20 {
		switch a := s.do("GET", "/api/v1/polls", "", "Authorization", "Bearer guess"); a.StatusCode {
		case http.StatusUnauthorized:
		case http.StatusTooManyRequests:
			slowed++
			a.wantError(t, http.StatusTooManyRequests, "too_many")
			if a.Header.Get("Retry-After") != "60" {
				t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
			}
		default:
			t.Errorf("a guess is answered %s", a.Status)
		}
	}
	if slowed != 20 {
		t.Errorf("%d of %d guesses were slowed", slowed, triesPerMinute+20)
	}
	s.form("/admin/login", "token=guess").want(t, http.StatusTooManyRequests, "Too many wrong tokens")
	s.api("GET", "/api/v1/polls", "").want(t, http.StatusOK)
	s.form("/admin/login", "token=open+sesame").want(t, http.StatusSeeOther)
	s.do("GET", "/api/v1/polls", "").wantError(t, http.StatusUnauthorized, "unauthorized") // no token is no guess
}

func TestAfterAMinuteGuessesAreCountedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(adminToken)
		for minute := range 3 {
			for try := range triesPerMinute {
				if err := d.check("guess"); !errors.Is(err, errWho) {
					t.Fatalf("minute %d, guess %d: %v", minute, try, err)
				}
			}
			if err := d.check("guess"); !errors.Is(err, errSlow) {
				t.Errorf("minute %d: %v", minute, err)
			}
			pass(time.Minute + time.Second)
		}
	})
}

func TestANewTokenEndsAllSessions(t *testing.T) {
	old, now := newDoor("old"), newDoor("new")
	r, _ := http.NewRequest("GET", "/admin", nil)
	r.AddCookie(&http.Cookie{Name: organiserCookie, Value: old.cookie})
	if !old.knows(r) || now.knows(r) {
		t.Errorf("the old door knows the cookie: %t, the new one: %t", old.knows(r), now.knows(r))
	}
}

// forgive forgets the wrong tokens.
func (d *door) forgive() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrong = 0
}

// form sends a form as a browser does, without being signed in.
func (s *site) form(path, body string, headers ...string) answer {
	s.t.Helper()
	return s.do("POST", path, body, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}
