// Package storetest is the conformance suite of station 4. A store enters,
// opened on empty data; what leaves is the proof that it keeps the contract of
// package store, or the test that says where it does not.
//
// After each test the tallies are compared with a recount of the ballots, and the
// ledger with the rows that they are made of.
package storetest

import (
	"context"
	"slices"
	"testing"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/store/storetest/internal/polls"
	"popeye/store/storetest/internal/votes"
	"popeye/vote"
)

// Store is everything that an implementation offers.
type Store = fixture.Store

// Fixture is a store on data of its own, with the default poll in it, and what
// else can be done to that data. What it opens ends with the test.
type Fixture = fixture.Data

// Counted is a snapshot with the count of what came with it.
type Counted = fixture.Counted

// ReadCounted reads a poll and counts it.
func ReadCounted(ctx context.Context, s store.Tallies, slug string) (Counted, error) {
	return fixture.ReadCounted(ctx, s, slug)
}

// Voter returns an id like those that the poll station gives, in no order.
func Voter(n int) string { return fixture.Voter(n) }

// Run runs the suite. open is called for each test.
func Run(t *testing.T, open func(testing.TB) Fixture) {
	for _, group := range slices.Concat(votes.Groups(), polls.Groups()) {
		t.Run(group.Name, func(t *testing.T) {
			for _, test := range group.Tests {
				t.Run(test.Name, func(t *testing.T) { fixture.Run(t, open(t), test.Run) })
			}
		})
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
				batch.Votes = append(batch.Votes, fixture.Entry(batch.ID+int64(i), vote.DefaultSlug, voter(n, i), ballot))
			}
			if _, err := s.Apply(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "votes/s")
	}
	b.Run("fresh voters", func(b *testing.B) {
		run(b, func(n, i int) string { return fixture.Voter(n*size + i) })
	})
	b.Run("same voters", func(b *testing.B) {
		run(b, func(_, i int) string { return fixture.Voter(i) })
	})
}
