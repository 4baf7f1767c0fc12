package votes

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var misplacedTests = []test{
	{"a chain in any order", chainInAnyOrder},
	{"another batch under a known name", otherUnderKnownName},
	{"the queue has an older memory and an older clock", olderMemory},
	{"the queue has an older memory, what it lost was not stored", olderMemoryOfLost},
	{"the queue has no memory and an older clock", noMemoryOlder},
	{"the queue has no memory, its positions are greater", noMemoryGreater},
	{"positions that are compacted", misplacedBelowCompacted},
	{"a batch that was forgotten comes again", forgottenAgain},
	{"what was forgotten more than a day ago", forgottenForLong},
	{"positions more than a day ahead", tooFarAhead},
	{"two that follow the same position at once", siblingsAtOnce},
	{"batches of the build before", buildBefore},
}

// after makes a batch say what was assigned before it, and who it is.
func after(prev int64, b store.Batch) store.Batch {
	b.Prev, b.Chained, b.Digest = prev, true, fmt.Appendf(nil, "%d %v", b.ID, b.Votes)
	return b
}

// misplaced wants a batch refused, and nothing stored of it.
func (h kit) misplaced(b store.Batch) {
	h.Helper()
	state := func() string {
		return fmt.Sprint(h.MustQuery(`SELECT poll, voter, ballot, position FROM ballots ORDER BY poll, voter`),
			h.MustQuery(`SELECT id, last FROM batches ORDER BY id`), h.MustQuery(`SELECT position FROM dead_letters`),
			h.MustQuery(`SELECT stored, dead FROM accounts`))
	}
	before := state()
	for _, s := range []fixture.Store{h.Store, h.Another(h.T), h.Store} { // it stays so
		if r, err := s.Apply(h.Ctx, b); !errors.Is(err, store.ErrMisplaced) || r.Redelivered || r.Outcomes != nil {
			h.Fatalf("batch %d after %d: %+v, %v; want %v", b.ID, b.Prev, r, err, store.ErrMisplaced)
		}
	}
	if now := state(); now != before {
		h.Fatalf("batch %d was refused and left something:\n%s\nbefore:\n%s", b.ID, now, before)
	}
}

// Several workers apply what a sound queue made, in any order, some of it twice, and
// a fence leaves a gap; meanwhile batches are compacted. Nothing is misplaced.
func chainInAnyOrder(h kit) {
	var all []store.Batch
	prev := int64(0) // the first batch ever
	for n := range int64(30) {
		if n == 17 {
			prev += 1000 // a fence
		}
		b := after(prev, fixture.Batch(prev+1+n%3, fmt.Sprintf("v%d=a", n), "ann=b", "nowhere/ann=b"))
		all = append(all, b)
		prev = b.Last()
	}
	order := slices.Concat(all, all[:10])
	r := rand.New(rand.NewPCG(3, 4))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	h.ApplyAtOnce(order, 4)
	if err := h.Store.Compact(h.Ctx, all[20].ID); err != nil { // folds the one that the next follows
		h.Fatal(err)
	}
	h.Again(h.Store, all[3], store.Report{}) // forgotten, and known by its digest
	h.Apply(after(prev, fixture.Batch(prev+1, "bob=a")))
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 31, "b": 1})
}

// The same name, with other votes: stored already is the one thing it is not.
func otherUnderKnownName(h kit) {
	b := after(0, fixture.Batch(100, "ann=a", "bob=a"))
	report := h.Apply(b)
	other := after(0, fixture.Batch(100, "ann=b", "cid=b"))
	h.misplaced(other)
	h.Again(h.Store, b, report)
	other.ID = 200 // placed anew, behind what is stored
	for i := range other.Votes {
		other.Votes[i].Position += 100
	}
	h.Apply(after(101, other))
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 2})
}

// Redis comes back with an older file: it has forgotten 200 and 300, and under an
// older clock it assigns positions between, before or across theirs.
func olderMemory(h kit) {
	h.Apply(after(0, fixture.Batch(100, "ann=a")))
	h.Apply(after(100, fixture.Batch(200, "ann=a", "bob=a")))
	h.Apply(after(201, fixture.Batch(300, "ann=a")))
	for _, b := range []store.Batch{
		after(100, fixture.Batch(101, "ann=b")),
		after(100, fixture.Batch(150, "ann=b")),
		after(100, fixture.Batch(199, "ann=b", "bob=b")),
		after(100, fixture.Batch(201, "ann=b")),
	} {
		h.misplaced(b)
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 2})
	h.Apply(after(300, fixture.Batch(301, "ann=b"))) // fenced
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1})
}

// What the older memory has forgotten first was never stored: the next one tells.
func olderMemoryOfLost(h kit) {
	h.Apply(after(0, fixture.Batch(100, "ann=a")))
	h.Apply(after(250, fixture.Batch(300, "ann=a"))) // 200 to 250 died with the queue
	h.misplaced(after(100, fixture.Batch(240, "ann=b", "x=a", "x=b", "x=a", "x=b", "x=a", "x=b", "x=a", "x=b", "x=a", "x=b", "x=a")))
	h.misplaced(after(206, fixture.Batch(299, "ann=b")))
}

func noMemoryOlder(h kit) {
	h.Apply(after(0, fixture.Batch(100, "ann=a")))
	h.Apply(after(100, fixture.Batch(200, "ann=a")))
	h.misplaced(after(0, fixture.Batch(50, "ann=b")))
	h.misplaced(after(0, fixture.Batch(150, "ann=b")))
	h.misplaced(after(300, fixture.Batch(250, "ann=b"))) // makes no sense at all
}

// Under a clock that went on the newest votes have the greatest positions: it does
// not matter what the queue remembers, and those that follow may be faster.
func noMemoryGreater(h kit) {
	h.Apply(after(0, fixture.Batch(100, "ann=a")))
	h.Apply(after(100, fixture.Batch(200, "ann=a")))
	h.Apply(after(900, fixture.Batch(1000, "ann=b"))) // follows the next
	h.Apply(after(0, fixture.Batch(900, "ann=c")))
	h.Apply(after(1000, fixture.Batch(1001, "bob=a")))
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1})
}

func misplacedBelowCompacted(h kit) {
	for id := int64(100); id <= 500; id += 100 {
		h.Apply(after(id-99, fixture.Batch(id, "ann=a", "bob=a")))
	}
	if err := h.Store.Compact(h.Ctx, 500); err != nil {
		h.Fatal(err)
	}
	h.misplaced(after(0, fixture.Batch(50, "ann=b")))
	h.misplaced(after(0, fixture.Batch(450, "ann=b")))
	h.misplaced(after(301, fixture.Batch(302, "ann=b")))
	h.Apply(after(501, fixture.Batch(502, "ann=b")))
	if err := h.Store.Compact(h.Ctx, 10_000); err != nil { // further than what is stored
		h.Fatal(err)
	}
	h.misplaced(after(0, fixture.Batch(450, "ann=c")))
	h.misplaced(after(502, fixture.Batch(503, "ann=c")))
	h.Apply(after(502, fixture.Batch(10_000, "ann=d")))
}

// A copy of the queue is put back that held a batch which is stored and compacted:
// its votes are not new. Another batch under that name is.
func forgottenAgain(h kit) {
	b := after(0, fixture.Batch(100, "ann=a", "nowhere/ann=a"))
	h.Apply(b)
	h.Apply(after(101, fixture.Batch(200, "ann=b")))
	if err := h.Store.Compact(h.Ctx, 200); err != nil {
		h.Fatal(err)
	}
	h.Again(h.Another(h.T), b, store.Report{})
	h.misplaced(after(0, fixture.Batch(100, "ann=c")))
	h.Again(h.Store, b, store.Report{})
	h.WantTally(vote.DefaultSlug, vote.Tally{"b": 1})
}

// After a day the digests are gone, so that they don't pile up.
func forgottenForLong(h kit) {
	now := time.Now().UnixMicro()
	old := after(0, fixture.Batch(now-2*store.Ahead, "ann=a"))
	young := after(old.ID, fixture.Batch(now-store.Ahead/2, "ann=b"))
	h.Apply(old)
	h.Apply(young)
	if err := h.Store.Compact(h.Ctx, now); err != nil {
		h.Fatal(err)
	}
	if rows := h.MustQuery(`SELECT id FROM forgotten`); fmt.Sprint(rows) != fmt.Sprintf("[[%d]]", young.ID) {
		h.Errorf("digests kept: %v", rows)
	}
	h.Again(h.Store, young, store.Report{})
	h.misplaced(old)
}

// One wrong number must not take the room of all that come after.
func tooFarAhead(h kit) {
	now := time.Now().UnixMicro()
	h.Apply(after(0, fixture.Batch(now+store.Ahead/2, "ann=a"))) // a clock that is wrong by half a day
	h.misplaced(after(0, fixture.Batch(now+2*store.Ahead, "ann=b")))
	h.misplaced(after(0, fixture.Batch(9_000_000_000_000_000_000, "ann=b")))
	old := fixture.Batch(9_000_000_000_000_000_000, "ann=b") // moved by the build before
	h.misplaced(old)
	next := now + store.Ahead + store.Ahead/4 // less than a day beyond what is stored
	h.Apply(after(now+store.Ahead/2, fixture.Batch(next, "ann=c")))
	if high, err := h.Store.HighWater(h.Ctx); err != nil || high != next {
		h.Errorf("high water %d, %v; want %d", high, err, next)
	}
}

// Two memories of a queue go on from the same position, and their batches come at
// the same time: whichever is first, the one with older positions is not stored
// after the other.
func siblingsAtOnce(h kit) {
	handles := []fixture.Store{h.Store, h.Another(h.T)}
	prev := int64(0)
	for round := range int64(25) {
		at := 1000 * (round + 1)
		lower, upper := after(prev, fixture.Batch(at, "ann=a")), after(prev, fixture.Batch(at+10, "ann=b"))
		errs := make([]error, 2)
		var g errgroup.Group
		for i, b := range []store.Batch{lower, upper} {
			g.Go(func() error {
				_, errs[i] = handles[i].Apply(h.Ctx, b)
				return nil
			})
		}
		_ = g.Wait()
		lowerFirst := errs[0] == nil
		if errs[1] != nil || !lowerFirst && !errors.Is(errs[0], store.ErrMisplaced) {
			h.Fatalf("round %d: %v, %v", round, errs[0], errs[1])
		}
		if lowerFirst { // else it would be under the upper one
			if r, err := h.Store.Apply(h.Ctx, lower); err != nil || !r.Redelivered {
				h.Fatalf("round %d: %+v, %v", round, r, err)
			}
		}
		prev = at + 10
	}
}

// What the build before moved says nothing of itself: it is taken as it was then.
func buildBefore(h kit) {
	h.Apply(fixture.Batch(100, "ann=a"))
	h.Apply(fixture.Batch(300, "ann=b"))
	h.Apply(fixture.Batch(200, "bob=a"))
	h.Again(h.Store, fixture.Batch(200, "x=a"), store.Report{})
	h.Again(h.Store, after(0, fixture.Batch(200, "x=a")), store.Report{}) // it had no digest then
	h.Apply(after(300, fixture.Batch(400, "ann=c")))
	h.misplaced(after(100, fixture.Batch(299, "ann=d", "x=a"))) // across one of them
	if err := h.Store.Compact(h.Ctx, 400); err != nil {
		h.Fatal(err)
	}
	h.Again(h.Store, fixture.Batch(250, "x=a"), store.Report{})
}
