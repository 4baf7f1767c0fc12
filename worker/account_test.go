package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"popeye/queue"
	"popeye/store"
)

// fakeSystem is a queue and a store as plain data, which take steps while somebody
// reads the account.
type fakeSystem struct {
	moved, position int64
	inbox           int64
	leased          []queue.Lease
	high            int64             // the greatest position that the store ever had
	applied         []queue.Lease     // in the store, by name
	folded, below   int64             // in the store, folded into sums
	step            func(*fakeSystem) // happens between any two reads
}

func (w *fakeSystem) Stats(context.Context) (queue.Stats, error) {
	defer w.step(w)
	return queue.Stats{
		Accepted: w.moved + w.inbox, Waiting: w.inbox, Leased: append([]queue.Lease(nil), w.leased...), Position: w.position,
	}, nil
}

func (w *fakeSystem) Sum(_ context.Context, through int64, leased []int64) (store.Sums, error) {
	defer w.step(w)
	if w.below > through+1 {
		return store.Sums{}, fmt.Errorf("sum: %w", store.ErrTooLate)
	}
	s := store.Sums{Stored: w.folded}
	for _, b := range w.applied {
		if b.ID <= through {
			s.Stored += b.Messages
		}
	}
	for _, id := range leased {
		if w.isApplied(id) {
			s.Applied = append(s.Applied, id)
		}
	}
	return s, nil
}

func (w *fakeSystem) HighWater(context.Context) (int64, error) {
	defer w.step(w)
	return w.high, nil
}

func (w *fakeSystem) apply(b queue.Lease) {
	w.applied = append(w.applied, b)
	w.high = max(w.high, b.ID+b.Messages-1)
}

func (w *fakeSystem) isApplied(id int64) bool {
	for _, b := range w.applied {
		if b.ID == id {
			return true
		}
	}
	return id < w.below
}

func (w *fakeSystem) Recount(context.Context) (ballots, wrong int64, err error) { return 0, 0, nil }
func (w *fakeSystem) Record(context.Context, store.Account) error               { return nil }
func (w *fakeSystem) Account(context.Context) (store.Account, error)            { return store.Account{}, nil }

// move does one random thing that stations do.
func (w *fakeSystem) move(t *rapid.T) {
	switch rapid.SampledFrom([]string{"cast", "take", "apply", "ack", "compact"}).Draw(t, "step") {
	case "cast":
		w.inbox += rapid.Int64Range(1, 5).Draw(t, "votes")
	case "take":
		if n := rapid.Int64Range(0, w.inbox).Draw(t, "taken"); n > 0 {
			w.position = max(w.position, w.high) // a queue that is behind is fenced first
			w.leased = append(w.leased, queue.Lease{ID: w.position + 1, Messages: n})
			w.position, w.moved, w.inbox = w.position+n, w.moved+n, w.inbox-n
		}
	case "apply":
		for _, h := range w.leased {
			if !w.isApplied(h.ID) && rapid.Bool().Draw(t, "this one") {
				w.apply(h)
			}
		}
	case "ack":
		kept := w.leased[:0:0]
		for _, h := range w.leased {
			if !w.isApplied(h.ID) || rapid.Bool().Draw(t, "not yet") {
				kept = append(kept, h)
			}
		}
		w.leased = kept
	case "compact":
		w.compact()
	}
}

func (w *fakeSystem) compact() {
	below := max(w.position, w.high) + 1
	if len(w.leased) > 0 {
		below = w.leased[0].ID
	}
	kept := w.applied[:0:0]
	for _, b := range w.applied {
		if b.ID < below {
			w.folded += b.Messages
		} else {
			kept = append(kept, b)
		}
	}
	w.applied, w.below = kept, max(w.below, below)
}

// restore puts an older memory in the queue's place, and settles what it does not
// remember to have accepted. Nothing was leased by then.
func (w *fakeSystem) restore(t *rapid.T) {
	for _, h := range w.leased {
		if !w.isApplied(h.ID) {
			w.apply(h)
		}
	}
	w.leased, w.position = nil, rapid.Int64Range(0, w.position).Draw(t, "restored")
}

// Whatever happens while it is taken, the account balances, exactly.
func TestTheAccountBalancesWhateverHappensMeanwhile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &fakeSystem{step: func(*fakeSystem) {}}
		for range rapid.IntRange(0, 30).Draw(t, "before") {
			w.move(t)
		}
		if rapid.Bool().Draw(t, "an older memory") {
			w.restore(t)
		}
		accepted := w.moved + w.inbox
		moves := 20 // then nothing happens any more, so that reading ends
		first := true
		w.step = func(w *fakeSystem) {
			if !first && moves == 20 {
				accepted = -1 // read again: the moment is another
			}
			first = false
			for range rapid.IntRange(0, moves).Draw(t, "meanwhile") {
				w.move(t)
				moves--
			}
		}
		a, err := Account(t.Context(), w, w)
		if err != nil {
			t.Fatal(err)
		}
		if a.Difference() != 0 {
			t.Fatalf("%d = %d + %d + %d does not balance", a.Accepted, a.Stored, a.Waiting, a.Dead)
		}
		if accepted >= 0 && a.Accepted < accepted {
			t.Fatalf("accepted were %d, the account says %d", accepted, a.Accepted)
		}
	})
}

// A message that is nowhere is missed, and one that is twice in the store is
// seen: the account can convict.
func TestTheAccountConvicts(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*fakeSystem)
		want  int64
	}{
		"a batch acknowledged and never stored": {func(w *fakeSystem) { w.leased = w.leased[1:] }, 3},
		"a message taken out of the inbox":      {func(w *fakeSystem) { w.inbox--; w.moved++ }, 1},
		"a batch stored under two names":        {func(w *fakeSystem) { w.apply(queue.Lease{ID: 5, Messages: 3}) }, -3},
		"a queue that lost its memory":          {func(w *fakeSystem) { *w = fakeSystem{applied: w.applied, high: w.high, step: w.step} }, -3},
		"a queue with an older memory": {func(w *fakeSystem) {
			w.apply(w.leased[0])
			w.moved, w.position, w.leased = 3, 3, nil
		}, -3},
		"nothing": {func(*fakeSystem) {}, 0},
	} {
		w := &fakeSystem{
			moved: 9, position: 9, inbox: 4, step: func(*fakeSystem) {},
			leased: []queue.Lease{{ID: 4, Messages: 3}, {ID: 7, Messages: 3}},
		}
		w.apply(queue.Lease{ID: 1, Messages: 3})
		c.spoil(w)
		a, err := Account(t.Context(), w, w)
		if err != nil || a.Difference() != c.want {
			t.Errorf("%s: the difference is %d (%v), want %d", name, a.Difference(), err, c.want)
		}
	}
}

func TestTheLagIsTheAgeOfTheOldestThatWaits(t *testing.T) {
	now := time.Now()
	ago := func(s time.Duration) time.Time { return now.Add(-s * time.Second) }
	leased := []queue.Lease{{ID: ago(9).UnixMicro(), Messages: 1}, {ID: ago(5).UnixMicro(), Messages: 1}}
	for name, c := range map[string]struct {
		f       queue.Stats
		applied []int64
		want    time.Duration
	}{
		"nothing waits":                 {queue.Stats{}, nil, 0},
		"the inbox alone":               {queue.Stats{Waiting: 1, Since: ago(3)}, nil, 3 * time.Second},
		"a batch that is leased":        {queue.Stats{Waiting: 1, Since: ago(3), Leased: leased}, nil, 9 * time.Second},
		"of these one is stored":        {queue.Stats{Waiting: 1, Since: ago(3), Leased: leased}, []int64{leased[0].ID}, 5 * time.Second},
		"all that is leased is stored":  {queue.Stats{Leased: leased}, []int64{leased[0].ID, leased[1].ID}, 0},
		"a clock that runs differently": {queue.Stats{Waiting: 1, Since: now.Add(time.Hour)}, nil, 0},
	} {
		c.f.AsOf = now
		if got := balance(c.f, store.Sums{Applied: c.applied}).Lag.Round(time.Millisecond); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
