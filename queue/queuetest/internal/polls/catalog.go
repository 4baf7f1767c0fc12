package polls

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/catalog"
)

// published fails unless that is the version published.
func published(f *fixture.Case, want catalog.Version) {
	f.Helper()
	if v, err := f.Catalog.Published(f.Ctx); v != want || err != nil {
		f.Fatalf("Published: %v, %v; want %v", v, err, want)
	}
}

// version is one of this test's catalogs.
func version(revision int64) catalog.Version {
	return catalog.Version{Revision: revision, Mark: fmt.Sprintf("mark-%d", revision)}
}

// at gives a poll a revision.
func at(revision int64, p vote.Poll) vote.Poll {
	p.Revision = revision
	return p
}

// change publishes a change from what was published last to the next revision, which
// is that of all polls in it.
func change(f *fixture.Case, polls []vote.Poll, deleted ...string) {
	f.Helper()
	c := catalog.Change{From: version(f.Revision), To: version(f.Revision + 1), Deleted: deleted}
	for _, p := range polls {
		c.Polls = append(c.Polls, at(c.To.Revision, p))
	}
	if err := f.Catalog.Publish(f.Ctx, c); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.Revision++
	published(f, c.To)
}

// publishedAs waits until a poll is read as that revision of it, 0 for none.
func publishedAs(f *fixture.Case, slug string, revision int64) {
	f.Helper()
	f.Until(fmt.Sprintf("%s is read at revision %d", slug, revision), func() bool {
		p, err := f.Inbox.Poll(f.Ctx, slug)
		if revision == 0 {
			return errors.Is(err, queue.ErrNoPoll)
		}
		return err == nil && p.Revision == revision
	})
}

// castAt makes a cast of a new voter for a poll of that revision.
func castAt(f *fixture.Case, slug string, revision int64) queue.Cast {
	c := f.Vote(slug)
	c.Revision = revision
	return c
}

func testOldCatalog(f *fixture.Case) {
	f.Revision = 7
	f.Publish(fixture.Poll("tea", vote.Open)) // 8
	for _, revision := range []int64{8, 7, 1} {
		whole := catalog.State{Revision: revision, Mark: "other"}.Whole()
		change := catalog.Change{From: version(revision - 1), To: whole.To, Deleted: []string{"tea"}}
		ofThis := catalog.Change{From: version(8), To: whole.To, Deleted: []string{"tea"}}
		for _, c := range []catalog.Change{whole, change, ofThis} {
			if err := f.Catalog.Publish(f.Ctx, c); err != nil {
				f.Fatalf("Publish: %v", err)
			}
			published(f, version(8))
		}
	}
	f.Cast(f.Vote("tea"))
	f.Equal("messages accepted", f.Stats().Accepted, int64(1))
}

func testChange(f *fixture.Case) {
	f.Revision = 4 // so that what comes first is a whole
	f.Publish(fixture.Poll("stays", vote.Open), fixture.Poll("changes", vote.Open), fixture.Poll("goes", vote.Open))
	old := f.Revision
	change(f, []vote.Poll{fixture.Poll("changes", vote.Draft), fixture.Poll("new", vote.Open)}, "goes", "never was")
	publishedAs(f, "stays", old)
	publishedAs(f, "changes", f.Revision)
	publishedAs(f, "new", f.Revision)
	publishedAs(f, "goes", 0)
	f.Cast(castAt(f, "stays", old))
	f.Cast(castAt(f, "new", f.Revision))
	f.Refused(castAt(f, "changes", f.Revision), queue.ErrNotOpen)
	f.Refused(castAt(f, "goes", old), queue.ErrNoPoll)
	f.Equal("messages accepted", f.Stats().Accepted, int64(2))

	change(f, nil) // a revision that changes no poll
	f.Cast(castAt(f, "stays", old))
	if err := f.Catalog.Publish(f.Ctx, catalog.State{Revision: f.Revision + 1, Mark: "whole"}.Whole()); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	publishedAs(f, "stays", 0)
	f.Refused(castAt(f, "new", f.Revision), queue.ErrNoPoll)
}

func testOtherVersion(f *fixture.Case) {
	refused := func(c catalog.Change) {
		f.Helper()
		if err := f.Catalog.Publish(f.Ctx, c); !errors.Is(err, queue.ErrOtherVersion) {
			f.Fatalf("a change from %v: %v, want %v", c.From, err, queue.ErrOtherVersion)
		}
	}
	change := catalog.Change{From: version(8), To: version(9), Polls: []vote.Poll{at(9, fixture.Poll("tea", vote.Closing))}, Deleted: []string{"lunch"}}
	refused(change) // nothing is published
	published(f, catalog.Version{})

	f.Revision = 6
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open)) // 7
	for _, from := range []catalog.Version{
		version(8), version(6), {Revision: 7, Mark: "another"}, {Revision: 7}, {Revision: 8, Mark: version(7).Mark}, {Revision: 6, Mark: version(7).Mark},
	} {
		change.From = from
		refused(change)
		published(f, version(7))
		f.Cast(f.Vote("tea"))
		f.Cast(f.Vote("lunch"))
	}
	publishedAs(f, "tea", 7)

	// A version of which the mark is not known can't be led from, whatever is asked.
	whole := catalog.State{Revision: 8, Polls: []vote.Poll{at(8, fixture.Poll("tea", vote.Open))}}.Whole()
	if err := f.Catalog.Publish(f.Ctx, whole); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	published(f, catalog.Version{Revision: 8})
	change.From = catalog.Version{Revision: 8}
	refused(change)
	publishedAs(f, "tea", 8)
}

// The publisher may not have seen that it was gone between.
func testMadeAgain(f *fixture.Case) {
	f.Revision = 6
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open))
	old := f.Cast(f.Vote("tea"))
	change(f, []vote.Poll{fixture.Poll("tea", vote.Draft)})
	f.Refused(castAt(f, "tea", f.Revision), queue.ErrNotOpen)
	change(f, nil, "tea")
	change(f, []vote.Poll{fixture.Poll("tea", vote.Open)})
	f.Refused(castAt(f, "tea", f.Revision-2), queue.ErrChanged)
	f.Cast(castAt(f, "tea", f.Revision))
	f.Settled("tea", false, "while the poll is open")
	f.Drain(f.NewWorker())
	f.Recorded(old)
}

func testRound(f *fixture.Case) {
	f.Revision = 6
	f.Publish(fixture.Poll("tea", vote.Open))
	f.CastN("tea", 2)
	change(f, []vote.Poll{fixture.Poll("kept", vote.Closing), fixture.Poll("tea", vote.Open)})
	f.Refused(castAt(f, "tea", f.Revision-1), queue.ErrChanged)
	f.Refused(castAt(f, "kept", f.Revision), queue.ErrNotOpen)
	f.Cast(castAt(f, "tea", f.Revision))
	f.Settled("kept", false, "while votes of before wait")
	f.Drain(f.NewWorker())
	f.Settled("kept", true, "when all are acknowledged")
	f.Settled("tea", false, "while the new round is open")
}

func testSettledByChanges(f *fixture.Case) {
	w := f.NewWorker()
	f.Revision = 6
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open), fixture.Poll("over", vote.Closed))
	f.CastN("tea", 1)
	change(f, []vote.Poll{fixture.Poll("tea", vote.Closing)})
	f.Settled("tea", false, "while a vote waits")
	f.Settled("over", true, "for a poll that the change does not name")
	f.Cast(castAt(f, "lunch", 7))
	f.Ack(w, f.Take(w))
	f.Settled("tea", true, "when it is acknowledged")
	late := f.Cast(castAt(f, "lunch", 7))
	change(f, []vote.Poll{fixture.Poll("tea", vote.Closed)})
	f.Settled("tea", true, "since its gate shut before the vote that waits")
	change(f, []vote.Poll{fixture.Poll("tea", vote.Open)})
	f.Settled("tea", false, "while it is open again")
	change(f, []vote.Poll{fixture.Poll("tea", vote.Closing)})
	f.Settled("tea", false, "while what came before waits")
	f.Drain(w)
	f.Settled("tea", true, "when all is acknowledged")
	f.Recorded(late)
	change(f, nil, "tea")
	f.Settled("tea", false, "for a poll that is gone")
}

// Whatever changes come, each poll is as the model has it, and so is its gate.
func testChangesAreTheWhole(f *fixture.Case) {
	names := []string{"a", "b", "c", "d"}
	f.Histories(func(f *fixture.Case, t *rapid.T) {
		model := map[string]vote.Poll{}
		f.Revision += f.Revision % 2 // so that what comes first is a whole
		f.Publish()
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			polls, deleted := draw(t, f.Revision+1, names, model)
			change(f, polls, deleted)
			f.Equal("what the gates say", gates(f, names, model), "")
		}
		for _, slug := range names {
			publishedAs(f, slug, model[slug].Revision)
		}
	})
}

// draw makes a change, here and in the model. It may name a poll that is as it was.
func draw(t *rapid.T, revision int64, names []string, model map[string]vote.Poll) (polls []vote.Poll, deleted string) {
	for _, slug := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID[string]).Draw(t, "polls") {
		p := fixture.Poll(slug, rapid.SampledFrom([]vote.Status{vote.Draft, vote.Open, vote.Closing, vote.Closed}).Draw(t, "status"))
		polls, model[slug] = append(polls, p), at(revision, p)
	}
	deleted = rapid.SampledFrom(names).Draw(t, "deleted")
	if p, ok := model[deleted]; ok && p.Revision == revision {
		return polls, "nothing"
	}
	delete(model, deleted)
	return polls, deleted
}

// gates says which gates answer otherwise than the model. Nothing is appended: the
// ballots are of an old definition.
func gates(f *fixture.Case, names []string, model map[string]vote.Poll) (wrong string) {
	for _, slug := range names {
		want := queue.ErrNoPoll
		if p, ok := model[slug]; ok && p.Status == vote.Open {
			want = queue.ErrChanged
		} else if ok {
			want = queue.ErrNotOpen
		}
		if err := f.Inbox.Cast(f.Ctx, castAt(f, slug, 0)); !errors.Is(err, want) {
			wrong += fmt.Sprintf("%s: %v, want %v. ", slug, err, want)
		}
	}
	return wrong
}

// Several publish what they know, as changes and as wholes, early and late. None
// brings anything back.
func testChangers(f *fixture.Case) {
	const last = 60
	catalogs := make([]catalog.State, last+1) // each adds a poll and changes one, and deletes another
	polls := map[string]vote.Poll{}
	for r := int64(1); r <= last; r++ {
		name := fmt.Sprintf("poll-%d", r%7)
		if _, ok := polls[name]; ok && r%3 == 0 {
			delete(polls, name)
		} else {
			polls[name] = at(r, fixture.Poll(name, vote.Open))
		}
		catalogs[r] = catalog.State{Revision: r, Mark: version(r).Mark, Polls: slices.Collect(maps.Values(polls))}
	}
	var g errgroup.Group
	for publisher := range int64(3) {
		g.Go(func() error { return publishAll(f, catalogs, publisher) })
	}
	if err := g.Wait(); err != nil {
		f.Fatalf("%v", err)
	}
	published(f, version(last))
	for i := range 7 {
		name := fmt.Sprintf("poll-%d", i)
		publishedAs(f, name, polls[name].Revision)
	}
}

// publishAll publishes one catalog after the other as the worker does: by the change
// from what is published, else the whole.
func publishAll(f *fixture.Case, catalogs []catalog.State, publisher int64) error {
	for r := int64(1); r < int64(len(catalogs)); r++ {
		published, err := f.Catalog.Published(f.Ctx)
		if err != nil {
			return err
		}
		c := catalogs[r].Whole()
		if published.Revision > 0 && published.Revision < r && (r+publisher)%5 > 0 {
			c = between(catalogs[published.Revision], catalogs[r])
		}
		if err := f.Catalog.Publish(f.Ctx, c); errors.Is(err, queue.ErrOtherVersion) {
			r-- // another was faster
		} else if err != nil {
			return err
		}
	}
	return nil
}

// between is the change from one catalog to another.
func between(from, to catalog.State) catalog.Change {
	c := catalog.Change{From: from.Version(), To: to.Version(), Deleted: fixture.NamesBut(from.Polls, to.Polls)}
	for _, p := range to.Polls {
		if p.Revision > from.Revision {
			c.Polls = append(c.Polls, p)
		}
	}
	return c
}

func testPublishers(f *fixture.Case) {
	var g errgroup.Group
	for publisher := range int64(4) {
		g.Go(func() error {
			for i := range int64(25) {
				p := at(4*i+publisher+1, fixture.Poll("tea", vote.Open))
				whole := catalog.State{Revision: p.Revision, Mark: version(p.Revision).Mark, Polls: []vote.Poll{p}}.Whole()
				if err := f.Catalog.Publish(f.Ctx, whole); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.Revision = 100
	published(f, version(100))
	f.Cast(f.Vote("tea")) // the gate goes with the catalog
	f.Equal("messages accepted", f.Stats().Accepted, int64(1))
}
