package redisqueue

import (
	"strconv"
	"sync/atomic"
	"testing"

	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/definition"
)

// One run gives both what the queue does and what Redis can do, so that their
// ratio means something on any machine:
//
//	go test -bench . -run '^$' ./queue/redisqueue

// newCast is a cast as the poll station makes it.
func newCast(i int64) queue.Cast {
	c := ballot("3f2a9c0e-7b1d-4c55-9a52-" + strconv.FormatInt(i, 10))
	c.Vote.ID = "0198c1de-2b7e-7cc1-a4ef-" + strconv.FormatInt(i, 10)
	return c
}

func newQueue(b *testing.B, appendfsync string) *Queue {
	server := testenv.StartRedis(b, "--appendfsync", appendfsync)
	q := open(b, Config{URL: server.URL()})
	p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err != nil {
		b.Fatal(err)
	}
	p.Revision = 1
	if err := q.Publish(b.Context(), catalog.State{Revision: 1, Polls: []vote.Poll{p}}.Whole()); err != nil {
		b.Fatal(err)
	}
	return q
}

// BenchmarkCast casts from 128 goroutines, with and without remembering the id,
// beside a plain RPUSH of the same message over the same client.
func BenchmarkCast(b *testing.B) {
	for _, appendfsync := range []string{"always", "everysec"} {
		for _, bb := range []struct {
			name string
			cast func(b *testing.B, q *Queue, c queue.Cast) error
		}{
			{"rpush", func(b *testing.B, q *Queue, c queue.Cast) error {
				raw, err := queue.Encode(c.Vote)
				if err != nil {
					return err
				}
				return q.client.Do(b.Context(), q.client.B().Rpush().Key(keyVotes).Element(string(raw)).Build()).Error()
			}},
			{"cast", func(b *testing.B, q *Queue, c queue.Cast) error { return q.Cast(b.Context(), c) }},
			{"once", func(b *testing.B, q *Queue, c queue.Cast) error {
				c.Once = true
				return q.Cast(b.Context(), c)
			}},
		} {
			b.Run(bb.name+"/fsync="+appendfsync, func(b *testing.B) {
				q := newQueue(b, appendfsync)
				var next atomic.Int64
				b.SetParallelism(64)
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := bb.cast(b, q, newCast(next.Add(1))); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
			})
		}
	}
}

// BenchmarkTakeAck takes and acknowledges batches of 1,000, the worker's share of
// the queue, beside a plain LPOP of as many.
func BenchmarkTakeAck(b *testing.B) {
	const size = 1000
	for _, bb := range []struct {
		name string
		take func(b *testing.B, q *Queue, c *Consumer)
	}{
		{"lpop", func(b *testing.B, q *Queue, _ *Consumer) {
			got, err := q.client.Do(b.Context(), q.client.B().Lpop().Key(keyVotes).Count(size).Build()).AsStrSlice()
			if err != nil || len(got) != size {
				b.Fatalf("%d messages, %v", len(got), err)
			}
		}},
		{"take", func(b *testing.B, _ *Queue, c *Consumer) {
			batch, err := c.Take(b.Context())
			if err != nil || len(batch.Messages) != size {
				b.Fatalf("%d messages, %v", len(batch.Messages), err)
			}
			if err := c.Ack(b.Context(), batch, nil); err != nil {
				b.Fatal(err)
			}
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			q := newQueue(b, "everysec")
			c := consume(b, q, "")
			messages := make([]string, size)
			for i := range messages {
				raw, err := queue.Encode(newCast(int64(i)).Vote)
				if err != nil {
					b.Fatal(err)
				}
				messages[i] = string(raw)
			}
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				if err := q.client.Do(b.Context(), q.client.B().Rpush().Key(keyVotes).Element(messages...).Build()).Error(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				bb.take(b, q, c)
			}
			b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds(), "votes/s")
		})
	}
}

// BenchmarkPoll reads a definition from memory, as every page does.
func BenchmarkPoll(b *testing.B) {
	q := newQueue(b, "no")
	for b.Loop() {
		if _, err := q.Poll(b.Context(), vote.DefaultSlug); err != nil {
			b.Fatal(err)
		}
	}
}
