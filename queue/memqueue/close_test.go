package memqueue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/definition"
)

// newQueue returns a queue whose default poll is open as revision 1.
func newQueue(t *testing.T, cfg Config) *Queue {
	t.Helper()
	q := New(cfg)
	p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err != nil {
		t.Fatal(err)
	}
	p.Revision = 1
	if err := q.Publish(t.Context(), catalog.State{Revision: 1, Polls: []vote.Poll{p}}.Whole()); err != nil {
		t.Fatal(err)
	}
	return q
}

func ballot(voter string) queue.Cast {
	return queue.Cast{Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: voter, Ballot: "a"}, Revision: 1}
}

// start casts n votes at once and waits, in a synctest bubble, until all of them
// wait. It returns where their answers will come.
func start(q *Queue, ctx context.Context, n int) <-chan error {
	answers := make(chan error, n)
	for i := range n {
		go func() { answers <- q.Cast(ctx, ballot(fmt.Sprintf("voter-%d", i))) }()
	}
	synctest.Wait()
	return answers
}

func expect(t *testing.T, answers <-chan error, n int, want error) {
	t.Helper()
	synctest.Wait()
	for range n {
		select {
		case err := <-answers:
			if !errors.Is(err, want) {
				t.Errorf("Cast: got %v, want %v", err, want)
			}
		default:
			t.Fatal("a cast has not returned")
		}
	}
}

// Group commit: one Ack answers all casts of its batch, and no other.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{BatchSize: 30})
		defer q.Close()
		c := q.NewConsumer()
		defer c.Close()
		answers := start(q, t.Context(), 50)
		b, err := c.Take(t.Context())
		if err != nil || len(b.Messages) != 30 || len(answers) != 0 {
			t.Fatalf("%d messages, %d answers before the ack, %v", len(b.Messages), len(answers), err)
		}
		_ = c.Ack(t.Context(), b, nil)
		expect(t, answers, 30, nil)
		if len(answers) != 0 {
			t.Error("a cast returned whose batch is not acknowledged")
		}
	})
}

// P9: when the pool is full a cast fails at once, and nothing piles up.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{MaxWaiting: 10})
		c := q.NewConsumer()
		defer c.Close()
		answers := start(q, t.Context(), 10)
		if err := q.Cast(t.Context(), ballot("one-more")); !errors.Is(err, queue.ErrUnavailable) {
			t.Errorf("Cast into a full pool: %v", err)
		}
		if _, err := c.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		more := start(q, t.Context(), 1) // there is room as soon as some are taken
		q.Close()
		expect(t, more, 1, queue.ErrUnavailable)
		c.Close()
		expect(t, answers, 10, queue.ErrUnavailable)
	})
}

// A voter who goes away does not take the vote along.
func TestCastCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{})
		defer q.Close()
		ctx, cancel := context.WithCancel(t.Context())
		answers := start(q, ctx, 1)
		cancel()
		expect(t, answers, 1, queue.ErrUnavailable)
		if err := q.Cast(ctx, ballot("too-late")); !errors.Is(err, context.Canceled) {
			t.Errorf("Cast with a context that has ended: %v", err)
		}
		c := q.NewConsumer()
		defer c.Close()
		if b, err := c.Take(t.Context()); err != nil || len(b.Messages) != 1 {
			t.Errorf("%d messages, %v", len(b.Messages), err)
		}
	})
}

// A worker that never acknowledges makes nothing grow without a bound: it holds
// one batch, casts fill the pool, and then fail at once. When it acknowledges they
// go on.
func TestNeverAcknowledges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{MaxWaiting: 10, BatchSize: 5})
		c := q.NewConsumer()
		leased := start(q, t.Context(), 5)
		b, err := c.Take(t.Context())
		if err != nil || len(b.Messages) != 5 {
			t.Fatalf("%d messages, %v", len(b.Messages), err)
		}
		waiting := start(q, t.Context(), 10)
		for range 1000 {
			if err := q.Cast(t.Context(), ballot("one-more")); !errors.Is(err, queue.ErrUnavailable) {
				t.Fatalf("Cast into a full pool: %v", err)
			}
		}
		if f, _ := q.Stats(t.Context()); f.Waiting != 10 || len(f.Leased) != 1 || f.Accepted != 15 {
			t.Errorf("stats: %+v", f)
		}
		_ = c.Ack(t.Context(), b, nil)
		expect(t, leased, 5, nil)
		for range 2 {
			b, _ := c.Take(t.Context())
			_ = c.Ack(t.Context(), b, nil)
		}
		expect(t, waiting, 10, nil)
		again := start(q, t.Context(), 1)
		q.Close()
		expect(t, again, 1, queue.ErrUnavailable)
	})
}

// A poll is open until its time and shut from that moment on; a cast that was let
// in before is still answered.
func TestClosesOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{})
		defer q.Close()
		p, err := q.Poll(t.Context(), vote.DefaultSlug)
		if err != nil {
			t.Fatal(err)
		}
		p.ClosesAt = time.Now().Add(time.Minute)
		if err := q.Publish(t.Context(), catalog.State{Revision: 2, Polls: []vote.Poll{p}}.Whole()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Nanosecond) // of the bubble's clock
		answers := start(q, t.Context(), 1)
		time.Sleep(time.Nanosecond)
		if err := q.Cast(t.Context(), ballot("late")); !errors.Is(err, queue.ErrNotOpen) {
			t.Errorf("Cast at the very moment: %v", err)
		}
		c := q.NewConsumer()
		defer c.Close()
		b, err := c.Take(t.Context())
		if err != nil || len(b.Messages) != 1 {
			t.Fatalf("%d messages, %v", len(b.Messages), err)
		}
		_ = c.Ack(t.Context(), b, nil)
		expect(t, answers, 1, nil)
	})
}

// The oldest that waits is as old as its cast.
func TestSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{BatchSize: 1})
		first := start(q, t.Context(), 1)
		time.Sleep(3 * time.Second) // of the bubble's clock
		second := start(q, t.Context(), 1)
		time.Sleep(2 * time.Second)
		c := q.NewConsumer()
		for _, want := range []time.Duration{5 * time.Second, 2 * time.Second} {
			f, _ := q.Stats(t.Context())
			if got := f.AsOf.Sub(f.Since); got != want {
				t.Errorf("the oldest of %d has waited for %s, want %s", f.Waiting, got, want)
			}
			_, _ = c.Take(t.Context())
		}
		q.Close()
		c.Close()
		expect(t, first, 1, queue.ErrUnavailable)
		expect(t, second, 1, queue.ErrUnavailable)
	})
}

func TestRefusalTellsWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{})
		defer q.Close()
		c := q.NewConsumer()
		defer c.Close()
		answers := start(q, t.Context(), 1)
		b, _ := c.Take(t.Context())
		_ = c.Ack(t.Context(), b, []queue.Refusal{{Position: b.ID, Reason: "the poll is closed"}})
		if err := <-answers; !errors.Is(err, queue.ErrRefused) || !strings.Contains(err.Error(), "the poll is closed") {
			t.Errorf("Cast: %v", err)
		}
	})
}

// Close answers what waits to be taken. What is leased is answered by its Ack, or,
// when its consumer ends, not stored as far as anyone knows. None waits for ever.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{BatchSize: 2})
		acks, dies := q.NewConsumer(), q.NewConsumer()
		acked := start(q, t.Context(), 2)
		b, _ := acks.Take(t.Context())
		lost := start(q, t.Context(), 2)
		_, _ = dies.Take(t.Context())
		waiting := start(q, t.Context(), 3)

		q.Close()
		q.Close()
		expect(t, waiting, 3, queue.ErrUnavailable)
		if err := q.Cast(t.Context(), ballot("late")); !errors.Is(err, queue.ErrUnavailable) {
			t.Errorf("Cast after Close: %v", err)
		}
		if _, err := acks.Take(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
			t.Errorf("Take after Close: %v", err)
		}
		_ = acks.Ack(t.Context(), b, nil)
		expect(t, acked, 2, nil)
		dies.Close()
		expect(t, lost, 2, queue.ErrUnavailable)
		if f, _ := q.Stats(t.Context()); f.Accepted != 2 || f.Waiting != 0 || len(f.Leased) != 0 {
			t.Errorf("stats: %+v", f)
		}
	})
}

// Close wakes a worker that waits.
func TestCloseWakesTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{})
		ended := make(chan error, 1)
		go func() {
			_, err := q.NewConsumer().Take(t.Context())
			ended <- err
		}()
		synctest.Wait()
		q.Close()
		expect(t, ended, 1, queue.ErrUnavailable)
	})
}

// An id is remembered for OnceWindow at least, and not for ever.
func TestOnceWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, Config{})
		c := q.NewConsumer()
		ended := make(chan struct{})
		go func() { // a worker
			defer close(ended)
			for {
				b, err := c.Take(t.Context())
				if err != nil {
					return
				}
				_ = c.Ack(t.Context(), b, nil)
			}
		}()
		accepted := func() int64 { f, _ := q.Stats(t.Context()); return f.Accepted }
		once := ballot("voter")
		once.Vote.ID, once.Once = "one", true
		for _, step := range []struct {
			after time.Duration
			want  int64
		}{{0, 1}, {queue.OnceWindow - time.Second, 1}, {3 * queue.OnceWindow, 2}} {
			time.Sleep(step.after) // of the bubble's clock
			if err := q.Cast(t.Context(), once); err != nil {
				t.Fatal(err)
			}
			if got := accepted(); got != step.want {
				t.Errorf("%s later: %d votes accepted, want %d", step.after, got, step.want)
			}
		}
		q.Close()
		<-ended
	})
}

// An id that was cast late in a generation outlives it.
func TestOnceLateInGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := once{most: 100}
		early, late := newOnceID(vote.Vote{ID: "early"}), newOnceID(vote.Vote{ID: "late"})
		o.remember(early, onceCast{entry: stored})
		time.Sleep(queue.OnceWindow - time.Second)
		o.remember(late, onceCast{entry: stored})
		time.Sleep(queue.OnceWindow - time.Second)
		if _, ok := o.find(late); !ok {
			t.Error("forgotten before OnceWindow is over")
		}
		time.Sleep(queue.OnceWindow)
		if _, ok := o.find(early); ok {
			t.Error("remembered for more than two OnceWindows")
		}
	})
}

// However many ids there are, two generations of them are remembered.
func TestOnceIsBounded(t *testing.T) {
	o := once{most: 100}
	for i := range 1000 {
		o.remember(newOnceID(vote.Vote{ID: fmt.Sprint(i)}), onceCast{entry: stored})
		if n := len(o.now) + len(o.old); n > 200 {
			t.Fatalf("%d ids are remembered", n)
		}
	}
	if _, ok := o.find(newOnceID(vote.Vote{ID: "900"})); !ok {
		t.Error("one of the last hundred is forgotten")
	}
}
