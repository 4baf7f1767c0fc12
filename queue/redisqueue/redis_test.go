package redisqueue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/vote"
)

// The original worker does BLPOP and reads voter_id and vote; the original poll
// app pushes just these.
func TestClassicPrograms(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("f3a1c0ffee")); err != nil {
		t.Fatal(err)
	}
	popped, err := admin.Do(t.Context(), admin.B().Blpop().Key("votes").Timeout(0).Build()).AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	var classic map[string]string
	if err := json.Unmarshal([]byte(popped[1]), &classic); err != nil || classic["voter_id"] != "f3a1c0ffee" || classic["vote"] != "a" {
		t.Errorf("the original worker reads %q, %v", popped[1], err)
	}

	admin.do("RPUSH", "votes", `{"voter_id": "f3a1c0ffee", "vote": "b"}`)
	b, err := consume(t, q, "").Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := vote.Vote{Poll: vote.DefaultSlug, Voter: "f3a1c0ffee", Ballot: "b"}
	if v, err := queue.Decode(b.Messages[0].Raw); err != nil || v != want {
		t.Errorf("got %+v, %v", v, err)
	}
}

// P5: whatever is pushed comes out as it was, or its beginning if it is too long for
// a vote, in batches of a bounded size.
func TestHugeMessages(t *testing.T) {
	server := testenv.StartRedis(t, "--appendfsync", "no")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), BatchBytes: 1 << 20})
	c := consume(t, q, "")
	sizes := []int{10, 900 << 10, 600 << 10, 600 << 10, 0, 10}
	for _, n := range sizes {
		admin.do("RPUSH", keyVotes, strings.Repeat("\x00", n))
	}
	want := [][]int{{10}, {900 << 10}, {600 << 10}, {600 << 10, 0, 10}}
	const longest = queue.MaxMessage + 1
	for i, batch := range want {
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Messages) != len(batch) {
			t.Fatalf("batch %d has %d messages, want %d", i, len(b.Messages), len(batch))
		}
		for j, n := range batch {
			if raw := b.Messages[j].Raw; !bytes.Equal(raw, make([]byte, min(n, longest))) {
				t.Errorf("batch %d, message %d: %d bytes, want %d", i, j, len(raw), min(n, longest))
			}
		}
	}
}

// The largest batch allowed fits on Lua's stack.
func TestLargestBatch(t *testing.T) {
	server := testenv.StartRedis(t, "--appendfsync", "no")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), BatchSize: maxBatchSize})
	push := append([]string{"RPUSH", keyVotes}, make([]string, maxBatchSize+1)...)
	admin.do(push...)
	b, err := consume(t, q, "").Take(t.Context())
	if err != nil || len(b.Messages) != maxBatchSize {
		t.Errorf("%d messages, %v", len(b.Messages), err)
	}
}

// A worker whose store is slow keeps its batch for as long as it lives; one that
// was killed loses it within ClaimAfter + ClaimEvery.
func TestLeases(t *testing.T) {
	server := testenv.StartRedis(t)
	cfg := Config{URL: server.URL(), RenewEvery: 50 * time.Millisecond, ClaimAfter: time.Second, ClaimEvery: 100 * time.Millisecond}
	q := open(t, cfg)
	publish(t, q, 1)
	slow, other := consume(t, q, "slow"), consume(t, q, "other")
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	b, err := slow.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*cfg.ClaimAfter)
	defer cancel()
	if stolen, err := other.Take(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("batch %d was taken from a live worker, %v", stolen.ID, err)
	}

	slow.leases.stop() // killed
	start := time.Now()
	again, err := other.Take(t.Context())
	if err != nil || again.ID != b.ID {
		t.Fatalf("got batch %d, want %d, %v", again.ID, b.ID, err)
	}
	if d, most := time.Since(start), cfg.ClaimAfter+cfg.ClaimEvery+time.Second; d > most {
		t.Errorf("it took %s, more than %s", d, most)
	}
}

// With the defaults what a killed worker held is leased again within three seconds,
// and a live one may miss three renewals.
func TestPatience(t *testing.T) {
	var cfg Config
	cfg.setDefaults()
	const tick = 100 * time.Millisecond // of Redis, when it looks whose wait is over
	if most := cfg.ClaimAfter + cfg.ClaimEvery + tick; most > 3*time.Second {
		t.Errorf("it takes up to %s", most)
	}
	if cfg.ClaimAfter < 4*cfg.RenewEvery {
		t.Errorf("a lease is renewed every %s and abandoned after %s", cfg.RenewEvery, cfg.ClaimAfter)
	}
}

// A worker that stood still for long finds its own batch abandoned. It has it
// already: it is not leased a second time, but kept alive again.
func TestOwnLeaseAbandoned(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), RenewEvery: time.Hour, ClaimEvery: 20 * time.Millisecond})
	publish(t, q, 1)
	c := consume(t, q, "worker")
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	b, err := c.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admin.do("XCLAIM", keyBatches, "workers", "worker", "0", c.leases.entries()[0], "IDLE", "86400000", "JUSTID")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if again, err := c.Take(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got batch %d while holding %d, %v", again.ID, b.ID, err)
	}
}

// A worker that says goodbye leaves nothing to wait for, and no name.
func TestClose(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), ClaimAfter: time.Hour})
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	leaving := consume(t, q, "leaving")
	b, err := leaving.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := leaving.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := q.NewConsumer("other")
	again, err := other.Take(t.Context())
	if err != nil || again.ID != b.ID {
		t.Fatalf("got batch %d, want %d, %v", again.ID, b.ID, err)
	}
	if err := other.Ack(t.Context(), again, nil); err != nil {
		t.Fatal(err)
	}
	if err := leaving.Close(t.Context()); err != nil { // again: it now holds nothing
		t.Fatal(err)
	}
	if err := other.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names, _ := admin.do("XINFO", "CONSUMERS", keyBatches, "workers").ToArray(); len(names) != 0 {
		t.Errorf("%d names are left", len(names))
	}
}

// A worker that was killed and starts under the same name gets its batch at once.
func TestSameNameAgain(t *testing.T) {
	server := testenv.StartRedis(t)
	q := open(t, Config{URL: server.URL(), ClaimAfter: time.Hour})
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	killed := consume(t, q, "worker-1")
	b, err := killed.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	killed.leases.stop()
	again, err := consume(t, q, "worker-1").Take(t.Context())
	if err != nil || again.ID != b.ID {
		t.Errorf("got batch %d, want %d, %v", again.ID, b.ID, err)
	}
}

// Messages that others took out of the inbox don't keep a poll closing for ever.
func TestSettledThoughOthersTook(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	publish(t, q, 2, closing)
	if settled, err := q.Settled(t.Context(), vote.DefaultSlug); settled || err != nil {
		t.Fatalf("Settled while a vote waits: %t, %v", settled, err)
	}
	admin.do("LPOP", keyVotes)
	if settled, err := q.Settled(t.Context(), vote.DefaultSlug); !settled || err != nil {
		t.Errorf("Settled when the inbox is empty: %t, %v", settled, err)
	}
}

// All replicas get the same key, whoever comes first.
func TestCookieKey(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	keys := make([][]byte, 4)
	var g errgroup.Group
	for i := range keys {
		q := open(t, Config{URL: server.URL()})
		g.Go(func() (err error) {
			keys[i], err = q.CookieKey(t.Context())
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if len(key) != cookieKeySize || !bytes.Equal(key, keys[0]) {
			t.Errorf("keys differ: %d bytes", len(key))
		}
	}
	q := open(t, Config{URL: server.URL()})
	first, err := q.CookieKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admin.do("FLUSHALL")
	if _, err := q.CookieKey(t.Context()); err != nil { // puts it back
		t.Fatal(err)
	}
	if key, err := open(t, Config{URL: server.URL()}).CookieKey(t.Context()); err != nil || !bytes.Equal(key, first) {
		t.Errorf("a new replica got another key after Redis had lost it: %v", err)
	}
	admin.do("SET", keyCookie, "not a key")
	if _, err := open(t, Config{URL: server.URL()}).CookieKey(t.Context()); err == nil {
		t.Error("a key that is not one was accepted")
	}
}

// An id that is remembered expires, and costs little until then.
func TestOnceKey(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	c := ballot(strings.Repeat("v", vote.MaxVoter))
	c.Vote.ID, c.Once = strings.Repeat("i", vote.MaxID), true
	if err := q.Cast(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	key := onceKey(c.Vote)
	ttl, _ := admin.do("TTL", key).AsInt64()
	if window := int64(queue.OnceWindow.Seconds()); ttl < window-5 || ttl > window {
		t.Errorf("it is remembered for %d s", ttl)
	}
	if size, _ := admin.do("MEMORY", "USAGE", key).AsInt64(); size > 150 {
		t.Errorf("it costs %d bytes", size)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, cfg := range map[string]Config{
		"scheme":   {URL: "http://localhost"},
		"garbage":  {URL: "redis://:geheim@host:port\x7f"},
		"sentinel": {URL: "redis://localhost?master_set=m"},
		"two":      {URL: "redis://localhost?addr=other:6379"},
		"batch":    {BatchSize: maxBatchSize + 1},
	} {
		_, err := Open(cfg)
		if err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
