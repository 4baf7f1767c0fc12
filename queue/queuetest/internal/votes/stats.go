package votes

import (
	"time"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

func testStats(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	f.Holds("of an empty queue", queue.Stats{})
	f.CastN("tea", fixture.BatchSize+1)
	f.Holds("after casts", queue.Stats{Accepted: fixture.BatchSize + 1, Waiting: fixture.BatchSize + 1})
	first := f.Take(w)
	leased := queue.Lease{ID: first.ID, Messages: fixture.BatchSize}
	f.Holds("after a take", queue.Stats{Accepted: fixture.BatchSize + 1, Waiting: 1, Leased: []queue.Lease{leased}})
	second := f.Take(w)
	f.Equal("stats after two", f.Stats().Leased, []queue.Lease{leased, {ID: second.ID, Messages: 1}})
	f.Ack(w, first)
	f.Ack(w, second)
	f.Holds("at the end", queue.Stats{Accepted: fixture.BatchSize + 1})
}

// The accountant asks the store about all batches up to this position.
func testPosition(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	for range 3 {
		f.CastN("tea", fixture.BatchSize-1)
		before := f.Stats().Position
		b := f.Take(w)
		if b.ID <= before {
			f.Fatalf("batch %d was leased after the position was %d", b.ID, before)
		}
		last := b.Messages[len(b.Messages)-1].Position
		f.Equal("the position while a batch is leased", f.Stats().Position, last)
		f.Ack(w, b)
		f.Equal("the position when it is acknowledged", f.Stats().Position, last)
	}
	seen := f.Stats().Position + 1000
	if err := w.Fence(f.Ctx, seen); err != nil {
		f.Fatalf("Fence: %v", err)
	}
	if p := f.Stats().Position; p < seen {
		f.Fatalf("the position is %d after a fence at %d", p, seen)
	}
}

func testSince(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	// One moment for each vote, told by the queue's clock: before and after it.
	var before, after []time.Time
	for range fixture.BatchSize + 1 {
		before = append(before, f.Stats().AsOf)
		c := f.Vote("tea")
		c.Vote.At = time.Now()
		f.Cast(c)
		after = append(after, f.Stats().AsOf)
	}
	between := func(which int, since time.Time) {
		f.Helper()
		if since.Before(before[which]) || since.After(after[which]) {
			f.Fatalf("vote %d was accepted between %s and %s, not %s", which, before[which], after[which], since)
		}
	}
	between(0, f.Stats().Since)
	f.Take(w)
	between(fixture.BatchSize, f.Stats().Since)
	f.Take(w)
	if since := f.Stats().Since; !since.IsZero() {
		f.Fatalf("none waits, since %s", since)
	}
}

func testClaims(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	dying, other := f.NewWorker(), f.NewWorker()
	f.CastN("tea", 2*fixture.BatchSize)
	f.Take(dying)
	second := f.Take(dying)
	f.Equal("claims while nobody died", f.Stats().Claims, int64(0))
	f.Ack(dying, second)
	dying.Die()
	f.Equal("claims before anyone took over", f.Stats().Claims, int64(0))
	b := f.Take(other)
	f.Equal("claims after a batch was taken over", f.Stats().Claims, int64(1))
	other.Die()
	last := f.NewWorker()
	f.Equal("the batch", f.Take(last), b)
	f.Ack(last, b)
	f.Equal("claims after it was taken over again", f.Stats().Claims, int64(2))
}
