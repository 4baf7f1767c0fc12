package queuetest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"popeye/queue"
	"popeye/vote"
)

// serve lets workers take and acknowledge until stop is called, which returns
// how often each voter was delivered, acknowledgement included.
func (f *fixture) serve(workers int) (delivered func() map[string]int, stop func()) {
	ctx, cancel := context.WithCancel(f.ctx)
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
				if err := w.Ack(f.ctx, b, nil); err != nil {
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
func testGateRace(f *fixture) {
	f.raceGate(func(*errgroup.Group) { f.publish(poll("tea", vote.Closing)) })
}

// raceGate calls shut while the casters cast; they go on until the gate is shut.
func (f *fixture) raceGate(shut func(casters *errgroup.Group)) {
	f.publish(poll("tea", vote.Open))
	delivered, stop := f.serve(2)
	defer stop()

	var mu sync.Mutex
	recorded := make(map[string]bool)
	enough := make(chan struct{})
	var g errgroup.Group
	revision := f.revision
	for caster := range 8 {
		g.Go(func() error {
			for i := 0; ; i++ {
				voter := fmt.Sprintf("caster-%d-%d", caster, i)
				err := f.newest(queue.Cast{Vote: vote.Vote{Poll: "tea", Voter: voter, Ballot: "a"}, Revision: revision})
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
	case <-f.ctx.Done():
		f.Fatalf("the casts stand still")
	}
	shut(&g)
	f.until("the poll is settled", func() bool {
		ok, err := f.Catalog.Settled(f.ctx, "tea")
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
	f.equal("votes delivered", len(final), len(recorded))
	f.equal("votes accepted", f.stats().Accepted, int64(len(recorded)))
}

func testConsumers(f *fixture) {
	f.publish(poll("tea", vote.Open))
	delivered, stop := f.serve(3)
	const casters, each = 4, 100
	var g errgroup.Group
	revision := f.revision
	for caster := range casters {
		g.Go(func() error {
			for i := range each {
				voter := fmt.Sprintf("caster-%d-%d", caster, i)
				c := queue.Cast{Vote: vote.Vote{Poll: "tea", Voter: voter, Ballot: "a"}, Revision: revision}
				if err := f.Inbox.Cast(f.ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		f.Fatalf("Cast: %v", err)
	}
	f.until("all is acknowledged", func() bool {
		stats := f.stats()
		return stats.Waiting == 0 && len(stats.Leased) == 0
	})
	stop()
	f.equal("voters delivered", len(delivered()), casters*each)
	for voter, n := range delivered() {
		if n != 1 {
			f.Fatalf("%s was delivered %d times", voter, n)
		}
	}
}
