package poll

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"popeye/internal/metrics"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
)

// idle is a queue that takes every vote at once.
type idle struct {
	queue.Inbox
	poll vote.Poll
}

func (q idle) Poll(context.Context, string) (vote.Poll, error) { return q.poll, nil }
func (q idle) Cast(context.Context, queue.Cast) error          { return nil }

// blank is an answer that nobody reads.
type blank struct{ header http.Header }

func (b blank) Header() http.Header         { return b.header }
func (b blank) Write(p []byte) (int, error) { return len(p), nil }
func (b blank) WriteHeader(int)             {}

// BenchmarkVote is what a vote of a new voter costs between net/http and the queue.
func BenchmarkVote(b *testing.B) {
	station, err := New(Config{
		Inbox: idle{poll: examples()[1]}, CookieKey: keyIs(strings.Repeat("k", voter.MinKey)),
		Registry: metrics.NewRegistry(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	handler, err := station.Handler()
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("POST", site+"/api/v1/polls/single/votes", nil)
	r.Header.Set("Content-Type", "application/json")
	body := []byte(`{"vote":"a"}`)
	b.ReportAllocs()
	for b.Loop() {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		handler.ServeHTTP(blank{http.Header{}}, r)
	}
}
