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
	"popeye/poll/ballotpage"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
)

// BenchmarkBallotPage renders the page that each voter is shown, of every kind.
func BenchmarkBallotPage(b *testing.B) {
	l, err := ballotpage.Load()
	if err != nil {
		b.Fatal(err)
	}
	s := &Station{look: l}
	r := httptest.NewRequest("GET", site+"/p/single", nil)
	for _, p := range examples()[1:5] {
		b.Run(string(p.Kind), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.render(httptest.NewRecorder(), r, http.StatusOK, sight{poll: p}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// idle is a queue that takes every vote at once.
type idle struct {
	queue.Inbox
	poll vote.Poll
}

func (q idle) Poll(context.Context, string) (vote.Poll, error) { return q.poll, nil }
func (q idle) Cast(context.Context, queue.Cast) error          { return nil }

// blank is an answer of which nobody reads more than the status.
type blank struct {
	header http.Header
	status int
}

func (b *blank) Header() http.Header         { return b.header }
func (b *blank) Write(p []byte) (int, error) { return len(p), nil }
func (b *blank) WriteHeader(status int)      { b.status = status }

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
		answer := blank{header: http.Header{}}
		if handler.ServeHTTP(&answer, r); answer.status != http.StatusAccepted {
			b.Fatalf("the vote is answered %d", answer.status)
		}
	}
}
