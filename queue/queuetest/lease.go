package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"popeye/queue"
	"popeye/vote"
)

func testTakeWaits(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	taken := make(chan queue.Batch, 1)
	f.casts.Go(func() {
		b, _ := w.Take(f.ctx)
		taken <- b
	})
	p := f.cast(f.vote("tea"))
	select {
	case b := <-taken:
		f.equal("the batch", f.votersOf(b.Messages), []string{p.Vote.Voter})
	case <-f.ctx.Done():
		f.Fatalf("Take did not notice the vote")
	}
}

func testTakeCancelled(f *fixture) {
	w := f.NewWorker()
	for _, wait := range []time.Duration{0, 30 * time.Millisecond} { // before Take, and while it waits
		ctx, cancel := context.WithCancel(f.ctx)
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
	f.publish(poll("tea", vote.Open))
	f.castN("tea", 1)
	f.equal("messages delivered", len(f.drain(w)), 1)
}

func testTakeTwice(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	casts := f.castN("tea", BatchSize+2)
	first, second := f.take(w), f.take(w)
	f.equal("the order", f.votersOf(append(first.Messages, second.Messages...)), votersCast(casts))
	f.ack(w, second)
	f.ack(w, first)
	f.recorded(casts...)
}

func testAckTwice(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w, other := f.NewWorker(), f.NewWorker()
	f.castN("tea", 1)
	b := f.take(w)
	refused := queue.Refusal{Position: b.ID, Reason: "no such option"}
	f.ack(w, b, refused)
	f.ack(w, b, refused)
	f.ack(other, b)
	f.ack(w, queue.Batch{ID: 12345, Messages: []queue.Message{{Position: 12345}}}) // never was
	f.holds("after four acks", queue.Stats{Accepted: 1})
}

func testRedelivery(f *fixture) {
	f.publish(poll("tea", vote.Open))
	dying, other := f.NewWorker(), f.NewWorker()
	casts := f.castN("tea", 3)
	leased := f.take(dying)
	more := f.castN("tea", 1)
	dying.Die()

	again := f.take(other)
	f.equal("the batch that is leased again", again, leased)
	f.ack(other, again)
	f.recorded(casts...)
	f.equal("what comes after", f.votersOf(f.take(other).Messages), votersCast(more))
}

func testRedeliveryOrder(f *fixture) {
	f.publish(poll("tea", vote.Open))
	alive := f.NewWorker()
	var leased, lost []queue.Batch
	var dying []Worker
	for i := range 24 { // more than Redis' XAUTOCLAIM looks at in one go
		f.castN("tea", 1)
		if i < 12 {
			leased = append(leased, f.take(alive))
			continue
		}
		dying = append(dying, f.NewWorker())
		lost = append(lost, f.take(dying[len(dying)-1]))
	}
	for i := range dying {
		dying[len(dying)-1-i].Die()
	}
	other := f.NewWorker()
	for i, want := range lost {
		got := f.take(other)
		f.equal(fmt.Sprintf("batch %d of dead workers", i), got, want)
	}
	for _, b := range append(leased, lost...) {
		f.ack(other, b)
	}
	f.holds("at the end", queue.Stats{Accepted: 24})
}

// A worker that stood still for long goes on with what it held.
func testAckByLoser(f *fixture) {
	f.publish(poll("tea", vote.Open))
	slow, other := f.NewWorker(), f.NewWorker()
	casts := f.castN("tea", 2)
	b := f.take(slow)
	slow.Die()
	f.equal("the batch that is leased again", f.take(other), b)
	f.ack(slow, b)
	f.ack(other, b)
	f.recorded(casts...)
	f.holds("at the end", queue.Stats{Accepted: 2})
}

func testLeave(f *fixture) {
	f.publish(poll("tea", vote.Open))
	leaving, other := f.NewWorker(), f.NewWorker()
	casts := f.castN("tea", BatchSize+1)
	first, second := f.take(leaving), f.take(leaving)
	leaving.Leave()
	f.equal("the first batch, leased again", f.take(other), first)
	f.equal("the second", f.take(other), second)
	f.ack(leaving, first) // it had done so, and the answer was late
	f.ack(other, second)
	f.recorded(casts...)
	f.holds("at the end", queue.Stats{Accepted: BatchSize + 1})
}

func testRefused(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	casts := f.castN("tea", 3)
	b := f.take(w)
	f.ack(w, b,
		queue.Refusal{Position: b.Messages[1].Position, Reason: "no such option"},
		queue.Refusal{Position: b.ID - 1, Reason: "of another batch"},
		queue.Refusal{Position: b.ID + 3, Reason: "of another batch"})
	f.recorded(casts[0], casts[2])
	f.holds("after the ack", queue.Stats{Accepted: 3})
	if !f.WaitsForStore {
		f.recorded(casts[1]) // it was, when it was answered
		return
	}
	f.answered(casts[1], queue.ErrRefused)
	if err := <-casts[1].answer; !strings.Contains(err.Error(), "no such option") {
		f.Fatalf("Cast does not say why it was refused: %v", err)
	}
}
