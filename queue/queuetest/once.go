package queuetest

import (
	"errors"

	"popeye/queue"
	"popeye/vote"
)

// once makes a cast with an id.
func (f *fixture) once(slug, id string) queue.Cast {
	c := f.vote(slug)
	c.Vote.ID, c.Once = id, true
	return c
}

// The answer to the first cast was lost on the way to the voter, who tries again:
// while the first is on its way, and after.
func testOnceRetry(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	c := f.once("tea", "one")
	first := f.cast(c)
	second := f.start(c)
	f.equal("messages delivered", len(f.drain(w)), 1)
	f.recorded(first, second)

	f.recorded(f.start(c))
	f.equal("messages accepted after a late retry", f.stats().Accepted, int64(1))
}

// A cast learns whether it was recorded by itself or by an earlier one.
func testOnceRepeated(f *fixture) {
	f.publish(poll("tea", vote.Open))
	c := f.once("tea", "one")
	var first, again, reused bool
	c.Repeated = &first
	recorded := f.cast(c)
	c.Repeated = &again
	second := f.start(c)
	f.equal("messages delivered", len(f.drain(f.NewWorker())), 1)
	f.recorded(recorded, second)
	c.Repeated, c.Vote.Ballot = &reused, "b"
	f.refused(c, queue.ErrIDReused)
	f.equal("told to be repeated", []bool{first, again, reused}, []bool{false, true, false})
}

func testOnceAfterShut(f *fixture) {
	f.publish(poll("tea", vote.Open))
	c := f.once("tea", "one")
	first := f.cast(c)
	f.publish(poll("tea", vote.Closing))
	f.drain(f.NewWorker())
	f.recorded(first, f.start(c))

	f.publish()
	f.recorded(f.start(c)) // even when the poll is gone
	f.equal("messages accepted", f.stats().Accepted, int64(1))
}

func testOnceReused(f *fixture) {
	f.publish(poll("tea", vote.Open))
	c := f.once("tea", "one")
	f.cast(c)
	c.Vote.Ballot = "b"
	f.refused(c, queue.ErrIDReused)
	f.publish(poll("tea", vote.Closed))
	f.refused(c, queue.ErrIDReused)
}

func testOnceIndependent(f *fixture) {
	f.publish(poll("tea", vote.Open), poll("lunch", vote.Open))
	first := f.once("tea", "one")
	otherVoter, otherPoll, otherID := first, first, first
	otherVoter.Vote.Voter = "someone-else"
	otherPoll.Vote.Poll = "lunch"
	otherID.Vote.ID = "two"
	shifted := first // the same letters, cut elsewhere
	shifted.Vote.Voter, shifted.Vote.ID = first.Vote.Voter+"o", "ne"
	for _, c := range []queue.Cast{first, otherVoter, otherPoll, otherID, shifted} {
		f.cast(c)
	}
	f.equal("messages accepted", f.stats().Accepted, int64(5))
}

func testOnceOff(f *fixture) {
	f.publish(poll("tea", vote.Open))
	c := f.once("tea", "one")
	c.Once = false
	f.cast(c)
	c.Vote.Ballot = "b"
	f.cast(c)
	f.equal("messages accepted", f.stats().Accepted, int64(2))
}

// What the gate refused was not cast: its id is free.
func testOnceRefused(f *fixture) {
	f.publish(poll("tea", vote.Draft))
	c := f.once("tea", "one")
	f.refused(c, queue.ErrNotOpen)
	f.publish(poll("tea", vote.Open))
	f.refused(c, queue.ErrChanged)
	c.Revision = f.revision
	f.cast(c)
	f.equal("messages accepted", f.stats().Accepted, int64(1))

	if !f.WaitsForStore {
		return
	}
	// What the store refused has that answer for ever.
	w := f.NewWorker()
	b := f.take(w)
	f.ack(w, b, queue.Refusal{Position: b.ID, Reason: "the poll is gone"})
	if err := f.Inbox.Cast(f.ctx, c); !errors.Is(err, queue.ErrRefused) {
		f.Fatalf("Cast again: got %v, want %v", err, queue.ErrRefused)
	}
}
