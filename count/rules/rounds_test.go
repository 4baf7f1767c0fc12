package rules

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/count"
	"popeye/vote"
)

// elect counts ballots as in "4 b>a>c" of options a, b, c ..., whose lot is their order.
// Options that share a place stand as in a=b.
func elect(t *testing.T, r Rule, options, seats int, ballots ...string) count.Result {
	t.Helper()
	p := profile{Election: count.Election{Kind: vote.Ranked, Seats: seats, Lot: ints(options)}}
	for i := range options {
		p.Options = append(p.Options, vote.Option{ID: vote.OptionID(i)})
	}
	for _, text := range ballots {
		number, order, _ := strings.Cut(text, " ")
		voters, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		b := ballot{voters: voters}
		for i, place := range strings.Split(order, ">") {
			for id := range strings.SplitSeq(place, "=") {
				if id != "" {
					b.marks = append(b.marks, vote.Mark{Place: int(id[0] - 'a'), N: i + 1})
				}
			}
		}
		p.ballots = append(p.ballots, b)
	}
	return p.count(r)
}

// told writes the rounds of a result, as in "a 4, b 2 | 1 | +a -b".
func told(r count.Result) (rounds []string) {
	for _, round := range r.Rounds {
		var votes []string
		for _, o := range r.Options {
			if n, there := round.Votes[o.ID]; there {
				votes = append(votes, o.ID+" "+n)
			}
		}
		var done []string
		for _, id := range round.Elected {
			done = append(done, "+"+id)
		}
		for _, id := range round.Eliminated {
			done = append(done, "-"+id)
		}
		rounds = append(rounds, strings.Join(votes, ", ")+" | "+round.Exhausted+" | "+strings.Join(done, " "))
	}
	return rounds
}

func TestRoundsOfTextbooks(t *testing.T) {
	for _, tt := range []struct {
		name           string
		rule           Rule
		options, seats int
		ballots        []string
		rounds         []string
		order          [][]string
		ties           []count.Tie
	}{
		{
			name: "the capital of Tennessee, by instant runoff", // Wikipedia, "Instant-runoff voting": Memphis, Nashville, Chattanooga, Knoxville
			rule: irv, options: 4, seats: 1,
			ballots: []string{"42 a>b>c>d", "26 b>c>d>a", "15 c>d>b>a", "17 d>c>b>a"},
			rounds:  []string{"a 42, b 26, c 15, d 17 | 0 | -c", "a 42, b 26, d 32 | 0 | -b", "a 42, d 58 | 0 | +d"},
			order:   [][]string{{"d"}, {"a"}, {"b"}, {"c"}},
		},
		{
			name: "three foods for a party of twenty", // Wikipedia, "Single transferable vote": oranges, pears, chocolate, strawberries, sweets
			rule: stv, options: 5, seats: 3,
			ballots: []string{"4 a", "2 b>a", "8 c>d", "4 c>e", "1 d", "1 e"},
			rounds: []string{
				"a 4.00000, b 2.00000, c 12.00000, d 1.00000, e 1.00000 | 0.00000 | +c",
				"a 4.00000, b 2.00000, c 6.00000, d 5.00000, e 3.00000 | 0.00000 | -b",
				"a 6.00000, c 6.00000, d 5.00000, e 3.00000 | 0.00000 | +a -e",
				"a 6.00000, c 6.00000, d 5.00000 | 3.00000 | +d",
			},
			order: [][]string{{"c"}, {"a"}, {"d"}, {"e"}, {"b"}},
		},
		{
			name: "more than half ends it at once", rule: irv, options: 3, seats: 1,
			ballots: []string{"3 a", "1 b", "1 c>b", "0 "},
			rounds:  []string{"a 3, b 1, c 1 | 0 | +a"},
			order:   [][]string{{"a"}, {"b", "c"}},
		},
		{
			name: "half is not more than half", rule: irv, options: 3, seats: 1,
			ballots: []string{"4 a", "3 b", "1 c>b"},
			rounds:  []string{"a 4, b 3, c 1 | 0 | -c", "a 4, b 4 | 0 | +a"},
			order:   [][]string{{"a"}, {"b"}, {"c"}},
			ties:    []count.Tie{{Round: 2, Options: []string{"a", "b"}, By: count.ByPreviousRounds}},
		},
		{
			name: "a tie that only the lot breaks", rule: irv, options: 4, seats: 1,
			ballots: []string{"4 d", "4 b", "1 c"},
			rounds:  []string{"a 0, b 4, c 1, d 4 | 0 | -a", "b 4, c 1, d 4 | 0 | -c", "b 4, d 4 | 1 | +b"},
			order:   [][]string{{"b", "d"}, {"c"}, {"a"}},
			ties:    []count.Tie{{Round: 3, Options: []string{"b", "d"}, By: count.ByLot}},
		},
		{
			name: "earlier rounds part some, the lot the others", rule: irv, options: 5, seats: 1,
			ballots: []string{"9 e", "5 a", "4 b", "4 c", "1 d>b", "0 "},
			// a, b and c would all have 5, had d a ballot for c too: see below.
			rounds: []string{"a 5, b 4, c 4, d 1, e 9 | 0 | -d", "a 5, b 5, c 4, e 9 | 0 | -c", "a 5, b 5, e 9 | 4 | -b", "a 5, e 9 | 9 | +e"},
			order:  [][]string{{"e"}, {"a"}, {"b"}, {"c"}, {"d"}},
			ties:   []count.Tie{{Round: 3, Options: []string{"a", "b"}, By: count.ByPreviousRounds}},
		},
		{
			name: "only those that still tie go on", rule: irv, options: 5, seats: 1,
			ballots: []string{"9 e", "5 a", "4 b", "4 c", "1 d>b", "1 d>c"},
			rounds:  []string{"a 5, b 4, c 4, d 2, e 9 | 0 | -d", "a 5, b 5, c 5, e 9 | 0 | -c", "a 5, b 5, e 9 | 5 | -b", "a 5, e 9 | 10 | +e"},
			order:   [][]string{{"e"}, {"a"}, {"b"}, {"c"}, {"d"}},
			ties: []count.Tie{
				{Round: 2, Options: []string{"a", "b", "c"}, By: count.ByPreviousRounds},
				{Round: 2, Options: []string{"b", "c"}, By: count.ByLot},
				{Round: 3, Options: []string{"a", "b"}, By: count.ByPreviousRounds},
			},
		},
		{
			name: "a shared place waits for one of them", rule: irv, options: 4, seats: 1,
			ballots: []string{"5 a", "4 b", "3 c>b", "2 c=d>a"},
			rounds:  []string{"a 5, b 4, c 3, d 0 | 2 | -d", "a 5, b 4, c 5 | 0 | -b", "a 5, c 5 | 4 | +a"},
			order:   [][]string{{"a"}, {"c"}, {"b"}, {"d"}},
			ties:    []count.Tie{{Round: 3, Options: []string{"a", "c"}, By: count.ByPreviousRounds}},
		},
		{
			name: "a shared place stops a ballot for good", rule: stv, options: 4, seats: 1,
			ballots: []string{"5 a", "4 b", "3 c>b", "2 c=d>a"},
			rounds: []string{
				"a 5.00000, b 4.00000, c 3.00000, d 0.00000 | 2.00000 | -d", "a 5.00000, b 4.00000, c 3.00000 | 2.00000 | -c",
				"a 5.00000, b 7.00000 | 2.00000 | +b",
			},
			order: [][]string{{"b"}, {"a"}, {"c"}, {"d"}},
		},
		{
			name: "nobody voted", rule: irv, options: 3, seats: 1,
			rounds: []string{"a 0, b 0, c 0 | 0 | -c", "a 0, b 0 | 0 | +a"},
			order:  [][]string{{"a", "b", "c"}},
			ties:   []count.Tie{{Round: 1, Options: []string{"a", "b", "c"}, By: count.ByLot}, {Round: 2, Options: []string{"a", "b"}, By: count.ByLot}},
		},
		{
			name: "nobody voted for two seats", rule: stv, options: 3, seats: 2,
			rounds: []string{"a 0.00000, b 0.00000, c 0.00000 | 0.00000 | -c", "a 0.00000, b 0.00000 | 0.00000 | +a +b"},
			order:  [][]string{{"a", "b", "c"}},
			ties:   []count.Tie{{Round: 1, Options: []string{"a", "b", "c"}, By: count.ByLot}},
		},
		{
			name: "a tie of surpluses, and what is cut off", rule: stv, options: 4, seats: 3,
			ballots: []string{"7 b>c", "7 a>c", "1 c"}, // the quota is 4: 3/7 of a vote is 0.42857
			rounds: []string{
				"a 7.00000, b 7.00000, c 1.00000, d 0.00000 | 0.00000 | +a +b",
				"a 4.00000, b 7.00000, c 3.99999, d 0.00000 | 0.00000 | ",
				"a 4.00000, b 4.00000, c 6.99998, d 0.00000 | 0.00000 | +c",
			},
			order: [][]string{{"a", "b"}, {"c"}, {"d"}},
			ties:  []count.Tie{{Round: 1, Options: []string{"a", "b"}, By: count.ByLot}},
		},
		{
			name: "as many options as seats", rule: stv, options: 2, seats: 2,
			ballots: []string{"1 b"},
			rounds:  []string{"a 0.00000, b 1.00000 | 0.00000 | +b +a"},
			order:   [][]string{{"b"}, {"a"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := elect(t, tt.rule, tt.options, tt.seats, tt.ballots...)
			if d := cmp.Diff(tt.rounds, told(r)); d != "" {
				t.Errorf("rounds (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.order, r.Order); d != "" {
				t.Errorf("order (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.ties, r.Ties); d != "" {
				t.Errorf("ties (-want +got):\n%s", d)
			}
		})
	}
}

// Each vote is with an option or exhausted, in every round. Of stv a little is lost:
// less than a hundred-thousandth for each ballot at each transfer.
func TestRoundsAccountForEachVote(t *testing.T) {
	for _, rule := range []Rule{irv, stv} {
		t.Run(rule.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := drawProfile(t, rule)
				p.ballots = append(p.ballots, ballot{nil, rapid.Int64Range(0, 5).Draw(t, "blank")})
				voters := int64(0)
				for _, b := range p.ballots {
					voters += b.voters
				}
				r := p.count(rule)
				for i, round := range r.Rounds {
					lost := new(big.Rat).SetInt64(voters)
					lost.Sub(lost, decimal(t, round.Exhausted))
					for _, n := range round.Votes {
						lost.Sub(lost, decimal(t, n))
					}
					most := new(big.Rat)
					if rule.Name == stv.Name {
						most.SetFrac64(voters*int64(i), stvUnit)
					}
					if lost.Sign() < 0 || lost.Cmp(most) > 0 {
						t.Fatalf("round %d lost %s votes of %d: %+v", i+1, lost.FloatString(5), voters, round)
					}
				}
			})
		})
	}
}

func decimal(t *rapid.T, s string) *big.Rat {
	n, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no decimal", s)
	}
	return n
}

// Whom more than half put first wins.
func TestMajorityWins(t *testing.T) {
	for _, rule := range []Rule{irv, stv} {
		t.Run(rule.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := drawProfile(t, rule)
				favourite := rapid.IntRange(0, len(p.Options)-1).Draw(t, "favourite")
				others := int64(0)
				for _, b := range p.ballots {
					if b.marks[0].Place != favourite {
						others += b.voters
					}
				}
				p.ballots = append(p.ballots, ballot{[]vote.Mark{{Place: favourite, N: 1}}, others + 1})
				r := p.count(rule)
				if id := p.Options[favourite].ID; r.Winners[0] != id && rule.OneSeat || !slices.Contains(r.Winners, id) {
					t.Fatalf("%v wins, not %s", r.Winners, id)
				}
			})
		})
	}
}

// Blank ballots change nothing but how many are exhausted.
func TestBlankBallotsChangeNothing(t *testing.T) {
	for _, rule := range []Rule{irv, stv} {
		t.Run(rule.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := drawProfile(t, rule)
				want := p.count(rule)
				p.ballots = append(p.ballots, ballot{nil, rapid.Int64Range(1, 100).Draw(t, "blank")})
				got := p.count(rule)
				for i := range got.Rounds {
					got.Rounds[i].Exhausted = want.Rounds[i].Exhausted
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Fatal(d)
				}
			})
		})
	}
}

// With one seat stv elects whom irv elects. As far as irv goes, its rounds are the
// same: the same votes, the same goes out, the same ties. irv ends earlier.
func TestRunoffIsTransferableVoteForOneSeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProfile(t, irv)
		one, other := p.count(irv), p.count(stv)
		if !slices.Equal(one.Winners, other.Winners) || len(one.Rounds) > len(other.Rounds) {
			t.Fatalf("irv elects %v in %d rounds, stv %v in %d", one.Winners, len(one.Rounds), other.Winners, len(other.Rounds))
		}
		for i, r := range one.Rounds {
			s := other.Rounds[i]
			for id, n := range r.Votes {
				if s.Votes[id] != n+".00000" {
					t.Fatalf("round %d: %s has %s, in stv %s", i+1, id, n, s.Votes[id])
				}
			}
			if s.Exhausted != r.Exhausted+".00000" || len(s.Votes) != len(r.Votes) {
				t.Fatalf("round %d: %+v, in stv %+v", i+1, r, s)
			}
			if last := i == len(one.Rounds)-1; !last && !slices.Equal(s.Eliminated, r.Eliminated) {
				t.Fatalf("round %d: %v goes out, in stv %v", i+1, r.Eliminated, s.Eliminated)
			}
		}
	})
}
