package polls

import (
	"errors"
	"time"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/catalog"
)

// A voter must not read "no such poll" because the worker has not started yet.
func testNothingPublished(f *fixture.Case) {
	f.Refused(f.Vote("tea"), queue.ErrUnavailable)
	if _, err := f.Inbox.Poll(f.Ctx, "tea"); !errors.Is(err, queue.ErrUnavailable) {
		f.Fatalf("Poll: got %v, want %v", err, queue.ErrUnavailable)
	}
	published(f, catalog.Version{})
	f.Settled("tea", false, "with nothing published")

	f.Publish() // a catalog without polls is a catalog
	f.Refused(f.Vote("tea"), queue.ErrNoPoll)
	f.Until("Poll says that there is no such poll", func() bool {
		_, err := f.Inbox.Poll(f.Ctx, "tea")
		return errors.Is(err, queue.ErrNoPoll)
	})
}

func testGateStatus(f *fixture.Case) {
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
		f.Publish(fixture.Poll("tea", step.status))
		if step.want != nil {
			f.Refused(f.Vote("tea"), step.want)
			continue
		}
		p := f.Cast(f.Vote("tea"))
		f.Drain(w)
		f.Recorded(p)
	}
	f.Refused(f.Vote("nowhere"), queue.ErrNoPoll)
}

func testChanged(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	old := f.Vote("tea")
	f.Publish(fixture.Poll("tea", vote.Open))
	f.Refused(old, queue.ErrChanged)

	// Whoever is told so reads the definition anew and gets the new one at once.
	p, err := f.Inbox.Poll(f.Ctx, "tea")
	if err != nil || p.Revision != f.Revision {
		f.Fatalf("Poll after ErrChanged: revision %d, %v; want revision %d", p.Revision, err, f.Revision)
	}
	f.Cast(f.Vote("tea"))
	f.Equal("messages accepted", f.Stats().Accepted, int64(1))
}

func testDeletedPoll(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open))
	p := f.Cast(f.Vote("tea"))
	f.Publish(fixture.Poll("lunch", vote.Open))
	f.Refused(f.Vote("tea"), queue.ErrNoPoll)
	f.Settled("tea", false, "for a poll that is gone")
	f.Until("Poll does not know it any more", func() bool {
		_, err := f.Inbox.Poll(f.Ctx, "tea")
		return errors.Is(err, queue.ErrNoPoll)
	})
	f.Equal("the votes it got", f.VotersOf(f.Drain(f.NewWorker())), []string{p.Vote.Voter})
}

func testDefinition(f *fixture.Case) {
	want := vote.Poll{
		Slug: "sea", Question: "Schöner \"See\" <oder> 海?", Kind: vote.Score, Status: vote.Open, Min: 1, Max: 5,
		Options:   []vote.Option{{ID: "x-1", Label: "Müritz & more"}, {ID: "y_2", Label: "海", Note: "وصف <i>"}},
		OpensAt:   time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC),
		ClosesAt:  time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		CreatedAt: time.Date(2026, 5, 1, 12, 0, 0, 123456000, time.UTC),
		ChangedAt: time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC),
	}
	f.Publish(fixture.Poll("tea", vote.Draft), want)
	want.Revision = f.Revision
	got, err := f.Inbox.Poll(f.Ctx, "sea")
	if err != nil {
		f.Fatalf("Poll: %v", err)
	}
	f.Equal("the definition", got, want)

	got.Options[0].Label = "changed by its reader"
	again, _ := f.Inbox.Poll(f.Ctx, "sea")
	f.Equal("the definition, read again", again, want)
}
