package queuetest

import (
	"errors"
	"time"

	"popeye/queue"
	"popeye/vote"
)

// A voter must not read "no such poll" because the worker has not started yet.
func testNothingPublished(f *fixture) {
	f.refused(f.vote("tea"), queue.ErrUnavailable)
	if _, err := f.Inbox.Poll(f.ctx, "tea"); !errors.Is(err, queue.ErrUnavailable) {
		f.Fatalf("Poll: got %v, want %v", err, queue.ErrUnavailable)
	}
	f.published(vote.Version{})
	f.settled("tea", false, "with nothing published")

	f.publish() // a catalog without polls is a catalog
	f.refused(f.vote("tea"), queue.ErrNoPoll)
	f.until("Poll says that there is no such poll", func() bool {
		_, err := f.Inbox.Poll(f.ctx, "tea")
		return errors.Is(err, queue.ErrNoPoll)
	})
}

func testGateStatus(f *fixture) {
	w := f.NewWorker()
	for _, step := range []struct {
		status vote.Status
		want   error
	}{
		{vote.Draft, queue.ErrNotOpen},
		{vote.Open, nil},
		{vote.Closing, queue.ErrNotOpen},
		{vote.Closed, queue.ErrNotOpen},
		{vote.Open, nil},
	} {
		f.publish(poll("tea", step.status))
		if step.want != nil {
			f.refused(f.vote("tea"), step.want)
			continue
		}
		p := f.cast(f.vote("tea"))
		f.drain(w)
		f.recorded(p)
	}
	f.refused(f.vote("nowhere"), queue.ErrNoPoll)
}

func testChanged(f *fixture) {
	f.publish(poll("tea", vote.Open))
	old := f.vote("tea")
	f.publish(poll("tea", vote.Open))
	f.refused(old, queue.ErrChanged)

	// Whoever is told so reads the definition anew and gets the new one at once.
	p, err := f.Inbox.Poll(f.ctx, "tea")
	if err != nil || p.Revision != f.revision {
		f.Fatalf("Poll after ErrChanged: revision %d, %v; want revision %d", p.Revision, err, f.revision)
	}
	f.cast(f.vote("tea"))
	f.equal("messages accepted", f.stats().Accepted, int64(1))
}

func testDeletedPoll(f *fixture) {
	f.publish(poll("tea", vote.Open), poll("lunch", vote.Open))
	p := f.cast(f.vote("tea"))
	f.publish(poll("lunch", vote.Open))
	f.refused(f.vote("tea"), queue.ErrNoPoll)
	f.settled("tea", false, "for a poll that is gone")
	f.until("Poll does not know it any more", func() bool {
		_, err := f.Inbox.Poll(f.ctx, "tea")
		return errors.Is(err, queue.ErrNoPoll)
	})
	f.equal("the votes it got", f.votersOf(f.drain(f.NewWorker())), []string{p.Vote.Voter})
}

func testDefinition(f *fixture) {
	want := vote.Poll{
		Slug: "sea", Question: "Schöner \"See\" <oder> 海?", Kind: vote.Score, Status: vote.Open, Min: 1, Max: 5,
		Options:   []vote.Option{{ID: "x-1", Label: "Müritz & more"}, {ID: "y_2", Label: "海", Note: "وصف <i>"}},
		OpensAt:   time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC),
		ClosesAt:  time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		CreatedAt: time.Date(2026, 5, 1, 12, 0, 0, 123456000, time.UTC),
		ChangedAt: time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC),
	}
	f.publish(poll("tea", vote.Draft), want)
	want.Revision = f.revision
	got, err := f.Inbox.Poll(f.ctx, "sea")
	if err != nil {
		f.Fatalf("Poll: %v", err)
	}
	f.equal("the definition", got, want)

	got.Options[0].Label = "changed by its reader"
	again, _ := f.Inbox.Poll(f.ctx, "sea")
	f.equal("the definition, read again", again, want)
}
