package memqueue

import (
	"strconv"
	"sync/atomic"
	"testing"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/definition"
)

// BenchmarkCast casts from many goroutines while one worker takes and
// acknowledges at once: what the queue itself costs, without a store.
func BenchmarkCast(b *testing.B) {
	for _, once := range []bool{false, true} {
		b.Run("once="+strconv.FormatBool(once), func(b *testing.B) {
			q := New(Config{})
			p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
			if err != nil {
				b.Fatal(err)
			}
			p.Revision = 1
			if err := q.Publish(b.Context(), catalog.State{Revision: 1, Polls: []vote.Poll{p}}.Whole()); err != nil {
				b.Fatal(err)
			}
			batches := serve(b, q)
			var next atomic.Int64
			b.SetParallelism(256)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					c := ballot("3f2a9c0e-7b1d-4c55-9a52-" + strconv.FormatInt(next.Add(1), 10))
					c.Vote.ID, c.Once = c.Vote.Voter, once
					if err := q.Cast(b.Context(), c); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
			q.Close()
			b.ReportMetric(float64(b.N)/float64(<-batches), "votes/batch")
		})
	}
}

// BenchmarkTakeAck takes and acknowledges batches of 1,000 whose casts nobody
// waits for any more.
func BenchmarkTakeAck(b *testing.B) {
	const size = 1000
	q := New(Config{})
	c := q.NewConsumer()
	raw, err := queue.Encode(ballot("voter").Vote)
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		b.StopTimer()
		for range size {
			q.pool = append(q.pool, &entry{raw: raw, done: make(chan struct{})})
			q.accepted++
		}
		b.StartTimer()
		batch, err := c.Take(b.Context())
		if err != nil || len(batch.Messages) != size {
			b.Fatalf("%d messages, %v", len(batch.Messages), err)
		}
		_ = c.Ack(b.Context(), batch, nil)
	}
	b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds(), "votes/s")
}

// serve is a worker whose store costs nothing. It tells, when the queue is
// closed, how many batches there were.
func serve(b *testing.B, q *Queue) <-chan int {
	batches := make(chan int, 1)
	go func() {
		c := q.NewConsumer()
		for n := 0; ; n++ {
			batch, err := c.Take(b.Context())
			if err != nil {
				batches <- n
				return
			}
			_ = c.Ack(b.Context(), batch, nil)
		}
	}()
	return batches
}
