package polls

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
	"popeye/vote/joincode"
)

var pollTests = []test{
	{"the default poll is there", defaultPoll},
	{"create", createPoll},
	{"change", changePoll},
	{"change nothing", changeNothing},
	{"a change that is refused", changeRefused},
	{"delete", deletePoll},
	{"a poll that is made again", madeAgain},
	{"no such poll", noPoll},
	{"changes at the same time", changesAtOnce},
	{"a poll of a newer program", newerPoll},
}

// A field that this program does not know may hide the result, or keep voters out: a
// poll that has one is refused, and stays as it is.
func newerPoll(h kit) {
	if _, err := h.Store.CreatePoll(h.Ctx, fixture.Poll("lunch", vote.Open)); err != nil {
		h.Fatal(err)
	}
	const definition = `{"question":"Q?","kind":"single","options":[{"id":"a","label":"A"},{"id":"b","label":"B"}],"min":0,"max":0%s}`
	h.MustExec(`UPDATE polls SET definition = '`+definition+`' WHERE slug = 'lunch'`, `,"riddle":1`)
	_, errPoll := h.Store.Poll(h.Ctx, "lunch")
	_, errCatalog := h.Store.Catalog(h.Ctx)
	_, errCount := fixture.ReadCounted(h.Ctx, h.Store, "lunch")
	_, errChange := h.Change("lunch", func(p *vote.Poll) { p.Status = vote.Closed })
	for step, err := range map[string]error{"Poll": errPoll, "Catalog": errCatalog, "Snapshot": errCount, "ChangePoll": errChange} {
		if !errors.Is(err, store.ErrNewerSchema) {
			h.Errorf("%s: %v", step, err)
		}
	}
	h.Apply(fixture.Batch(100, "lunch/ann=a")) // it is stored all the same: a ballot has no part in this
	h.MustExec(`UPDATE polls SET definition = '`+definition+`' WHERE slug = 'lunch'`, "")
	if p, err := h.Store.Poll(h.Ctx, "lunch"); err != nil || p.Status != vote.Open {
		h.Errorf("as known again: %+v, %v", p, err)
	}
	h.WantTally("lunch", vote.Tally{"a": 1})
}

// The screen has something to show before anyone did anything.
func defaultPoll(h kit) {
	b := h.Catalog()
	if len(b.Polls) != 1 || b.Revision < 1 || b.Polls[0].Revision != b.Revision {
		h.Fatalf("catalog %+v", b)
	}
	want, err := definition.Default("What's your favorite DevOps tool?", []string{"Ansible", "Chef", "Puppet", "SaltStack"})
	if err != nil {
		h.Fatal(err)
	}
	got := b.Polls[0]
	want.LotSeed = "" // nobody draws one for a poll that comes with the schema
	want.Code, want.Revision, want.CreatedAt, want.ChangedAt = got.Code, got.Revision, got.CreatedAt, got.ChangedAt
	if d := cmp.Diff(want, got); d != "" || got.Validate() != nil || !joincode.Is(got.Code) {
		h.Errorf("the default poll (-want +got):\n%s", d)
	}
	h.WantTally(vote.DefaultSlug, nil)
}

// What comes back is what is stored, and the catalog shows it last.
func createPoll(h kit) {
	before := h.Catalog().Revision
	given := vote.Poll{
		Slug: "lunch", Question: "Où? <b>\"'é👩‍👩‍👧", Kind: vote.Multiple, Min: 1, Max: 2, Status: vote.Draft,
		Options: []vote.Option{{ID: "z", Label: "Zürich"}, {ID: "a", Label: `\u0041`}, {ID: "m-1_", Label: "&amp;", Note: "وصف <i>"}},
	}
	made, err := h.Store.CreatePoll(h.Ctx, given)
	if err != nil {
		h.Fatal(err)
	}
	given.Code, given.Revision, given.CreatedAt, given.ChangedAt = made.Code, made.Revision, made.CreatedAt, made.ChangedAt
	if d := cmp.Diff(given, made); d != "" {
		h.Errorf("created (-given +returned):\n%s", d)
	}
	if made.Revision <= before || !made.CreatedAt.Equal(made.ChangedAt) || time.Since(made.CreatedAt).Abs() > time.Minute {
		h.Errorf("revision %d after %d, created %v, changed %v", made.Revision, before, made.CreatedAt, made.ChangedAt)
	}
	read, err := h.Another(h.T).Poll(h.Ctx, "lunch")
	if d := cmp.Diff(made, read); err != nil || d != "" {
		h.Errorf("read: %v (-returned +read):\n%s", err, d)
	}
	if d := cmp.Diff(made, h.Snapshot("lunch").Poll); d != "" {
		h.Errorf("snapshot (-returned +read):\n%s", d)
	}
	h.Create("a-first-by-name", vote.Open)
	b := h.Catalog()
	if len(b.Polls) != 3 || b.Polls[1].Slug != "lunch" || b.Polls[2].Slug != "a-first-by-name" || b.Revision != b.Polls[2].Revision {
		h.Errorf("catalog %+v", b)
	}
	if _, err := h.Store.CreatePoll(h.Ctx, fixture.Poll("lunch", vote.Open)); !errors.Is(err, store.ErrExists) {
		h.Errorf("created twice: %v", err)
	}
	if _, err := h.Store.CreatePoll(h.Ctx, fixture.Poll("Lunch!", vote.Open)); !errors.Is(err, vote.ErrInvalid) {
		h.Errorf("created with a bad name: %v", err)
	}
	if now := h.Catalog().Revision; now != b.Revision {
		h.Errorf("what was refused moved the catalog from %d to %d", b.Revision, now)
	}
}

// Slug, revision and times are the store's, whatever the function says.
func changePoll(h kit) {
	made := h.Create("lunch", vote.Open)
	p, err := h.Store.ChangePoll(h.Ctx, "lunch", func(p vote.Poll) (vote.Poll, error) {
		if d := cmp.Diff(made, p); d != "" {
			h.Errorf("handed to change (-created +given):\n%s", d)
		}
		p.Slug, p.Revision, p.CreatedAt, p.ChangedAt = "other", 7, time.Time{}, time.Time{}
		p.Question, p.Status = "When?", vote.Closing
		p.Options[0].Label = "Noon"
		return p, nil
	})
	if err != nil {
		h.Fatal(err)
	}
	want := made
	want.Question, want.Status = "When?", vote.Closing
	want.Options = []vote.Option{{ID: "a", Label: "Noon"}, made.Options[1]}
	want.Revision, want.ChangedAt, want.Corrections = p.Revision, p.ChangedAt, p.Corrections // see round.go
	if d := cmp.Diff(want, p); d != "" {
		h.Errorf("changed (-want +got):\n%s", d)
	}
	if p.Revision <= made.Revision || p.ChangedAt.Before(made.ChangedAt) {
		h.Errorf("revision %d after %d, changed %v after %v", p.Revision, made.Revision, p.ChangedAt, made.ChangedAt)
	}
	read, err := h.Store.Poll(h.Ctx, "lunch")
	if d := cmp.Diff(p, read); err != nil || d != "" {
		h.Errorf("read: %v (-returned +read):\n%s", err, d)
	}
	if b := h.Catalog(); b.Revision != p.Revision || b.Polls[1].Slug != "lunch" {
		h.Errorf("catalog %+v", b)
	}
}

// An equal poll is no change: nobody is told, no revision is spent.
func changeNothing(h kit) {
	made, before := h.Create("lunch", vote.Open), h.Catalog()
	p, err := h.Store.ChangePoll(h.Ctx, "lunch", func(p vote.Poll) (vote.Poll, error) {
		p.ChangedAt = time.Now()
		return p, nil
	})
	if d := cmp.Diff(made, p); err != nil || d != "" {
		h.Errorf("%v (-before +after):\n%s", err, d)
	}
	if d := cmp.Diff(before, h.Catalog()); d != "" {
		h.Errorf("catalog (-before +after):\n%s", d)
	}
}

func changeRefused(h kit) {
	h.Create("lunch", vote.Open)
	before := h.Catalog()
	refusal := errors.New("not today")
	_, err := h.Store.ChangePoll(h.Ctx, "lunch", func(p vote.Poll) (vote.Poll, error) { return fixture.Poll("x", vote.Closed), refusal })
	if err != refusal {
		h.Errorf("change returned %v", err)
	}
	_, err = h.Store.ChangePoll(h.Ctx, "lunch", func(p vote.Poll) (vote.Poll, error) { p.Options = nil; return p, nil })
	if !errors.Is(err, vote.ErrInvalid) {
		h.Errorf("a poll without options: %v", err)
	}
	if err := h.Store.DeletePoll(h.Ctx, "lunch", func(vote.Poll) error { return refusal }); err != refusal {
		h.Errorf("delete returned %v", err)
	}
	if d := cmp.Diff(before, h.Catalog()); d != "" {
		h.Errorf("catalog (-before +after):\n%s", d)
	}
}

// The poll goes with its ballots and tally; the others stay; the catalog shows a
// newer revision, so that whoever has a copy of the poll drops it.
func deletePoll(h kit) {
	p := h.Create("lunch", vote.Closed)
	h.SetStatus("lunch", vote.Open)
	h.Apply(fixture.Batch(100, "lunch/ann=a", "lunch/bob=b", "ann=a"))
	before := h.Catalog()
	var asked vote.Poll
	if err := h.Store.DeletePoll(h.Ctx, "lunch", func(p vote.Poll) error { asked = p; return nil }); err != nil {
		h.Fatal(err)
	}
	if asked.Slug != p.Slug || asked.Status != vote.Open {
		h.Errorf("asked about %+v", asked)
	}
	if _, err := fixture.ReadCounted(h.Ctx, h.Store, "lunch"); !errors.Is(err, store.ErrNoPoll) {
		h.Errorf("snapshot of a deleted poll: %v", err)
	}
	if b := h.Catalog(); b.Revision <= before.Revision || len(b.Polls) != 1 {
		h.Errorf("catalog %+v after %+v", b, before)
	}
	if rows := h.MustQuery(`SELECT poll, voter FROM ballots`); len(rows) != 1 {
		h.Errorf("ballots left: %d, want 1", len(rows))
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1})
	h.WantOutcomes(h.Apply(fixture.Batch(200, "lunch/ann=a")), store.Refused)
}

// It is another poll: empty, and newer in every respect than the old one.
func madeAgain(h kit) {
	h.Create("lunch", vote.Open)
	h.Apply(fixture.Batch(100, "lunch/ann=a"))
	old := h.Snapshot("lunch")
	if err := h.Store.DeletePoll(h.Ctx, "lunch", fixture.Allow); err != nil {
		h.Fatal(err)
	}
	gone := h.Catalog().Revision
	made := h.Create("lunch", vote.Open)
	if made.Revision <= old.Poll.Revision || made.Revision <= gone {
		h.Errorf("revision %d after %d and %d", made.Revision, old.Poll.Revision, gone)
	}
	now := h.Snapshot("lunch")
	if now.Seq <= old.Seq || now.Count.Voters != 0 {
		h.Errorf("seq %d after %d, count %+v", now.Seq, old.Seq, now.Count)
	}
	h.WantTally("lunch", nil)
	h.WantOutcomes(h.Apply(fixture.Batch(50, "lunch/ann=b")), store.Recorded) // no memory of the old ballot
}

func noPoll(h kit) {
	for _, slug := range []string{"nowhere", "", "Not A Slug", "\x00", "\xff"} {
		_, errPoll := h.Store.Poll(h.Ctx, slug)
		_, errSnapshot := fixture.ReadCounted(h.Ctx, h.Store, slug)
		_, errChange := h.Store.ChangePoll(h.Ctx, slug, func(p vote.Poll) (vote.Poll, error) {
			h.Errorf("asked to change %q", slug)
			return p, nil
		})
		errDelete := h.Store.DeletePoll(h.Ctx, slug, func(vote.Poll) error {
			h.Errorf("asked to delete %q", slug)
			return nil
		})
		if tally, err := h.Store.Tally(h.Ctx, slug); err != nil || len(tally) != 0 {
			h.Errorf("%q: tally %v, %v", slug, tally, err)
		}
		for i, err := range []error{errPoll, errSnapshot, errChange, errDelete} {
			if !errors.Is(err, store.ErrNoPoll) {
				h.Errorf("%q: call %d returned %v", slug, i, err)
			}
		}
	}
}

// Changes by several processes happen one after the other: none is lost, every
// one has a revision of its own, and the catalog never shows half of one.
func changesAtOnce(h kit) {
	h.Create("counter", vote.Draft)
	const workers, rounds = 4, 25
	first := h.Catalog().Revision
	var g errgroup.Group
	for w := range workers {
		s := h.Another(h.T)
		g.Go(func() error {
			for i := range rounds {
				_, err := s.ChangePoll(h.Ctx, "counter", func(p vote.Poll) (vote.Poll, error) {
					var n int
					_, _ = fmt.Sscanf(p.Question, "%d", &n)
					p.Question = fmt.Sprint(n + 1)
					return p, nil
				})
				if err != nil {
					return err
				}
				if _, err := s.CreatePoll(h.Ctx, fixture.Poll(fmt.Sprintf("w%d-%d", w, i), vote.Draft)); err != nil {
					return err
				}
				if err := wholeCatalog(h.T, h.Store, h); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		h.Fatal(err)
	}
	b := h.Catalog()
	if got, want := b.Revision-first, int64(2*workers*rounds); got != want {
		h.Errorf("the catalog moved by %d revisions, want %d", got, want)
	}
	if got, want := b.Polls[1].Question, fmt.Sprint(workers*rounds); got != want {
		h.Errorf("%s changes were kept, want %s", got, want)
	}
}

// wholeCatalog checks that no poll is newer than the catalog and no two changes
// share a revision.
func wholeCatalog(t *testing.T, s fixture.Store, h kit) error {
	b, err := s.Catalog(h.Ctx)
	seen := make(map[int64]bool)
	var newest int64
	for _, p := range b.Polls {
		if seen[p.Revision] {
			t.Errorf("two polls have revision %d", p.Revision)
		}
		seen[p.Revision] = true
		newest = max(newest, p.Revision)
	}
	if newest != b.Revision && err == nil {
		t.Errorf("the catalog's revision is %d, its newest poll's %d", b.Revision, newest)
	}
	return err
}
