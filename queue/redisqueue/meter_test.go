package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
)

// What the oldest message says of itself is believed within what can be: not
// before the inbox was last seen empty, not after now.
func TestSince(t *testing.T) {
	server := testenv.StartRedis(t, "--appendfsync", "no")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	now := time.UnixMicro(time.Now().UnixMicro()).UTC()
	early, earlier, later := now.Add(-time.Hour), now.Add(-2*time.Hour), now.Add(time.Hour)
	says := func(at time.Time) string {
		return fmt.Sprintf(`{"voter_id":"v","vote":"a","at":%q}`, at.Format(time.RFC3339Nano))
	}
	const classic = `{"voter_id":"v","vote":"a"}`
	var asOf time.Time // stands for the moment of the reading
	for _, tt := range []struct {
		name    string
		drained time.Time
		head    string
		want    time.Time
	}{
		{"it says when", time.Time{}, says(early), early},
		{"in another zone", time.Time{}, says(early.In(time.FixedZone("", 2*60*60))), early},
		{"after the inbox was empty", earlier, says(early), early},
		{"before the inbox was empty", early, says(earlier), early},
		{"in time to come", earlier, says(later), asOf},
		{"it says nothing", early, classic, early},
		{"nobody knows", time.Time{}, classic, asOf},
		{"a time that is none", early, `{"voter_id":"v","vote":"a","at":"yesterday"}`, early},
		{"no vote", early, "\x00rubbish", early},
		{"an empty message", early, "", early},
		{"too long for a vote", early, says(now) + strings.Repeat(" ", 3<<20), early},
		{"the clock was set back", later, classic, asOf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			admin.do("FLUSHALL")
			if !tt.drained.IsZero() {
				admin.do("SET", keyDrained, strconv.FormatInt(tt.drained.UnixMicro(), 10))
			}
			admin.do("RPUSH", keyVotes, tt.head, says(now))
			f, err := q.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if tt.want.Equal(asOf) {
				tt.want = f.AsOf
			}
			if !f.Since.Equal(tt.want) || f.Waiting != 2 {
				t.Errorf("%d wait since %s, want %s", f.Waiting, f.Since, tt.want)
			}
		})
	}
}

// written is how many bytes Redis has in its append-only file.
func (a admin) written() int64 {
	a.t.Helper()
	_, rest, _ := strings.Cut(a.text("INFO", "persistence"), "aof_current_size:")
	size, _, _ := strings.Cut(rest, "\r")
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

// A worker notes that the inbox is empty: when it has taken the last message, and
// when it finds none.
func TestDrained(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL(), BatchSize: 1, ClaimEvery: 20 * time.Millisecond, RenewEvery: time.Hour})
	c := consume(t, q, "")
	admin.do("RPUSH", keyVotes, "one", "two")
	since := func() time.Time {
		t.Helper()
		f, err := q.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f.Since
	}
	take := func() {
		t.Helper()
		takeAnyway(t, c)
	}
	take()
	if n := admin.number("EXISTS", keyDrained); n != 0 {
		t.Error("it is noted that the inbox is empty, and a message waits")
	}
	take()
	drained := admin.number("GET", keyDrained)
	server.Kill() // noted on the disk, with the take
	server.Start(t)
	until(t, "the queue is ready", func() bool { return q.Ready(t.Context()) == nil })
	admin = newAdmin(t, server.URL())
	admin.do("RPUSH", keyVotes, "three")
	if got := since(); got.UnixMicro() != drained {
		t.Errorf("a message waits since %s, the inbox was empty %s", got, time.UnixMicro(drained))
	}
	take()

	ctx, cancel := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error {
		_, err := c.Take(ctx) // finds nothing, again and again
		return err
	})
	drained = admin.number("GET", keyDrained)
	written := admin.written()
	until(t, "an idle worker has noted it", func() bool { return admin.number("GET", keyDrained) > drained })
	if n := admin.written() - written; n != 0 {
		t.Errorf("an idle worker wrote %d bytes to the disk", n)
	}
	cancel()
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("Take: %v", err)
	}
}

// An operator who knows why the account does not balance may say so.
func TestRebase(t *testing.T) {
	server := testenv.StartRedis(t)
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	if err := q.Cast(t.Context(), ballot("voter")); err != nil {
		t.Fatal(err)
	}
	accepted := func() int64 {
		t.Helper()
		f, err := q.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f.Accepted
	}
	for _, step := range []struct{ by, want int64 }{{0, 1}, {1000, 1001}, {1, 1002}, {-1002, 0}, {5, 5}} {
		if err := q.Rebase(t.Context(), step.by); err != nil {
			t.Fatal(err)
		}
		if got := accepted(); got != step.want {
			t.Errorf("after %d more: %d accepted, want %d", step.by, got, step.want)
		}
	}
	server.Kill()
	server.Start(t)
	until(t, "the queue is ready", func() bool { return q.Ready(t.Context()) == nil })
	admin := newAdmin(t, server.URL())
	if got := accepted(); got != 5 {
		t.Errorf("after a restart: %d accepted, want 5", got)
	}
	admin.do("FLUSHALL")
	if got := accepted(); got != 0 {
		t.Errorf("of a Redis that lost its memory: %d accepted", got)
	}
	admin.do("SET", keyBefore, "not a number")
	if err := q.Rebase(t.Context(), 1); err == nil {
		t.Error("what is not a number was added to")
	}
	if _, err := q.Stats(t.Context()); err == nil {
		t.Error("stats were read that are none")
	}
}
