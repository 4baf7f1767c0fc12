package votes

import (
	"errors"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

// The answer to the first cast was lost on the way to the voter, who tries again:
// while the first is on its way, and after.
func testOnceRetry(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	c := f.Once("tea", "one")
	first := f.Cast(c)
	second := f.Start(c)
	f.Equal("messages delivered", len(f.Drain(w)), 1)
	f.Recorded(first, second)

	f.Recorded(f.Start(c))
	f.Equal("messages accepted after a late retry", f.Stats().Accepted, int64(1))
}

// A cast learns whether it was recorded by itself or by an earlier one.
func testOnceRepeated(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	c := f.Once("tea", "one")
	var first, again, reused bool
	c.Repeated = &first
	recorded := f.Cast(c)
	c.Repeated = &again
	second := f.Start(c)
	f.Equal("messages delivered", len(f.Drain(f.NewWorker())), 1)
	f.Recorded(recorded, second)
	c.Repeated, c.Vote.Ballot = &reused, "b"
	f.Refused(c, queue.ErrIDReused)
	f.Equal("told to be repeated", []bool{first, again, reused}, []bool{false, true, false})
}

func testOnceAfterShut(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	c := f.Once("tea", "one")
	first := f.Cast(c)
	f.Publish(fixture.Poll("tea", vote.Closing))
	f.Drain(f.NewWorker())
	f.Recorded(first, f.Start(c))

	f.Publish()
	f.Recorded(f.Start(c)) // even when the poll is gone
	f.Equal("messages accepted", f.Stats().Accepted, int64(1))
}

func testOnceReused(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	c := f.Once("tea", "one")
	f.Cast(c)
	c.Vote.Ballot = "b"
	f.Refused(c, queue.ErrIDReused)
	f.Publish(fixture.Poll("tea", vote.Closed))
	f.Refused(c, queue.ErrIDReused)
}

func testOnceIndependent(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open))
	first := f.Once("tea", "one")
	otherVoter, otherPoll, otherID := first, first, first
	otherVoter.Vote.Voter = "someone-else"
	otherPoll.Vote.Poll = "lunch"
	otherID.Vote.ID = "two"
	shifted := first // the same letters, cut elsewhere
	shifted.Vote.Voter, shifted.Vote.ID = first.Vote.Voter+"o", "ne"
	for _, c := range []queue.Cast{first, otherVoter, otherPoll, otherID, shifted} {
		f.Cast(c)
	}
	f.Equal("messages accepted", f.Stats().Accepted, int64(5))
}

func testOnceOff(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	c := f.Once("tea", "one")
	c.Once = false
	f.Cast(c)
	c.Vote.Ballot = "b"
	f.Cast(c)
	f.Equal("messages accepted", f.Stats().Accepted, int64(2))
}

// What the gate refused was not cast: its id is free.
func testOnceRefused(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Draft))
	c := f.Once("tea", "one")
	f.Refused(c, queue.ErrNotOpen)
	f.Publish(fixture.Poll("tea", vote.Open))
	f.Refused(c, queue.ErrChanged)
	c.Revision = f.Revision
	f.Cast(c)
	f.Equal("messages accepted", f.Stats().Accepted, int64(1))

	if !f.WaitsForStore {
		return
	}
	// What the store refused has that answer for ever.
	w := f.NewWorker()
	b := f.Take(w)
	f.Ack(w, b, queue.Refusal{Position: b.ID, Reason: "the poll is gone"})
	if err := f.Inbox.Cast(f.Ctx, c); !errors.Is(err, queue.ErrRefused) {
		f.Fatalf("Cast again: got %v, want %v", err, queue.ErrRefused)
	}
}
