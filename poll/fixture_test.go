package poll

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
	"popeye/poll/voter"
	"popeye/vote"
)

// site is where voters of the tests find the station.
const site = "http://vote.test"

// fixture is a station over a fake queue, and who watches it.
type fixture struct {
	*fakeInbox
	station  *Station
	handler  http.Handler
	registry *metrics.Registry
	log      *logbook
}

// newFixture starts a station that knows the polls of examples. What it does in
// a test must leave no trace of a voter.
func newFixture(t *testing.T, change ...func(*Config)) *fixture {
	t.Helper()
	w := &fixture{fakeInbox: newFakeInbox(t), registry: metrics.NewRegistry(), log: &logbook{}}
	c := Config{
		Inbox: w.fakeInbox, CookieKey: keyIs(strings.Repeat("k", voter.MinKey)), Registry: w.registry,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	if w.station, err = New(c); err != nil {
		t.Fatal(err)
	}
	if w.handler, err = w.station.Handler(); err != nil {
		t.Fatal(err)
	}
	w.publish(examples()...)
	t.Cleanup(func() { w.checkDiscretion(t) })
	return w
}

// testKey signs the cookies of the tests.
var testKey = []byte(strings.Repeat("k", voter.MinKey))

func keyIs(key string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(key), nil }
}

// examples are open polls of every kind, and polls that take no votes.
func examples() []vote.Poll {
	options := []vote.Option{{ID: "a", Label: "Assam"}, {ID: "b", Label: "Bancha"}, {ID: "c", Label: "Ceylon"}}
	poll := func(slug string, kind vote.Kind, low, high int, status vote.Status) vote.Poll {
		return vote.Poll{
			Slug: slug, Question: "Which " + slug + "?", Kind: kind, Options: options, Min: low, Max: high,
			Status: status, CreatedAt: time.Date(2026, 5, 1, 12, 0, 0, 123456000, time.UTC),
		}
	}
	return []vote.Poll{
		poll(vote.DefaultSlug, vote.Single, 0, 0, vote.Open), poll("single", vote.Single, 0, 0, vote.Open),
		poll("multiple", vote.Multiple, 1, 2, vote.Open), poll("ranked", vote.Ranked, 0, 0, vote.Open),
		poll("score", vote.Score, 0, 5, vote.Open), poll("draft", vote.Single, 0, 0, vote.Draft),
		poll("closing", vote.Single, 0, 0, vote.Closing), poll("closed", vote.Single, 0, 0, vote.Closed),
	}
}

// checkDiscretion looks for voters in the log, and for what strangers can make
// up in the labels of metrics.
func (w *fixture) checkDiscretion(t *testing.T) {
	scrape := metricstest.Text(t, w.registry)
	for _, c := range w.casts() {
		if strings.Contains(w.log.text()+scrape, c.Vote.Voter) {
			t.Errorf("voter %s is in the log or in a metric", c.Vote.Voter)
		}
	}
	for _, p := range examples() {
		if strings.Contains(scrape, "/"+p.Slug) || strings.Contains(scrape, `"`+p.Slug+`"`) {
			t.Errorf("poll %s is in a metric", p.Slug)
		}
	}
}

// logbook is where a station's log goes.
type logbook struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// answer is a response that was read.
type answer struct {
	*http.Response
	body string
}

// ask sends one request past all browsers.
func (w *fixture) ask(r *http.Request) answer {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{rec.Result(), rec.Body.String()}
}

// request makes a request of a browser or program without a cookie. Its body is
// JSON under /api, else a form.
func request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, site+target, strings.NewReader(body))
	if method == http.MethodPost {
		kind := "application/x-www-form-urlencoded"
		if strings.HasPrefix(target, "/api/") {
			kind = "application/json"
		}
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// browser is one voter's: it keeps cookies and follows redirects.
type browser struct {
	t      *testing.T
	client http.Client
}

func (w *fixture) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, http.Client{Transport: direct{w}, Jar: jar}}
}

// direct brings a browser's requests to the station without a network.
type direct struct{ *fixture }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	address := *r.URL
	address.Fragment = "" // it stays in the browser
	in := httptest.NewRequestWithContext(r.Context(), r.Method, address.String(), body)
	in.Header, in.ContentLength = r.Header, r.ContentLength
	resp := d.ask(in).Response
	resp.Request = r
	return resp, nil
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.read(b.client.Get(site + path))
}

// send submits a form: names and values in turn.
func (b *browser) send(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.read(b.client.PostForm(site+path, form))
}

// post sends JSON.
func (b *browser) post(path, body string) answer {
	b.t.Helper()
	return b.read(b.client.Post(site+path, "application/json", strings.NewReader(body)))
}

func (b *browser) read(resp *http.Response, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

// cookie returns what the browser would send to path.
func (b *browser) cookie(path, name string) string {
	u, err := url.Parse(site + path)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// is checks the status of an answer, and that it shows all of the texts.
func (a answer) is(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, want %d", a.StatusCode, status)
	}
	for _, s := range texts {
		if !strings.Contains(a.body, s) {
			t.Errorf("the answer does not show %q:\n%s", s, a.body)
		}
	}
}

// hides checks that an answer shows none of the texts; what is in the head of a page
// nobody sees.
func (a answer) hides(t *testing.T, texts ...string) {
	t.Helper()
	shown := scriptsWords.ReplaceAllString(a.body, "")
	if _, after, page := strings.Cut(shown, "</head>"); page {
		shown = after
	}
	for _, s := range texts {
		if strings.Contains(shown, s) {
			t.Errorf("the answer shows %q:\n%s", s, a.body)
		}
	}
}

// scriptsWords are what a page holds for scripts to show, later or never.
var scriptsWords = regexp.MustCompile(` data-messages="[^"]*"`)

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
