package votes

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var applyTests = []test{
	{"first votes", firstVotes},
	{"a change of mind", changeOfMind},
	{"the same voter several times in a batch", sameVoterInABatch},
	{"several polls in a batch", severalPolls},
	{"a batch of nothing", emptyBatch},
	{"a batch again", redelivery},
	{"an old vote after a newer one", oldAfterNew},
	{"the answer was lost", lostAnswer},
	{"strange text is kept as it is", strangeText},
	{"long voters and ballots", longText},
	{"the time a vote was accepted", acceptedAt},
	{"seq grows with each change and not without", seqGrows},
}

func firstVotes(h kit) {
	r := h.Apply(fixture.Batch(100, "ann=a", "bob=b", "cid=a"))
	h.WantOutcomes(r, store.Recorded, store.Recorded, store.Recorded)
	if len(r.Dead) != 0 {
		h.Errorf("dead letters of good votes: %v", r.Dead)
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 2, "b": 1})
}

// The latest choice stands, and choosing the same again is a change too.
func changeOfMind(h kit) {
	h.Apply(fixture.Batch(100, "ann=a", "bob=a"))
	r := h.Apply(fixture.Batch(200, "ann=b", "bob=a"))
	h.WantOutcomes(r, store.Changed, store.Changed)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1})
	h.Apply(fixture.Batch(300, "bob=b"))
	h.WantTally(vote.DefaultSlug, vote.Tally{"b": 2}) // no row of zero for a
}

// A database may refuse to touch a row twice in one statement. The greatest
// position wins, whatever the order in the batch.
func sameVoterInABatch(h kit) {
	r := h.Apply(fixture.Batch(100, "ann=a", "ann=b", "bob=b", "ann=a"))
	h.WantOutcomes(r, store.Superseded, store.Superseded, store.Recorded, store.Recorded)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1})
	b := fixture.Batch(200, "ann=b", "ann=a", "bob=a")
	slices.Reverse(b.Votes) // bob 202, ann=a 201, ann=b 200
	r = h.Apply(b)
	h.WantOutcomes(r, store.Changed, store.Changed, store.Superseded)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 2})
}

// One voter has a ballot in each poll.
func severalPolls(h kit) {
	h.Create("lunch", vote.Open)
	h.Create("dinner", vote.Closing) // accepted before the gate shut
	r := h.Apply(fixture.Batch(100, "lunch/ann=a", "dinner/ann=b", "ann=a", "dinner/bob=b", "lunch/ann=b"))
	h.WantOutcomes(r, store.Superseded, store.Recorded, store.Recorded, store.Recorded, store.Recorded)
	h.WantTally("lunch", vote.Tally{"b": 1})
	h.WantTally("dinner", vote.Tally{"b": 2})
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1})
}

func emptyBatch(h kit) {
	b := fixture.Batch(100)
	r := h.Apply(b)
	h.WantOutcomes(r, []store.Outcome{}...)
	h.Again(h.Store, b, r)
}

// Queues deliver at least once: the second time nothing moves, not even seq,
// and neither for another worker.
func redelivery(h kit) {
	b := fixture.Batch(100, "ann=a", "bob=b", "nowhere/cid=a")
	b.Dead = []store.Dead{{Position: 103, Reason: "not JSON"}}
	then := h.Apply(b)
	h.Apply(fixture.Batch(200, "ann=b"))
	before := h.Snapshot(vote.DefaultSlug)
	h.Again(h.Store, b, then)
	h.Again(h.Another(h.T), b, then)
	if now := h.Snapshot(vote.DefaultSlug); now.Seq != before.Seq {
		h.Errorf("seq went from %d to %d", before.Seq, now.Seq)
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"b": 2})
}

// A worker that was slow delivers late what another has overtaken: a batch of
// its own name, with lower positions.
func oldAfterNew(h kit) {
	h.Apply(fixture.Batch(500, "ann=b"))
	r := h.Apply(fixture.Batch(100, "ann=a", "bob=a"))
	h.WantOutcomes(r, store.Superseded, store.Recorded)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1})
	r = h.Apply(fixture.Batch(450, "bob=b", "ann=a")) // bob later, ann earlier than what is there
	h.WantOutcomes(r, store.Changed, store.Superseded)
	h.WantTally(vote.DefaultSlug, vote.Tally{"b": 2})
}

// Apply is cut off at some moment, before or after the commit: the worker can't
// know, so it applies the batch again. Until then all of the batch is there, its
// letter and its place in the ledger included, or nothing.
func lostAnswer(h kit) {
	const rounds = 60
	for i := range rounds {
		b := fixture.Batch(int64(1000*(i+1)), "x=a", "y=b", "nowhere/z=a")
		b.Votes[0].Vote.Voter = strings.Repeat("x", i+1)
		ctx, cancel := context.WithTimeout(h.Ctx, time.Duration(i)*100*time.Microsecond)
		r, err := h.Store.Apply(ctx, b)
		cancel()
		if err == nil && r.Redelivered {
			h.Fatal("redelivered the first time")
		}
		row := h.MustQuery(`
			SELECT (SELECT count(*) FROM batches), (SELECT count(*) FROM dead_letters), (SELECT stored / 2 FROM accounts),
			       (SELECT count(*) FROM ballots WHERE voter <> 'y')`)[0]
		if row[1] != row[0] || row[2] != row[0] || row[3] != row[0] {
			h.Fatalf("batches, letters, half of the stored votes, ballots: %v", row)
		}
		if r, err = h.Store.Apply(h.Ctx, b); err != nil {
			h.Fatal(err)
		}
		if !r.Redelivered && r.Outcomes[0] != store.Recorded {
			h.Fatalf("applied in part before: %v", r.Outcomes)
		}
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": rounds, "b": 1})
}

// Text that looks alike is not the same, and text that looks like SQL is text.
func strangeText(h kit) {
	texts := []string{
		"é", "e\u0301", "É", "ﷺ", "👩‍👩‍👧", "\u202eright to left", "'; DROP TABLE ballots; --", `\x41`, `\`, `"`, "%", "$1", "NULL",
		"{a,b}", " ", "a ", "A", "\t", "\U0010FFFF", "\uFEFFbom", "ß", "ss", "İ", "ı", "?1", "0", "00", "1e3",
	}
	b, want := store.Batch{ID: 100}, vote.Tally{}
	for i, text := range texts {
		b.Votes = append(b.Votes, fixture.Entry(int64(100+i), vote.DefaultSlug, text, text))
		want[vote.Ballot(text)] = 1
	}
	for i, o := range h.Apply(b).Outcomes {
		if o != store.Recorded {
			h.Errorf("%q: outcome %d", texts[i], o)
		}
	}
	h.WantTally(vote.DefaultSlug, want)
	for _, row := range h.MustQuery(`SELECT voter, ballot FROM ballots`) {
		if row[0] != row[1] || want[vote.Ballot(row[0])] != 1 {
			h.Errorf("stored voter %q, ballot %q", row[0], row[1])
		}
	}
}

// The longest voter, and ballots longer than any poll can make, that differ in
// the last byte only and can't be compressed.
func longText(h kit) {
	voter, ballot := noise(vote.MaxVoter), noise(2*vote.MaxBallot)
	h.Apply(store.Batch{ID: 100, Votes: []store.Entry{
		fixture.Entry(100, vote.DefaultSlug, voter, ballot+"a"),
		fixture.Entry(101, vote.DefaultSlug, voter[1:], ballot+"b"),
		fixture.Entry(102, vote.DefaultSlug, voter[2:], ballot+"b"),
	}})
	h.WantTally(vote.DefaultSlug, vote.Tally{vote.Ballot(ballot + "a"): 1, vote.Ballot(ballot + "b"): 2})
	h.Apply(store.Batch{ID: 200, Votes: []store.Entry{fixture.Entry(200, vote.DefaultSlug, voter, ballot+"b")}})
	h.WantTally(vote.DefaultSlug, vote.Tally{vote.Ballot(ballot + "b"): 3})
}

func noise(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	r := rand.New(rand.NewPCG(1, uint64(n)))
	var b bytes.Buffer
	for range n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

// A producer says when it accepted a vote, or does not; either may be odd.
func acceptedAt(h kit) {
	b := fixture.Batch(100, "ann=a", "bob=a", "cid=a", "dan=a")
	b.Votes[0].Vote.At = time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	b.Votes[1].Vote.At = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	b.Votes[2].Vote.At = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)
	h.Apply(b)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 4})
}

// Whoever shows a tally tells the newer of two by seq.
func seqGrows(h kit) {
	last := h.Snapshot(vote.DefaultSlug).Seq
	step := func(what string, grows bool, do func()) {
		h.Helper()
		do()
		seq := h.Snapshot(vote.DefaultSlug).Seq
		if grows && seq <= last || !grows && seq != last {
			h.Errorf("%s: seq from %d to %d", what, last, seq)
		}
		last = seq
	}
	step("first vote", true, func() { h.Apply(fixture.Batch(100, "ann=a")) })
	step("changed vote", true, func() { h.Apply(fixture.Batch(200, "ann=b")) })
	step("the same choice", false, func() { h.Apply(fixture.Batch(300, "ann=b")) })
	step("redelivery", false, func() { h.Store.Apply(h.Ctx, fixture.Batch(200, "ann=b")) })
	step("superseded", false, func() { h.Apply(fixture.Batch(50, "ann=a")) })
	step("refused", false, func() { h.Apply(fixture.Batch(400, "nowhere/ann=a")) })
	step("closed", true, func() { h.SetStatus(vote.DefaultSlug, vote.Closed) })
	step("closed again", false, func() { h.SetStatus(vote.DefaultSlug, vote.Closed) })
	step("vote in a closed poll", false, func() { h.Apply(fixture.Batch(500, "bob=a")) })
	step("by hand", true, func() { h.MustExec(`DELETE FROM ballots WHERE voter = 'ann'`) })
}
