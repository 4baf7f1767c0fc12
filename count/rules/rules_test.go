package rules

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/count"
	"popeye/count/internal/pairwise"
	"popeye/vote"
)

// profile is an election with its ballots, small enough to print.
type profile struct {
	count.Election
	ballots []ballot
}

type ballot struct {
	marks  []vote.Mark
	voters int64
}

func (p profile) all() count.Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		for _, b := range p.ballots {
			if !yield(b.marks, b.voters) {
				return
			}
		}
	}
}

func (p profile) count(r Rule) count.Result { return r.Count(p.Election, p.all()) }

// drawProfile draws an election that r can count.
func drawProfile(t *rapid.T, r Rule) profile {
	n := rapid.IntRange(2, 7).Draw(t, "options")
	p := profile{Election: count.Election{Kind: r.Kind, Seats: 1, Max: 5}}
	for i := range n {
		p.Options = append(p.Options, vote.Option{ID: vote.OptionID(i), Label: "Option " + vote.OptionID(i)})
	}
	if !r.OneSeat {
		p.Seats = rapid.IntRange(1, n-1).Draw(t, "seats")
	}
	p.Lot = rapid.Permutation(ints(n)).Draw(t, "lot")
	for range rapid.IntRange(0, 9).Draw(t, "ballots") {
		p.ballots = append(p.ballots, ballot{drawMarks(t, p.Election, r.EqualRanks), rapid.Int64Range(1, 9).Draw(t, "voters")})
	}
	return p
}

func ints(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func drawMarks(t *rapid.T, e count.Election, equal bool) (marks []vote.Mark) {
	most := len(e.Options)
	if e.Kind == vote.Single {
		most = 1
	}
	places := rapid.Permutation(ints(len(e.Options))).Draw(t, "order")[:rapid.IntRange(1, most).Draw(t, "named")]
	rank := 1
	for i, place := range places {
		n := 1
		switch e.Kind {
		case vote.Ranked:
			if i > 0 && !(equal && rapid.Bool().Draw(t, "equal")) {
				rank++
			}
			n = rank
		case vote.Score:
			n = rapid.IntRange(e.Min, e.Max).Draw(t, "points")
		case vote.Single, vote.Multiple:
		}
		marks = append(marks, vote.Mark{Place: place, N: n})
	}
	return marks
}

// eachRule checks a property of every rule that counts a kind, or of all.
func eachRule(t *testing.T, check func(t *rapid.T, r Rule)) {
	t.Helper()
	for _, r := range table {
		t.Run(r.Name, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { check(t, r) }) })
	}
}

// Whatever comes, a result is whole: each option has one place, winners fill the seats
// and are the first in the order, and ties name options of the election.
func TestResultsAreWhole(t *testing.T) {
	eachRule(t, func(t *rapid.T, r Rule) {
		p := drawProfile(t, r)
		got := p.count(r)
		if !slices.Equal(slices.Sorted(slices.Values(slices.Concat(got.Order...))), slices.Sorted(slices.Values(p.IDs(ints(len(p.Options)))))) {
			t.Fatalf("the order is %v", got.Order)
		}
		if len(got.Winners) != p.Seats {
			t.Fatalf("%d seats have the winners %v", p.Seats, got.Winners)
		}
		before := 0
		for _, equal := range got.Order {
			for _, id := range equal {
				if won := slices.Contains(got.Winners, id); won && before >= p.Seats || !won && before+len(equal) <= p.Seats {
					t.Fatalf("winners are %v, and the order is %v", got.Winners, got.Order)
				}
			}
			before += len(equal)
		}
		for _, tie := range got.Ties {
			if len(tie.Options) < 2 || !slices.Contains(count.TieBreaks, tie.By) {
				t.Fatalf("a tie %+v", tie)
			}
		}
	})
}

// Anonymity: neither the order of ballots nor how voters are bundled matters.
func TestWhoVotedDoesNotMatter(t *testing.T) {
	eachRule(t, func(t *rapid.T, r Rule) {
		p := drawProfile(t, r)
		q := p
		q.ballots = nil
		for _, b := range p.ballots {
			first := rapid.Int64Range(0, b.voters).Draw(t, "first")
			for _, voters := range []int64{first, b.voters - first} {
				if voters > 0 {
					q.ballots = append(q.ballots, ballot{b.marks, voters})
				}
			}
		}
		rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "shuffle"))).Shuffle(len(q.ballots), func(i, j int) {
			q.ballots[i], q.ballots[j] = q.ballots[j], q.ballots[i]
		})
		if d := cmp.Diff(p.count(r), q.count(r)); d != "" {
			t.Fatal(d)
		}
	})
}

// Neutrality: another list of options, with the lot listed anew too, gives the same
// result under the new names.
func TestNamesDoNotMatter(t *testing.T) {
	eachRule(t, func(t *rapid.T, r Rule) {
		p := drawProfile(t, r)
		to := rapid.Permutation(ints(len(p.Options))).Draw(t, "names")
		q := profile{Election: p.Election}
		q.Options, q.Lot = make([]vote.Option, len(to)), nil
		for from, place := range to {
			q.Options[place] = p.Options[from] // they keep their ids
		}
		for _, place := range p.Lot {
			q.Lot = append(q.Lot, to[place])
		}
		for _, b := range p.ballots {
			marks := slices.Clone(b.marks)
			for i := range marks {
				marks[i].Place = to[marks[i].Place]
			}
			q.ballots = append(q.ballots, ballot{marks, b.voters})
		}
		got, want := q.count(r), p.count(r)
		got.Options, want.Options = nil, nil
		for _, res := range []*count.Result{&got, &want} {
			for _, o := range res.Order {
				slices.Sort(o)
			}
			for i := range res.Ties {
				slices.Sort(res.Ties[i].Options)
			}
			for i := range res.Rounds {
				slices.Sort(res.Rounds[i].Eliminated)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-as it was +under other names):\n%s", d)
		}
	})
}

// An option that everybody puts first, or gives most and the others less, wins alone.
func TestUnanimity(t *testing.T) {
	eachRule(t, func(t *rapid.T, r Rule) {
		p := drawProfile(t, r)
		p.Seats = 1
		favourite := rapid.IntRange(0, len(p.Options)-1).Draw(t, "favourite")
		for i, b := range p.ballots {
			marks := []vote.Mark{{Place: favourite, N: 1}}
			if r.Kind == vote.Score {
				marks[0].N = p.Max
			}
			for _, m := range b.marks {
				switch {
				case m.Place == favourite || r.Kind == vote.Single || r.Kind == vote.Multiple:
				case r.Kind == vote.Ranked:
					marks = append(marks, vote.Mark{Place: m.Place, N: m.N + 1})
				default:
					marks = append(marks, vote.Mark{Place: m.Place, N: min(m.N, p.Max-1)})
				}
			}
			p.ballots[i].marks = closedUp(marks, r.Kind)
		}
		if len(p.ballots) == 0 {
			return
		}
		got := p.count(r)
		if want := p.IDs([]int{favourite}); !slices.Equal(got.Winners, want) || !slices.Equal(got.Order[0], want) {
			t.Fatalf("winner %v, order %v, want %v", got.Winners, got.Order, want)
		}
	})
}

// closedUp numbers the places of a ranked ballot without gaps.
func closedUp(marks []vote.Mark, kind vote.Kind) []vote.Mark {
	if kind != vote.Ranked {
		return marks
	}
	was, n := 0, 0
	for i, m := range marks {
		if m.N != was {
			was, n = m.N, n+1
		}
		marks[i].N = n
	}
	return marks
}

// As many again of each voter elect the same options, in the same order. (stv fills a
// quota that is a whole number, so there it may make a difference.)
func TestTwiceTheVotersElectTheSame(t *testing.T) {
	eachRule(t, func(t *rapid.T, r Rule) {
		if r.Name == "stv/1" {
			return
		}
		p := drawProfile(t, r)
		q := p
		q.ballots = slices.Clone(p.ballots)
		k := rapid.Int64Range(2, 1000).Draw(t, "times")
		for i := range q.ballots {
			q.ballots[i].voters *= k
		}
		one, more := p.count(r), q.count(r)
		if d := cmp.Diff(one.Winners, more.Winners) + cmp.Diff(one.Order, more.Order); d != "" {
			t.Fatal(d)
		}
	})
}

// condorcet returns the option that beats every other one, if there is one.
func condorcet(m pairwise.Matrix) (int, bool) {
	for a := range m {
		beaten := 0
		for b := range m {
			if _, beats := m.Victory(a, b); beats {
				beaten++
			}
		}
		if beaten == len(m)-1 {
			return a, true
		}
	}
	return 0, false
}

func TestCondorcetWinnersWin(t *testing.T) {
	for _, r := range []Rule{schulze, rankedPairs} {
		t.Run(r.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := drawProfile(t, r)
				p.Seats = 1
				winner, there := condorcet(pairwise.Compare(len(p.Options), p.all()))
				got := p.count(r)
				if want := p.IDs([]int{winner}); there && (!slices.Equal(got.Winners, want) || !slices.Equal(got.Order[0], want)) {
					t.Fatalf("%v wins, in the order %v, and %v beats every other", got.Winners, got.Order, want)
				}
			})
		})
	}
}

// The matrix is what one gets by asking each ballot about each two options.
func TestPairsAskEachBallot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProfile(t, schulze)
		want := make(pairwise.Matrix, len(p.Options))
		for i := range want {
			want[i] = make([]int64, len(p.Options))
		}
		for _, b := range p.ballots {
			rank := func(o int) int {
				for _, m := range b.marks {
					if m.Place == o {
						return m.N
					}
				}
				return 1 << 20
			}
			for x := range want {
				for y := range want {
					if rank(x) < rank(y) {
						want[x][y] += b.voters
					}
				}
			}
		}
		if d := cmp.Diff(want, pairwise.Compare(len(p.Options), p.all())); d != "" {
			t.Fatal(d)
		}
	})
}

// More options than fit into a word, and more voters than into 32 bits.
func TestPairsOfManyOptionsAndVoters(t *testing.T) {
	p := profile{Election: count.Election{Options: make([]vote.Option, 130)}}
	for _, voters := range []int64{1, 1, 1, 1 << 40, 6} {
		p.ballots = append(p.ballots, ballot{[]vote.Mark{{Place: 129, N: 1}, {Place: 64, N: 1}, {Place: 0, N: 2}}, voters})
	}
	p.ballots = append(p.ballots, ballot{[]vote.Mark{{Place: 0, N: 1}}, 1})
	m, all := pairwise.Compare(len(p.Options), p.all()), int64(1<<40+9)
	got := [7]int64{m[129][64], m[129][0], m[64][63], m[0][64], m[0][128], m[1][2], m[129][129]}
	if want := [7]int64{0, all, all, 1, all + 1, 0, 0}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Borda's points are those of the matrix: who prefers the option to each other one, and
// half of those who do neither.
func TestBordaAgreesWithPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProfile(t, borda)
		m, voters := pairwise.Compare(len(p.Options), p.all()), int64(0)
		for _, b := range p.ballots {
			voters += b.voters
		}
		got := p.count(borda).Scores
		for a := range m {
			halves := int64(0)
			for b := range m {
				if a != b {
					halves += 2*m[a][b] + voters - m[a][b] - m[b][a]
				}
			}
			if want := inHalves(halves); got[p.Options[a].ID] != want {
				t.Fatalf("%s has %s points, want %s", p.Options[a].ID, got[p.Options[a].ID], want)
			}
		}
	})
}

// Majority values compare as if the median were taken away by hand, one by one.
func TestMajorityValueByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		voters := rapid.IntRange(0, 30).Draw(t, "voters")
		draw := func(name string) (g grades, list []int) {
			g = make(grades, 4)
			for range voters {
				grade := rapid.IntRange(0, 3).Draw(t, name)
				g[grade]++
				list = append(list, grade)
			}
			slices.Sort(list)
			return g, list
		}
		g, one := draw("one")
		h, other := draw("other")
		want := slices.Compare(majorityValue(one), majorityValue(other))
		if got := g.compare(h); got != want {
			t.Fatalf("%v and %v compare as %d, want %d", g, h, got, want)
		}
	})
}

func majorityValue(sorted []int) (value []int) {
	for left := slices.Clone(sorted); len(left) > 0; {
		middle := (len(left) - 1) / 2
		value = append(value, left[middle])
		left = slices.Delete(left, middle, middle+1)
	}
	return value
}

// Every result shows the lot it used, and the lot of a seed is the one of the contract.
func TestLotIsDrawnFromTheSeed(t *testing.T) {
	options := []vote.Option{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}}
	// By sha256sum: d 8736429a, b ad78f6ab, c b2cf9770, a fab6e7f3.
	if got, want := (count.Election{Options: options}).WithLot("tea").Lot, []int{3, 1, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("the lot is %v, want %v", got, want)
	}
	if got := (count.Election{Options: options}).WithLot("").Lot; !slices.Equal(got, ints(4)) {
		t.Errorf("without a seed the lot is %v", got)
	}
}

// Who withdraws is on no place of the count beside the full one, and everybody else is.
func TestWithdrawnOptionsAreLeftOut(t *testing.T) {
	eachRule(t, func(t *rapid.T, r Rule) {
		p := drawProfile(t, r)
		if len(p.Options) < 3 {
			return
		}
		p.Seats = 1
		gone := rapid.IntRange(0, len(p.Options)-1).Draw(t, "withdrawn")
		id := p.Options[gone].ID
		got := r.With(p.Election, p.all(), []string{id})
		if d := cmp.Diff(p.count(r), withoutWithdrawn(got)); d != "" {
			t.Fatalf("the full count:\n%s", d)
		}
		if slices.Contains(slices.Concat(got.Without.Order...), id) || len(slices.Concat(got.Without.Order...)) != len(p.Options)-1 {
			t.Fatalf("without %s the order is %v", id, got.Without.Order)
		}
		q := profile{Election: p.Election}
		q.Options, q.Lot = slices.Delete(slices.Clone(p.Options), gone, gone+1), nil
		for _, place := range p.Lot {
			if place != gone {
				q.Lot = append(q.Lot, place-btoi(place > gone))
			}
		}
		for _, b := range p.ballots {
			var marks []vote.Mark
			for _, m := range b.marks {
				if m.Place != gone {
					m.Place -= btoi(m.Place > gone)
					marks = append(marks, m)
				}
			}
			q.ballots = append(q.ballots, ballot{closedUp(marks, r.Kind), b.voters})
		}
		if d := cmp.Diff(q.count(r), *got.Without); d != "" {
			t.Fatalf("(-of ballots that never had it +without it):\n%s", d)
		}
	})
}

func withoutWithdrawn(r count.Result) count.Result {
	r.Withdrawn, r.Without = nil, nil
	return r
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
