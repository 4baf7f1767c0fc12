package rules

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/count"
	"popeye/vote"
)

// modelBallot is a ballot that a model of stv moves by hand.
type modelBallot struct {
	marks  []vote.Mark
	voters *big.Int
	worth  *big.Int // in hundred-thousandths
	at     int      // its option; -1 if it is exhausted
}

// model counts irv and stv the slow way: it looks at every ballot in every round. It
// knows of no tie.
type model struct {
	in      []bool
	ballots []*modelBallot
}

// top returns the option that a ballot goes to; shared is set if several that are in
// stand there.
func (m *model) top(marks []vote.Mark) (option int, shared bool) {
	for i, mark := range marks {
		if !m.in[mark.Place] {
			continue
		}
		for _, other := range marks[i+1:] {
			shared = shared || other.N == mark.N && m.in[other.Place]
		}
		if shared {
			return -1, true
		}
		return mark.Place, false
	}
	return -1, false
}

func (m *model) votes(unit int64) (votes []*big.Int, exhausted *big.Int) {
	exhausted = new(big.Int)
	for range m.in {
		votes = append(votes, new(big.Int))
	}
	for _, b := range m.ballots {
		to := exhausted
		if b.at >= 0 {
			to = votes[b.at]
		}
		amount := new(big.Int).Mul(b.voters, b.worth)
		to.Add(to, amount.Quo(amount, big.NewInt(stvUnit/unit)))
	}
	return votes, exhausted
}

func newModel(p profile) *model {
	m := &model{in: make([]bool, len(p.Options))}
	for i := range m.in {
		m.in[i] = true
	}
	for _, b := range p.ballots {
		m.ballots = append(m.ballots, &modelBallot{marks: b.marks, voters: big.NewInt(b.voters), worth: big.NewInt(stvUnit)})
	}
	return m
}

// irvAgrees counts by the model, lets out whom the result lets out, and looks whether
// that was right and the figures are the same.
func (m *model) irvAgrees(t *rapid.T, p profile, r count.Result) {
	for n, round := range r.Rounds {
		for _, b := range m.ballots {
			b.at, _ = m.top(b.marks)
		}
		votes, exhausted := m.votes(1)
		all, most, fewest, in := new(big.Int), new(big.Int), (*big.Int)(nil), 0
		want := map[string]string{}
		for i, v := range votes {
			if m.in[i] {
				in++
				want[p.Options[i].ID] = v.String()
				all.Add(all, v)
				if v.Cmp(most) > 0 {
					most = v
				}
				if fewest == nil || v.Cmp(fewest) < 0 {
					fewest = v
				}
			}
		}
		if d := cmp.Diff(want, round.Votes); d != "" || round.Exhausted != exhausted.String() {
			t.Fatalf("round %d: %s exhausted, want %s; votes (-want +got):\n%s", n+1, round.Exhausted, exhausted, d)
		}
		last := in == 2 || new(big.Int).Add(most, most).Cmp(all) > 0
		if last != (n == len(r.Rounds)-1) {
			t.Fatalf("round %d is the last: %t", n+1, !last)
		}
		if last {
			if w := p.option(round.Elected[0]); len(round.Elected) != 1 || votes[w].Cmp(most) != 0 {
				t.Fatalf("round %d elects %v", n+1, round.Elected)
			}
			return
		}
		out := p.option(round.Eliminated[0])
		if len(round.Eliminated) != 1 || votes[out].Cmp(fewest) != 0 {
			t.Fatalf("%v go out in round %d", round.Eliminated, n+1)
		}
		m.in[out] = false
	}
}

func (p profile) option(id string) int {
	return slices.IndexFunc(p.Options, func(o vote.Option) bool { return o.ID == id })
}

// stvAgrees does the same for stv.
func (m *model) stvAgrees(t *rapid.T, p profile, r count.Result) {
	move := func(ballots []*modelBallot) {
		for _, b := range ballots {
			b.at, _ = m.top(b.marks)
		}
	}
	move(m.ballots)
	votes, _ := m.votes(1)
	quota := new(big.Int)
	for _, v := range votes {
		quota.Add(quota, v)
	}
	quota.Quo(quota, big.NewInt(int64(p.Seats)+1))
	quota.Mul(quota.Add(quota, big.NewInt(1)), big.NewInt(stvUnit))
	elected := map[int]bool{}
	spent := map[int]bool{} // those whose surplus went on: they have the quota
	in := func() (n int) {
		for _, is := range m.in {
			if is {
				n++
			}
		}
		return n
	}
	for n, round := range r.Rounds {
		votes, exhausted := m.votes(stvUnit)
		want := map[string]string{}
		for i := range votes {
			if spent[i] {
				votes[i] = quota
			}
			if m.in[i] || elected[i] {
				want[p.Options[i].ID] = big.NewRat(1, stvUnit).Mul(big.NewRat(1, stvUnit), new(big.Rat).SetInt(votes[i])).FloatString(5)
			}
		}
		if d := cmp.Diff(want, round.Votes); d != "" || fmt.Sprint(round.Exhausted) != new(big.Rat).SetFrac(exhausted, big.NewInt(stvUnit)).FloatString(5) {
			t.Fatalf("round %d: %s exhausted, want %s; votes (-want +got):\n%s", n+1, round.Exhausted, exhausted, d)
		}
		var now []string
		for i := range votes {
			if m.in[i] && votes[i].Cmp(quota) >= 0 {
				m.in[i], elected[i] = false, true
				now = append(now, p.Options[i].ID)
			}
		}
		if left := p.Seats - len(elected); left > 0 && in() <= left {
			for i := range votes {
				if m.in[i] {
					m.in[i], elected[i] = false, true
					now = append(now, p.Options[i].ID)
				}
			}
		}
		if got := slices.Sorted(slices.Values(round.Elected)); !slices.Equal(got, slices.Sorted(slices.Values(now))) {
			t.Fatalf("round %d elects %v, want %v", n+1, got, now)
		}
		if last := len(elected) == p.Seats; last || n == len(r.Rounds)-1 {
			if !last || n != len(r.Rounds)-1 || len(round.Eliminated) > 0 {
				t.Fatalf("round %d is the last: %t; %d are elected, %v goes out", n+1, !last, len(elected), round.Eliminated)
			}
			return
		}
		most := (*big.Int)(nil) // the largest surplus
		for i := range elected {
			if votes[i].Cmp(quota) > 0 && (most == nil || votes[i].Cmp(most) > 0) {
				most = votes[i]
			}
		}
		if most != nil {
			from := -1 // the one that has the quota in the next round
			for i := range elected {
				if votes[i].Cmp(most) == 0 && r.Rounds[n+1].Votes[p.Options[i].ID] != round.Votes[p.Options[i].ID] {
					from = i
				}
			}
			if from < 0 || len(round.Eliminated) > 0 {
				t.Fatalf("round %d: no largest surplus goes on, and %v goes out", n+1, round.Eliminated)
			}
			surplus := new(big.Int).Sub(most, quota)
			var moved []*modelBallot
			for _, b := range m.ballots {
				if b.at == from {
					b.worth = new(big.Int).Quo(new(big.Int).Mul(b.worth, surplus), most)
					moved = append(moved, b)
				}
			}
			move(moved)
			spent[from] = true
			continue
		}
		out := p.option(round.Eliminated[0])
		for i := range votes {
			if m.in[i] && votes[i].Cmp(votes[out]) < 0 {
				t.Fatalf("%v goes out in round %d, and %s has fewer", round.Eliminated, n+1, p.Options[i].ID)
			}
		}
		m.in[out] = false
		var moved []*modelBallot
		for _, b := range m.ballots {
			if b.at == out {
				moved = append(moved, b)
			}
		}
		move(moved)
	}
}

// Counting with piles gives what looking at each ballot in each round gives, with
// shared places and with as many voters as there can be.
func TestRoundsAgreeWithTheModel(t *testing.T) {
	for _, rule := range []Rule{irv, stv} {
		t.Run(rule.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				shared := rule
				shared.EqualRanks = true
				p := drawProfile(t, shared)
				if n := int64(len(p.ballots)); n > 0 && rapid.Bool().Draw(t, "many") {
					for i := range p.ballots {
						p.ballots[i].voters = rapid.Int64Range(1, math.MaxInt64/n).Draw(t, "voters")
					}
				}
				if m, r := newModel(p), p.count(rule); rule.Name == irv.Name {
					m.irvAgrees(t, p, r)
				} else {
					m.stvAgrees(t, p, r)
				}
			})
		})
	}
}
