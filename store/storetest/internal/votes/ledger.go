package votes

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var ledgerTests = []test{
	{"sums up to a batch", sumsThrough},
	{"sums of what is compacted", sumsCompacted},
	{"the account balances in a storm", balanceInAStorm},
	{"a recount finds what is wrong", recountFinds},
	{"a recount while votes come", recountWhileVoting},
	{"the last account", lastAccount},
	{"the size of the database", size},
}

// What is stored takes room, and so much of it.
func size(h kit) {
	read := func() int64 {
		bytes, err := h.Store.Size(h.Ctx)
		if err != nil {
			h.Fatal(err)
		}
		return bytes
	}
	before := read()
	b := fixture.Batch(100)
	noise := rand.NewChaCha8([32]byte{}) // what no database can press
	for i := range 100 {
		raw := make([]byte, store.MaxDeadLetter)
		_, _ = noise.Read(raw) // never fails
		b.Dead = append(b.Dead, store.Dead{Position: 100 + int64(i), Reason: "noise", Raw: raw})
	}
	h.Apply(b)
	if grown := read() - before; before <= 0 || grown < 100*store.MaxDeadLetter || grown > 400*store.MaxDeadLetter {
		h.Fatalf("%d bytes more than %d after %d bytes of letters", grown, before, 100*store.MaxDeadLetter)
	}
}

// What the store knows of batches up to one, whatever came after.
func sumsThrough(h kit) {
	h.WantSum(math.MaxInt64, 0, 0)
	b := fixture.Batch(300, "ann=a", "nowhere/ann=a", "nowhere/bob=a")
	b.Dead = []store.Dead{{Position: 303, Reason: "x"}}
	h.Apply(b)
	h.Apply(fixture.Batch(200)) // of nothing
	h.Apply(fixture.Batch(100, "ann=a", "ann=b", "bob=a"))
	h.WantSum(99, 0, 0)
	h.WantSum(100, 3, 0)
	h.WantSum(299, 3, 0)
	h.WantSum(300, 4, 3)
	h.WantSum(math.MaxInt64, 4, 3)
	h.WantApplied(300, []int64{400, 100, 150, 200, 299}, []int64{100, 200})
	h.WantApplied(150, []int64{300, 301}, []int64{300}) // held after the moment that is asked about: it knows all the same
	h.WantApplied(300, nil, nil)
	h.Again(h.Store, b, store.Report{Dead: []store.Dead{{Position: 301, Reason: "no such poll"}, {Position: 302, Reason: "no such poll"}, {Position: 303, Reason: "x"}}})
	h.WantSum(300, 4, 3)
}

// Batches that are folded into one row can't be told apart: who asks for some of
// them is told that it is too late, and never a wrong figure.
func sumsCompacted(h kit) {
	for id := int64(100); id <= 500; id += 100 {
		h.Apply(fixture.Batch(id, "ann=a", fmt.Sprintf("v%d=a", id), "nowhere/ann=a"))
	}
	compact := func(below int64) {
		h.Helper()
		if err := h.Store.Compact(h.Ctx, below); err != nil {
			h.Fatal(err)
		}
	}
	tooLate := func(through int64) {
		h.Helper()
		if sums, err := h.Store.Sum(h.Ctx, through, nil); !errors.Is(err, store.ErrTooLate) {
			h.Errorf("sum through %d: %+v, %v", through, sums, err)
		}
	}
	compact(301) // 100, 200, 300
	for _, through := range []int64{0, 99, 100, 250, 299} {
		tooLate(through)
	}
	h.WantSum(300, 6, 3) // a queue that has assigned no more
	h.WantSum(302, 6, 3)
	h.WantSum(450, 8, 4)
	h.WantSum(500, 10, 5)
	h.WantApplied(500, []int64{100, 300, 350, 400, 600}, []int64{100, 300, 400})
	h.WantApplied(500, []int64{250}, []int64{250}) // Compact's caller knew it, and Apply would say the same
	if r, err := h.Store.Apply(h.Ctx, fixture.Batch(250, "x=a")); err != nil || !r.Redelivered {
		h.Errorf("batch 250, said to be applied: %+v, %v", r, err)
	}
	compact(1000) // nothing beyond 502 was there to be folded
	tooLate(450)
	h.WantSum(502, 10, 5)
	h.WantSum(math.MaxInt64, 10, 5)
	compact(100) // not back
	tooLate(450)
}

// leaser stands for a queue, as far as the account goes: it accepts messages by
// leasing them in batches, one after the other.
type leaser struct {
	mu       sync.Mutex
	accepted int64
	position int64
	leased   map[int64]int64 // batch -> messages
	r        *rand.Rand
}

func (q *leaser) lease() store.Batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := store.Batch{ID: q.position + 1 + q.r.Int64N(5)}
	q.position = b.ID
	messages := 1 + q.r.Int64N(6)
	for i := range messages {
		q.position = b.ID + i
		slug := []string{vote.DefaultSlug, "later"}[q.r.IntN(2)]
		if q.r.IntN(4) == 0 {
			b.Dead = append(b.Dead, store.Dead{Position: q.position, Reason: "x"})
			continue
		}
		b.Votes = append(b.Votes, fixture.Entry(q.position, slug, fixture.Voter(q.r.IntN(200)), "a"))
	}
	q.accepted += messages
	q.leased[b.ID] = messages
	return b
}

func (q *leaser) ack(b store.Batch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.leased, b.ID)
}

// over returns a batch before which all are acknowledged.
func (q *leaser) over() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	below := q.position + 1
	for id := range q.leased {
		below = min(below, id)
	}
	return below
}

// account takes the account, as the worker does.
func (q *leaser) account(h kit, ledger store.Ledger) (store.Account, error) {
	q.mu.Lock()
	a := store.Account{Accepted: q.accepted}
	through, messages := q.position, make(map[int64]int64, len(q.leased))
	var leased []int64
	for id, n := range q.leased {
		messages[id] = n
		leased = append(leased, id)
	}
	q.mu.Unlock()
	sums, err := ledger.Sum(h.Ctx, through, leased)
	for _, id := range sums.Applied {
		delete(messages, id)
	}
	for _, n := range messages {
		a.Waiting += n
	}
	a.Stored, a.Dead = sums.Stored, sums.Dead
	return a, err
}

// At each moment accepted = stored + waiting + dead, exactly, while batches are
// leased, applied and acknowledged, letters are replayed and dropped, and old
// batches are compacted, all at once and in two processes.
func balanceInAStorm(h kit) {
	const workers, each = 4, 60
	h.Create("later", vote.Draft)
	q := &leaser{leased: make(map[int64]int64), r: rand.New(rand.NewPCG(1, 2))}
	handles := []fixture.Store{h.Store, h.Another(h.T)}
	opened := make(chan struct{}) // from then on letters can be replayed
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			for i := range each {
				b := q.lease()
				if _, err := handles[w%2].Apply(h.Ctx, b); err != nil {
					return err
				}
				if i == each/4 && w == 0 {
					h.SetStatus("later", vote.Open)
					close(opened)
				}
				q.ack(b)
			}
			return nil
		})
	}
	var replayed int
	g.Go(func() error {
		for i := range each {
			if i == each/2 {
				select {
				case <-opened:
				case <-h.Ctx.Done():
					return h.Ctx.Err()
				}
			}
			n, err := replaySome(h, handles[1])
			if replayed += n; err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		for range each {
			if err := handles[0].Compact(h.Ctx, q.over()); err != nil {
				return err
			}
		}
		return nil
	})
	samples := 0
	h.during(func() {
		if err := g.Wait(); err != nil {
			h.Error(err)
		}
	}, func() {
		a, err := q.account(h, handles[samples%2])
		switch {
		case err == nil && a.Difference() != 0 || a.Dead < 0:
			h.Fatalf("the account does not balance, by %d: %+v", a.Difference(), a)
		case err == nil:
			samples++
		case !errors.Is(err, store.ErrTooLate):
			h.Fatal(err)
		}
	})
	if a, err := q.account(h, h.Store); err != nil || a.Difference() != 0 || a.Waiting != 0 || a.Dead == 0 {
		h.Errorf("in the end: %+v, %v", a, err)
	}
	if samples == 0 || replayed == 0 {
		h.Errorf("%d accounts, %d letters replayed: nothing is shown", samples, replayed)
	}
}

// replaySome goes on with the letters that are there: it replays two of three
// and drops the third. It returns how many it has replayed.
func replaySome(h kit, s fixture.Store) (replayed int, err error) {
	page, err := s.DeadLetters(h.Ctx, 0, 5)
	if err != nil {
		return 0, err
	}
	for i, l := range page {
		if i%3 == 2 {
			err = s.Drop(h.Ctx, l.Position)
		} else if _, err = s.Replay(h.Ctx, fixture.Entry(l.Position, "later", fixture.Voter(int(l.Position)%200), "b")); err == nil {
			replayed++
		}
		if err != nil && !errors.Is(err, store.ErrRefused) {
			return replayed, err
		}
	}
	return replayed, nil
}

// The tallies are kept in step with the ballots; this is how anyone can check.
func recountFinds(h kit) {
	want := func(ballots, wrong int64) {
		h.Helper()
		b, w, err := h.Another(h.T).Recount(h.Ctx)
		if err != nil || b != ballots || w != wrong {
			h.Fatalf("%d ballots, %d wrong, %v; want %d and %d", b, w, err, ballots, wrong)
		}
	}
	want(0, 0)
	h.Create("lunch", vote.Open)
	h.Apply(fixture.Batch(100, "ann=a", "bob=a", "cid=b", "lunch/ann=a", "lunch/bob=b"))
	want(5, 0)
	for _, c := range []struct {
		tamper, mend string
		wrong        int64
	}{
		{`UPDATE tallies SET voters = voters + 1 WHERE ballot = 'a'`, `UPDATE tallies SET voters = voters - 1 WHERE ballot = 'a'`, 2},
		{`UPDATE tallies SET voters = 1 - voters WHERE poll = 'lunch'`, `UPDATE tallies SET voters = 1 - voters WHERE poll = 'lunch'`, 2},
		{`UPDATE tallies SET ballot = 'z' WHERE ballot = 'b' AND poll = 'default'`, `UPDATE tallies SET ballot = 'b' WHERE ballot = 'z'`, 2},
		{`UPDATE tallies SET poll = 'other' WHERE ballot = 'b' AND poll = 'default'`, `UPDATE tallies SET poll = 'default' WHERE poll = 'other'`, 2},
		{`DELETE FROM tallies WHERE poll = 'lunch' AND ballot = 'a'`, `UPDATE ballots SET ballot = 'b' WHERE poll = 'lunch' AND voter = 'ann'`, 1},
	} {
		h.MustExec("%s", c.tamper)
		want(5, c.wrong)
		if c.wrong == 1 { // what is gone comes with the next vote
			break
		}
		h.MustExec("%s", c.mend)
		want(5, 0)
	}
	h.MustExec(`DELETE FROM ballots`)
	h.MustExec(`DELETE FROM tallies`)
	want(0, 0)
}

// Votes that come in while the ballots are read are no error.
func recountWhileVoting(h kit) {
	var all []store.Batch
	for i := range int64(150) {
		all = append(all, fixture.Batch(100*(i+1), "ann="+string(rune('a'+i%4)), fmt.Sprintf("v%d=a", i)))
	}
	var last int64
	h.during(func() { h.ApplyAtOnce(all, 4) }, func() {
		ballots, wrong, err := h.Store.Recount(h.Ctx)
		if err != nil || wrong != 0 || ballots < last {
			h.Fatalf("%d ballots after %d, %d wrong, %v", ballots, last, wrong, err)
		}
		last = ballots
	})
}

// Whoever takes the account last has it kept; one who was slow does not bring
// an old one back.
func lastAccount(h kit) {
	want := func(a store.Account) {
		h.Helper()
		for _, s := range []fixture.Store{h.Store, h.Another(h.T)} {
			if got, err := s.Account(h.Ctx); err != nil || cmp.Diff(a, got) != "" {
				h.Fatalf("%v (-want +got):\n%s", err, cmp.Diff(a, got))
			}
		}
	}
	record := func(a store.Account) {
		h.Helper()
		if err := h.Store.Record(h.Ctx, a); err != nil {
			h.Fatal(err)
		}
	}
	want(store.Account{})
	noon := time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	first := store.Account{Accepted: 10, Stored: 5, Waiting: 3, Dead: 1, Lag: 1500 * time.Millisecond, AsOf: noon, QueueRisk: "no_aof", NewVoters: 30, NewVotersLargest: 20, Crowds: "482913:120"}
	record(first)
	first.AsOf = noon.UTC().Truncate(time.Microsecond)
	want(first)
	late := store.Account{Accepted: 9, Stored: 9, AsOf: noon.Add(-time.Microsecond)}
	record(late)
	want(first)
	same := store.Account{Accepted: 11, Stored: 11, AsOf: first.AsOf}
	record(same)
	want(same)
	next := store.Account{Accepted: math.MaxInt64, Stored: -1, AsOf: first.AsOf.Add(time.Microsecond)}
	record(next)
	want(next)

	var g errgroup.Group
	for i := range int64(20) {
		s := []fixture.Store{h.Store, h.Another(h.T)}[i%2]
		g.Go(func() error {
			return s.Record(h.Ctx, store.Account{Accepted: i, AsOf: first.AsOf.Add(time.Duration(1+i*7%20) * time.Second)})
		})
	}
	if err := g.Wait(); err != nil {
		h.Fatal(err)
	}
	got, err := h.Store.Account(h.Ctx)
	if latest := first.AsOf.Add(20 * time.Second); err != nil || !got.AsOf.Equal(latest) {
		h.Errorf("kept %+v, %v; want that of %v", got, err, latest)
	}
}
