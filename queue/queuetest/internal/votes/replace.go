package votes

import (
	"time"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

// fence lifts the positions to come above everything that was assigned.
func fence(f *fixture.Case, w fixture.Worker) (position int64) {
	f.Helper()
	position = max(f.Stats().Position, time.Now().UnixMicro()) + int64(time.Minute/time.Microsecond)
	if err := w.Fence(f.Ctx, position); err != nil {
		f.Fatalf("Fence: %v", err)
	}
	return position
}

// The store does not want a batch at its place: it comes again, whole, behind the
// fence and before votes that were cast since.
func testReplace(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	casts := f.CastN("tea", 3)
	b := f.Take(w)
	casts = append(casts, f.CastN("tea", 2)...)
	high := fence(f, w)
	f.Replace(w, b)
	f.Holds("while it waits to be placed anew", queue.Stats{Accepted: 5, Waiting: 5})

	anew := f.Take(w)
	if anew.ID <= high || anew.Prev < high || !anew.Chained {
		f.Fatalf("placed anew at %d, after %d; the fence lies at %d", anew.ID, anew.Prev, high)
	}
	f.Equal("the messages of the batch", rawsOf(anew), rawsOf(b))
	f.Holds("while it is leased", queue.Stats{Accepted: 5, Waiting: 2, Leased: []queue.Lease{{ID: anew.ID, Messages: 3}}})
	f.Ack(w, anew)
	next := f.Take(w)
	f.Ack(w, next)
	f.Equal("the order", f.VotersOf(append(anew.Messages, next.Messages...)), fixture.VotersCast(casts))
	f.Recorded(casts...)
	f.Holds("at the end", queue.Stats{Accepted: 5})
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
func testReplaceOrder(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	one, two, three := f.NewWorker(), f.NewWorker(), f.NewWorker()
	casts := f.CastN("tea", 3*fixture.BatchSize)
	first, second, third := f.Take(one), f.Take(two), f.Take(three)
	newer := f.CastN("tea", 1)
	fence(f, two)
	f.Replace(two, second)
	f.Replace(one, first)
	f.Ack(three, third) // as the fork was seen it was stored
	again := f.Take(one)
	f.Equal("the first", rawsOf(again), rawsOf(first))
	fence(f, one)
	f.Replace(one, again) // the store does not want it there either
	var got []string
	for range 2 {
		b := f.Take(two)
		got = append(got, f.VotersOf(b.Messages)...)
		f.Ack(two, b)
	}
	f.Equal("the order", got, fixture.VotersCast(casts[:2*fixture.BatchSize]))
	last := f.Take(two)
	f.Equal("what comes after", f.VotersOf(last.Messages), fixture.VotersCast(newer))
	f.Ack(two, last)
	f.Recorded(append(casts, newer...)...)
}

// Two workers hold the same batch, and one does not learn that it is done.
func testReplaceIdempotent(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	slow, other := f.NewWorker(), f.NewWorker()
	f.CastN("tea", 2)
	b := f.Take(slow)
	slow.Die()
	f.Equal("the batch that is leased again", f.Take(other), b)
	fence(f, other)
	f.Replace(other, b)
	f.Replace(other, b) // the answer was lost
	f.Replace(slow, b)  // it stood still
	f.Holds("placed anew by two", queue.Stats{Accepted: 2, Waiting: 2})
	anew := f.Take(other)
	f.Replace(slow, b)
	f.Ack(slow, b)
	f.Holds("leased again", queue.Stats{Accepted: 2, Leased: []queue.Lease{{ID: anew.ID, Messages: 2}}})
	f.Ack(other, anew)
	f.Replace(other, anew)
	f.Replace(other, queue.Batch{ID: 12345, Chained: true, Messages: []queue.Message{{Position: 12345}}}) // of another memory
	f.Holds("at the end", queue.Stats{Accepted: 2})
}

func testReplaceSettled(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	f.CastN("tea", fixture.BatchSize+1)
	first, second := f.Take(w), f.Take(w)
	f.Publish(fixture.Poll("tea", vote.Closing))
	fence(f, w)
	f.Replace(w, first)
	f.Ack(w, second)
	f.Settled("tea", false, "while a batch is to be placed anew")
	anew := f.Take(w)
	f.Settled("tea", false, "while that is leased")
	f.Ack(w, anew)
	f.Settled("tea", true, "when it is acknowledged")
}

// A worker that died with a batch does not keep others from being placed anew for
// ever: the batch is leased again first.
func testReplaceDead(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	dying, other := f.NewWorker(), f.NewWorker()
	casts := f.CastN("tea", fixture.BatchSize+1)
	first, second := f.Take(dying), f.Take(other)
	fence(f, other)
	f.Replace(other, second)
	dying.Die()
	f.Equal("the batch that is leased again", f.Take(other), first)
	f.Replace(other, first)
	var got []string
	for range 2 {
		b := f.Take(other)
		got = append(got, f.VotersOf(b.Messages)...)
		f.Ack(other, b)
	}
	f.Equal("the order", got, fixture.VotersCast(casts))
}
