package queuetest

import (
	"time"

	"popeye/queue"
	"popeye/vote"
)

// fence lifts the positions to come above everything that was assigned.
func (f *fixture) fence(w Worker) (position int64) {
	f.Helper()
	position = max(f.stats().Position, time.Now().UnixMicro()) + int64(time.Minute/time.Microsecond)
	if err := w.Fence(f.ctx, position); err != nil {
		f.Fatalf("Fence: %v", err)
	}
	return position
}

// The store does not want a batch at its place: it comes again, whole, behind the
// fence and before votes that were cast since.
func testReplace(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	casts := f.castN("tea", 3)
	b := f.take(w)
	casts = append(casts, f.castN("tea", 2)...)
	high := f.fence(w)
	f.replace(w, b)
	f.holds("while it waits to be placed anew", queue.Stats{Accepted: 5, Waiting: 5})

	anew := f.take(w)
	if anew.ID <= high || anew.Prev < high || !anew.Chained {
		f.Fatalf("placed anew at %d, after %d; the fence lies at %d", anew.ID, anew.Prev, high)
	}
	f.equal("the messages of the batch", rawsOf(anew), rawsOf(b))
	f.holds("while it is leased", queue.Stats{Accepted: 5, Waiting: 2, Leased: []queue.Lease{{ID: anew.ID, Messages: 3}}})
	f.ack(w, anew)
	next := f.take(w)
	f.ack(w, next)
	f.equal("the order", f.votersOf(append(anew.Messages, next.Messages...)), votersCast(casts))
	f.recorded(casts...)
	f.holds("at the end", queue.Stats{Accepted: 5})
}

func rawsOf(b queue.Batch) (raws []string) {
	for _, m := range b.Messages {
		raws = append(raws, string(m.Raw))
	}
	return raws
}

// Whoever is faster: what several workers hold comes out in its old order, and
// newer votes after all of it. One that the store took at its place meanwhile does
// not come again.
func testReplaceOrder(f *fixture) {
	f.publish(poll("tea", vote.Open))
	one, two, three := f.NewWorker(), f.NewWorker(), f.NewWorker()
	casts := f.castN("tea", 3*BatchSize)
	first, second, third := f.take(one), f.take(two), f.take(three)
	newer := f.castN("tea", 1)
	f.fence(two)
	f.replace(two, second)
	f.replace(one, first)
	f.ack(three, third) // as the fork was seen it was stored
	again := f.take(one)
	f.equal("the first", rawsOf(again), rawsOf(first))
	f.fence(one)
	f.replace(one, again) // the store does not want it there either
	var got []string
	for range 2 {
		b := f.take(two)
		got = append(got, f.votersOf(b.Messages)...)
		f.ack(two, b)
	}
	f.equal("the order", got, votersCast(casts[:2*BatchSize]))
	last := f.take(two)
	f.equal("what comes after", f.votersOf(last.Messages), votersCast(newer))
	f.ack(two, last)
	f.recorded(append(casts, newer...)...)
}

// Two workers hold the same batch, and one does not learn that it is done.
func testReplaceIdempotent(f *fixture) {
	f.publish(poll("tea", vote.Open))
	slow, other := f.NewWorker(), f.NewWorker()
	f.castN("tea", 2)
	b := f.take(slow)
	slow.Die()
	f.equal("the batch that is leased again", f.take(other), b)
	f.fence(other)
	f.replace(other, b)
	f.replace(other, b) // the answer was lost
	f.replace(slow, b)  // it stood still
	f.holds("placed anew by two", queue.Stats{Accepted: 2, Waiting: 2})
	anew := f.take(other)
	f.replace(slow, b)
	f.ack(slow, b)
	f.holds("leased again", queue.Stats{Accepted: 2, Leased: []queue.Lease{{ID: anew.ID, Messages: 2}}})
	f.ack(other, anew)
	f.replace(other, anew)
	f.replace(other, queue.Batch{ID: 12345, Chained: true, Messages: []queue.Message{{Position: 12345}}}) // of another memory
	f.holds("at the end", queue.Stats{Accepted: 2})
}

func testReplaceSettled(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	f.castN("tea", BatchSize+1)
	first, second := f.take(w), f.take(w)
	f.publish(poll("tea", vote.Closing))
	f.fence(w)
	f.replace(w, first)
	f.ack(w, second)
	f.settled("tea", false, "while a batch is to be placed anew")
	anew := f.take(w)
	f.settled("tea", false, "while that is leased")
	f.ack(w, anew)
	f.settled("tea", true, "when it is acknowledged")
}

// A worker that died with a batch does not keep others from being placed anew for
// ever: the batch is leased again first.
func testReplaceDead(f *fixture) {
	f.publish(poll("tea", vote.Open))
	dying, other := f.NewWorker(), f.NewWorker()
	casts := f.castN("tea", BatchSize+1)
	first, second := f.take(dying), f.take(other)
	f.fence(other)
	f.replace(other, second)
	dying.Die()
	f.equal("the batch that is leased again", f.take(other), first)
	f.replace(other, first)
	var got []string
	for range 2 {
		b := f.take(other)
		got = append(got, f.votersOf(b.Messages)...)
		f.ack(other, b)
	}
	f.equal("the order", got, votersCast(casts))
}
