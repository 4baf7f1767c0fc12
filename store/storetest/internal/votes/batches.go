package votes

import (
	"fmt"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var batchTests = []test{
	{"high water", highWater},
	{"compact", compact},
}

// A queue that lost its memory is fenced off behind everything ever stored, or
// refused, and even what was deleted since.
func highWater(h kit) {
	want := func(position int64) {
		h.Helper()
		got, err := h.Store.HighWater(h.Ctx)
		if err != nil || got != position {
			h.Fatalf("high water %d, %v; want %d", got, err, position)
		}
	}
	want(0)
	h.Apply(fixture.Batch(100, "ann=a", "bob=a"))
	want(101)
	h.Apply(fixture.Batch(50, "ann=b"))
	want(101)
	b := fixture.Batch(300, "nowhere/ann=a")
	b.Dead = []store.Dead{{Position: 305, Reason: "x"}, {Position: 303, Reason: "x"}}
	h.Apply(b)
	want(305)
	if err := h.Store.DeletePoll(h.Ctx, vote.DefaultSlug, fixture.Allow); err != nil {
		h.Fatal(err)
	}
	want(305)
	if err := h.Store.Compact(h.Ctx, 1000); err != nil {
		h.Fatal(err)
	}
	want(305)
	h.Apply(fixture.Batch(1000))
	want(1000)
}

// The names of old batches are forgotten, their sums are not, and a batch that
// comes again all the same, from a worker that slept, changes nothing.
func compact(h kit) {
	accounts := func() string { return fmt.Sprint(h.MustQuery(`SELECT stored, dead FROM accounts`)) }
	if got, want := accounts(), "[[0 0]]"; got != want {
		h.Fatalf("accounts %s at first, want %s", got, want)
	}
	for id := int64(100); id <= 500; id += 100 {
		h.Apply(fixture.Batch(id, "ann=a", "bob=b", fmt.Sprintf("v%d=a", id), "nowhere/ann=a"))
	}
	if got, want := accounts(), "[[15 5]]"; got != want {
		h.Fatalf("accounts %s, want %s", got, want)
	}
	for _, below := range []int64{300, 300, 100} { // neither again nor back does harm
		if err := h.Store.Compact(h.Ctx, below); err != nil {
			h.Fatal(err)
		}
	}
	if got, want := accounts(), "[[15 5]]"; got != want {
		h.Errorf("accounts %s once compacted, want %s", got, want)
	}
	if rows := h.MustQuery(`SELECT id FROM batches ORDER BY id`); fmt.Sprint(rows) != "[[300] [400] [500]]" {
		h.Errorf("batches left: %v", rows)
	}
	for _, id := range []int64{100, 299} {
		r, err := h.Another(h.T).Apply(h.Ctx, fixture.Batch(id, "ann=b"))
		if err != nil || !r.Redelivered {
			h.Errorf("batch %d, forgotten: %+v, %v", id, r, err)
		}
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 6, "b": 1})
	h.Again(h.Store, fixture.Batch(300, "ann=a"), store.Report{Dead: []store.Dead{{Position: 303, Reason: "no such poll"}}})
	if rows := h.MustQuery(`SELECT id FROM batches ORDER BY id`); len(rows) != 3 {
		h.Errorf("batches left in the end: %v", rows)
	}
}
