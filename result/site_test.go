package result

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"popeye/internal/metrics"
	"popeye/store"
	"popeye/store/sqlite"
	"popeye/vote"
)

// adminToken is the organiser's in these tests.
const adminToken = "open sesame please"

// site is a station over HTTP, with the real store.
type site struct {
	t       *testing.T
	db      *sqlite.Store
	store   *switchable
	station *Station
	url     string
	client  *http.Client // follows no redirects
	log     *logbook
	cookie  string // of an organiser who has signed in

	position int64 // of the last vote
}

// switchable is a store that can be out of reach. As PostgreSQL does, it fails
// when it is asked for a string that it can't hold.
type switchable struct {
	*sqlite.Store
	away atomic.Bool
	lost atomic.Bool // the next poll is made, but the answer is lost
}

func (s *switchable) fails(slug string) error {
	if s.away.Load() || strings.Contains(slug, "\x00") {
		return errAway
	}
	return nil
}

func (s *switchable) Snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
	if err := s.fails(slug); err != nil {
		return store.Snapshot{}, err
	}
	return s.Store.Snapshot(ctx, slug)
}

func (s *switchable) Catalog(ctx context.Context) (vote.Catalog, error) {
	if err := s.fails(""); err != nil {
		return vote.Catalog{}, err
	}
	return s.Store.Catalog(ctx)
}

func (s *switchable) Poll(ctx context.Context, slug string) (vote.Poll, error) {
	if err := s.fails(slug); err != nil {
		return vote.Poll{}, err
	}
	return s.Store.Poll(ctx, slug)
}

func (s *switchable) CreateOnce(ctx context.Context, request string, p vote.Poll) (vote.Poll, error) {
	if err := s.fails(p.Slug); err != nil {
		return vote.Poll{}, err
	}
	p, err := s.Store.CreateOnce(ctx, request, p)
	if s.lost.CompareAndSwap(true, false) {
		return vote.Poll{}, errLost
	}
	return p, err
}

func (s *switchable) ChangePoll(ctx context.Context, slug string, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	if err := s.fails(slug); err != nil {
		return vote.Poll{}, err
	}
	return s.Store.ChangePoll(ctx, slug, change)
}

func (s *switchable) DeletePoll(ctx context.Context, slug string, allowed func(vote.Poll) error) error {
	if err := s.fails(slug); err != nil {
		return err
	}
	return s.Store.DeletePoll(ctx, slug, allowed)
}

func (s *switchable) InSession(ctx context.Context, key []byte) (bool, error) {
	if err := s.fails(""); err != nil {
		return false, err
	}
	return s.Store.InSession(ctx, key)
}

func (s *switchable) BeginSession(ctx context.Context, key []byte, age time.Duration) error {
	if err := s.fails(""); err != nil {
		return err
	}
	return s.Store.BeginSession(ctx, key, age)
}

func (s *switchable) EndSession(ctx context.Context, key []byte) error {
	if err := s.fails(""); err != nil {
		return err
	}
	return s.Store.EndSession(ctx, key)
}

func (s *switchable) Account(ctx context.Context) (store.Account, error) {
	if err := s.fails(""); err != nil {
		return store.Account{}, err
	}
	return s.Store.Account(ctx)
}

// newSite starts a station with the default poll. configure may be nil.
func newSite(t *testing.T, configure func(*Config)) *site {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "popeye.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: db, store: &switchable{Store: db}, log: &logbook{}}
	c := Config{
		Store: s.store, AdminToken: adminToken, Registry: metrics.NewRegistry(),
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if configure != nil {
		configure(&c)
	}
	if s.station, err = New(c); err != nil {
		t.Fatal(err)
	}
	handler, err := s.station.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	s.url = server.URL
	s.client = server.Client()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		s.station.CloseViewers()
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s.defineDefault()
	s.cookie = sessionOf(t, s.db, s.station)
	return s
}

// sessionOf begins a session of an organiser, and returns its cookie.
func sessionOf(t testing.TB, sessions store.Sessions, s *Station) string {
	t.Helper()
	if s.door.token == "" {
		return organiserCookie + "=one"
	}
	if err := sessions.BeginSession(context.Background(), s.door.key("one"), time.Hour); err != nil {
		t.Fatal(err)
	}
	return organiserCookie + "=one"
}

// defineDefault makes the default poll that of these tests.
func (s *site) defineDefault() {
	s.t.Helper()
	p, err := vote.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err == nil {
		err = s.db.DeletePoll(context.Background(), vote.DefaultSlug, func(vote.Poll) error { return nil })
	}
	if err == nil {
		_, err = s.db.CreatePoll(context.Background(), p)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func labels(words ...string) []vote.OptionText {
	options := make([]vote.OptionText, len(words))
	for i, w := range words {
		options[i].Label = w
	}
	return options
}

// make makes a poll as the store has it, whoever asked for it.
func (s *site) make(d vote.Definition) {
	s.t.Helper()
	p, err := vote.NewPoll(d)
	if err == nil {
		_, err = s.db.CreatePoll(context.Background(), p)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) become(slug string, status vote.Status) {
	s.t.Helper()
	_, err := s.db.ChangePoll(context.Background(), slug, func(p vote.Poll) (vote.Poll, error) {
		p.Status = status
		return p, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) status(slug string) vote.Status {
	s.t.Helper()
	p, err := s.db.Poll(context.Background(), slug)
	if err != nil && !errors.Is(err, store.ErrNoPoll) {
		s.t.Fatal(err)
	}
	return p.Status
}

// vote stores one ballot for each of as many new voters.
func (s *site) vote(slug string, ballots ...vote.Ballot) {
	s.t.Helper()
	b := store.Batch{ID: s.position + 1}
	for _, ballot := range ballots {
		s.position++
		v := vote.Vote{Poll: slug, Voter: fmt.Sprint("voter ", s.position), Ballot: ballot}
		b.Votes = append(b.Votes, store.Entry{Position: s.position, Vote: v})
	}
	if r, err := s.db.Apply(context.Background(), b); err != nil || len(r.Dead) > 0 {
		s.t.Fatalf("store votes: %v, %v", err, r.Dead)
	}
}

// answer is what a request brought.
type answer struct {
	*http.Response
	body string
}

// do sends a request; headers come in pairs.
func (s *site) do(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Host = r.Header.Get("Host") // "" for the site's own
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp, string(text)}
}

func (s *site) get(path string) answer { s.t.Helper(); return s.do("GET", path, "") }

// api is a request of an organiser's program.
func (s *site) api(method, path, body string) answer {
	s.t.Helper()
	return s.do(method, path, body, "Authorization", "Bearer "+adminToken, "Content-Type", "application/json")
}

// want compares status and, under /api, the code of the error; a page or a
// message must hold the words.
func (a answer) want(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s %s: %s, want %d: %.300s", a.Request.Method, a.Request.URL.Path, a.Status, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("%s %s: no %q in %s", a.Request.Method, a.Request.URL.Path, w, a.body)
		}
	}
}

// without is the opposite: none of the words may be there.
func (a answer) without(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			t.Errorf("%s %s: there is %q in %s", a.Request.Method, a.Request.URL.Path, w, a.body)
		}
	}
}

// wantError compares an error under /api, and returns its message.
func (a answer) wantError(t *testing.T, status int, code string) string {
	t.Helper()
	var e struct {
		Error struct{ Code, Message string }
	}
	err := json.Unmarshal([]byte(a.body), &e)
	if err != nil || a.StatusCode != status || e.Error.Code != code || e.Error.Message == "" {
		t.Errorf("%s %s: %s %s, want %d with code %q and a message", a.Request.Method, a.Request.URL.Path, a.Status, a.body, status, code)
	}
	if kind := a.Header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
		t.Errorf("the error is sent as %q", kind)
	}
	return e.Error.Message
}

// into reads a JSON answer.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%s: %v in %s", a.Request.URL.Path, err, a.body)
	}
}
