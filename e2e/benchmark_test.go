package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"popeye/internal/testenv"
)

// BenchmarkInboxToStore times one worker that finds a backlog of votes, all of
// different voters, until the last of them is in the tally. The servers are as
// in production: fsync always.
func BenchmarkInboxToStore(b *testing.B) {
	const backlog = 50_000
	s := newStack(b, 1).Start(b)
	redis, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Redis.Addr()}})
	if err != nil {
		b.Fatal(err)
	}
	defer redis.Close()
	total := 0
	var busy time.Duration
	for b.Loop() {
		if err := s.Workers[0].Stop(); err != nil {
			b.Fatal(err)
		}
		for left := backlog; left > 0; left -= 1000 {
			var messages []string
			for i := range 1000 {
				messages = append(messages, fmt.Sprintf(`{"voter_id":"%032x","vote":"a"}`, total+left-i))
			}
			push := redis.B().Rpush().Key("votes").Element(messages...).Build()
			if err := redis.Do(b.Context(), push).Error(); err != nil {
				b.Fatal(err)
			}
		}
		total += backlog
		began := time.Now()
		s.Workers[0].Start(b)
		testenv.Eventually(b, "the backlog is stored", func() error {
			c, err := results(s.Results[0].URL, "default")
			if err == nil && c.Total != int64(total) {
				err = errors.New(totals(c))
			}
			return err
		})
		busy += time.Since(began)
	}
	b.ReportMetric(float64(total)/busy.Seconds(), "votes/s")
}
