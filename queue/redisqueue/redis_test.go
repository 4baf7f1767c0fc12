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

	"popeye/internal/testserver"
	"popeye/queue"
	"popeye/vote"
)

// The original worker does BLPOP and reads voter_id and vote; the original poll
// app pushes just these.
func TestClassicPrograms(t *testing.T) {
	server := testserver.StartRedis(t)
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

// P5: whatever is pushed comes out as it was, in batches of a bounded size.
func TestHugeMessages(t *testing.T) {
	server := testserver.StartRedis(t, "--appendfsync", "no")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), BatchBytes: 1 << 20})
	c := consume(t, q, "")
	sizes := []int{10, 3 << 20, 600 << 10, 600 << 10, 0, 10}
	for _, n := range sizes {
		admin.do("RPUSH", keyVotes, strings.Repeat("\x00", n))
	}
	want := [][]int{{10}, {3 << 20}, {600 << 10}, {600 << 10, 0, 10}}
	for i, batch := range want {
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Messages) != len(batch) {
			t.Fatalf("batch %d has %d messages, want %d", i, len(b.Messages), len(batch))
		}
		for j, n := range batch {
			if raw := b.Messages[j].Raw; !bytes.Equal(raw, make([]byte, n)) {
				t.Errorf("batch %d, message %d: %d bytes, want %d", i, j, len(raw), n)
			}
		}
	}
}

// The largest batch allowed fits on Lua's stack.
func TestLargestBatch(t *testing.T) {
	server := testserver.StartRedis(t, "--appendfsync", "no")
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
func TestLoans(t *testing.T) {
	server := testserver.StartRedis(t)
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

	slow.loans.stop() // killed
	start := time.Now()
	again, err := other.Take(t.Context())
	if err != nil || again.ID != b.ID {
		t.Fatalf("got batch %d, want %d, %v", again.ID, b.ID, err)
	}
	if d, most := time.Since(start), cfg.ClaimAfter+cfg.ClaimEvery+time.Second; d > most {
		t.Errorf("it took %s, more than %s", d, most)
	}
}

// A worker that stood still for long finds its own batch abandoned. It has it
// already: it is not lent a second time, but kept alive again.
func TestOwnLoanAbandoned(t *testing.T) {
	server := testserver.StartRedis(t)
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
	admin.do("XCLAIM", keyBatches, "workers", "worker", "0", c.loans.entries()[0], "IDLE", "86400000", "JUSTID")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if again, err := c.Take(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got batch %d while holding %d, %v", again.ID, b.ID, err)
	}
}

// A worker that says goodbye leaves nothing to wait for, and no name.
func TestClose(t *testing.T) {
	server := testserver.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), ClaimAfter: time.Hour})
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	leaving := q.NewConsumer("leaving")
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
	server := testserver.StartRedis(t)
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
	killed.loans.stop()
	again, err := consume(t, q, "worker-1").Take(t.Context())
	if err != nil || again.ID != b.ID {
		t.Errorf("got batch %d, want %d, %v", again.ID, b.ID, err)
	}
}

// Pages are answered from memory, and a change gets there without being asked
// for; a definition that makes no sense harms nobody.
func TestPollCache(t *testing.T) {
	server := testserver.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q, other := open(t, Config{URL: server.URL()}), open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	read := func() int64 {
		p, err := other.Poll(t.Context(), vote.DefaultSlug)
		if err != nil {
			t.Fatal(err)
		}
		return p.Revision
	}
	read()
	calls := func() string {
		for line := range strings.Lines(text(t, admin, "INFO", "commandstats")) {
			if strings.HasPrefix(line, "cmdstat_hget:") {
				calls, _, _ := strings.Cut(line, ",")
				return calls
			}
		}
		return ""
	}
	before := calls()
	for range 100 {
		read()
	}
	if after := calls(); after != before {
		t.Errorf("100 reads asked Redis: %s, then %s", before, after)
	}
	publish(t, q, 2)
	until(t, "the change arrives", func() bool { return read() == 2 })

	for _, bad := range []string{"", "null", "[]", `{"slug":"default"}`, `{"slug":5}`, "\x00"} {
		admin.do("HSET", keyPolls, vote.DefaultSlug, bad)
		until(t, "the bad definition arrives", func() bool {
			_, err := other.Poll(t.Context(), vote.DefaultSlug)
			return errors.Is(err, queue.ErrUnavailable)
		})
	}
}

// The news that a definition changed is late. A voter who is told ErrChanged, or
// that the poll is not open, still gets the new one when asking again.
func TestPollCacheOutOfDate(t *testing.T) {
	server := testserver.StartRedis(t)
	p := newProxy(t, server.Addr())
	other, q := open(t, Config{URL: server.URL()}), open(t, Config{URL: p.url()})
	publish(t, other, 1)
	read := func(want int64) {
		t.Helper()
		if p, err := q.Poll(t.Context(), vote.DefaultSlug); err != nil || p.Revision != want {
			t.Fatalf("Poll: revision %d, want %d, %v", p.Revision, want, err)
		}
	}
	read(1)
	p.deaf.Store(true)
	publish(t, other, 2)
	read(1) // from memory: nobody knows better
	if err := q.Cast(t.Context(), ballot("voter")); !errors.Is(err, queue.ErrChanged) {
		t.Fatalf("Cast: got %v, want %v", err, queue.ErrChanged)
	}
	read(2)
}

func text(t *testing.T, a admin, command ...string) string {
	t.Helper()
	m := a.do(command...)
	s, err := m.ToString()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Messages that others took out of the inbox don't keep a poll closing for ever.
func TestSettledThoughOthersTook(t *testing.T) {
	server := testserver.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("first")); err != nil {
		t.Fatal(err)
	}
	closing, _ := vote.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	closing.Status = vote.Closing
	if err := q.Publish(t.Context(), vote.Board{Revision: 2, Polls: []vote.Poll{closing}}); err != nil {
		t.Fatal(err)
	}
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
	server := testserver.StartRedis(t)
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
	server := testserver.StartRedis(t)
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
