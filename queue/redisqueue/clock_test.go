package redisqueue

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/queue"
)

// forward does to what Redis holds what setting its clock back does: all of it is
// dated an hour ahead. Redis itself does not let leases be dated so, hence the
// detour over a dump.
func (a admin) forward(leased ...*Consumer) {
	a.t.Helper()
	var now [8]byte
	for _, c := range leased {
		for _, entry := range c.leases.entries() {
			const mark = 1_000_000_000_000 // an odd date, to find it in the dump
			binary.LittleEndian.PutUint64(now[:], mark)
			a.do("XCLAIM", keyBatches, "workers", c.name, "0", entry, "TIME", strconv.Itoa(mark), "JUSTID")
		}
	}
	ahead := time.Now().Add(time.Hour)
	var then [8]byte
	binary.LittleEndian.PutUint64(then[:], uint64(ahead.UnixMilli()))
	dump := a.text("DUMP", keyBatches)
	if !strings.Contains(dump, string(now[:])) {
		a.t.Fatal("the date is not in the dump")
	}
	a.do("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1")
	a.do("RESTORE", keyBatches, "0", strings.ReplaceAll(dump, string(now[:]), string(then[:])), "REPLACE")
	for _, key := range []string{keyPosition, keyDrained, keyClock} {
		a.do("SET", key, strconv.FormatInt(ahead.UnixMicro(), 10))
	}
}

// Redis' clock is set back by an hour. Positions go on growing, nothing waits
// since a time to come, and what a dead worker held does not wait for an hour.
func TestClockSetBack(t *testing.T) {
	server := testenv.StartRedis(t, "--enable-debug-command", "yes")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{
		URL: server.URL(), BatchSize: 1,
		RenewEvery: 20 * time.Millisecond, ClaimAfter: 300 * time.Millisecond, ClaimEvery: 20 * time.Millisecond,
	})
	publish(t, q, 1)
	dead, alive, other := consume(t, q, "dead"), consume(t, q, "alive"), consume(t, q, "other")
	var leased []queue.Batch
	for _, c := range []*Consumer{dead, alive} {
		if err := q.Cast(t.Context(), ballot("voter")); err != nil {
			t.Fatal(err)
		}
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leased = append(leased, b)
	}
	dead.leases.stop()
	admin.forward(dead)
	last := admin.number("GET", keyPosition)

	if b := takeAnyway(t, other); b.ID != leased[0].ID {
		t.Fatalf("got batch %d, the dead worker held %d", b.ID, leased[0].ID)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*q.cfg.ClaimAfter)
	defer cancel()
	if b, err := other.Take(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("batch %d was taken from a live worker, %v", b.ID, err)
	}
	if err := q.Cast(t.Context(), ballot("voter")); err != nil {
		t.Fatal(err)
	}
	if f, err := q.Stats(t.Context()); err != nil || f.Since.After(f.AsOf) || f.Since.IsZero() {
		t.Errorf("stats: %+v, %v", f, err)
	}
	b, err := other.Take(t.Context())
	if err != nil || b.ID <= last {
		t.Errorf("batch %d comes after position %d, %v", b.ID, last, err)
	}
}
