package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
	"popeye/internal/testenv/faults"
	"popeye/queue"
	"popeye/vote"
)

// Open comes first, Redis later: nothing fails but the calls in between.
func TestRedisStartsLater(t *testing.T) {
	server := testenv.StartRedis(t)
	server.Kill()
	start := time.Now()
	q := open(t, Config{URL: server.URL()})
	c := q.NewConsumer("")
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	if d := time.Since(start); d > time.Second {
		t.Errorf("Open took %s", d)
	}
	if err := q.Ready(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Ready: %v", err)
	}
	if err := q.Cast(t.Context(), ballot("early")); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Cast: %v", err)
	}
	if _, err := q.Poll(t.Context(), vote.DefaultSlug); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Poll: %v", err)
	}
	if _, err := c.Take(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Take: %v", err)
	}

	server.Start(t)
	until(t, "the queue is ready", func() bool { return q.Ready(t.Context()) == nil })
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("late")); err != nil {
		t.Fatal(err)
	}
	if b := takeAnyway(t, c); len(b.Messages) != 1 {
		t.Fatalf("Take: %d messages", len(b.Messages))
	}
}

// P1: while many cast Redis is killed, and starts again. Every vote that was
// answered nil is there, none twice, and those that were leased are leased again.
func TestRedisKilled(t *testing.T) {
	server := testenv.StartRedis(t)
	q := open(t, Config{URL: server.URL(), BatchSize: 100, ClaimAfter: 200 * time.Millisecond, ClaimEvery: 50 * time.Millisecond})
	publish(t, q, 1)
	recorded := castUntilKilled(t, q, server)

	server.Start(t)
	until(t, "the queue is ready", func() bool { return q.Ready(t.Context()) == nil })
	dying, c := consume(t, q, ""), consume(t, q, "")
	leased, err := dying.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dying.leases.stop()
	server.Kill()
	server.Start(t)
	until(t, "the queue is ready", func() bool { return q.Ready(t.Context()) == nil })

	seen := make(map[string]int)
	for again := false; ; {
		b := takeAnyway(t, c)
		again = again || b.ID == leased.ID
		for _, m := range b.Messages {
			v, err := queue.Decode(m.Raw)
			if err != nil {
				t.Fatal(err)
			}
			seen[v.Voter]++
		}
		if err := c.Ack(t.Context(), b, nil); err != nil {
			t.Fatal(err)
		}
		if f, err := q.Stats(t.Context()); err != nil || f.Waiting == 0 && len(f.Leased) == 0 {
			if !again {
				t.Error("the batch that was leased when Redis was killed did not come again")
			}
			break
		}
	}
	for voter := range recorded {
		if seen[voter] != 1 {
			t.Errorf("%s was recorded and delivered %d times", voter, seen[voter])
		}
	}
	t.Logf("%d votes recorded, %d delivered", len(recorded), len(seen))
}

// castUntilKilled returns the voters whose cast was answered nil.
func castUntilKilled(t *testing.T, q *Queue, server *testenv.Redis) map[string]bool {
	t.Helper()
	var mu sync.Mutex
	recorded := make(map[string]bool)
	enough := make(chan struct{})
	var g errgroup.Group
	for caster := range 16 {
		g.Go(func() error {
			for i := 0; ; i++ {
				voter := fmt.Sprintf("caster-%d-%d", caster, i)
				if err := q.Cast(t.Context(), ballot(voter)); err != nil {
					return err // the first one ends this caster
				}
				mu.Lock()
				recorded[voter] = true
				if len(recorded) == 2000 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	server.Kill()
	if err := g.Wait(); !errors.Is(err, queue.ErrUnavailable) {
		t.Fatalf("Cast when Redis was killed: %v", err)
	}
	return recorded
}

// takeAnyway takes as a worker does: again after ErrUnavailable, and after a fence
// where that is needed; the store of these tests is empty.
func takeAnyway(t *testing.T, c *Consumer) (b queue.Batch) {
	t.Helper()
	until(t, "there is a batch", func() bool {
		var err error
		b, err = c.Take(t.Context())
		if errors.Is(err, queue.ErrUnfenced) {
			err = c.Fence(t.Context(), 0)
			if err == nil {
				b, err = c.Take(t.Context())
			}
		}
		if err != nil && !errors.Is(err, queue.ErrUnavailable) {
			t.Fatal(err)
		}
		return err == nil
	})
	return b
}

// The answer to a cast is lost after Redis got the request. The client must not
// send it again by itself; the voter may, with Once.
func TestAnswerLost(t *testing.T) {
	server := testenv.StartRedis(t)
	p := faults.NewProxy(t, server.Addr())
	q := open(t, Config{URL: throughProxy(p)})
	admin := newAdmin(t, server.URL())
	publish(t, q, 1)

	for _, once := range []bool{false, true} {
		c := ballot(fmt.Sprintf("lost-%t", once))
		c.Vote.ID, c.Once = "one", once
		warm := ballot("warm") // from here on Redis knows the script
		if err := q.Cast(t.Context(), warm); err != nil {
			t.Fatal(err)
		}
		lost := p.LoseNextAnswer(c.Vote.Voter)
		err := q.Cast(t.Context(), c)
		if !errors.Is(err, queue.ErrUnavailable) {
			t.Fatalf("Cast: got %v, want %v", err, queue.ErrUnavailable)
		}
		if strings.Contains(err.Error(), c.Vote.Voter) {
			t.Errorf("the error names the voter: %v", err)
		}
		<-lost
		if n := occurrences(admin, c.Vote.Voter); n != 1 {
			t.Errorf("once %t: the vote is %d times in the list", once, n)
		}
		if !once {
			continue
		}
		if err := q.Cast(t.Context(), c); err != nil {
			t.Errorf("the voter's retry: %v", err)
		}
		if n := occurrences(admin, c.Vote.Voter); n != 1 {
			t.Errorf("after a retry the vote is %d times in the list", n)
		}
	}
}

// The answer to a Take is lost: Redis has leased a batch and nobody knows. It comes
// back all the same, even when there is no other worker.
func TestTakeAnswerLost(t *testing.T) {
	server := testenv.StartRedis(t)
	p := faults.NewProxy(t, server.Addr())
	q := open(t, Config{URL: throughProxy(p), RenewEvery: 50 * time.Millisecond, ClaimAfter: 300 * time.Millisecond, ClaimEvery: 50 * time.Millisecond})
	publish(t, q, 1)
	c := consume(t, q, "worker")
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	first, err := c.Take(t.Context()) // the script is known from here on
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Cast(t.Context(), ballot("second")); err != nil {
		t.Fatal(err)
	}
	p.LoseNextAnswer(keyPosition) // only take.lua names it here
	if _, err := c.Take(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
		t.Fatalf("Take: %v", err)
	}
	again := takeAnyway(t, c)
	if again.ID == first.ID || len(again.Messages) != 1 {
		t.Errorf("got batch %d with %d messages again, the first was %d", again.ID, len(again.Messages), first.ID)
	}
	f, err := q.Stats(t.Context())
	if err != nil || f.Accepted != 2 || len(f.Leased) != 2 {
		t.Errorf("stats: %+v, %v", f, err)
	}
}

// The answer to an Ack is lost: it was done. Done again, it does nothing to the
// batches that came since.
func TestAckAnswerLost(t *testing.T) {
	server := testenv.StartRedis(t)
	p := faults.NewProxy(t, server.Addr())
	q := open(t, Config{URL: throughProxy(p)})
	publish(t, q, 1)
	c := consume(t, q, "worker")
	take := func(voter string) queue.Batch {
		t.Helper()
		if err := q.Cast(t.Context(), ballot(voter)); err != nil {
			t.Fatal(err)
		}
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := c.Ack(t.Context(), take("warm"), nil); err != nil { // the script is known from here on
		t.Fatal(err)
	}
	first, second := take("first"), take("second")
	lost := p.LoseNextAnswer(strconv.FormatInt(first.ID, 10))
	if err := c.Ack(t.Context(), first, nil); !errors.Is(err, queue.ErrUnavailable) {
		t.Fatalf("Ack: got %v, want %v", err, queue.ErrUnavailable)
	}
	<-lost
	if err := c.Ack(t.Context(), first, nil); err != nil {
		t.Errorf("Ack again: %v", err)
	}
	f, err := q.Stats(t.Context())
	if err != nil || f.Accepted != 3 || len(f.Leased) != 1 || f.Leased[0].ID != second.ID {
		t.Errorf("stats: %+v, %v; want batch %d held", f, err, second.ID)
	}
}

// throughProxy is the URL of a Redis behind a proxy.
func throughProxy(p *faults.Proxy) string { return "redis://" + p.Addr() }

func occurrences(a admin, text string) (n int) {
	all, _ := a.do("LRANGE", keyVotes, "0", "-1").AsStrSlice()
	for _, raw := range all {
		n += strings.Count(raw, text)
	}
	return n
}

// A Redis that hangs costs a bounded time, for any number of casts at once.
func TestRedisHangs(t *testing.T) {
	server := testenv.StartRedis(t)
	q := open(t, Config{URL: server.URL(), CallTimeout: 500 * time.Millisecond})
	publish(t, q, 1)
	c := consume(t, q, "")
	if err := q.Cast(t.Context(), ballot("before")); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	var g errgroup.Group
	start := time.Now()
	for i := range 12 * maxSteps * maxTogether {
		g.Go(func() error {
			if err := q.Cast(t.Context(), ballot("hang-"+strconv.Itoa(i))); !errors.Is(err, queue.ErrUnavailable) {
				return fmt.Errorf("cast: %w", err)
			}
			return nil
		})
	}
	g.Go(func() error {
		if _, err := c.Take(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
			return fmt.Errorf("take: %w", err)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > 8*time.Second {
		t.Errorf("it took %s", d)
	}
	server.Resume()
	until(t, "a vote is cast", func() bool { return q.Cast(t.Context(), ballot("after")) == nil })
}

// Redis loses its memory while all run: they go on, once polls are published.
func TestFlush(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), RenewEvery: 20 * time.Millisecond, ClaimEvery: 50 * time.Millisecond})
	c := consume(t, q, "")
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("before")); err != nil {
		t.Fatal(err)
	}
	leased, err := c.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan queue.Batch, 1)
	var g errgroup.Group
	g.Go(func() error {
		_, err := c.Take(t.Context())
		if !errors.Is(err, queue.ErrUnfenced) {
			return fmt.Errorf("a queue that does not know how far the store is assigned positions, %w", err)
		}
		taken <- takeAnyway(t, c)
		return nil
	})
	admin.do("FLUSHALL")
	if err := q.Cast(t.Context(), ballot("between")); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Cast with nothing published: %v", err)
	}
	if v, err := q.Published(t.Context()); v.Revision != 0 || err != nil {
		t.Errorf("published is %v, %v", v, err)
	}
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("after")); err != nil {
		t.Fatal(err)
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	b := <-taken
	if v, err := queue.Decode(b.Messages[0].Raw); err != nil || v.Voter != "after" || b.ID <= leased.ID {
		t.Errorf("got %+v as batch %d after batch %d, %v", v, b.ID, leased.ID, err)
	}
	if err := c.Ack(t.Context(), leased, nil); err != nil {
		t.Errorf("Ack of a batch that Redis forgot: %v", err)
	}
}

// Someone destroys the group: what was leased is leased again, before anything new.
func TestGroupDestroyed(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	c := consume(t, q, "")
	publish(t, q, 1)
	for _, voter := range []string{"first", "second"} {
		if err := q.Cast(t.Context(), ballot(voter)); err != nil {
			t.Fatal(err)
		}
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := queue.Decode(b.Messages[0].Raw); v.Voter != voter {
			t.Fatalf("got the vote of %s, want %s", v.Voter, voter)
		}
	}
	admin.do("XGROUP", "DESTROY", keyBatches, "workers")
	if err := q.Cast(t.Context(), ballot("third")); err != nil {
		t.Fatal(err)
	}
	other := consume(t, q, "")
	for _, voter := range []string{"first", "second", "third"} {
		b, err := other.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := queue.Decode(b.Messages[0].Raw); v.Voter != voter {
			t.Errorf("got the vote of %s, want %s", v.Voter, voter)
		}
	}
}
