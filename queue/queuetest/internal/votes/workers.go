package votes

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

// ledger is a store by the simplest means: it keeps of each voter the vote with
// the greatest position, and applies a batch once, by its ID. What comes for the
// first time must lie behind the fork, if there was one.
type ledger struct {
	*fixture.Case
	batches map[int64]queue.Batch
	forked  int64              // see workers.fork
	votes   map[string]kept    // voter -> what counts
	effects map[string][]int64 // cast -> the positions it was applied at
}

type kept struct {
	position int64
	cast     string
}

// refuses reports whether a batch is to be placed anew.
func (l *ledger) refuses(b queue.Batch) bool {
	_, known := l.batches[b.ID]
	return !known && b.ID <= l.forked
}

func (l *ledger) apply(b queue.Batch) {
	l.Helper()
	if first, ok := l.batches[b.ID]; ok {
		l.Equal("a batch that was applied before", b, first)
		return
	}
	l.batches[b.ID] = b
	for _, m := range b.Messages {
		v, err := queue.Decode(m.Raw)
		if err != nil {
			l.Fatalf("Decode: %v", err)
		}
		l.effects[v.ID] = append(l.effects[v.ID], m.Position)
		if m.Position > l.votes[v.Voter].position {
			l.votes[v.Voter] = kept{m.Position, v.ID}
		}
	}
}

// workers is a few workers before a ledger. Those that the queue gave up are in
// lost: they may have stood still only, and go on with what they held.
type workers struct {
	*fixture.Case
	store *ledger
	alive []*holder
	lost  []*holder
	casts []*fixture.Pending // in the order in which they were let in

	replaced int // batches that are to be placed anew
}

// holder is a worker and what it believes to hold.
type holder struct {
	fixture.Worker
	leased  []queue.Batch
	applied map[int64]bool // by this holder
}

// testWorkers lets workers take, apply and acknowledge in any order that processes
// which die, stand still and repeat themselves can come to. Whatever the order,
// the last vote of each voter is what is stored in the end.
func testWorkers(f *fixture.Case) {
	f.Histories(func(f *fixture.Case, t *rapid.T) {
		c := &workers{Case: f, store: &ledger{
			Case: f, batches: make(map[int64]queue.Batch), votes: make(map[string]kept), effects: make(map[string][]int64),
		}}
		for range rapid.IntRange(2, 4).Draw(t, "workers") {
			c.alive = append(c.alive, c.hire())
		}
		f.Publish(fixture.Poll("tea", vote.Open))
		accepted := f.Stats().Accepted
		t.Repeat(map[string]func(*rapid.T){
			"cast":     c.castOne,
			"take":     c.takeOne,
			"apply":    c.applyOne,
			"ack":      c.ackOne,
			"ack lost": c.ackLost,
			"die":      c.dieOne,
			"fork":     c.fork,
			"replace":  c.replaceOne,
			"fence":    c.fenceOne,
		})
		f.Equal("messages accepted", f.Stats().Accepted-accepted, int64(len(c.casts)))
		c.finish()
		c.verify()
	})
}

func (c *workers) hire() *holder {
	return &holder{Worker: c.NewWorker(), applied: make(map[int64]bool)}
}

func (c *workers) castOne(t *rapid.T) {
	v := c.Vote("tea")
	v.Vote.ID = fmt.Sprintf("cast-%d", c.Voters)
	v.Vote.Voter = rapid.SampledFrom([]string{"ann", "bob", "cid"}).Draw(t, "voter")
	v.Vote.Ballot = rapid.SampledFrom([]vote.Ballot{"a", "b"}).Draw(t, "ballot")
	c.casts = append(c.casts, c.Cast(v))
}

// takeOne takes the next batch, or claims one that a lost holder held.
func (c *workers) takeOne(t *rapid.T) {
	f := c.Stats()
	given := func(h queue.Lease) bool { // to a holder that is alive
		return slices.ContainsFunc(c.alive, func(a *holder) bool {
			return slices.ContainsFunc(a.leased, func(b queue.Batch) bool { return b.ID == h.ID })
		})
	}
	abandoned := slices.ContainsFunc(f.Leased, func(h queue.Lease) bool { return !given(h) })
	// What is leased may come before what is to be placed anew, or behind a fence.
	if !abandoned && (f.Waiting == 0 || len(f.Leased) > 0 && (c.replaced > 0 || f.Leased[0].ID <= c.store.forked)) {
		t.Skip("Take would wait")
	}
	if !abandoned && c.replaced > 0 {
		c.replaced--
	}
	h := rapid.SampledFrom(c.alive).Draw(t, "worker")
	b := c.Take(h.Worker)
	if slices.ContainsFunc(h.leased, func(other queue.Batch) bool { return other.ID == b.ID }) {
		c.Fatalf("batch %d was leased twice to one worker", b.ID)
	}
	h.leased = append(h.leased, b)
}

// some draws a batch that a holder, alive or lost, holds and that is wanted.
func (c *workers) some(t *rapid.T, wanted func(*holder, queue.Batch) bool) (*holder, int) {
	type choice struct {
		holder *holder
		batch  int
	}
	var choices []choice
	for _, h := range slices.Concat(c.alive, c.lost) {
		for i, b := range h.leased {
			if wanted(h, b) {
				choices = append(choices, choice{h, i})
			}
		}
	}
	if len(choices) == 0 {
		t.Skip("there is none")
	}
	i := rapid.IntRange(0, len(choices)-1).Draw(t, "batch")
	return choices[i].holder, choices[i].batch
}

// fork makes the store be ahead of the queue, as if that had come back with an
// older memory: no batch is wanted at its place until a fence has lifted positions.
// Nothing that came after one of these is applied already.
func (c *workers) fork(t *rapid.T) {
	var unapplied []int64
	f := c.Stats()
	for _, h := range f.Leased {
		if _, ok := c.store.batches[h.ID]; !ok {
			unapplied = append(unapplied, h.ID)
		}
	}
	for id := range c.store.batches {
		if slices.ContainsFunc(unapplied, func(u int64) bool { return u < id }) {
			t.Skip("a later one is applied")
		}
	}
	c.store.forked = max(f.Position, time.Now().UnixMicro()) + int64(time.Second/time.Microsecond)
}

// fenceOne lifts positions, as who takes the account does.
func (c *workers) fenceOne(t *rapid.T) {
	h := rapid.SampledFrom(c.alive).Draw(t, "worker")
	c.fenceOff(h)
}

// fenceOff tells the queue how far the store is.
func (c *workers) fenceOff(h *holder) {
	c.Helper()
	high := c.store.forked
	for _, b := range c.store.batches {
		high = max(high, b.Messages[len(b.Messages)-1].Position)
	}
	if err := h.Fence(c.Ctx, high); err != nil {
		c.Fatalf("Fence: %v", err)
	}
}

// replaceOne has a batch placed anew, whether or not another did so before.
func (c *workers) replaceOne(t *rapid.T) {
	h, i := c.some(t, func(_ *holder, b queue.Batch) bool { return c.store.refuses(b) })
	if slices.ContainsFunc(c.Stats().Leased, func(leased queue.Lease) bool { return leased.ID == h.leased[i].ID }) {
		c.replaced++
	}
	c.Replace(h.Worker, h.leased[i])
	if rapid.Bool().Draw(t, "the answer came") {
		h.leased = slices.Delete(h.leased, i, i+1)
	}
}

// applyOne applies a batch, whether or not another did so and acknowledged it.
func (c *workers) applyOne(t *rapid.T) {
	h, i := c.some(t, func(_ *holder, b queue.Batch) bool { return !c.store.refuses(b) })
	c.store.apply(h.leased[i])
	h.applied[h.leased[i].ID] = true
}

func applied(h *holder, b queue.Batch) bool { return h.applied[b.ID] }

func (c *workers) ackOne(t *rapid.T) {
	h, i := c.some(t, applied)
	c.Ack(h.Worker, h.leased[i])
	h.leased = slices.Delete(h.leased, i, i+1)
}

// ackLost acknowledges a batch, and nobody knows: it is done again, or never.
func (c *workers) ackLost(t *rapid.T) {
	h, i := c.some(t, applied)
	c.Ack(h.Worker, h.leased[i])
}

func (c *workers) dieOne(t *rapid.T) {
	i := rapid.IntRange(0, len(c.alive)-1).Draw(t, "worker")
	if rapid.Bool().Draw(t, "goodbye") {
		c.alive[i].Leave()
	} else {
		c.alive[i].Die()
	}
	c.lost = append(c.lost, c.alive[i])
	c.alive[i] = c.hire()
}

// finish lets all die, and one more do what is left.
func (c *workers) finish() {
	c.Helper()
	for _, h := range c.alive {
		h.Die()
	}
	last := c.hire()
	for f := c.Stats(); f.Waiting > 0 || len(f.Leased) > 0; f = c.Stats() {
		b := c.Take(last.Worker)
		if c.store.refuses(b) {
			c.Replace(last.Worker, b)
			c.fenceOff(last)
			continue
		}
		c.store.apply(b)
		c.Ack(last.Worker, b)
	}
	c.Recorded(c.casts...)
}

func (c *workers) verify() {
	c.Helper()
	want := make(map[string]kept)
	var position int64
	for i, p := range c.casts {
		effects := c.store.effects[p.Vote.ID]
		if len(effects) != 1 {
			c.Fatalf("cast %d of %d was applied %d times", i+1, len(c.casts), len(effects))
		}
		if effects[0] <= position {
			c.Fatalf("cast %d of %d has position %d, the one before %d", i+1, len(c.casts), effects[0], position)
		}
		position = effects[0]
		want[p.Vote.Voter] = kept{position, p.Vote.ID}
	}
	c.Equal("votes applied", len(c.store.effects), len(c.casts))
	if len(want) != len(c.store.votes) {
		c.Fatalf("%d voters are stored, want %d", len(c.store.votes), len(want))
	}
	for voter, last := range want {
		if got := c.store.votes[voter]; got != last {
			c.Fatalf("of %s %s is stored, the last one was %s", voter, got.cast, last.cast)
		}
	}
}
