package load

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"popeye/api"
	"popeye/vote"
)

// station answers as a poll does, or as a test wants.
func station(t *testing.T, p api.Poll, votes http.HandlerFunc) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/polls/tea", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(p) })
	mux.HandleFunc("POST /api/v1/polls/tea/votes", votes)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func tea(kind vote.Kind) api.Poll {
	return api.Poll{
		Slug: "tea", Kind: kind, Status: vote.Open, Min: 1, Max: 2, Withdrawn: []string{"c"},
		Options: []vote.Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}, {ID: "c", Label: "C"}, {ID: "d", Label: "D"}},
	}
}

// So many votes arrive as are reported, each a valid ballot; what is refused is told by
// its code.
func TestACrowdVotes(t *testing.T) {
	for _, kind := range []vote.Kind{vote.Single, vote.Multiple, vote.Ranked, vote.Score} {
		p := tea(kind)
		whole := vote.Poll{Slug: p.Slug, Kind: kind, Options: p.Options, Min: p.Min, Max: p.Max, Settings: vote.DefaultSettings(kind)}
		whole.Withdrawn = p.Withdrawn
		var got, wrong atomic.Int64
		url := station(t, p, func(w http.ResponseWriter, r *http.Request) {
			var c api.Cast
			raw, _ := io.ReadAll(r.Body)
			if err := json.Unmarshal(raw, &c); err != nil {
				wrong.Add(1)
			}
			if _, err := vote.ParseJSON(whole, c.Vote); err != nil {
				wrong.Add(1)
				t.Errorf("%s: %s: %v", kind, c.Vote, err)
			}
			if got.Add(1)%4 == 0 {
				w.WriteHeader(http.StatusConflict)
				fmt.Fprint(w, `{"error":{"code":"not_open","message":"x"}}`)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			for range 3 { // in parts
				fmt.Fprint(w, strings.Repeat(" ", 5000))
				w.(http.Flusher).Flush()
			}
		})
		crowd, err := NewCrowd(t.Context(), Config{Poll: "tea", URL: url, Voters: 4, Votes: 100, Duration: time.Minute, Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		r := crowd.Run(t.Context())
		if r.Recorded != 75 || r.Failed["409 not_open"] != 25 || r.Latency.TotalCount() != 75 || got.Load() != 100 {
			t.Errorf("%s: recorded %d (%d timed), failed %v; %d arrived", kind, r.Recorded, r.Latency.TotalCount(), r.Failed, got.Load())
		}
	}
}

// A vote that has to wait for a connection counts from when it was due.
func TestAStallIsNotHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(Config{Rate: 100, Voters: 1, Duration: time.Hour}, nil)
		c.began = time.Now()
		for n := range int64(3) {
			due, ok := c.due(t.Context(), n)
			if !ok {
				t.Fatal("the time is over")
			}
			time.Sleep(50 * time.Millisecond) // the answer takes long, where one is due each 10 ms
			c.note(time.Now(), due, answer{status: http.StatusAccepted}, nil)
		}
		r := c.Report()
		for q, want := range map[float64]time.Duration{1: 50 * time.Millisecond, 50: 90 * time.Millisecond, 100: 130 * time.Millisecond} {
			if got := time.Duration(r.Latency.ValueAtQuantile(q)) * time.Microsecond; got.Round(time.Millisecond) != want {
				t.Errorf("%v %%: %v, want %v", q, got, want)
			}
		}
	})
}

// What is no answer of HTTP is told, and the next vote goes over another connection.
func TestLinesThatBreak(t *testing.T) {
	var n atomic.Int64
	url := station(t, tea(vote.Single), func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		answers := []string{"", "nonsense\r\n\r\n", "HTTP/1.1 2xx OK\r\n\r\n", "HTTP/1.1 202 OK\r\nContent-Length: 99999999\r\n\r\n", "HTTP/1.1 202 OK\r\nContent-Length: 2\r\n\r\nok"}
		_, _ = io.WriteString(conn, answers[int(n.Add(1)-1)%len(answers)])
	})
	crowd, err := NewCrowd(t.Context(), Config{Poll: "tea", URL: url, Voters: 1, Votes: 10, Duration: time.Minute, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	r := crowd.Run(t.Context())
	failed := int64(0)
	for why, n := range r.Failed {
		if !strings.HasPrefix(why, "no answer: ") {
			t.Errorf("%q", why)
		}
		failed += n
	}
	if r.Recorded+failed != 10 || r.Recorded == 0 || failed == 0 || slices.Contains([]int{0, 1}, len(r.Failed)) {
		t.Errorf("recorded %d, failed %v", r.Recorded, r.Failed)
	}
}
