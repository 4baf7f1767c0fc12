package judge

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"popeye/store"
)

// voting is a vote that keeps its promises, for one voter: a register that takes
// each cast at one moment. It draws histories that a judge must acquit.
type voting struct {
	t       *rapid.T
	now     int
	effects []effect // by time
	r       Record
}

// effect is when a cast changed the ballot.
type effect struct {
	at     int
	ballot string
}

// tick is a later moment.
func (w *voting) tick() int {
	w.now += rapid.IntRange(1, 50).Draw(w.t, "pause")
	return w.now
}

// cast draws one cast, when it takes effect, and what its voter learns.
func (w *voting) cast(n int) {
	c := cast(fmt.Sprintf("b%d", n), w.tick(), w.tick(), Recorded)
	switch rapid.IntRange(0, 4).Draw(w.t, "what becomes of it") {
	case 0:
		c.Answer = Refused
	case 1:
		c.Answer = Unknown // never
	case 2:
		c.Answer = Unknown
		w.effects = append(w.effects, effect{int(c.Invoked/time.Millisecond) + rapid.IntRange(0, 500).Draw(w.t, "late by"), c.Ballot})
	default:
		from, to := int(c.Invoked/time.Millisecond), int(c.Returned/time.Millisecond)
		w.effects = append(w.effects, effect{rapid.IntRange(from, to).Draw(w.t, "in between"), c.Ballot})
	}
	w.r.Casts = append(w.r.Casts, c)
}

// ballot is what the register holds at a moment.
func (w *voting) ballot(at int) string {
	last := effect{at: -1}
	for _, e := range w.effects {
		if e.at <= at && e.at >= last.at {
			last = e
		}
	}
	return last.ballot
}

// draw makes a whole history with some readings in it and one at its end.
func draw(t *rapid.T) *voting {
	w := &voting{t: t}
	var moments []int
	for n := range rapid.IntRange(0, 8).Draw(t, "casts") {
		w.cast(n)
		if rapid.Bool().Draw(t, "read") {
			moments = append(moments, w.tick())
		}
	}
	w.now += 1000
	for _, at := range append(moments, w.now) {
		w.r.Final = append(w.r.Final, reading(at, w.ballot(at)))
	}
	w.r.End = store.Account{Accepted: int64(len(w.effects)), Stored: int64(len(w.effects))}
	return w
}

// The judge never convicts a vote that kept its promises.
func TestAcquitsTheHonest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		if v := Judge(w.r); len(v.Charges) > 0 {
			t.Fatalf("charges %+v\ncasts %+v\neffects %+v\nreadings %+v", v.Charges, w.r.Casts, w.effects, w.r.Final)
		}
	})
}

// And always one that forgets the last recorded vote of somebody all of whose
// answers are known.
func TestConvictsTheForgetful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		last := cast("last", w.tick(), w.tick(), Recorded)
		for i := range w.r.Casts {
			if w.r.Casts[i].Answer == Unknown {
				w.r.Casts[i].Answer = Refused // and it was: else the register might hold it
				w.effects = nil
			}
		}
		before, accepted := "", int64(1)
		for _, c := range w.r.Casts {
			if c.Answer == Recorded {
				before = c.Ballot
				accepted++
			}
		}
		w.r.Casts = append(w.r.Casts, last)
		w.r.End = store.Account{Accepted: accepted, Stored: accepted} // the sums tell nothing
		w.r.Final = []Reading{reading(w.tick(), before)}
		v := Judge(w.r)
		if v.Count(Lost, Stale) == 0 {
			t.Fatalf("acquitted, with %q in the place of %q", before, last.Ballot)
		}
	})
}
