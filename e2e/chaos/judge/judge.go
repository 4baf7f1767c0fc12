package judge

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Judge judges a record.
func Judge(r Record) Verdict {
	c := &judgement{casts: map[voter][]Cast{}, charged: map[voter]bool{}}
	for _, cast := range r.Casts {
		v := voter{cast.Poll, cast.Voter}
		c.casts[v] = append(c.casts[v], cast)
	}
	readings := slices.Clone(r.Final)
	for _, cl := range r.Closings {
		c.closing(cl)
		if !cl.Changed() { // else they tell nothing: votes may have been on their way
			readings = append(readings, cl.First, cl.Last)
		}
	}
	for _, reading := range readings {
		c.ballots(reading)
		c.counts(reading)
	}
	c.sums(r)
	c.accounts(r)
	c.histories(readings)
	return c.Verdict
}

// voter is one person in one poll.
type voter struct{ poll, id string }

// judgement is a record under examination.
type judgement struct {
	Verdict
	casts   map[voter][]Cast
	charged map[voter]bool // those with a charge of their own
}

func (c *judgement) charge(k Kind, v voter, n int64, format string, args ...any) {
	if v.id != "" {
		if c.charged[v] {
			return // one is enough; its voter's whole history is shown with it
		}
		c.charged[v] = true
	}
	c.Charges = append(c.Charges, Charge{Kind: k, Poll: v.poll, Voter: v.id, N: n, Text: fmt.Sprintf(format, args...)})
}

// ballots compares a reading with the casts, voter by voter.
func (c *judgement) ballots(r Reading) {
	for _, v := range sorted(c.casts) {
		if v.poll != r.Poll {
			continue
		}
		got := r.Ballots[v.id]
		switch kind := explain(c.casts[v], r, got); kind {
		case "":
		case Lost:
			c.charge(kind, v, 1, "at %s there is no ballot", at(r))
		case Stale:
			c.charge(kind, v, 1, "at %s the ballot is %q, and another choice was the last", at(r), got)
		default:
			c.charge(kind, v, 1, "at %s the ballot is %q, which was never accepted", at(r), got)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Ballots)) {
		v := voter{r.Poll, id}
		if len(c.casts[v]) == 0 {
			c.charge(Foreign, v, 1, "at %s there is a ballot %q of somebody who never voted", at(r), r.Ballots[id])
		}
	}
}

// explain says what is wrong with got being a voter's ballot at a reading, ""
// for nothing. It is right if it is the last choice that was recorded before the
// reading began, or one that may have taken effect by then.
func explain(casts []Cast, r Reading, got string) Kind {
	last, known := "", false
	for _, cast := range casts {
		if cast.Answer == Refused {
			continue
		}
		known = known || cast.Ballot == got
		switch {
		case cast.Invoked > r.To:
		case cast.Answer == Recorded && cast.Returned <= r.From:
			last = cast.Ballot
		case cast.Ballot == got: // unknown, or on its way while we read
			return ""
		}
	}
	switch {
	case got == last:
		return ""
	case got == "":
		return Lost
	case known:
		return Stale
	default:
		return Foreign
	}
}

// counts compares the tally with a recount, and both with the screen.
func (c *judgement) counts(r Reading) {
	recount := map[string]int64{}
	for _, ballot := range r.Ballots {
		recount[ballot]++
	}
	var wrong int64
	for _, ballot := range differing(recount, r.Tally) {
		wrong += abs(r.Tally[ballot] - recount[ballot])
	}
	if wrong > 0 {
		c.charge(Doubled, voter{poll: r.Poll}, wrong, "at %s the tally differs from a recount by %d", at(r), wrong)
	}
	if r.Shown != nil && *r.Shown != int64(len(r.Ballots)) {
		c.charge(Doubled, voter{poll: r.Poll}, abs(*r.Shown-int64(len(r.Ballots))),
			"at %s %d voters are shown, and there are %d ballots", at(r), *r.Shown, len(r.Ballots))
	}
}

// sums compares how many votes the voters know of with how many the queue took
// in. Each cast is in it at most once, however often it was tried.
func (c *judgement) sums(r Record) {
	var recorded, unknown int64
	for _, cast := range r.Casts {
		switch cast.Answer {
		case Recorded:
			recorded++
		case Unknown:
			unknown++
		case Refused: // the queue never had it
		}
	}
	if d := r.End.Accepted - recorded - unknown; d > 0 {
		c.charge(Doubled, voter{}, d, "the queue took in %d messages of %d casts: some twice", r.End.Accepted, recorded+unknown)
	}
	if d := recorded - r.End.Accepted; d > 0 {
		c.charge(Lost, voter{}, d, "%d casts were recorded, and the queue knows of %d", recorded, r.End.Accepted)
	}
	if r.End.Dead > 0 {
		c.charge(Lost, voter{}, r.End.Dead, "%d votes were accepted, and then called dead", r.End.Dead)
	}
	if r.End.Waiting > 0 {
		c.charge(Lost, voter{}, r.End.Waiting, "%d votes were accepted, and wait for ever", r.End.Waiting)
	}
}

// accounts wants each account to balance.
func (c *judgement) accounts(r Record) {
	for _, a := range append(slices.Clone(r.Accounts), r.End) {
		if d := a.Difference(); d != 0 {
			c.charge(Unbalanced, voter{}, abs(d), "accepted %d = stored %d + waiting %d + dead %d does not add up: %+d",
				a.Accepted, a.Stored, a.Waiting, a.Dead, d)
		}
	}
}

// at is the moment of a reading, for people.
func at(r Reading) string { return r.To.Round(time.Millisecond).String() }

func abs(n int64) int64 { return max(n, -n) }

// differing returns the keys under which two maps don't hold the same, sorted.
func differing[V comparable](a, b map[string]V) []string {
	found := map[string]bool{}
	for k, v := range a {
		if b[k] != v {
			found[k] = true
		}
	}
	for k, v := range b {
		if a[k] != v {
			found[k] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// sorted returns the voters in an order that is always the same.
func sorted(casts map[voter][]Cast) []voter {
	return slices.SortedFunc(maps.Keys(casts), func(a, b voter) int {
		return slices.Compare([]string{a.poll, a.id}, []string{b.poll, b.id})
	})
}
