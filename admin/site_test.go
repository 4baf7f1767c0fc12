package admin

import (
	"context"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"popeye/admin/signin"
	"popeye/internal/fixture"
	"popeye/internal/metrics"
	"popeye/internal/web"
	"popeye/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// adminToken is the organiser's in these tests.
const adminToken = "open sesame please"

// site is where organisers work, over HTTP, with the real store.
type site struct {
	*fixture.Site
	station *Station
	cookie  string // of an organiser who has signed in
}

// newSite starts a site with the default poll. configure may be nil.
func newSite(t *testing.T, configure func(*Config)) *site {
	t.Helper()
	s := &site{Site: fixture.New(t)}
	c := Config{Store: s.Store, Token: adminToken, Log: s.Log.Logger()}
	if configure != nil {
		configure(&c)
	}
	var err error
	if s.station, err = New(c); err != nil {
		t.Fatal(err)
	}
	s.Serve(handlerOf(t, s.station), nil)
	s.cookie = sessionOf(t, s.DB, s.station)
	return s
}

// handlerOf puts organising on a site of its own.
func handlerOf(t testing.TB, s *Station) http.Handler {
	t.Helper()
	site := &web.Site{
		Log: s.Log, Mux: http.NewServeMux(), Requests: web.NewRequests(metrics.NewRegistry(), "result"), Origins: []string{s.PublicURL},
		ErrorPage: func(w http.ResponseWriter, _ *http.Request, e *web.Error) error {
			return web.HTML(w, e.Status, s.look.ErrorPage(e))
		},
	}
	s.AddTo(site)
	handler, err := site.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// sessionOf begins a session of an organiser, and returns its cookie.
func sessionOf(t testing.TB, sessions store.Sessions, s *Station) string {
	t.Helper()
	if s.gate.Off() {
		return signin.Cookie + "=one"
	}
	if err := sessions.BeginSession(context.Background(), s.gate.Key("one"), time.Hour); err != nil {
		t.Fatal(err)
	}
	return signin.Cookie + "=one"
}

// api is a request of an organiser's program.
func (s *site) api(method, path, body string) fixture.Answer {
	s.T.Helper()
	return s.Do(method, path, body, "Authorization", "Bearer "+adminToken, "Content-Type", "application/json")
}
