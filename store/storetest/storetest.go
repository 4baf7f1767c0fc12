// Package storetest is the conformance suite of station 4. A store enters,
// opened on empty data; what leaves is the proof that it keeps the contract of
// package store, or the test that says where it does not.
//
// After each test the tallies are compared with a recount of the ballots, and the
// ledger with the rows that they are made of.
package storetest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"popeye/count"
	"popeye/store"
	"popeye/vote"
)

// Store is everything that an implementation offers.
type Store interface {
	store.Ballots
	store.DeadLetters
	store.Ledger
	store.Tallies
	store.Polls
	store.Events
	store.Remover
	store.Environment
	store.Sizer
	store.Watcher
	store.Audit
	store.Sessions
}

// Fixture is a store on data of its own, with the default poll in it, and what
// else can be done to that data. What it opens ends with the test.
type Fixture struct {
	Store Store

	// Another opens the same data again, as another process would.
	Another func(testing.TB) Store

	// Exec runs a statement, and Query a query whose values are read as text,
	// by hand: not through the Store.
	Exec  func(ctx context.Context, sql string) error
	Query func(ctx context.Context, sql string) ([][]string, error)

	// Keep makes Store keep so few dead letters, in place of store.MaxDeadLetters.
	Keep func(deadLetters int)

	// Slice makes Store remove so few ballots at once, in place of
	// store.RemoveSlice.
	Slice func(ballots int)

	// Forbid is a statement that makes the database refuse the ballot
	// "forbidden" from then on.
	Forbid string
}

// Run runs the suite. open is called for each test.
func Run(t *testing.T, open func(testing.TB) Fixture) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Apply", applyTests},
		{"Refuse", refuseTests},
		{"Batches", batchTests},
		{"Misplaced", misplacedTests},
		{"DeadLetters", deadLetterTests},
		{"Replay", replayTests},
		{"Ledger", ledgerTests},
		{"Snapshot", snapshotTests},
		{"Polls", pollTests},
		{"Catalog", catalogTests},
		{"Events", eventTests},
		{"Once", onceTests},
		{"Remove", removeTests},
		{"Schedule", scheduleTests},
		{"Round", roundTests},
		{"ByHand", byHandTests},
		{"Watch", watchTests},
		{"Audit", auditTests},
		{"Sessions", sessionTests},
		{"Crowd", crowdTests},
		{"Unavailable", unavailableTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) {
					h := fixture{T: t, Fixture: open(t)}
					var cancel context.CancelFunc
					h.ctx, cancel = context.WithTimeout(t.Context(), 2*time.Minute)
					defer cancel()
					test.run(h)
					h.recount()
					h.balance()
				})
			}
		})
	}
}

// test is one test of the suite; the comment above its function says why.
type test struct {
	name string
	run  func(h fixture)
}

// fixture is a Fixture within one test. The first error ends the test.
type fixture struct {
	*testing.T
	Fixture
	ctx context.Context
}

// apply stores a batch that must come for the first time.
func (h fixture) apply(b store.Batch) store.Report {
	h.Helper()
	r, err := h.Store.Apply(h.ctx, b)
	if err != nil {
		h.Fatal(err)
	}
	if r.Redelivered {
		h.Fatalf("batch %d counts as redelivered, it is new", b.ID)
	}
	return r
}

// again stores a batch that was applied before, and wants the answer of then.
func (h fixture) again(s Store, b store.Batch, then store.Report) {
	h.Helper()
	r, err := s.Apply(h.ctx, b)
	if err != nil {
		h.Fatal(err)
	}
	want := store.Report{Redelivered: true, Dead: then.Dead}
	if d := cmp.Diff(want, r, cmpopts.EquateEmpty()); d != "" {
		h.Fatalf("batch %d, redelivered (-want +got):\n%s", b.ID, d)
	}
}

func (h fixture) wantOutcomes(r store.Report, want ...store.Outcome) {
	h.Helper()
	if d := cmp.Diff(want, r.Outcomes); d != "" {
		h.Fatalf("outcomes (-want +got; 1 recorded, 2 changed, 3 superseded, 4 refused):\n%s", d)
	}
}

// Counted is a snapshot with the count of what came with it.
type Counted struct {
	store.Snapshot
	Count count.Totals
}

// ReadCounted reads a poll and counts it.
func ReadCounted(ctx context.Context, s store.Tallies, slug string) (c Counted, err error) {
	c.Snapshot, err = s.Snapshot(ctx, slug, func(p vote.Poll, ballots vote.Ballots) { c.Count, _, _ = count.Poll(p, ballots) })
	return c, err
}

func (h fixture) snapshot(slug string) Counted {
	h.Helper()
	c, err := ReadCounted(h.ctx, h.Store, slug)
	if err != nil {
		h.Fatal(err)
	}
	return c
}

func (h fixture) tally(slug string) vote.Tally {
	h.Helper()
	t, err := h.Store.Tally(h.ctx, slug)
	if err != nil {
		h.Fatal(err)
	}
	return t
}

// wantTally is for a poll that nobody votes in at this moment.
func (h fixture) wantTally(slug string, want vote.Tally) {
	h.Helper()
	got, s := h.tally(slug), h.snapshot(slug)
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		h.Fatalf("tally of %s (-want +got):\n%s", slug, d)
	}
	totals, _, _ := count.Poll(s.Poll, got.All())
	if d := cmp.Diff(totals, s.Count); d != "" {
		h.Fatalf("count of %s (-of the tally +of the snapshot):\n%s", slug, d)
	}
}

// create makes a single-choice poll with that status.
func (h fixture) create(slug string, status vote.Status) vote.Poll {
	h.Helper()
	p, err := h.Store.CreatePoll(h.ctx, poll(slug, status))
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func (h fixture) setStatus(slug string, status vote.Status) vote.Poll {
	h.Helper()
	p, err := h.Store.ChangePoll(h.ctx, slug, func(p vote.Poll) (vote.Poll, error) {
		p.Status = status
		return p, nil
	})
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func (h fixture) exec(format string, args ...any) {
	h.Helper()
	if err := h.Exec(h.ctx, fmt.Sprintf(format, args...)); err != nil {
		h.Fatal(err)
	}
}

func (h fixture) query(sql string) [][]string {
	h.Helper()
	rows, err := h.Query(h.ctx, sql)
	if err != nil {
		h.Fatal(err)
	}
	return rows
}

// balance compares what the store says of all that ever came with the view that
// says so to a person.
func (h fixture) balance() {
	h.Helper()
	sums := h.sum(math.MaxInt64)
	want := fmt.Sprintf("[[%d %d]]", sums.Stored, sums.Dead)
	if got := fmt.Sprint(h.query(`SELECT stored, dead FROM accounts`)); got != want {
		h.Fatalf("accounts %s, the store's sums are %s", got, want)
	}
}

// recount compares what the database keeps with what the ballots say, as the
// store does itself.
func (h fixture) recount() {
	h.Helper()
	read := func(sql string) map[string]string {
		counts := make(map[string]string)
		for _, row := range h.query(sql) {
			counts[row[0]+" "+row[1]] = row[2]
		}
		return counts
	}
	want := read(`SELECT poll, ballot, count(*) FROM ballots GROUP BY poll, ballot`)
	got := read(`SELECT poll, ballot, voters FROM tallies`)
	if d := cmp.Diff(want, got); d != "" {
		h.Fatalf("tallies differ from a recount (-recount +tallies):\n%s", d)
	}
	ballots, wrong, err := h.Store.Recount(h.ctx)
	if rows := h.query(`SELECT count(*) FROM ballots`); err != nil || wrong != 0 || fmt.Sprint(ballots) != rows[0][0] {
		h.Fatalf("recount: %d ballots, %d wrong, %v; want %s and none", ballots, wrong, err, rows[0][0])
	}
}

func poll(slug string, status vote.Status) vote.Poll {
	return vote.Poll{
		Slug: slug, Question: "Where to?", Kind: vote.Single, Status: status,
		Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}},
	}
}

// batch is a batch of votes at the positions from id on. A vote is written
// "voter=ballot" for the default poll or "poll/voter=ballot".
func batch(id int64, votes ...string) store.Batch {
	b := store.Batch{ID: id}
	for i, text := range votes {
		who, ballot, _ := strings.Cut(text, "=")
		slug, voter, ok := strings.Cut(who, "/")
		if !ok {
			slug, voter = vote.DefaultSlug, who
		}
		b.Votes = append(b.Votes, entry(id+int64(i), slug, voter, ballot))
	}
	return b
}

func entry(position int64, slug, voter, ballot string) store.Entry {
	return store.Entry{Position: position, Vote: vote.Vote{Poll: slug, Voter: voter, Ballot: vote.Ballot(ballot)}}
}
