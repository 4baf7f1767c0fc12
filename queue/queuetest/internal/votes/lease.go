package votes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

func testTakeWaits(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	taken := make(chan queue.Batch, 1)
	f.Casts.Go(func() {
		b, _ := w.Take(f.Ctx)
		taken <- b
	})
	p := f.Cast(f.Vote("tea"))
	select {
	case b := <-taken:
		f.Equal("the batch", f.VotersOf(b.Messages), []string{p.Vote.Voter})
	case <-f.Ctx.Done():
		f.Fatalf("Take did not notice the vote")
	}
}

func testTakeCancelled(f *fixture.Case) {
	w := f.NewWorker()
	for _, wait := range []time.Duration{0, 30 * time.Millisecond} { // before Take, and while it waits
		ctx, cancel := context.WithCancel(f.Ctx)
		time.AfterFunc(wait, cancel)
		if wait == 0 {
			cancel()
		}
		start := time.Now()
		b, err := w.Take(ctx)
		if !errors.Is(err, context.Canceled) || len(b.Messages) > 0 {
			f.Fatalf("Take: %d messages, %v; want %v", len(b.Messages), err, context.Canceled)
		}
		if d := time.Since(start); d > 5*time.Second {
			f.Fatalf("Take returned %s after it was cancelled", d)
		}
	}

	// Nothing is lost to a Take that was given up.
	f.Publish(fixture.Poll("tea", vote.Open))
	f.CastN("tea", 1)
	f.Equal("messages delivered", len(f.Drain(w)), 1)
}

func testTakeTwice(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	casts := f.CastN("tea", fixture.BatchSize+2)
	first, second := f.Take(w), f.Take(w)
	f.Equal("the order", f.VotersOf(append(first.Messages, second.Messages...)), fixture.VotersCast(casts))
	f.Ack(w, second)
	f.Ack(w, first)
	f.Recorded(casts...)
}

func testAckTwice(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w, other := f.NewWorker(), f.NewWorker()
	f.CastN("tea", 1)
	b := f.Take(w)
	refused := queue.Refusal{Position: b.ID, Reason: "no such option"}
	f.Ack(w, b, refused)
	f.Ack(w, b, refused)
	f.Ack(other, b)
	f.Ack(w, queue.Batch{ID: 12345, Messages: []queue.Message{{Position: 12345}}}) // never was
	f.Holds("after four acks", queue.Stats{Accepted: 1})
}

func testRedelivery(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	dying, other := f.NewWorker(), f.NewWorker()
	casts := f.CastN("tea", 3)
	leased := f.Take(dying)
	more := f.CastN("tea", 1)
	dying.Die()

	again := f.Take(other)
	f.Equal("the batch that is leased again", again, leased)
	f.Ack(other, again)
	f.Recorded(casts...)
	f.Equal("what comes after", f.VotersOf(f.Take(other).Messages), fixture.VotersCast(more))
}

func testRedeliveryOrder(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	alive := f.NewWorker()
	var leased, lost []queue.Batch
	var dying []fixture.Worker
	for i := range 24 { // more than Redis' XAUTOCLAIM looks at in one go
		f.CastN("tea", 1)
		if i < 12 {
			leased = append(leased, f.Take(alive))
			continue
		}
		dying = append(dying, f.NewWorker())
		lost = append(lost, f.Take(dying[len(dying)-1]))
	}
	for i := range dying {
		dying[len(dying)-1-i].Die()
	}
	other := f.NewWorker()
	for i, want := range lost {
		got := f.Take(other)
		f.Equal(fmt.Sprintf("batch %d of dead workers", i), got, want)
	}
	for _, b := range append(leased, lost...) {
		f.Ack(other, b)
	}
	f.Holds("at the end", queue.Stats{Accepted: 24})
}

// A worker that stood still for long goes on with what it held.
func testAckByLoser(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	slow, other := f.NewWorker(), f.NewWorker()
	casts := f.CastN("tea", 2)
	b := f.Take(slow)
	slow.Die()
	f.Equal("the batch that is leased again", f.Take(other), b)
	f.Ack(slow, b)
	f.Ack(other, b)
	f.Recorded(casts...)
	f.Holds("at the end", queue.Stats{Accepted: 2})
}

func testLeave(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	leaving, other := f.NewWorker(), f.NewWorker()
	casts := f.CastN("tea", fixture.BatchSize+1)
	first, second := f.Take(leaving), f.Take(leaving)
	leaving.Leave()
	f.Equal("the first batch, leased again", f.Take(other), first)
	f.Equal("the second", f.Take(other), second)
	f.Ack(leaving, first) // it had done so, and the answer was late
	f.Ack(other, second)
	f.Recorded(casts...)
	f.Holds("at the end", queue.Stats{Accepted: fixture.BatchSize + 1})
}

func testRefused(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	casts := f.CastN("tea", 3)
	b := f.Take(w)
	f.Ack(w, b,
		queue.Refusal{Position: b.Messages[1].Position, Reason: "no such option"},
		queue.Refusal{Position: b.ID - 1, Reason: "of another batch"},
		queue.Refusal{Position: b.ID + 3, Reason: "of another batch"})
	f.Recorded(casts[0], casts[2])
	f.Holds("after the ack", queue.Stats{Accepted: 3})
	if !f.WaitsForStore {
		f.Recorded(casts[1]) // it was, when it was answered
		return
	}
	f.Answered(casts[1], queue.ErrRefused)
	if err := <-casts[1].Answer; !strings.Contains(err.Error(), "no such option") {
		f.Fatalf("Cast does not say why it was refused: %v", err)
	}
}
