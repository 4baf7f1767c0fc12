package queuetest

import (
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/queue"
	"popeye/vote"
)

// soon is how far ahead a poll's time is in a test that waits for it.
const soon = 50 * time.Millisecond

// closesAt is an open poll that closes by itself.
func closesAt(slug string, at time.Time) vote.Poll {
	p := poll(slug, vote.Open)
	p.ClosesAt = at.UTC().Truncate(time.Microsecond)
	return p
}

// untilShut casts until the poll's time has come, and compares each answer with
// the queue's clock. It returns what was let in.
func (f *fixture) untilShut(p vote.Poll) (casts []*pending) {
	f.Helper()
	for {
		before := f.stats()
		c := f.cast(f.vote(p.Slug))
		after := f.stats()
		if after.Accepted > before.Accepted {
			if !before.AsOf.Before(p.ClosesAt) {
				f.Fatalf("a vote was let in after %s, the poll closes at %s", before.AsOf, p.ClosesAt)
			}
			casts = append(casts, c)
			continue
		}
		f.answered(c, queue.ErrNotOpen)
		if after.AsOf.Before(p.ClosesAt) {
			f.Fatalf("a vote was refused before %s, the poll closes at %s", after.AsOf, p.ClosesAt)
		}
		return casts
	}
}

func testClosesInTime(f *fixture) {
	p := closesAt("tea", time.Now().Add(time.Hour))
	f.publish(p)
	f.castN("tea", 2)
	f.equal("messages accepted", f.stats().Accepted, int64(2))
	old := f.vote("tea")
	old.Revision--
	f.refused(old, queue.ErrChanged)
	got, err := f.Inbox.Poll(f.ctx, "tea")
	if err != nil || !got.ClosesAt.Equal(p.ClosesAt) {
		f.Fatalf("Poll: closes at %s, %v; want %s", got.ClosesAt, err, p.ClosesAt)
	}
}

// Nobody publishes that the poll is shut, as when no worker runs.
func testClosesByItself(f *fixture) {
	p := closesAt("tea", time.Now().Add(soon))
	f.publish(p, poll("lunch", vote.Open))
	f.untilShut(p)
	for range 3 {
		f.refused(f.vote("tea"), queue.ErrNotOpen)
		got, err := f.Inbox.Poll(f.ctx, "tea")
		if err != nil || got.Status != vote.Open || got.Revision != f.revision {
			f.Fatalf("Poll: %s, revision %d, %v; want what was published, revision %d", got.Status, got.Revision, err, f.revision)
		}
	}
	old := f.vote("tea")
	old.Revision--
	f.refused(old, queue.ErrNotOpen) // to check the ballot again would be in vain
	f.cast(f.vote("lunch"))
	f.settled("tea", false, "while nobody has published that the poll is shut")
}

func testClosesAnew(f *fixture) {
	f.publish(closesAt("tea", time.Now().Add(-time.Hour)))
	f.refused(f.vote("tea"), queue.ErrNotOpen)
	f.publish(closesAt("tea", time.UnixMicro(0)))
	f.refused(f.vote("tea"), queue.ErrNotOpen)

	f.publish(closesAt("tea", time.Now().Add(time.Hour)))
	f.castN("tea", 1)
	f.publish(poll("tea", vote.Open))
	f.castN("tea", 1)
	for _, status := range []vote.Status{vote.Draft, vote.Closing, vote.Closed} {
		p := closesAt("tea", time.Now().Add(time.Hour))
		p.Status = status
		f.publish(p)
		f.refused(f.vote("tea"), queue.ErrNotOpen)
	}
	f.publish(closesAt("tea", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)))
	f.castN("tea", 1)
	f.equal("messages accepted", f.stats().Accepted, int64(3))
}

func testOnceAfterTime(f *fixture) {
	p := closesAt("tea", time.Now().Add(time.Hour))
	f.publish(p)
	c := f.once("tea", "one")
	first := f.cast(c)
	f.drain(f.NewWorker())
	p.ClosesAt = time.Now().Add(soon)
	f.publish(p)
	f.untilShut(p)
	accepted := f.stats().Accepted
	f.recorded(first, f.start(c))
	f.equal("messages accepted by the retry", f.stats().Accepted-accepted, int64(0))
	c.Vote.Ballot = "b"
	f.refused(c, queue.ErrIDReused)
}

func testSettledAfterTime(f *fixture) {
	p := closesAt("tea", time.Now().Add(soon))
	f.publish(p, poll("lunch", vote.Open))
	casts := f.untilShut(p)
	f.castN("lunch", 1) // so that there is a vote even if the time came too soon
	f.publish(poll("tea", vote.Closing), poll("lunch", vote.Open))
	f.settled("tea", false, "while what was cast before it was published waits")
	late := f.castN("lunch", BatchSize)
	drained := f.votersOf(f.drain(f.NewWorker()))
	f.equal("the votes", len(drained), len(casts)+1+len(late))
	f.recorded(casts...)
	f.settled("tea", true, "when all are acknowledged")
}

// The same race as with testGateRace, but only the clock shuts the gate.
func testScheduleRace(f *fixture) {
	f.raceGate(func(casters *errgroup.Group) {
		f.publish(closesAt("tea", time.Now().Add(soon)))
		if err := casters.Wait(); err != nil {
			f.Fatalf("Cast: %v", err)
		}
		accepted := f.stats().Accepted
		f.refused(f.vote("tea"), queue.ErrNotOpen)
		f.publish(poll("tea", vote.Closing))
		f.equal("messages accepted when it was published", f.stats().Accepted, accepted)
	})
}

// newest casts a vote as the poll station does: when the poll has changed, again
// with the new definition.
func (f *fixture) newest(c queue.Cast) error {
	for {
		err := f.Inbox.Cast(f.ctx, c)
		if !errors.Is(err, queue.ErrChanged) {
			return err
		}
		p, err := f.Inbox.Poll(f.ctx, c.Vote.Poll)
		if err != nil {
			return err
		}
		c.Revision = p.Revision
	}
}
