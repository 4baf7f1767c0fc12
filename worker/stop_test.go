package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

func TestAnIdleWorkerStopsAtOnce(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		began := time.Now()
		b.finish()
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// Parts of the worker return why ctx ended, others only that it did; whichever
// is first, a stop that was asked for is no failure.
func TestAStopThatWasAskedForIsNoError(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	if err := ended(ctx, context.Canceled); err == nil {
		t.Error("an end that nobody asked for counts as success")
	}
	stop(errStop)
	for _, err := range []error{nil, errStop, context.Canceled, fmt.Errorf("take: %w", context.Canceled)} {
		if err := ended(ctx, err); err != nil {
			t.Errorf("ended: %v", err)
		}
	}
	if err := ended(ctx, errAway); !errors.Is(err, errAway) {
		t.Error("a failure counts as success")
	}
}

func TestTheCurrentBatchIsFinishedWhenToldToStop(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		stopped := make(chan struct{})
		b.script.next("apply", fault{first: func(ctx context.Context) {
			<-stopped
			synctest.Wait() // the order to stop has reached everybody
			if ctx.Err() != nil {
				t.Error("the order to stop cut the store's step in half")
			}
		}})
		b.queue.push(100, classic("ann", "a"))
		b.queue.push(200, classic("bob", "a"))
		b.start()
		b.stop(errStop)
		close(stopped)
		b.wantEnd(nil)
		want := []string{"take: 100", "apply: 100", "ack: 100"}
		if diff := cmp.Diff(want, b.script.did("take", "apply", "ack")); diff != "" {
			t.Errorf("the steps, of which the second batch is for others (-want +got):\n%s", diff)
		}
	})
}

func TestAFailedStepIsTriedAgainWithinTheBoundAfterAStop(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.next("apply", fails(), fails(), lost())
		b.script.next("ack", fails(), lost())
		b.queue.push(100, classic("ann", "a"))
		b.start()
		began := time.Now()
		b.stop(errStop)
		b.wantEnd(nil)
		if !b.queue.isAcked(100) {
			t.Error("the batch in hand was dropped")
		}
		if took := time.Since(began); took >= drainTimeout {
			t.Errorf("it took %v", took)
		}
	})
}

func TestAWorkerWithoutItsStoreGivesUpAfterTheBoundWithoutAcknowledging(t *testing.T) {
	for name, during := range map[string]fault{
		"it fails": fails(),
		"it hangs": {first: func(ctx context.Context) { <-ctx.Done() }, err: errAway},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.script.next("apply", during)
				b.script.next("apply", many(fails(), 100)...)
				b.queue.push(100, classic("ann", "a"))
				b.start()
				began := time.Now()
				b.stop(errStop)
				b.wantEnd(nil)
				if took := time.Since(began); took != drainTimeout {
					t.Errorf("it took %v, want %v", took, drainTimeout)
				}
				if got := b.script.did("ack"); len(got) > 0 {
					t.Errorf("acknowledged: %q", got)
				}
			})
		})
	}
}

func TestTheNextWorkerTakesOverWhatOneLeft(t *testing.T) {
	for name, crash := range map[string][]fault{
		"before it was stored":     {fails()},
		"stored, the answer lost":  {lost()},
		"stored, not acknowledged": nil,
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.script.next("apply", crash...)
				if crash != nil {
					b.script.next("apply", many(fails(), 100)...)
				}
				b.script.set(errAway, "ack")
				b.queue.push(100, classic("ann", "a"), classic("ann", "b"), "rubbish")
				b.start()
				b.finish()

				b.script.plan["apply"] = nil
				b.script.set(nil, "ack")
				b.queue.takeBack()
				b.hire(nil)
				b.start()
				b.wantBallots(map[string]vote.Ballot{"ann": "b"})
				if got := b.queue.refused(100); !b.queue.isAcked(100) || len(got) != 1 {
					t.Errorf("dead letters %q, want the rubbish, once", got)
				}
			})
		})
	}
}

func many(f fault, n int) []fault {
	faults := make([]fault, n)
	for i := range faults {
		faults[i] = f
	}
	return faults
}
