package queuetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
)

// published fails unless that is the version published.
func (f *fixture) published(want catalog.Version) {
	f.Helper()
	if v, err := f.Catalog.Published(f.ctx); v != want || err != nil {
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
func (f *fixture) change(polls []vote.Poll, deleted ...string) {
	f.Helper()
	c := catalog.Change{From: version(f.revision), To: version(f.revision + 1), Deleted: deleted}
	for _, p := range polls {
		c.Polls = append(c.Polls, at(c.To.Revision, p))
	}
	if err := f.Catalog.Publish(f.ctx, c); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.revision++
	f.published(c.To)
}

// publishedAs waits until a poll is read as that revision of it, 0 for none.
func (f *fixture) publishedAs(slug string, revision int64) {
	f.Helper()
	f.until(fmt.Sprintf("%s is read at revision %d", slug, revision), func() bool {
		p, err := f.Inbox.Poll(f.ctx, slug)
		if revision == 0 {
			return errors.Is(err, queue.ErrNoPoll)
		}
		return err == nil && p.Revision == revision
	})
}

// castAt makes a cast of a new voter for a poll of that revision.
func (f *fixture) castAt(slug string, revision int64) queue.Cast {
	c := f.vote(slug)
	c.Revision = revision
	return c
}

func testOldCatalog(f *fixture) {
	f.revision = 7
	f.publish(poll("tea", vote.Open)) // 8
	for _, revision := range []int64{8, 7, 1} {
		whole := catalog.State{Revision: revision, Mark: "other"}.Whole()
		change := catalog.Change{From: version(revision - 1), To: whole.To, Deleted: []string{"tea"}}
		ofThis := catalog.Change{From: version(8), To: whole.To, Deleted: []string{"tea"}}
		for _, c := range []catalog.Change{whole, change, ofThis} {
			if err := f.Catalog.Publish(f.ctx, c); err != nil {
				f.Fatalf("Publish: %v", err)
			}
			f.published(version(8))
		}
	}
	f.cast(f.vote("tea"))
	f.equal("messages accepted", f.stats().Accepted, int64(1))
}

func testChange(f *fixture) {
	f.revision = 4 // so that what comes first is a whole
	f.publish(poll("stays", vote.Open), poll("changes", vote.Open), poll("goes", vote.Open))
	old := f.revision
	f.change([]vote.Poll{poll("changes", vote.Draft), poll("new", vote.Open)}, "goes", "never was")
	f.publishedAs("stays", old)
	f.publishedAs("changes", f.revision)
	f.publishedAs("new", f.revision)
	f.publishedAs("goes", 0)
	f.cast(f.castAt("stays", old))
	f.cast(f.castAt("new", f.revision))
	f.refused(f.castAt("changes", f.revision), queue.ErrNotOpen)
	f.refused(f.castAt("goes", old), queue.ErrNoPoll)
	f.equal("messages accepted", f.stats().Accepted, int64(2))

	f.change(nil) // a revision that changes no poll
	f.cast(f.castAt("stays", old))
	if err := f.Catalog.Publish(f.ctx, catalog.State{Revision: f.revision + 1, Mark: "whole"}.Whole()); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.publishedAs("stays", 0)
	f.refused(f.castAt("new", f.revision), queue.ErrNoPoll)
}

func testOtherVersion(f *fixture) {
	refused := func(c catalog.Change) {
		f.Helper()
		if err := f.Catalog.Publish(f.ctx, c); !errors.Is(err, queue.ErrOtherVersion) {
			f.Fatalf("a change from %v: %v, want %v", c.From, err, queue.ErrOtherVersion)
		}
	}
	change := catalog.Change{From: version(8), To: version(9), Polls: []vote.Poll{at(9, poll("tea", vote.Closing))}, Deleted: []string{"lunch"}}
	refused(change) // nothing is published
	f.published(catalog.Version{})

	f.revision = 6
	f.publish(poll("tea", vote.Open), poll("lunch", vote.Open)) // 7
	for _, from := range []catalog.Version{
		version(8), version(6), {Revision: 7, Mark: "another"}, {Revision: 7}, {Revision: 8, Mark: version(7).Mark}, {Revision: 6, Mark: version(7).Mark},
	} {
		change.From = from
		refused(change)
		f.published(version(7))
		f.cast(f.vote("tea"))
		f.cast(f.vote("lunch"))
	}
	f.publishedAs("tea", 7)

	// A version of which the mark is not known can't be led from, whatever is asked.
	whole := catalog.State{Revision: 8, Polls: []vote.Poll{at(8, poll("tea", vote.Open))}}.Whole()
	if err := f.Catalog.Publish(f.ctx, whole); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.published(catalog.Version{Revision: 8})
	change.From = catalog.Version{Revision: 8}
	refused(change)
	f.publishedAs("tea", 8)
}

// The publisher may not have seen that it was gone between.
func testMadeAgain(f *fixture) {
	f.revision = 6
	f.publish(poll("tea", vote.Open), poll("lunch", vote.Open))
	old := f.cast(f.vote("tea"))
	f.change([]vote.Poll{poll("tea", vote.Draft)})
	f.refused(f.castAt("tea", f.revision), queue.ErrNotOpen)
	f.change(nil, "tea")
	f.change([]vote.Poll{poll("tea", vote.Open)})
	f.refused(f.castAt("tea", f.revision-2), queue.ErrChanged)
	f.cast(f.castAt("tea", f.revision))
	f.settled("tea", false, "while the poll is open")
	f.drain(f.NewWorker())
	f.recorded(old)
}

func testRound(f *fixture) {
	f.revision = 6
	f.publish(poll("tea", vote.Open))
	f.castN("tea", 2)
	f.change([]vote.Poll{poll("kept", vote.Closing), poll("tea", vote.Open)})
	f.refused(f.castAt("tea", f.revision-1), queue.ErrChanged)
	f.refused(f.castAt("kept", f.revision), queue.ErrNotOpen)
	f.cast(f.castAt("tea", f.revision))
	f.settled("kept", false, "while votes of before wait")
	f.drain(f.NewWorker())
	f.settled("kept", true, "when all are acknowledged")
	f.settled("tea", false, "while the new round is open")
}

func testSettledByChanges(f *fixture) {
	w := f.NewWorker()
	f.revision = 6
	f.publish(poll("tea", vote.Open), poll("lunch", vote.Open), poll("over", vote.Closed))
	f.castN("tea", 1)
	f.change([]vote.Poll{poll("tea", vote.Closing)})
	f.settled("tea", false, "while a vote waits")
	f.settled("over", true, "for a poll that the change does not name")
	f.cast(f.castAt("lunch", 7))
	f.ack(w, f.take(w))
	f.settled("tea", true, "when it is acknowledged")
	late := f.cast(f.castAt("lunch", 7))
	f.change([]vote.Poll{poll("tea", vote.Closed)})
	f.settled("tea", true, "since its gate shut before the vote that waits")
	f.change([]vote.Poll{poll("tea", vote.Open)})
	f.settled("tea", false, "while it is open again")
	f.change([]vote.Poll{poll("tea", vote.Closing)})
	f.settled("tea", false, "while what came before waits")
	f.drain(w)
	f.settled("tea", true, "when all is acknowledged")
	f.recorded(late)
	f.change(nil, "tea")
	f.settled("tea", false, "for a poll that is gone")
}

// Whatever changes come, each poll is as the model has it, and so is its gate.
func testChangesAreTheWhole(f *fixture) {
	names := []string{"a", "b", "c", "d"}
	f.histories(func(f *fixture, t *rapid.T) {
		model := map[string]vote.Poll{}
		f.revision += f.revision % 2 // so that what comes first is a whole
		f.publish()
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			f.change(draw(t, f.revision+1, names, model))
			f.equal("what the gates say", f.gates(names, model), "")
		}
		for _, slug := range names {
			f.publishedAs(slug, model[slug].Revision)
		}
	})
}

// draw makes a change, here and in the model. It may name a poll that is as it was.
func draw(t *rapid.T, revision int64, names []string, model map[string]vote.Poll) (polls []vote.Poll, deleted string) {
	for _, slug := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID[string]).Draw(t, "polls") {
		p := poll(slug, rapid.SampledFrom([]vote.Status{vote.Draft, vote.Open, vote.Closing, vote.Closed}).Draw(t, "status"))
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
func (f *fixture) gates(names []string, model map[string]vote.Poll) (wrong string) {
	for _, slug := range names {
		want := queue.ErrNoPoll
		if p, ok := model[slug]; ok && p.Status == vote.Open {
			want = queue.ErrChanged
		} else if ok {
			want = queue.ErrNotOpen
		}
		if err := f.Inbox.Cast(f.ctx, f.castAt(slug, 0)); !errors.Is(err, want) {
			wrong += fmt.Sprintf("%s: %v, want %v. ", slug, err, want)
		}
	}
	return wrong
}

// Several publish what they know, as changes and as wholes, early and late. None
// brings anything back.
func testChangers(f *fixture) {
	const last = 60
	catalogs := make([]catalog.State, last+1) // each adds a poll and changes one, and deletes another
	polls := map[string]vote.Poll{}
	for r := int64(1); r <= last; r++ {
		name := fmt.Sprintf("poll-%d", r%7)
		if _, ok := polls[name]; ok && r%3 == 0 {
			delete(polls, name)
		} else {
			polls[name] = at(r, poll(name, vote.Open))
		}
		catalogs[r] = catalog.State{Revision: r, Mark: version(r).Mark, Polls: slices.Collect(maps.Values(polls))}
	}
	var g errgroup.Group
	for publisher := range int64(3) {
		g.Go(func() error { return f.publishAll(catalogs, publisher) })
	}
	if err := g.Wait(); err != nil {
		f.Fatalf("%v", err)
	}
	f.published(version(last))
	for i := range 7 {
		name := fmt.Sprintf("poll-%d", i)
		f.publishedAs(name, polls[name].Revision)
	}
}

// publishAll publishes one catalog after the other as the worker does: by the change
// from what is published, else the whole.
func (f *fixture) publishAll(catalogs []catalog.State, publisher int64) error {
	for r := int64(1); r < int64(len(catalogs)); r++ {
		published, err := f.Catalog.Published(f.ctx)
		if err != nil {
			return err
		}
		c := catalogs[r].Whole()
		if published.Revision > 0 && published.Revision < r && (r+publisher)%5 > 0 {
			c = between(catalogs[published.Revision], catalogs[r])
		}
		if err := f.Catalog.Publish(f.ctx, c); errors.Is(err, queue.ErrOtherVersion) {
			r-- // another was faster
		} else if err != nil {
			return err
		}
	}
	return nil
}

// between is the change from one catalog to another.
func between(from, to catalog.State) catalog.Change {
	c := catalog.Change{From: from.Version(), To: to.Version(), Deleted: namesBut(from.Polls, to.Polls)}
	for _, p := range to.Polls {
		if p.Revision > from.Revision {
			c.Polls = append(c.Polls, p)
		}
	}
	return c
}

func testPublishers(f *fixture) {
	var g errgroup.Group
	for publisher := range int64(4) {
		g.Go(func() error {
			for i := range int64(25) {
				p := at(4*i+publisher+1, poll("tea", vote.Open))
				whole := catalog.State{Revision: p.Revision, Mark: version(p.Revision).Mark, Polls: []vote.Poll{p}}.Whole()
				if err := f.Catalog.Publish(f.ctx, whole); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.revision = 100
	f.published(version(100))
	f.cast(f.vote("tea")) // the gate goes with the catalog
	f.equal("messages accepted", f.stats().Accepted, int64(1))
}
