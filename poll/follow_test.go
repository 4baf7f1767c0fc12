package poll

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
)

// served starts a server for a station, as programs do.
func (w *fixture) served(t *testing.T) (url string, stop func()) {
	t.Helper()
	l, err := web.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- web.Serve(ctx, l, w.handler, w.station.Log, w.station.EndStreams) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return "http://" + l.Addr().String(), stop
}

// stream is what a page hears.
type stream struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Scanner
}

func openStream(t *testing.T, url string) stream {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return stream{t, resp, bufio.NewScanner(resp.Body)}
}

// hears waits for the next event; "" for the end.
func (s stream) hears() string {
	for s.in.Scan() {
		if data, ok := strings.CutPrefix(s.in.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

// A page hears of every change by hand, of the clock's, and of the end of its poll,
// by a stream that no proxy holds back.
func TestStreamTellsOfChanges(t *testing.T) {
	w := newFixture(t)
	url, _ := w.served(t)
	s := openStream(t, url+"/p/single/events")
	equal(t, "status", s.resp.StatusCode, http.StatusOK)
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "",
	} {
		equal(t, name, s.resp.Header.Get(name), want)
	}
	state := func() string { return stateOf(w.polls["single"]) }
	equal(t, "at first", s.hears(), state())
	w.change("single", func(p *vote.Poll) { p.Status = vote.Closing })
	equal(t, "closed by hand", s.hears(), state())
	w.change("single", func(p *vote.Poll) { p.Status = vote.Open })
	equal(t, "open again", s.hears(), state())
	w.change("single", func(p *vote.Poll) { p.Question = "Which one?" })
	equal(t, "other words", s.hears(), state())
	w.lose(queue.ErrUnavailable) // nothing is heard of that
	w.scheduled("single", vote.Open, 0, time.Second)
	w.lose(nil)
	equal(t, "with an end", s.hears(), state())
	if got := s.hears(); !strings.HasSuffix(got, ".closing") {
		t.Errorf("when its time has come: %s", got)
	}
	w.mu.Lock()
	delete(w.polls, "single")
	w.mu.Unlock()
	equal(t, "deleted", s.hears(), goneState)

	first := openStream(t, url+"/events")
	equal(t, "the default poll", first.hears(), stateOf(w.polls["default"]))
	none := openStream(t, url+"/p/nowhere/events")
	equal(t, "status of no poll", none.resp.StatusCode, http.StatusNotFound)
}

// One goroutine looks at a poll, however many follow; with the last one it ends
// (goleak sees to that).
func TestFollowersShareAWatcher(t *testing.T) {
	w := newFixture(t)
	url, _ := w.served(t)
	all := make([]stream, 5)
	for i := range all {
		all[i] = openStream(t, url+"/events")
		all[i].hears()
	}
	equal(t, "polls", w.station.watch.Keys(), 1)
	equal(t, "followers", w.station.watch.Followers(), len(all))
	w.change("default", func(p *vote.Poll) { p.Status = vote.Closed })
	for _, s := range all {
		equal(t, "each hears", s.hears(), stateOf(w.polls["default"]))
	}
}

// Streams never take all the connections: beyond half of them, a page is told to
// ask, and votes still come in.
func TestStreamsAreBounded(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.MaxConns = 4 })
	url, _ := w.served(t)
	for range 2 {
		openStream(t, url+"/events").hears()
	}
	one := openStream(t, url+"/events")
	equal(t, "status", one.resp.StatusCode, http.StatusServiceUnavailable)
	if one.resp.Header.Get("Retry-After") == "" {
		t.Error("it is not said when to ask again")
	}
	got := w.ask(request("GET", "/api/v1/polls/default", ""))
	equal(t, "the state, by asking", got.Header.Get(stateHeader), stateOf(w.polls["default"]))
	w.ask(request("POST", "/", "vote=a")).is(t, http.StatusSeeOther)
	equal(t, "without a limit on connections", newFixture(t).station.watch.Most(), maxFollowers)
}

// A server that ends does not wait for its streams.
func TestStreamsEndWithTheServer(t *testing.T) {
	w := newFixture(t)
	url, stop := w.served(t)
	s := openStream(t, url+"/events")
	s.hears()
	began := time.Now()
	stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	equal(t, "the stream", s.hears(), "")
	w.ask(request("GET", "/events", "")).is(t, http.StatusServiceUnavailable)
}

// A stream, which goes on for hours, is not timed as if it were an answer.
func TestStreamsAreNotTimed(t *testing.T) {
	w := newFixture(t)
	url, stop := w.served(t)
	openStream(t, url+"/p/single/events").hears()
	stop()
	if text := metricstest.Text(t, w.registry); strings.Contains(text, "/events") {
		t.Errorf("it is:\n%s", text)
	}
}
