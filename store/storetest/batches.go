package storetest

import (
	"fmt"
	"testing"

	"popeye/store"
	"popeye/vote"
)

var batchTests = []test{
	{"high water", highWater},
	{"compact", compact},
}

// A queue that lost its memory is fenced off behind everything ever stored, or
// refused, and even what was deleted since.
func highWater(h fixture) {
	want := func(position int64) {
		h.Helper()
		got, err := h.Store.HighWater(h.ctx)
		if err != nil || got != position {
			h.Fatalf("high water %d, %v; want %d", got, err, position)
		}
	}
	want(0)
	h.apply(batch(100, "ann=a", "bob=a"))
	want(101)
	h.apply(batch(50, "ann=b"))
	want(101)
	b := batch(300, "nowhere/ann=a")
	b.Dead = []store.Dead{{Position: 305, Reason: "x"}, {Position: 303, Reason: "x"}}
	h.apply(b)
	want(305)
	if err := h.Store.DeletePoll(h.ctx, vote.DefaultSlug, allow); err != nil {
		h.Fatal(err)
	}
	want(305)
	if err := h.Store.Compact(h.ctx, 1000); err != nil {
		h.Fatal(err)
	}
	want(305)
	h.apply(batch(1000))
	want(1000)
}

func allow(vote.Poll) error { return nil }

// The names of old batches are forgotten, their sums are not, and a batch that
// comes again all the same, from a worker that slept, changes nothing.
func compact(h fixture) {
	accounts := func() string { return fmt.Sprint(h.query(`SELECT stored, dead FROM accounts`)) }
	if got, want := accounts(), "[[0 0]]"; got != want {
		h.Fatalf("accounts %s at first, want %s", got, want)
	}
	for id := int64(100); id <= 500; id += 100 {
		h.apply(batch(id, "ann=a", "bob=b", fmt.Sprintf("v%d=a", id), "nowhere/ann=a"))
	}
	if got, want := accounts(), "[[15 5]]"; got != want {
		h.Fatalf("accounts %s, want %s", got, want)
	}
	for _, below := range []int64{300, 300, 100} { // neither again nor back does harm
		if err := h.Store.Compact(h.ctx, below); err != nil {
			h.Fatal(err)
		}
	}
	if got, want := accounts(), "[[15 5]]"; got != want {
		h.Errorf("accounts %s once compacted, want %s", got, want)
	}
	if rows := h.query(`SELECT id FROM batches ORDER BY id`); fmt.Sprint(rows) != "[[300] [400] [500]]" {
		h.Errorf("batches left: %v", rows)
	}
	for _, id := range []int64{100, 299} {
		r, err := h.Another(h.T).Apply(h.ctx, batch(id, "ann=b"))
		if err != nil || !r.Redelivered {
			h.Errorf("batch %d, forgotten: %+v, %v", id, r, err)
		}
	}
	h.wantTally(vote.DefaultSlug, vote.Tally{"a": 6, "b": 1})
	h.again(h.Store, batch(300, "ann=a"), store.Report{Dead: []store.Dead{{Position: 303, Reason: "no such poll"}}})
	if rows := h.query(`SELECT id FROM batches ORDER BY id`); len(rows) != 3 {
		h.Errorf("batches left in the end: %v", rows)
	}
}

// Benchmark measures Apply in batches of 1000 votes: of voters who never came
// before, and of the same voters who change their mind.
func Benchmark(b *testing.B, open func(testing.TB) Fixture) {
	const size = 1000
	run := func(b *testing.B, voter func(batch, i int) string) {
		s := open(b).Store
		n := 0
		for b.Loop() {
			n++
			batch := store.Batch{ID: int64(n * size)}
			for i := range size {
				ballot := string(rune('a' + (n+i)%4))
				batch.Votes = append(batch.Votes, entry(batch.ID+int64(i), vote.DefaultSlug, voter(n, i), ballot))
			}
			if _, err := s.Apply(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "votes/s")
	}
	b.Run("fresh voters", func(b *testing.B) {
		run(b, func(n, i int) string { return Voter(n*size + i) })
	})
	b.Run("same voters", func(b *testing.B) {
		run(b, func(_, i int) string { return Voter(i) })
	})
}

// Voter returns an id like those that the poll station gives, in no order.
func Voter(n int) string { return fmt.Sprintf("%016x", uint64(n)*0x9E3779B97F4A7C15) }
