package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/metrics"
	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/queue/redisqueue"
	"popeye/store/postgres"
	"popeye/vote"
	"popeye/vote/definition"
	"popeye/worker"
)

// sizes are of catalogs; what others cost is compared with the first.
var sizes = []int{10, 1_000, 10_000}

// stack is a worker between a real PostgreSQL and a real Redis, with some poll
// replicas, and all polls published.
type stack struct {
	db       *postgres.Store
	replicas []*redisqueue.Queue
	slugs    []string
}

func newStack(b *testing.B, polls int) *stack {
	pg, redis := testenv.StartPostgres(b), testenv.StartRedis(b, "--appendfsync", "everysec")
	workerURL, _ := pg.Users(b, pg.Database(b))
	s := &stack{}
	db, err := postgres.Open(b.Context(), workerURL, postgres.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	s.db = db
	if err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	s.create(b, polls)
	for range 3 {
		s.replicas = append(s.replicas, openQueue(b, redis.URLOf("poll")))
	}
	s.work(b, openQueue(b, redis.URLOf("worker")))
	return s
}

// create makes polls that close by themselves some day: they are among those that
// may be due.
func (s *stack) create(b *testing.B, polls int) {
	var g errgroup.Group
	g.SetLimit(4)
	for i := range polls {
		s.slugs = append(s.slugs, fmt.Sprintf("poll-%d", i))
		g.Go(func() error {
			p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
			if err != nil {
				return err
			}
			p.Slug, p.ClosesAt = fmt.Sprintf("poll-%d", i), time.Now().Add(1000*time.Hour)
			_, err = s.db.CreatePoll(b.Context(), p)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

func openQueue(b *testing.B, url string) *redisqueue.Queue {
	q, err := redisqueue.Open(redisqueue.Config{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(q.Close)
	return q
}

// work runs a worker until the benchmark ends.
func (s *stack) work(b *testing.B, q *redisqueue.Queue) {
	p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err != nil {
		b.Fatal(err)
	}
	c := q.NewConsumer("")
	w, err := worker.New(worker.Config{
		Consumers: []queue.Consumer{c}, Catalog: q, Meter: q, Memory: q, Crowd: q, Store: s.db, Default: p,
		Log: slog.New(slog.DiscardHandler), Registry: metrics.NewRegistry(),
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		_ = c.Close(context.Background())
	})
	s.await(b, func(read func(slug string) (vote.Poll, error)) bool {
		_, err := read(s.slugs[len(s.slugs)-1])
		return err == nil
	})
}

// await waits until each replica has what is asked for.
func (s *stack) await(b *testing.B, has func(read func(slug string) (vote.Poll, error)) bool) {
	var g errgroup.Group
	for _, q := range s.replicas {
		g.Go(func() error {
			for !has(func(slug string) (vote.Poll, error) { return q.Poll(b.Context(), slug) }) {
				select {
				case <-time.After(200 * time.Microsecond):
				case <-b.Context().Done():
					return b.Context().Err()
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

// remember lets each replica read all polls, so that they are in its memory.
func (s *stack) remember(b *testing.B) {
	for _, q := range s.replicas {
		var g errgroup.Group
		g.SetLimit(100)
		for _, slug := range s.slugs {
			g.Go(func() error { _, err := q.Poll(b.Context(), slug); return err })
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCatalogChange measures from the moment an organiser changes one poll of
// many until each of three poll replicas has it, which show that poll only, or have all
// polls in memory:
//
//	go test -fixture CatalogChange -run '^$' -benchtime 20x ./worker
func BenchmarkCatalogChange(b *testing.B) {
	compare(b, map[string]measure{
		"show=one": func(b *testing.B, s *stack) float64 { return s.change(b, func() {}) },
		"show=all": func(b *testing.B, s *stack) float64 { return s.change(b, func() { s.remember(b) }) },
	})
}

// change changes one poll after the other, and returns the median of what it takes,
// in milliseconds.
func (s *stack) change(b *testing.B, prepare func()) float64 {
	var took []time.Duration
	for i := range b.N {
		prepare()
		slug := s.slugs[i%len(s.slugs)]
		began := time.Now()
		p, err := s.db.ChangePoll(b.Context(), slug, func(p vote.Poll) (vote.Poll, error) {
			p.ClosesAt = p.ClosesAt.Add(time.Minute)
			return p, nil
		})
		if err != nil {
			b.Fatal(err)
		}
		s.await(b, func(read func(string) (vote.Poll, error)) bool {
			got, err := read(slug)
			return err == nil && got.Revision >= p.Revision
		})
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	median, longest := took[len(took)/2].Seconds()*1000, took[len(took)-1].Seconds()*1000
	b.ReportMetric(median, "ms-median")
	b.ReportMetric(longest, "ms-longest")
	return median
}

// BenchmarkCatalogIdle measures what this process spends while nothing happens: the
// worker, and the connections of three poll replicas.
func BenchmarkCatalogIdle(b *testing.B) {
	compare(b, map[string]measure{"rest": func(b *testing.B, s *stack) float64 {
		const rest = 3 * time.Second
		time.Sleep(time.Second) // what there was to do at the start is done
		before := cpu(b)
		b.ResetTimer()
		for range b.N {
			time.Sleep(rest)
		}
		spent := (cpu(b) - before).Seconds() * 1000 / (rest.Seconds() * float64(b.N))
		b.ReportMetric(spent, "cpu-ms/s")
		return spent
	}})
}

type measure func(b *testing.B, s *stack) float64

// compare measures with catalogs of all sizes, and reports each figure as a multiple
// of that with the first.
func compare(b *testing.B, measures map[string]measure) {
	first := map[string]float64{}
	for _, polls := range sizes {
		b.Run(fmt.Sprintf("polls=%d", polls), func(b *testing.B) {
			s := newStack(b, polls) // once, although what follows may be called again
			for _, name := range slices.Sorted(maps.Keys(measures)) {
				b.Run(name, func(b *testing.B) {
					figure := measures[name](b, s)
					if polls == sizes[0] {
						first[name] = figure
					}
					b.ReportMetric(figure/first[name], "times-first")
					b.ReportMetric(0, "ns/op")
				})
			}
		})
	}
}

// cpu is what this process has spent so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
