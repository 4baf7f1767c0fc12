package polls

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/catalog"
)

var catalogTests = []test{
	{"nothing new is an empty change", catalogUnchanged},
	{"a change names what was made, changed and deleted", catalogChanges},
	{"a poll deleted and made again is made", catalogMadeAgain},
	{"a round is both of its polls", catalogRound},
	{"a version that is not its own gets the whole", catalogOthers},
	{"what was before AdvanceRevision gets the whole", catalogAdvanced},
	{"a revision by hand gets the whole until the next", catalogByHand},
	{"the log is bounded, and what it has forgotten gets the whole", catalogBound},
	{"copies that follow changes agree with the catalog", catalogFollowed},
}

// since reads what changed, and checks what is true of every answer.
func (h kit) since(v catalog.Version) catalog.Change {
	h.Helper()
	c, err := h.Store.CatalogSince(h.Ctx, v)
	if err != nil {
		h.Fatal(err)
	}
	if !c.Whole() && c.From != v {
		h.Fatalf("asked what is since %v, got what is since %v", v, c.From)
	}
	if now := h.Catalog().Version(); c.To != now || now.Mark == "" {
		h.Fatalf("the change leads to %v, the catalog is %v", c.To, now)
	}
	return c
}

// wantChange compares a change that is not whole: what was made or changed, and what
// was deleted.
func (h kit) wantChange(c catalog.Change, polls, deleted string) {
	h.Helper()
	if c.Whole() {
		h.Fatalf("the whole catalog, want the change")
	}
	if got, want := slugsOf(c.Polls), polls; got != want {
		h.Errorf("made or changed %q, want %q", got, want)
	}
	slices.Sort(c.Deleted)
	if got := strings.Join(c.Deleted, " "); got != deleted {
		h.Errorf("deleted %q, want %q", got, deleted)
	}
}

func (h kit) wantWhole(c catalog.Change) {
	h.Helper()
	if !c.Whole() || len(c.Deleted) > 0 {
		h.Fatalf("a change from %v that deletes %q, want the whole", c.From, c.Deleted)
	}
	if d := cmp.Diff(h.Catalog().Polls, c.Polls); d != "" {
		h.Errorf("the whole (-catalog +change):\n%s", d)
	}
}

func slugsOf(polls []vote.Poll) string {
	var slugs []string
	for _, p := range polls {
		slugs = append(slugs, p.Slug)
	}
	return strings.Join(slugs, " ")
}

func (h kit) remove(slug string) {
	h.Helper()
	if err := h.Store.DeletePoll(h.Ctx, slug, func(vote.Poll) error { return nil }); err != nil {
		h.Fatal(err)
	}
}

func catalogUnchanged(h kit) {
	for range 2 { // also of a store that was just made, in which nobody has changed a poll
		v := h.Catalog().Version()
		c := h.since(v)
		h.wantChange(c, "", "")
		if c.To != v {
			h.Errorf("it leads to %v from %v", c.To, v)
		}
		h.Create("lunch", vote.Open)
		h.remove("lunch")
	}
}

func catalogChanges(h kit) {
	h.Create("stays", vote.Open)
	h.Create("changes", vote.Open)
	h.Create("goes", vote.Open)
	v := h.Catalog().Version()
	h.Create("new", vote.Draft)
	between := h.Catalog().Version()
	h.SetStatus("changes", vote.Closing)
	changed := h.SetStatus("changes", vote.Closed)
	h.remove("goes")
	h.Create("short", vote.Draft)
	h.remove("short")
	c := h.since(v)
	h.wantChange(c, "changes new", "goes short")
	if d := cmp.Diff(changed, c.Polls[0]); d != "" {
		h.Errorf("the changed poll (-as it is +in the change):\n%s", d)
	}
	h.wantChange(h.since(between), "changes", "goes short")
}

func catalogMadeAgain(h kit) {
	h.Create("lunch", vote.Open)
	v := h.Catalog().Version()
	h.remove("lunch")
	gone := h.Catalog().Version()
	made := h.Create("lunch", vote.Draft)
	for _, from := range []catalog.Version{v, gone} {
		c := h.since(from)
		h.wantChange(c, "lunch", "")
		if d := cmp.Diff(made, c.Polls[0]); d != "" {
			h.Errorf("the poll (-as it is +in the change):\n%s", d)
		}
	}
}

// The name that the round takes is never without a poll.
func catalogRound(h kit) {
	h.Create("lunch", vote.Open)
	v := h.Catalog().Version()
	kept, made, err := h.Store.BeginRound(h.Ctx, "lunch", store.NewRound{
		Next: fixture.Poll("", vote.Open), Keep: func(vote.Poll) (string, error) { return "kept", nil },
	})
	if err != nil {
		h.Fatal(err)
	}
	c := h.since(v)
	h.wantChange(c, "kept lunch", "")
	if d := cmp.Diff([]vote.Poll{kept, made}, c.Polls); d != "" {
		h.Errorf("the round (-as it is +in the change):\n%s", d)
	}
	if c.To.Revision != made.Revision {
		h.Errorf("it leads to revision %d, the newest poll's is %d", c.To.Revision, made.Revision)
	}
	h.remove("lunch")
	h.wantChange(h.since(v), "kept", "lunch")
}

// A queue may have what a store had published that was restored from a backup since,
// even when this one has given the same revisions again.
func catalogOthers(h kit) {
	h.Create("lunch", vote.Open)
	v := h.Catalog().Version()
	h.Create("dinner", vote.Open)
	now := h.Catalog().Version()
	for name, other := range map[string]catalog.Version{
		"zero": {}, "no mark": {Revision: v.Revision}, "no mark, of now": {Revision: now.Revision},
		"another mark": {Revision: v.Revision, Mark: "another"}, "another mark of now": {Revision: now.Revision, Mark: "another"},
		"the mark of another": {Revision: now.Revision, Mark: v.Mark}, "in time to come": {Revision: now.Revision + 1, Mark: now.Mark},
	} {
		h.Logf("%s", name)
		h.wantWhole(h.since(other))
	}
	h.wantChange(h.since(v), "dinner", "")
}

func catalogAdvanced(h kit) {
	v := h.Catalog().Version()
	for _, ahead := range []int64{100, 0} { // 0: the queue has another catalog of this very revision
		before := h.Catalog().Version()
		to := before.Revision + ahead
		if err := h.Store.AdvanceRevision(h.Ctx, to); err != nil {
			h.Fatal(err)
		}
		now := h.Catalog().Version()
		if now.Revision != to+1 {
			h.Errorf("outran %d to be %d", to, now.Revision)
		}
		h.wantWhole(h.since(v))
		h.wantChange(h.since(now), "", "")
		h.Create(fmt.Sprintf("lunch-%d", ahead), vote.Open)
		h.wantChange(h.since(now), fmt.Sprintf("lunch-%d", ahead), "")
	}
}

// As operators do who have changed a poll by hand, and older programs.
func catalogByHand(h kit) {
	v := h.Catalog().Version()
	want := catalog.Version{Revision: v.Revision + 1}
	h.MustExec(`UPDATE polls SET status = 'closed' WHERE slug = 'default'`)
	h.MustExec(`UPDATE catalog SET revision = revision + 1`)
	for range 2 {
		c, err := h.Store.CatalogSince(h.Ctx, v)
		if err != nil || !c.Whole() || c.To != want || c.Polls[0].Status != vote.Closed {
			h.Fatalf("%+v, %v", c, err)
		}
		v = c.To
	}
	if err := h.Store.AdvanceRevision(h.Ctx, v.Revision); err != nil {
		h.Fatal(err)
	}
	now := h.Catalog().Version()
	h.wantChange(h.since(now), "", "")
	h.MustExec(`UPDATE catalog SET revision = revision - 1`)
	h.Create("lunch", vote.Open) // takes a revision that was given before
	h.wantWhole(h.since(now))
}

func catalogBound(h kit) {
	const first, last = 11, 10 + store.MaxCatalogLog
	h.MustExec(`UPDATE catalog SET revision = %d`, last)
	h.MustExec(`DELETE FROM catalog_log`)
	h.MustExec(`WITH RECURSIVE n (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO catalog_log (revision, poll, mark) SELECT i, 'gone', 'mark' FROM n`, first, last)
	h.wantChange(h.since(catalog.Version{Revision: first, Mark: "mark"}), "", "gone")
	h.Create("lunch", vote.Open)
	h.wantWhole(h.since(catalog.Version{Revision: first, Mark: "mark"}))
	h.wantChange(h.since(catalog.Version{Revision: first + 1, Mark: "mark"}), "lunch", "gone")
	if rows := h.MustQuery(`SELECT count(*) FROM catalog_log`); rows[0][0] != fmt.Sprint(store.MaxCatalogLog) {
		h.Errorf("the log has %s rows, want %d", rows[0][0], store.MaxCatalogLog)
	}
	h.MustExec(`DELETE FROM catalog_log WHERE revision = %d`, last-1)
	h.wantWhole(h.since(catalog.Version{Revision: first + 1, Mark: "mark"}))
	h.wantChange(h.since(catalog.Version{Revision: last - 1 + 1, Mark: "mark"}), "lunch", "")
}

// follow brings a copy up to date, and returns the version that it has then.
func follow(h kit, s fixture.Store, polls map[string]vote.Poll, v catalog.Version) (catalog.Version, error) {
	c, err := s.CatalogSince(h.Ctx, v)
	if err != nil {
		return v, err
	}
	if c.Whole() {
		clear(polls)
	}
	for _, slug := range c.Deleted {
		delete(polls, slug)
	}
	for _, p := range c.Polls {
		polls[p.Slug] = p
	}
	return c.To, nil
}

// Several processes make, change, rename and delete polls; others follow.
func catalogFollowed(h kit) {
	const workers, rounds = 3, 15
	var changers, followers errgroup.Group
	done := make(chan struct{})
	for w := range workers {
		s := h.Another(h.T)
		changers.Go(func() error { return churn(h, s, fmt.Sprintf("w%d", w), rounds) })
		followers.Go(func() error { return followUntil(h, h.Another(h.T), done) })
	}
	if err := changers.Wait(); err != nil {
		h.Fatal(err)
	}
	close(done)
	if err := followers.Wait(); err != nil {
		h.Error(err)
	}
}

func churn(h kit, s fixture.Store, name string, rounds int) error {
	for i := range rounds {
		slug := fmt.Sprintf("%s-%d", name, i%4)
		_, err := s.CreatePoll(h.Ctx, fixture.Poll(slug, vote.Open))
		if errors.Is(err, store.ErrExists) {
			err = s.DeletePoll(h.Ctx, slug, func(vote.Poll) error { return nil })
		} else if err == nil && i%3 == 0 {
			_, _, err = s.BeginRound(h.Ctx, slug, store.NewRound{
				Next: fixture.Poll("", vote.Draft), Keep: func(vote.Poll) (string, error) { return fmt.Sprintf("%s-kept-%d", name, i), nil },
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// followUntil follows until all is done, and compares the copy with the catalog: at
// the end, and whenever both are of one version.
func followUntil(h kit, s fixture.Store, done <-chan struct{}) (err error) {
	polls := map[string]vote.Poll{}
	var v catalog.Version
	for last := false; ; {
		if v, err = follow(h, s, polls, v); err != nil {
			return err
		}
		c, err := s.Catalog(h.Ctx)
		if err != nil {
			return err
		}
		if last && c.Version() != v {
			return fmt.Errorf("the copy ended at %v, the catalog is %v", v, c.Version())
		}
		byName := cmpopts.SortSlices(func(p, q vote.Poll) bool { return p.Slug < q.Slug })
		if d := cmp.Diff(c.Polls, slices.Collect(maps.Values(polls)), byName); d != "" && c.Version() == v {
			return fmt.Errorf("the copy differs at %v (-catalog +copy):\n%s", v, d)
		}
		if last {
			return nil
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
}
