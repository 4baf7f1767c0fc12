package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// BenchmarkInboxToStore times one worker that finds a backlog of votes, all of
// different voters, until the last of them is in the tally. The servers are as
// in production: fsync always.
func BenchmarkInboxToStore(b *testing.B) {
	const backlog = 50_000
	s := newStack(b, 1).startAll(b)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.redis.Addr()}})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	total := 0
	var busy time.Duration
	for b.Loop() {
		if err := s.workers[0].stop(); err != nil {
			b.Fatal(err)
		}
		for left := backlog; left > 0; left -= 1000 {
			var messages []string
			for i := range 1000 {
				messages = append(messages, fmt.Sprintf(`{"voter_id":"%032x","vote":"a"}`, total+left-i))
			}
			push := client.B().Rpush().Key("votes").Element(messages...).Build()
			if err := client.Do(b.Context(), push).Error(); err != nil {
				b.Fatal(err)
			}
		}
		total += backlog
		began := time.Now()
		s.workers[0].start(b)
		eventually(b, "the backlog is stored", func() error {
			c, err := results(s.results[0].url, "default")
			if err == nil && c.Total != int64(total) {
				err = errors.New(c.String())
			}
			return err
		})
		busy += time.Since(began)
	}
	b.ReportMetric(float64(total)/busy.Seconds(), "votes/s")
}

// BenchmarkVotesOverHTTP times one poll with everything behind it: programs that
// vote over connections they keep, each vote of another voter, until the last is
// in the tally. The voters' program runs on the same machine.
func BenchmarkVotesOverHTTP(b *testing.B) {
	s := newStack(b, 1).startAll(b)
	const atOnce = 128
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	b.SetParallelism(atOnce / 2)
	b.ResetTimer()
	b.RunParallel(func(each *testing.PB) {
		for each.Next() {
			resp, err := client.Post(s.polls[0].url+"/api/v1/polls/default/votes", "application/json", strings.NewReader(`{"vote":"a"}`))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusAccepted {
				b.Errorf("a vote is answered %s", resp.Status)
				return
			}
		}
	})
	eventually(b, "all are stored", func() error {
		c, err := results(s.results[0].url, "default")
		if err == nil && c.Total < int64(b.N) {
			err = errors.New(c.String())
		}
		return err
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
}
