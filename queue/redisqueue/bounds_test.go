package redisqueue

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/vote"
)

// allocated is how much memory Redis uses.
func (a admin) allocated() int64 {
	a.t.Helper()
	stats, _ := a.do("MEMORY", "STATS").AsMap()
	total := stats["total.allocated"]
	n, err := total.AsInt64()
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

// leave lets Redis use so much more memory than it does, and returns the bound.
func (a admin) leave(memory int64) int64 {
	a.t.Helper()
	most := a.allocated() + memory
	a.do("CONFIG", "SET", "maxmemory", strconv.FormatInt(most, 10))
	return most
}

// fill casts until Redis is full. It returns how many votes were recorded.
func fill(t *testing.T, q *Queue) (recorded int) {
	t.Helper()
	for ; ; recorded++ {
		c := ballot("voter-" + strconv.Itoa(recorded))
		c.Vote.TraceParent = strings.Repeat("t", 1000) // fills faster
		err := q.Cast(t.Context(), c)
		if errors.Is(err, queue.ErrUnavailable) {
			return recorded
		}
		if err != nil {
			t.Fatalf("Cast into a full Redis: %v", err)
		}
	}
}

// P9: a full Redis refuses votes and loses none; taking them out makes room.
func TestRedisFull(t *testing.T) {
	server := testenv.StartRedis(t, "--maxmemory", "8mb", "--maxmemory-policy", "noeviction")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	c := consume(t, q, "")
	publish(t, q, 1)
	admin.leave(2 << 20)
	recorded := fill(t, q)
	if recorded == 0 {
		t.Fatal("not even one vote was recorded")
	}
	publish(t, q, 2, closing) // a gate must shut also when Redis is full
	delivered := 0
	for delivered < recorded {
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatalf("Take from a full Redis, after %d of %d votes: %v", delivered, recorded, err)
		}
		delivered += len(b.Messages)
		if err := c.Ack(t.Context(), b, nil); err != nil {
			t.Fatal(err)
		}
	}
	if settled, err := q.Settled(t.Context(), vote.DefaultSlug); !settled || err != nil {
		t.Errorf("Settled: %t, %v", settled, err)
	}
	publish(t, q, 3)
	again := ballot("again")
	again.Revision = 3
	if err := q.Cast(t.Context(), again); err != nil {
		t.Errorf("Cast when there is room again: %v", err)
	}
}

// A full Redis does not let a worker wait with BLMOVE; it must not spin, nor fail.
func TestWaitAtFullRedis(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), ClaimEvery: 20 * time.Millisecond})
	c := consume(t, q, "")
	admin.do("CONFIG", "SET", "maxmemory", "1")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := c.Take(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Take: %v", err)
	}
}

// A worker that takes and never acknowledges makes nothing grow without a bound:
// what it was leased stays in the stream, what comes then stays in the list, and
// when both have filled Redis votes are refused, until it acknowledges.
func TestNeverAcknowledges(t *testing.T) {
	server := testenv.StartRedis(t, "--maxmemory-policy", "noeviction", "--appendfsync", "no")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), BatchSize: 100})
	c := consume(t, q, "")
	publish(t, q, 1)
	const memory = 4 << 20
	most := admin.leave(memory)

	var batches []queue.Batch
	recorded, leased := 0, 0
	for {
		n := fill(t, q)
		recorded += n
		if n == 0 && recorded == leased {
			break // Redis is full of what is leased
		}
		for leased < recorded {
			b, err := c.Take(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			batches, leased = append(batches, b), leased+len(b.Messages)
			if now := admin.allocated(); now > most+memory/4 {
				t.Fatalf("with %d messages leased Redis uses %d bytes, more than %d", leased, now, most)
			}
		}
	}
	f, err := q.Stats(t.Context())
	if err != nil || f.Waiting != 0 || f.Accepted != int64(recorded) || len(f.Leased) != len(batches) {
		t.Errorf("of %d votes in %d batches: %+v, %v", recorded, len(batches), f, err)
	}
	if n := admin.number("XLEN", keyBatches); n != int64(len(batches)) {
		t.Errorf("the stream holds %d batches, %d are leased", n, len(batches))
	}
	for _, b := range batches {
		if err := c.Ack(t.Context(), b, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Cast(t.Context(), ballot("again")); err != nil {
		t.Errorf("Cast when there is room again: %v", err)
	}
	t.Logf("%d votes were let in", recorded)
}

// The usual bad worker holds one batch for ever, alive: the others take the rest,
// and the stream holds that one.
func TestOneBatchForEver(t *testing.T) {
	server := testenv.StartRedis(t, "--appendfsync", "no")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), BatchSize: 2, RenewEvery: 10 * time.Millisecond, ClaimAfter: time.Hour})
	publish(t, q, 1)
	stuck, other := consume(t, q, "stuck"), consume(t, q, "other")
	var keys int64
	for i := range 100 {
		for range 2 {
			if err := q.Cast(t.Context(), ballot("voter-"+strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
		}
		c := other
		if i == 0 {
			c = stuck
		}
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			continue
		}
		if err := c.Ack(t.Context(), b, nil); err != nil {
			t.Fatal(err)
		}
		if n := admin.number("XLEN", keyBatches); n != 1 {
			t.Fatalf("the stream holds %d batches after %d", n, i)
		}
		if i == 1 {
			keys = admin.number("DBSIZE")
		}
	}
	if n := admin.number("DBSIZE"); n != keys {
		t.Errorf("there are %d keys, %d after the first votes", n, keys)
	}
}
