package worker

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"popeye/queue"
)

// withTwo runs a test on a fixture whose worker has two consumers.
func withTwo(t *testing.T, test func(t *testing.T, b *fixture)) {
	t.Helper()
	withFixture(t, func(t *testing.T, b *fixture) {
		b.worker.Consumers = []queue.Consumer{b.queue, b.queue}
		test(t, b)
	})
}

// crowd is messages enough to tell that more are waiting.
func crowd(voter string) []string {
	var raw []string
	for i := range takeAhead {
		raw = append(raw, classic(fmt.Sprint(voter, i), "a"))
	}
	return raw
}

// stuck is a step that waits until it is let go.
func stuck() (fault, func()) {
	gate := make(chan struct{})
	return fault{first: func(context.Context) { <-gate }}, func() { close(gate) }
}

func TestBehindALargeBatchTheNextIsTakenWhileTheStoreWorks(t *testing.T) {
	withTwo(t, func(t *testing.T, b *fixture) {
		slow, letGo := stuck()
		b.script.next("apply", slow)
		b.queue.push(1000, crowd("ann")...)
		b.queue.push(2000, crowd("bob")...)
		b.queue.push(3000, classic("cid", "a"))
		b.start()
		if diff := cmp.Diff([]string{"take: 1000", "take: 2000", "take: 3000"}, b.script.did("take")); diff != "" {
			t.Errorf("while a batch is being stored (-want +got):\n%s", diff)
		}
		if acks := b.script.did("ack"); len(acks) != 2 {
			t.Errorf("while a batch is being stored, acknowledged are %q, want two", acks)
		}
		letGo()
		synctest.Wait()
		if acks := b.script.did("ack"); len(acks) != 3 {
			t.Errorf("in the end, acknowledged are %q, want all", acks)
		}
	})
}

// What comes while a small batch is stored makes one batch, not one for each consumer.
func TestBehindASmallBatchNothingIsTakenAhead(t *testing.T) {
	withTwo(t, func(t *testing.T, b *fixture) {
		slow, letGo := stuck()
		b.script.next("apply", slow)
		b.queue.push(1000, classic("ann", "a"))
		b.queue.push(2000, classic("bob", "a"))
		b.start()
		if diff := cmp.Diff([]string{"take: 1000"}, b.script.did("take")); diff != "" {
			t.Errorf("while the first batch is stored (-want +got):\n%s", diff)
		}
		letGo()
		synctest.Wait()
		if diff := cmp.Diff([]string{"ack: 1000", "ack: 2000"}, b.script.did("ack")); diff != "" {
			t.Errorf("in the end (-want +got):\n%s", diff)
		}
	})
}

// The order to stop comes while both consumers hold a batch: both are stored, and
// acknowledged.
func TestTheOrderToStopWaitsForEveryBatchThatIsHeld(t *testing.T) {
	withTwo(t, func(t *testing.T, b *fixture) {
		one, letOne := stuck()
		two, letTwo := stuck()
		b.script.next("apply", one, two)
		b.queue.push(1000, crowd("ann")...)
		b.queue.push(2000, crowd("bob")...)
		b.queue.push(3000, crowd("cid")...)
		b.start()
		b.stop(errStop)
		synctest.Wait()
		letOne()
		letTwo()
		b.wantEnd(nil)
		if acks := b.script.did("ack"); len(acks) != 2 {
			t.Errorf("acknowledged: %q, want the two that were leased", acks)
		}
		if takes := b.script.did("take"); len(takes) != 2 {
			t.Errorf("taken: %q, want no third", takes)
		}
	})
}
