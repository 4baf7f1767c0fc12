package votes

import (
	"time"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

func testOrder(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open))
	w := f.NewWorker()
	casts := append(f.CastN("tea", 6), f.CastN("lunch", 5)...)

	messages := f.Drain(w)
	f.Equal("the order of casts", f.VotersOf(messages), fixture.VotersCast(casts))
	for i := 1; i < len(messages); i++ {
		if messages[i].Position <= messages[i-1].Position {
			f.Fatalf("position %d follows %d", messages[i].Position, messages[i-1].Position)
		}
	}
	f.Recorded(casts...)
}

func testBatchID(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	f.CastN("tea", fixture.BatchSize+1)

	first, second := f.Take(w), f.Take(w) // take checks the name
	if len(first.Messages) != fixture.BatchSize || len(second.Messages) != 1 {
		f.Fatalf("%d messages came as %d and %d", fixture.BatchSize+1, len(first.Messages), len(second.Messages))
	}
	if last := first.Messages[fixture.BatchSize-1].Position; second.ID <= last {
		f.Fatalf("batch %d begins before position %d", second.ID, last)
	}
}

// A position near the clock goes on growing when a queue lost its memory.
func testPositionsNearClock(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	f.CastN("tea", 1)
	b := f.Take(f.NewWorker())
	if off := time.Since(time.UnixMicro(b.ID)); off > time.Hour || off < -time.Hour {
		f.Fatalf("position %d is %s away from the clock", b.ID, off)
	}
}

func testFence(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	seen := time.Now().Add(24 * time.Hour).UnixMicro() // the clock was set back
	for _, position := range []int64{seen, seen - 10, 0} {
		if err := w.Fence(f.Ctx, position); err != nil {
			f.Fatalf("Fence: %v", err)
		}
	}
	var last queue.Message
	for range 2 {
		f.CastN("tea", 2)
		b := f.Take(w)
		f.Ack(w, b)
		if b.ID <= max(seen, last.Position) {
			f.Fatalf("position %d after the fence at %d and after %d", b.ID, seen, last.Position)
		}
		last = b.Messages[len(b.Messages)-1]
	}
}

// Each batch names the position before it, a fence included: so the batches of one
// memory are a chain, and a second one after the same position can be told.
func testChain(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	before := f.Stats().Position
	for i := range 4 {
		f.CastN("tea", 2)
		if i == 2 {
			before = f.Stats().Position + 1000
			if err := w.Fence(f.Ctx, before); err != nil {
				f.Fatalf("Fence: %v", err)
			}
		}
		b := f.Take(w)
		if !b.Chained || b.Prev != before {
			f.Fatalf("batch %d comes after position %d (chained: %t), the last one was %d", b.ID, b.Prev, b.Chained, before)
		}
		before = b.Messages[1].Position
		f.Ack(w, b)
	}
}

func testPush(f *fixture.Case) {
	if f.Push == nil {
		return // nobody can, so there is nothing to promise
	}
	w := f.NewWorker() // nothing is published: the inbox is open all the same
	long := string(make([]byte, queue.MaxMessage+1))
	raws := []string{"", "not JSON", "\x00\xff\xfe", `{"voter_id":"old","vote":"b"}`, long[1:], long, long + "more"}
	for _, raw := range raws {
		f.Push(f.T, []byte(raw))
	}
	raws[len(raws)-1] = long // what is too long for a vote may be cut
	var got []string
	for _, m := range f.Drain(w) {
		got = append(got, string(m.Raw[:min(len(m.Raw), len(long))]))
	}
	f.Equal("what was pushed", got, raws)
}
