package queuetest

import (
	"time"

	"popeye/queue"
	"popeye/vote"
)

func testStats(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	f.holds("of an empty queue", queue.Stats{})
	f.castN("tea", BatchSize+1)
	f.holds("after casts", queue.Stats{Accepted: BatchSize + 1, Waiting: BatchSize + 1})
	first := f.take(w)
	leased := queue.Lease{ID: first.ID, Messages: BatchSize}
	f.holds("after a take", queue.Stats{Accepted: BatchSize + 1, Waiting: 1, Leased: []queue.Lease{leased}})
	second := f.take(w)
	f.equal("stats after two", f.stats().Leased, []queue.Lease{leased, {ID: second.ID, Messages: 1}})
	f.ack(w, first)
	f.ack(w, second)
	f.holds("at the end", queue.Stats{Accepted: BatchSize + 1})
}

// The accountant asks the store about all batches up to this position.
func testPosition(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	for range 3 {
		f.castN("tea", BatchSize-1)
		before := f.stats().Position
		b := f.take(w)
		if b.ID <= before {
			f.Fatalf("batch %d was leased after the position was %d", b.ID, before)
		}
		last := b.Messages[len(b.Messages)-1].Position
		f.equal("the position while a batch is leased", f.stats().Position, last)
		f.ack(w, b)
		f.equal("the position when it is acknowledged", f.stats().Position, last)
	}
	seen := f.stats().Position + 1000
	if err := w.Fence(f.ctx, seen); err != nil {
		f.Fatalf("Fence: %v", err)
	}
	if p := f.stats().Position; p < seen {
		f.Fatalf("the position is %d after a fence at %d", p, seen)
	}
}

func testSince(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	// One moment for each vote, told by the queue's clock: before and after it.
	var before, after []time.Time
	for range BatchSize + 1 {
		before = append(before, f.stats().AsOf)
		c := f.vote("tea")
		c.Vote.At = time.Now()
		f.cast(c)
		after = append(after, f.stats().AsOf)
	}
	between := func(which int, since time.Time) {
		f.Helper()
		if since.Before(before[which]) || since.After(after[which]) {
			f.Fatalf("vote %d was accepted between %s and %s, not %s", which, before[which], after[which], since)
		}
	}
	between(0, f.stats().Since)
	f.take(w)
	between(BatchSize, f.stats().Since)
	f.take(w)
	if since := f.stats().Since; !since.IsZero() {
		f.Fatalf("none waits, since %s", since)
	}
}

func testClaims(f *fixture) {
	f.publish(poll("tea", vote.Open))
	dying, other := f.NewWorker(), f.NewWorker()
	f.castN("tea", 2*BatchSize)
	f.take(dying)
	second := f.take(dying)
	f.equal("claims while nobody died", f.stats().Claims, int64(0))
	f.ack(dying, second)
	dying.Die()
	f.equal("claims before anyone took over", f.stats().Claims, int64(0))
	b := f.take(other)
	f.equal("claims after a batch was taken over", f.stats().Claims, int64(1))
	other.Die()
	last := f.NewWorker()
	f.equal("the batch", f.take(last), b)
	f.ack(last, b)
	f.equal("claims after it was taken over again", f.stats().Claims, int64(2))
}
