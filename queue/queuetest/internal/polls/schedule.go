package polls

import (
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

// soon is how far ahead a poll's time is in a test that waits for it.
const soon = 50 * time.Millisecond

// closesAt is an open poll that closes by itself.
func closesAt(slug string, at time.Time) vote.Poll {
	p := fixture.Poll(slug, vote.Open)
	p.ClosesAt = at.UTC().Truncate(time.Microsecond)
	return p
}

// untilShut casts until the poll's time has come, and compares each answer with
// the queue's clock. It returns what was let in.
func untilShut(f *fixture.Case, p vote.Poll) (casts []*fixture.Pending) {
	f.Helper()
	for {
		before := f.Stats()
		c := f.Cast(f.Vote(p.Slug))
		after := f.Stats()
		if after.Accepted > before.Accepted {
			if !before.AsOf.Before(p.ClosesAt) {
				f.Fatalf("a vote was let in after %s, the poll closes at %s", before.AsOf, p.ClosesAt)
			}
			casts = append(casts, c)
			continue
		}
		f.Answered(c, queue.ErrNotOpen)
		if after.AsOf.Before(p.ClosesAt) {
			f.Fatalf("a vote was refused before %s, the poll closes at %s", after.AsOf, p.ClosesAt)
		}
		return casts
	}
}

func testClosesInTime(f *fixture.Case) {
	p := closesAt("tea", time.Now().Add(time.Hour))
	f.Publish(p)
	f.CastN("tea", 2)
	f.Equal("messages accepted", f.Stats().Accepted, int64(2))
	old := f.Vote("tea")
	old.Revision--
	f.Refused(old, queue.ErrChanged)
	got, err := f.Inbox.Poll(f.Ctx, "tea")
	if err != nil || !got.ClosesAt.Equal(p.ClosesAt) {
		f.Fatalf("Poll: closes at %s, %v; want %s", got.ClosesAt, err, p.ClosesAt)
	}
}

// Nobody publishes that the poll is shut, as when no worker runs.
func testClosesByItself(f *fixture.Case) {
	p := closesAt("tea", time.Now().Add(soon))
	f.Publish(p, fixture.Poll("lunch", vote.Open))
	untilShut(f, p)
	for range 3 {
		f.Refused(f.Vote("tea"), queue.ErrNotOpen)
		got, err := f.Inbox.Poll(f.Ctx, "tea")
		if err != nil || got.Status != vote.Open || got.Revision != f.Revision {
			f.Fatalf("Poll: %s, revision %d, %v; want what was published, revision %d", got.Status, got.Revision, err, f.Revision)
		}
	}
	old := f.Vote("tea")
	old.Revision--
	f.Refused(old, queue.ErrNotOpen) // to check the ballot again would be in vain
	f.Cast(f.Vote("lunch"))
	f.Settled("tea", false, "while nobody has published that the poll is shut")
}

func testClosesAnew(f *fixture.Case) {
	f.Publish(closesAt("tea", time.Now().Add(-time.Hour)))
	f.Refused(f.Vote("tea"), queue.ErrNotOpen)
	f.Publish(closesAt("tea", time.UnixMicro(0)))
	f.Refused(f.Vote("tea"), queue.ErrNotOpen)

	f.Publish(closesAt("tea", time.Now().Add(time.Hour)))
	f.CastN("tea", 1)
	f.Publish(fixture.Poll("tea", vote.Open))
	f.CastN("tea", 1)
	for _, status := range []vote.Status{vote.Draft, vote.Closing, vote.Closed} {
		p := closesAt("tea", time.Now().Add(time.Hour))
		p.Status = status
		f.Publish(p)
		f.Refused(f.Vote("tea"), queue.ErrNotOpen)
	}
	f.Publish(closesAt("tea", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)))
	f.CastN("tea", 1)
	f.Equal("messages accepted", f.Stats().Accepted, int64(3))
}

func testOnceAfterTime(f *fixture.Case) {
	p := closesAt("tea", time.Now().Add(time.Hour))
	f.Publish(p)
	c := f.Once("tea", "one")
	first := f.Cast(c)
	f.Drain(f.NewWorker())
	p.ClosesAt = time.Now().Add(soon)
	f.Publish(p)
	untilShut(f, p)
	accepted := f.Stats().Accepted
	f.Recorded(first, f.Start(c))
	f.Equal("messages accepted by the retry", f.Stats().Accepted-accepted, int64(0))
	c.Vote.Ballot = "b"
	f.Refused(c, queue.ErrIDReused)
}

func testSettledAfterTime(f *fixture.Case) {
	p := closesAt("tea", time.Now().Add(soon))
	f.Publish(p, fixture.Poll("lunch", vote.Open))
	casts := untilShut(f, p)
	f.CastN("lunch", 1) // so that there is a vote even if the time came too soon
	f.Publish(fixture.Poll("tea", vote.Closing), fixture.Poll("lunch", vote.Open))
	f.Settled("tea", false, "while what was cast before it was published waits")
	late := f.CastN("lunch", fixture.BatchSize)
	drained := f.VotersOf(f.Drain(f.NewWorker()))
	f.Equal("the votes", len(drained), len(casts)+1+len(late))
	f.Recorded(casts...)
	f.Settled("tea", true, "when all are acknowledged")
}

// The same race as with testGateRace, but only the clock shuts the gate.
func testScheduleRace(f *fixture.Case) {
	raceGate(f, func(casters *errgroup.Group) {
		f.Publish(closesAt("tea", time.Now().Add(soon)))
		if err := casters.Wait(); err != nil {
			f.Fatalf("Cast: %v", err)
		}
		accepted := f.Stats().Accepted
		f.Refused(f.Vote("tea"), queue.ErrNotOpen)
		f.Publish(fixture.Poll("tea", vote.Closing))
		f.Equal("messages accepted when it was published", f.Stats().Accepted, accepted)
	})
}

// newest casts a vote as the poll station does: when the poll has changed, again
// with the new definition.
func newest(f *fixture.Case, c queue.Cast) error {
	for {
		err := f.Inbox.Cast(f.Ctx, c)
		if !errors.Is(err, queue.ErrChanged) {
			return err
		}
		p, err := f.Inbox.Poll(f.Ctx, c.Vote.Poll)
		if err != nil {
			return err
		}
		c.Revision = p.Revision
	}
}
