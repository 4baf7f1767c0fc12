package polls

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

// serve lets workers take and acknowledge until stop is called, which returns
// how often each voter was delivered, acknowledgement included.
func serve(f *fixture.Case, workers int) (delivered func() map[string]int, stop func()) {
	ctx, cancel := context.WithCancel(f.Ctx)
	var mu sync.Mutex
	seen := make(map[string]int)
	var g errgroup.Group
	for range workers {
		w := f.NewWorker()
		g.Go(func() error {
			for {
				b, err := w.Take(ctx)
				if errors.Is(err, context.Canceled) {
					return nil
				}
				if err != nil {
					return fmt.Errorf("take: %w", err)
				}
				// Noted before the Ack: from the Ack on, Settled may be true.
				mu.Lock()
				for _, m := range b.Messages {
					v, _ := queue.Decode(m.Raw)
					seen[v.Voter]++
				}
				mu.Unlock()
				if err := w.Ack(f.Ctx, b, nil); err != nil {
					return fmt.Errorf("ack: %w", err)
				}
			}
		})
	}
	delivered = func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		copied := make(map[string]int, len(seen))
		for voter, n := range seen {
			copied[voter] = n
		}
		return copied
	}
	stop = func() {
		cancel()
		if err := g.Wait(); err != nil {
			f.Fatalf("worker: %v", err)
		}
	}
	return delivered, stop
}

// While eight voters cast as fast as they can the gate shuts. From the moment
// when Settled is true every vote that was answered nil has been acknowledged,
// and none is let in any more.
func testGateRace(f *fixture.Case) {
	raceGate(f, func(*errgroup.Group) { f.Publish(fixture.Poll("tea", vote.Closing)) })
}

// raceGate calls shut while the casters cast; they go on until the gate is shut.
func raceGate(f *fixture.Case, shut func(casters *errgroup.Group)) {
	f.Publish(fixture.Poll("tea", vote.Open))
	delivered, stop := serve(f, 2)
	defer stop()

	var mu sync.Mutex
	recorded := make(map[string]bool)
	enough := make(chan struct{})
	var g errgroup.Group
	revision := f.Revision
	for caster := range 8 {
		g.Go(func() error {
			for i := 0; ; i++ {
				voter := fmt.Sprintf("caster-%d-%d", caster, i)
				err := newest(f, queue.Cast{Vote: vote.Vote{Poll: "tea", Voter: voter, Ballot: "a"}, Revision: revision})
				if errors.Is(err, queue.ErrNotOpen) {
					return nil
				}
				if err != nil {
					return err
				}
				mu.Lock()
				recorded[voter] = true
				if len(recorded) == 300 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-f.Ctx.Done():
		f.Fatalf("the casts stand still")
	}
	shut(&g)
	f.Until("the poll is settled", func() bool {
		ok, err := f.Catalog.Settled(f.Ctx, "tea")
		if err != nil {
			f.Fatalf("Settled: %v", err)
		}
		return ok
	})
	final := delivered()
	if err := g.Wait(); err != nil {
		f.Fatalf("Cast: %v", err)
	}
	for voter := range recorded {
		if final[voter] != 1 {
			f.Fatalf("a recorded vote was delivered %d times when the poll was settled", final[voter])
		}
	}
	f.Equal("votes delivered", len(final), len(recorded))
	f.Equal("votes accepted", f.Stats().Accepted, int64(len(recorded)))
}

func testConsumers(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	delivered, stop := serve(f, 3)
	const casters, each = 4, 100
	var g errgroup.Group
	revision := f.Revision
	for caster := range casters {
		g.Go(func() error {
			for i := range each {
				voter := fmt.Sprintf("caster-%d-%d", caster, i)
				c := queue.Cast{Vote: vote.Vote{Poll: "tea", Voter: voter, Ballot: "a"}, Revision: revision}
				if err := f.Inbox.Cast(f.Ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		f.Fatalf("Cast: %v", err)
	}
	f.Until("all is acknowledged", func() bool {
		stats := f.Stats()
		return stats.Waiting == 0 && len(stats.Leased) == 0
	})
	stop()
	f.Equal("voters delivered", len(delivered()), casters*each)
	for voter, n := range delivered() {
		if n != 1 {
			f.Fatalf("%s was delivered %d times", voter, n)
		}
	}
}
