package redisqueue

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/queue"
)

// castAndTake casts a vote and takes it.
func castAndTake(t *testing.T, q *Queue, c *Consumer, voter string) (queue.Batch, error) {
	t.Helper()
	if err := q.Cast(t.Context(), ballot(voter)); err != nil {
		t.Fatal(err)
	}
	return c.Take(t.Context())
}

// Redis that was started anew may have come back with an older file: it assigns
// nothing before it is told how far the store is. What is leased it goes on leasing.
func TestAFreshRunOfRedisAsks(t *testing.T) {
	server := testenv.StartRedis(t)
	q := open(t, Config{URL: server.URL(), ClaimAfter: 200 * time.Millisecond, ClaimEvery: 20 * time.Millisecond})
	publish(t, q, 1)
	dying := consume(t, q, "")
	leased, err := castAndTake(t, q, dying, "first")
	if err != nil {
		t.Fatal(err)
	}
	dying.leases.stop()
	server.Kill()
	server.Start(t)
	until(t, "the queue is ready", func() bool { return q.Ready(t.Context()) == nil })

	c := q.NewConsumer("")
	defer c.Close(t.Context())
	until(t, "the batch is leased again", func() bool {
		again, err := c.Take(t.Context())
		return err == nil && again.ID == leased.ID
	})
	if b, err := castAndTake(t, q, c, "second"); !errors.Is(err, queue.ErrUnfenced) {
		t.Fatalf("batch %d, %v", b.ID, err)
	}
	high := time.Now().Add(time.Hour).UnixMicro() // the clock was set back
	if err := c.Fence(t.Context(), high); err != nil {
		t.Fatal(err)
	}
	if err := c.Ack(t.Context(), leased, nil); err != nil {
		t.Fatal(err)
	}
	if b, err := c.Take(t.Context()); err != nil || b.ID <= high || b.Prev != high {
		t.Errorf("batch %d after %d, the fence is at %d, %v", b.ID, b.Prev, high, err)
	}
}

// What a fence went over may have to be placed anew, and come first.
func TestWhatIsLeasedBelowAFenceComesFirst(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), ClaimEvery: 20 * time.Millisecond})
	publish(t, q, 1)
	c := consume(t, q, "")
	leased, err := castAndTake(t, q, c, "first")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Fence(t.Context(), leased.ID+1000); err != nil {
		t.Fatal(err)
	}
	admin.do("RPUSH", keyVotes, "second")
	if _, wait, err := c.take(t.Context()); err != nil || wait == nil {
		t.Fatalf("a vote that came later was placed already, %v", err)
	}
	if err := c.Replace(t.Context(), leased); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{string(leased.Messages[0].Raw), "second"} {
		b, err := c.Take(t.Context())
		if err != nil || string(b.Messages[0].Raw) != want {
			t.Fatalf("got %s, want %s, %v", b.Messages[0].Raw, want, err)
		}
		if err := c.Ack(t.Context(), b, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// A position that can't be, set by hand for instance, is refused and set back, also
// where the stream has had it already.
func TestAPoisonedPositionIsRefusedAndSetBack(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), ClaimEvery: 20 * time.Millisecond})
	publish(t, q, 1)
	c := consume(t, q, "")
	for _, position := range []string{
		"9000000000000000000", "9007199254740993", "18446744073709551616", "1e300", "inf", "nan", "many", "",
		strconv.FormatInt(time.Now().Add(25*time.Hour).UnixMicro(), 10),
	} {
		t.Run(position, func(t *testing.T) {
			if n, err := strconv.ParseUint(position, 10, 63); err == nil { // a batch of the build before
				entry := strconv.FormatUint(n-10, 10) + "-3"
				admin.do("XADD", keyBatches, entry, "n", "0", "m", "x")
				admin.do("XDEL", keyBatches, entry)
			}
			admin.do("SET", keyPosition, position)
			b, err := castAndTake(t, q, c, "voter")
			if !errors.Is(err, queue.ErrAhead) || !strings.Contains(err.Error(), position) {
				t.Fatalf("batch %d, %v", b.ID, err)
			}
			if err := c.Fence(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if b, err = c.Take(t.Context()); err != nil {
					t.Fatal(err)
				}
				if off := time.Until(time.UnixMicro(b.ID)).Abs(); off > time.Minute {
					t.Errorf("position %d is %s off", b.ID, off)
				}
				if err := c.Ack(t.Context(), b, nil); err != nil {
					t.Fatal(err)
				}
				admin.do("RPUSH", keyVotes, "more")
			}
			admin.do("DEL", keyVotes)
		})
	}
	if err := c.Fence(t.Context(), 1<<53); err == nil {
		t.Error("a fence that nothing can follow")
	}
}

// A store that is far ahead, since its votes came while a clock was wrong, is no
// reason to take none.
func TestAStoreFarAheadIsFollowed(t *testing.T) {
	server := testenv.StartRedis(t)
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	c := consume(t, q, "")
	high := time.Now().Add(5 * 365 * 24 * time.Hour).UnixMicro()
	if err := c.Fence(t.Context(), high); err != nil {
		t.Fatal(err)
	}
	for i := range int64(3) {
		b, err := castAndTake(t, q, c, "voter")
		if err != nil || b.ID != high+1+i {
			t.Fatalf("batch %d, want %d, %v", b.ID, high+1+i, err)
		}
	}
}

// Redis' clock alone, years ahead, does not lead positions there.
func TestAClockYearsAhead(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	c := consume(t, open(t, Config{URL: server.URL()}), "")
	admin.do("RPUSH", keyVotes, "x")
	behind := time.Now().AddDate(-3, 0, 0).UnixMicro() // to the worker Redis is that far ahead
	answer, err := c.q.run(t.Context(), "take", takeScript,
		[]string{keyVotes, keyBatches, keyPosition, keyMoved, keyDrained, keyClaims, keyClock, keyFence, keyReplaced, keyLifted},
		[]string{"w", "1000", "10", "1000", "1000", strconv.FormatInt(behind, 10)})
	if err != nil {
		t.Fatal(err)
	}
	_, b, err := readBatch(answer)
	if want := behind + (24 * time.Hour).Microseconds(); err != nil || b.ID != want {
		t.Errorf("position %d, want %d, %v", b.ID, want, err)
	}
}

// The position alone is lost, and the clock is behind: the stream still knows.
func TestALostPositionIsFoundAgain(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), ClaimEvery: 20 * time.Millisecond})
	publish(t, q, 1)
	c := consume(t, q, "")
	ahead := time.Now().Add(time.Hour).UnixMicro()
	if err := c.Fence(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	leased, err := castAndTake(t, q, c, "first")
	if err != nil {
		t.Fatal(err)
	}
	admin.do("DEL", keyPosition)
	if _, err := castAndTake(t, q, c, "second"); !errors.Is(err, queue.ErrUnfenced) {
		t.Fatal(err)
	}
	if err := c.Fence(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if b, err := c.Take(t.Context()); err != nil || b.ID != leased.ID+1 {
		t.Errorf("batch %d after %d, %v", b.ID, leased.ID, err)
	}
}

// Where Redis does not tell which run it is, it is asked no more than once.
func TestInfoForbidden(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	admin.do("ACL", "SETUSER", "default", "-info", "-memory")
	c := consume(t, q, "")
	if _, err := castAndTake(t, q, c, "voter"); err != nil {
		t.Error(err)
	}
	admin.do("DEL", keyFence, keyPosition)
	if _, err := castAndTake(t, q, c, "voter"); !errors.Is(err, queue.ErrUnfenced) {
		t.Errorf("without a memory: %v", err)
	}
}

// A batch that the build before has moved comes out, and can be placed anew.
func TestABatchOfTheBuildBefore(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), ClaimEvery: 20 * time.Millisecond})
	c := consume(t, q, "")
	admin.do("XGROUP", "CREATE", keyBatches, "workers", "0", "MKSTREAM")
	admin.do("XADD", keyBatches, "1700000000000000-2", "n", "41", "m", "one", "m", "two")
	b, err := c.Take(t.Context())
	if err != nil || b.Chained || b.ID != 1700000000000000 || len(b.Messages) != 2 || string(b.Messages[1].Raw) != "two" {
		t.Fatalf("%+v, %v", b, err)
	}
	if err := c.Replace(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	again, err := c.Take(t.Context())
	if err != nil || !again.Chained || again.ID <= b.ID || string(again.Messages[0].Raw) != "one" {
		t.Fatalf("%+v, %v", again, err)
	}
	fields := admin.do("XRANGE", keyBatches, "-", "+")
	entries, _ := fields.AsXRange()
	if len(entries) != 1 || entries[0].FieldValues["after 1700000000000001"] != "41" && entries[0].FieldValues["after 0"] != "41" {
		t.Errorf("the stream holds %v", entries) // its place among what was accepted is kept
	}
}

// A worker takes what is far too long for a vote, whatever Redis lets in: once, in
// bounded time, and cut. The votes behind it come out too.
func TestAHugeMessageIsCutOnce(t *testing.T) {
	server := testenv.StartRedis(t, "--appendonly", "no", "--proto-max-bulk-len", "512mb")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	c := consume(t, q, "")
	const huge = 500 << 20
	admin.do("SETRANGE", "huge-1", strconv.Itoa(huge-1), "x") // made within Redis: that is quick
	admin.do("RPUSH", "names", "1")
	admin.do("SORT", "names", "BY", "nosort", "GET", "huge-*", "STORE", keyVotes)
	admin.do("DEL", "huge-1")
	for range 100 {
		admin.do("RPUSH", keyVotes, "behind")
	}
	began := time.Now()
	if f, err := q.Stats(t.Context()); err != nil || f.Waiting != 101 {
		t.Fatalf("%+v, %v", f, err)
	}
	t.Logf("MEASURED stats with 500 MB at the head: %.3f s", time.Since(began).Seconds())
	began = time.Now()
	b, err := c.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("MEASURED take of 500 MB: %.2f s", time.Since(began).Seconds())
	if len(b.Messages) != 1 || len(b.Messages[0].Raw) != queue.MaxMessage+1 {
		t.Fatalf("%d messages, the first of %d bytes", len(b.Messages), len(b.Messages[0].Raw))
	}
	if _, err := queue.Decode(b.Messages[0].Raw); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("it is %v", err)
	}
	if raw := string(b.Messages[0].Raw); !strings.HasPrefix(raw, "(a message of more than ") {
		t.Errorf("it reads %.60q", raw)
	}
	if err := c.Ack(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	if b, err = c.Take(t.Context()); err != nil || len(b.Messages) != 100 {
		t.Errorf("%d messages behind, %v", len(b.Messages), err)
	}
}
