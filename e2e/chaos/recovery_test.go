package main

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/store"
)

// What a worker holds when it is killed is stored by another one, within five
// seconds, whatever the moment: here it is in the middle of its transaction.
func TestKilledWorkerIsReplaced(t *testing.T) {
	const promised, votes = 5 * time.Second, 50
	ctx := t.Context()
	s := newStack(t, bin, "", t.TempDir())
	w, err := newWitness(ctx, newLedger(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	if err := s.Up(ctx, patience); err != nil {
		t.Fatal(err)
	}
	first, second := s.Workers[0], s.Workers[1]
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	unlock, err := w.lockBallots(ctx)
	if err != nil {
		t.Fatal(err)
	}
	unlock = sync.OnceFunc(unlock)
	t.Cleanup(unlock)
	first.Pause()
	cast(t, newCrowd(w.ledger, s.Polls), votes)
	first.Resume()
	leased := holds(t, w)
	if err := again(second)(ctx); err != nil {
		t.Fatal(err)
	}

	first.Kill()
	killed := time.Now()
	unlock()
	var took time.Duration
	err = testenv.Until(ctx, patience, "what the killed worker held is stored", func() error {
		var stored int64
		err := w.pool.QueryRow(ctx, `SELECT votes FROM batches WHERE id = $1`, leased.ID).Scan(&stored)
		took = time.Since(killed)
		if err == nil && stored != leased.Messages {
			err = fmt.Errorf("%d of %d votes", stored, leased.Messages)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if took > promised {
		t.Errorf("it took %s", took)
	}
	t.Logf("MEASURED a worker killed while it holds %d votes: another has stored them after %.2f s", leased.Messages, took.Seconds())
	allStored(t, w, votes)
}

// cast casts votes of as many voters, all recorded.
func cast(t *testing.T, c *crowd, votes int) {
	t.Helper()
	t.Cleanup(c.network.CloseIdleConnections)
	for n := range votes {
		v := c.newcomer()
		if got, err := v.cast(t.Context(), defaultPoll, ballot{"a", `"a"`}, 1); err != nil || got.Answer != judge.Recorded {
			t.Fatalf("vote %d: %s, %v", n, got.Answer, err)
		}
	}
}

// holds waits until the only worker holds a batch: all votes, or those that came
// before it stood still.
func holds(t *testing.T, w *witness) (leased queue.Lease) {
	t.Helper()
	err := testenv.Until(t.Context(), patience, "the worker holds votes", func() error {
		f, err := w.stats(t.Context())
		if err == nil && len(f.Leased) != 1 {
			err = fmt.Errorf("%d batches are held, %d votes wait", len(f.Leased), f.Waiting)
		}
		if err == nil {
			leased = f.Leased[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return leased
}

// allStored wants every vote stored once, and an account that says so.
func allStored(t *testing.T, w *witness, votes int64) {
	t.Helper()
	var a store.Account
	err := testenv.Until(t.Context(), patience, "every vote is stored", func() (err error) {
		a, err = w.account(t.Context())
		if err == nil && (a.Stored != votes || a.Waiting != 0 || a.Difference() != 0) {
			err = fmt.Errorf("the account is %+v", a)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	casts, _ := w.all()
	r, _, err := w.read(t.Context(), defaultPoll)
	if err != nil {
		t.Fatal(err)
	}
	v := judge.Judge(judge.Record{Casts: casts, Final: []judge.Reading{r}, End: a})
	if len(v.Charges) > 0 {
		t.Errorf("charges %+v", v.Charges)
	}
}
