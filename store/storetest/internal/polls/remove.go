package polls

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var removeTests = []test{
	{"a small poll goes at once", removeSmall},
	{"a large poll goes in slices", removeInSlices},
	{"the name of a poll that goes in slices", removeKeepsName},
	{"ballots written by hand", removeByHand},
	{"by several processes while others vote", removeAtOnce},
}

// fill makes a poll with so many voters, of whom each third says the same.
func (h kit) fill(slug string, id int64, voters int) {
	h.Helper()
	h.Create(slug, vote.Open)
	var votes []string
	for i := range voters {
		votes = append(votes, fmt.Sprintf("%s/v%03d=%c", slug, i, "abc"[i%3]))
	}
	h.Apply(fixture.Batch(id, votes...))
}

func (h kit) left(slug string) int {
	h.Helper()
	return len(h.MustQuery(fmt.Sprintf(`SELECT voter FROM ballots WHERE poll = '%s'`, slug)))
}

// removeSome removes a slice and checks that tallies are still a recount.
func (h kit) removeSome(s fixture.Store) (slug string, free bool) {
	h.Helper()
	slug, free, err := s.RemoveSome(h.Ctx)
	if err != nil {
		h.Fatal(err)
	}
	h.Recount()
	return slug, free
}

func (h kit) delete(slug string) {
	h.Helper()
	if err := h.Store.DeletePoll(h.Ctx, slug, fixture.Allow); err != nil {
		h.Fatal(err)
	}
}

// As long as all of it fits into one slice nothing is left to do.
func removeSmall(h kit) {
	h.Slice(10)
	h.fill("lunch", 100, 10)
	h.delete("lunch")
	if slug, _ := h.removeSome(h.Store); slug != "" || h.left("lunch") != 0 {
		h.Errorf("%q has %d ballots left", slug, h.left("lunch"))
	}
	h.Create("lunch", vote.Open)
	h.WantTally("lunch", nil)
}

// The deletion takes one slice with it, however many ballots there are. The rest
// goes slice by slice; a process that comes later goes on where the first stopped.
func removeInSlices(h kit) {
	h.Slice(10)
	h.fill("lunch", 100, 35)
	h.fill("dinner", 200, 35)
	before := h.Catalog().Revision
	h.delete("lunch")
	if left := h.left("lunch"); left != 25 {
		h.Fatalf("the deletion left %d ballots of 35, want 25", left)
	}
	if b := h.Catalog(); len(b.Polls) != 2 || b.Revision <= before {
		h.Errorf("catalog %+v", b)
	}
	for want := 15; want > 0; want -= 10 {
		h.gone("lunch")
		if slug, free := h.removeSome(h.Store); slug != "lunch" || free || h.left("lunch") != want {
			h.Fatalf("%q, free: %t, %d left; want %d", slug, free, h.left("lunch"), want)
		}
	}
	if slug, free := h.removeSome(h.Another(h.T)); slug != "lunch" || !free || h.left("lunch") != 0 {
		h.Fatalf("%q, free: %t, %d left", slug, free, h.left("lunch"))
	}
	if slug, _ := h.removeSome(h.Store); slug != "" {
		h.Errorf("%q is still to be removed", slug)
	}
	if h.left("dinner") != 35 {
		h.Errorf("%d ballots of another poll are left", h.left("dinner"))
	}
}

// gone checks that nobody sees anything of a poll.
func (h kit) gone(slug string) {
	h.Helper()
	_, errPoll := h.Store.Poll(h.Ctx, slug)
	_, errSnapshot := fixture.ReadCounted(h.Ctx, h.Store, slug)
	errDelete := h.Store.DeletePoll(h.Ctx, slug, fixture.Allow)
	for _, err := range []error{errPoll, errSnapshot, errDelete} {
		if !errors.Is(err, store.ErrNoPoll) {
			h.Errorf("a deleted poll: %v", err)
		}
	}
	if t := h.Tally(slug); len(t) != 0 {
		h.Errorf("tally of a deleted poll: %v", t)
	}
}

// Nothing gets the name while ballots stand under it: neither a new poll, nor one
// that is kept there. What is made from words takes the next name.
func removeKeepsName(h kit) {
	h.Slice(10)
	h.fill("lunch", 100, 15)
	h.fill("dinner", 200, 1)
	h.delete("lunch")
	h.WantOutcomes(h.Apply(fixture.Batch(300, "lunch/v001=b")), store.Refused)
	if _, err := h.Store.CreatePoll(h.Ctx, fixture.Poll("lunch", vote.Open)); !errors.Is(err, store.ErrRemoving) || !errors.Is(err, store.ErrExists) {
		h.Errorf("created: %v", err)
	}
	round := store.NewRound{Next: fixture.Poll("dinner", vote.Open), Keep: func(vote.Poll) (string, error) { return "lunch", nil }}
	if _, _, err := h.Store.BeginRound(h.Ctx, "dinner", round); !errors.Is(err, store.ErrExists) {
		h.Errorf("a poll was kept under that name: %v", err)
	}
	if _, _, err := h.Store.BeginRound(h.Ctx, "lunch", round); !errors.Is(err, store.ErrNoPoll) {
		h.Errorf("a new round of a deleted poll: %v", err)
	}
	var made vote.Poll
	err := store.UnderFreeSlug("lunch", func(slug string) (err error) {
		made, err = h.Store.CreatePoll(h.Ctx, fixture.Poll(slug, vote.Open))
		return err
	})
	if err != nil || made.Slug != "lunch-2" {
		h.Errorf("made %q, %v", made.Slug, err)
	}
	if slug, free := h.removeSome(h.Store); slug != "lunch" || !free {
		h.Fatalf("%q, free: %t", slug, free)
	}
	h.Create("lunch", vote.Open)
	h.WantTally("lunch", nil)
	h.WantOutcomes(h.Apply(fixture.Batch(50, "lunch/v001=b")), store.Recorded)
}

// The table takes rows by hand at any time: those of a poll that goes may go with
// it or stay, and the tally is right in either case.
func removeByHand(h kit) {
	h.Slice(10)
	h.fill("lunch", 100, 25)
	h.delete("lunch")
	for _, voter := range []string{"", "a", "v020", "zoe"} {
		h.MustExec(`INSERT INTO ballots (poll, voter, ballot) VALUES ('lunch', '%s', 'b') ON CONFLICT DO NOTHING`, voter)
		h.Recount()
	}
	for free := false; !free; {
		_, free = h.removeSome(h.Store)
	}
	if rows := h.MustQuery(`SELECT voter FROM ballots WHERE poll = 'lunch' AND voter LIKE 'v%'`); len(rows) != 0 {
		h.Errorf("ballots left: %v", rows)
	}
}

// Several workers remove while votes come in: all goes, once, and nothing else.
func removeAtOnce(h kit) {
	h.Slice(10)
	for i := range int64(3) {
		h.fill(fmt.Sprintf("doomed-%d", i), 1000*(i+1), 95)
		h.delete(fmt.Sprintf("doomed-%d", i))
	}
	var free atomic.Int64
	var g errgroup.Group
	for range 3 {
		s := h.Another(h.T)
		g.Go(func() error {
			for free.Load() < 3 {
				_, done, err := s.RemoveSome(h.Ctx)
				if err != nil {
					return err
				}
				if done {
					free.Add(1)
				}
			}
			return nil
		})
	}
	var all []store.Batch
	for i := range int64(50) {
		all = append(all, fixture.Batch(10_000+100*i, fmt.Sprintf("v%d=a", i)))
	}
	h.ApplyAtOnce(all, 2)
	if err := g.Wait(); err != nil {
		h.Fatal(err)
	}
	if free.Load() != 3 {
		h.Errorf("%d names are free, want 3", free.Load())
	}
	for _, row := range h.MustQuery(`SELECT DISTINCT poll FROM ballots`) {
		if strings.HasPrefix(row[0], "doomed") {
			h.Errorf("ballots of %s are left", row[0])
		}
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 50})
}
