//go:build linux

package attacks

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"popeye/internal/testenv"
)

// Attacks on the doors of one process: the organiser's, and the operators'. All of
// it stays on loopback, and sends some hundred requests.

// doors is a popeye that runs.
type doors struct {
	t                      *testing.T
	voting, showing, watch string // addresses
	client                 *http.Client
}

func openDoors(t *testing.T, env ...string) *doors {
	t.Helper()
	p := testenv.NewPopeye(t, bin, t.TempDir(), append([]string{"LOG_LEVEL=error"}, env...)...).Start(t)
	p.Ready(t)
	d := &doors{t: t, watch: p.Health, client: &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	d.voting, d.showing = strings.TrimPrefix(p.URL, "http://"), strings.TrimPrefix(p.Result, "http://")
	t.Cleanup(d.client.CloseIdleConnections)
	return d
}

// ask sends a request; a form if there is a body. Headers come in pairs.
func (d *doors) ask(method, addr, path string, body url.Values, headers ...string) (status int, text string, cookies []*http.Cookie) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, "http://"+addr+path, strings.NewReader(body.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Host = r.Header.Get("Host")
	resp, err := d.client.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(all), resp.Cookies()
}

// signIn returns the cookie that the token brings.
func (d *doors) signIn() string {
	d.t.Helper()
	status, _, cookies := d.ask("POST", d.showing, "/admin/login", url.Values{"token": {testenv.AdminToken}})
	if status != http.StatusSeeOther || len(cookies) != 1 {
		d.t.Fatalf("sign in: %d, %v", status, cookies)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

func (d *doors) isIn(cookie string) bool {
	d.t.Helper()
	_, page, _ := d.ask("GET", d.showing, "/admin", nil, "Cookie", cookie)
	return strings.Contains(page, "Sign out")
}

// Whoever guesses by cookie meets the limit of the form, and the organiser goes on.
func TestGuessingByCookieIsLimited(t *testing.T) {
	d := openDoors(t)
	mine := d.signIn()
	slowed := 0
	for i := range 200 {
		if status, _, _ := d.ask("GET", d.showing, "/admin", nil, "Cookie", fmt.Sprint("organiser=guess", i)); status == http.StatusTooManyRequests {
			slowed++
		}
	}
	t.Logf("MEASURED 200 guesses, %d of them refused with 429", slowed)
	if slowed < 200-2*60 { // the guesses may lie in two minutes, of which each has its 60
		t.Errorf("%d of 200 guesses were slowed", slowed)
	}
	if status, _, _ := d.ask("POST", d.showing, "/admin/login", url.Values{"token": {"guess"}}); status != http.StatusTooManyRequests {
		t.Errorf("then the form answers a guess %d", status)
	}
	if !d.isIn(mine) {
		t.Error("the organiser is out")
	}
}

// A cookie that was copied is dead as soon as its owner signs out.
func TestACopiedCookieIsDeadAfterSigningOut(t *testing.T) {
	d := openDoors(t)
	copied, other := d.signIn(), d.signIn()
	if !d.isIn(copied) {
		t.Fatal("it never was in")
	}
	if status, _, _ := d.ask("POST", d.showing, "/admin/logout", url.Values{}, "Cookie", copied); status != http.StatusSeeOther {
		t.Fatalf("sign out: %d", status)
	}
	if d.isIn(copied) {
		t.Error("the copied cookie lets in")
	}
	if !d.isIn(other) {
		t.Error("another session has ended")
	}
}

// A token that can be guessed is refused at start.
func TestAShortTokenDoesNotStart(t *testing.T) {
	cmd := testenv.NewPopeye(t, bin, t.TempDir(), "ADMIN_TOKEN=x").Command()
	alarm := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer alarm.Stop()
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "ADMIN_TOKEN has 1 characters: give it 16 or more") {
		t.Errorf("%v: %s", err, out)
	}
}

// A page that makes its own name mean this machine reads nothing of the operators',
// and nobody finds profiles there.
func TestNoPageReadsTheOperatorsPages(t *testing.T) {
	d := openDoors(t)
	for path, want := range map[string]int{"/metrics": 200, "/debug/pprof/": 404, "/debug/pprof/heap": 404} {
		if status, _, _ := d.ask("GET", d.watch, path, nil); status != want {
			t.Errorf("%s: %d", path, status)
		}
		if status, text, _ := d.ask("GET", d.watch, path, nil, "Host", "evil.example"); status != http.StatusMisdirectedRequest || strings.Contains(text, "popeye_") {
			t.Errorf("%s for evil.example: %d", path, status)
		}
	}
}

// A stranger's Host comes back in no page where the public URL is known.
func TestAStrangersHostComesBackNowhere(t *testing.T) {
	d := openDoors(t, "PUBLIC_RESULT_URL=http://result.test", "PUBLIC_POLL_URL=")
	for _, path := range []string{"/", "/p/default/present", "/admin"} {
		if _, page, _ := d.ask("GET", d.showing, path, nil, "Host", "evil.example", "Cookie", d.signIn()); strings.Contains(page, "evil.example") {
			t.Errorf("%s holds evil.example", path)
		}
	}
	if status, _, _ := d.ask("GET", d.showing, "/", nil, "Host", "a'b;c"); status != http.StatusBadRequest {
		t.Errorf("a Host that can't be one: %d", status)
	}
}
