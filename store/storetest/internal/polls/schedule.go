package polls

import (
	"math"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var scheduleTests = []test{
	{"when a poll opens and closes", schedule},
	{"the same moments are no change", sameMoments},
	{"revisions go beyond a queue's", advanceRevision},
}

// berlin is a zone that no database gives back.
var berlin = time.FixedZone("Berlin", 3600)

// wantPoll wants the same poll wherever one can read it.
func (h kit) wantPoll(want vote.Poll) {
	h.Helper()
	other := h.Another(h.T)
	read, err := other.Poll(h.Ctx, want.Slug)
	if d := cmp.Diff(want, read); err != nil || d != "" {
		h.Errorf("read: %v (-want +got):\n%s", err, d)
	}
	if d := cmp.Diff(want, h.Snapshot(want.Slug).Poll); d != "" {
		h.Errorf("snapshot (-want +got):\n%s", d)
	}
	for _, p := range h.Catalog().Polls {
		if d := cmp.Diff(want, p); p.Slug == want.Slug && d != "" {
			h.Errorf("catalog (-want +got):\n%s", d)
		}
	}
}

// Each of the two may be there or not. What comes back from a call is what is
// read afterwards, to the microsecond, in UTC.
func schedule(h kit) {
	h.wantPoll(h.Create("none", vote.Draft))
	given := fixture.Poll("both", vote.Draft)
	given.OpensAt = time.Date(2026, 11, 23, 9, 30, 0, 123456789, berlin)
	given.ClosesAt = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	made, err := h.Store.CreatePoll(h.Ctx, given)
	if err != nil {
		h.Fatal(err)
	}
	if want := time.Date(2026, 11, 23, 8, 30, 0, 123456000, time.UTC); made.OpensAt != want {
		h.Errorf("opens at %v, want %v", made.OpensAt, want)
	}
	if want := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC); made.ClosesAt != want {
		h.Errorf("closes at %v, want %v", made.ClosesAt, want)
	}
	h.wantPoll(made)
	now := time.Now()
	for _, change := range []func(*vote.Poll){
		func(p *vote.Poll) { p.OpensAt = time.Time{} },
		func(p *vote.Poll) { p.ClosesAt = time.Date(2026, 11, 23, 10, 0, 0, 1999, berlin) },
		func(p *vote.Poll) { p.ClosesAt = time.Time{} },
		func(p *vote.Poll) { p.OpensAt = now },
		func(p *vote.Poll) { p.OpensAt, p.ClosesAt = time.Time{}.In(berlin), now.Add(time.Hour) },
	} {
		want := made
		change(&want)
		if made, err = h.Change("both", change); err != nil {
			h.Fatal(err)
		}
		if got, want := made.OpensAt, want.OpensAt.UTC().Truncate(time.Microsecond); got != want {
			h.Errorf("opens at %v, want %v", got, want)
		}
		if got, want := made.ClosesAt, want.ClosesAt.UTC().Truncate(time.Microsecond); got != want {
			h.Errorf("closes at %v, want %v", got, want)
		}
		h.wantPoll(made)
	}
}

// A moment told in another zone, or more finely than the store keeps it, is the
// same: nobody is told, no revision is spent. A microsecond is a change.
func sameMoments(h kit) {
	given := fixture.Poll("lunch", vote.Open)
	given.ClosesAt = time.Date(2026, 11, 23, 9, 30, 0, 123456000, time.UTC)
	made, err := h.Store.CreatePoll(h.Ctx, given)
	if err != nil {
		h.Fatal(err)
	}
	before := h.Catalog()
	for _, change := range []func(*vote.Poll){
		func(p *vote.Poll) { p.ClosesAt = p.ClosesAt.In(berlin) },
		func(p *vote.Poll) { p.ClosesAt = p.ClosesAt.Add(999) },
		func(p *vote.Poll) { p.ClosesAt = p.ClosesAt.Local() },
		func(p *vote.Poll) { p.OpensAt = time.Time{}.In(berlin) },
	} {
		p, err := h.Change("lunch", change)
		if d := cmp.Diff(made, p); err != nil || d != "" {
			h.Errorf("%v (-before +after):\n%s", err, d)
		}
	}
	if d := cmp.Diff(before, h.Catalog()); d != "" {
		h.Errorf("catalog (-before +after):\n%s", d)
	}
	for _, change := range []func(*vote.Poll){
		func(p *vote.Poll) { p.ClosesAt = p.ClosesAt.Add(time.Microsecond) },
		func(p *vote.Poll) { p.OpensAt = p.ClosesAt.Add(-time.Hour) },
		func(p *vote.Poll) { p.OpensAt = time.Time{} },
		func(p *vote.Poll) { p.ClosesAt = time.Time{} },
	} {
		p, err := h.Change("lunch", change)
		if err != nil || p.Revision <= made.Revision {
			h.Errorf("revision %d after %d, %v", p.Revision, made.Revision, err)
		}
		made = p
	}
}

// A store that was restored from a backup gives no revision a second time: what
// the queue knows under it was something else.
func advanceRevision(h kit) {
	made := h.Create("lunch", vote.Open)
	here, there := h.Listen(h.Store, store.PollsChanged), h.Listen(h.Another(h.T), store.PollsChanged)
	before := h.Catalog()
	for _, revision := range []int64{before.Revision - 1, 0, math.MinInt64} { // behind already
		if err := h.Store.AdvanceRevision(h.Ctx, revision); err != nil {
			h.Fatal(err)
		}
		if d := cmp.Diff(before, h.Catalog()); d != "" {
			h.Fatalf("advance to %d (-before +after):\n%s", revision, d)
		}
	}
	for _, revision := range []int64{before.Revision, before.Revision + 1000, 1 << 50} {
		if err := h.Store.AdvanceRevision(h.Ctx, revision); err != nil {
			h.Fatal(err)
		}
		here.Wait(vote.DefaultSlug) // it is about every poll: the catalog is to be published
		there.Wait(vote.DefaultSlug)
		b := h.Catalog()
		if b.Revision <= revision {
			h.Errorf("the catalog's revision is %d, the queue knows %d", b.Revision, revision)
		}
		if d := cmp.Diff(before.Polls, b.Polls); d != "" {
			h.Errorf("polls (-before +after):\n%s", d)
		}
	}
	for i, next := range []vote.Poll{h.SetStatus("lunch", vote.Closing), h.Create("dinner", vote.Open)} {
		if next.Revision <= 1<<50 || i == 0 && next.CreatedAt != made.CreatedAt {
			h.Errorf("changed to %+v", next)
		}
	}
	if err := h.Store.DeletePoll(h.Ctx, "dinner", fixture.Allow); err != nil {
		h.Fatal(err)
	}
	if b := h.Catalog(); b.Revision <= 1<<50+3 {
		h.Errorf("revision %d after three changes", b.Revision)
	}
}
