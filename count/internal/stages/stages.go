// Package stages counts a ranked election in rounds, ballot by ballot: the machine of irv
// and stv. What enters is ballots, and what a rule decides in each round; what leaves is a
// Result with its rounds and the ties that something had to break.
package stages

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"popeye/count"
	"popeye/count/internal/pile"
)

// Count is a ranked election that is counted stage by stage. Each ballot lies with
// one option, and counts for it: the first on it that continues. When that option goes
// out, or is elected and has votes to spare, the ballot goes to the next one.
//
// A ballot may come to be worth less than a vote, so amounts are whole numbers of the
// unit, and big: no number of voters is too much for them.
type Count struct {
	count.Election
	Unit    int64      // that make a vote
	Votes   []*big.Int // by option; what they point to does not change
	Elected []int      // the first that was elected is the first

	continuing []bool  // by option: neither elected nor gone
	piles      []worth // by option: the ballots that lie with it
	exhausted  *big.Int
	// undecided are ballots whose top place several options share that continue. They
	// count as exhausted. nil if they do so for ever, else they are dealt again when an
	// option has gone out.
	undecided *pile.Pile
	rounds    [][]*big.Int // the votes at each stage
	gone      []int        // the first that went out is the first
	until     []int        // by option: the round in which it was elected; before, a later one than any
	result    count.Result
}

// worth are the ballots of an option by what each is worth, in units.
type worth map[int64]*pile.Pile

// New begins a count of amounts in units, of which so many make a vote.
func New(e count.Election, unit int64) *Count {
	s := &Count{
		Election: e, Unit: unit, exhausted: new(big.Int), continuing: make([]bool, len(e.Options)),
		piles: make([]worth, len(e.Options)), Votes: make([]*big.Int, len(e.Options)), until: make([]int, len(e.Options)),
	}
	for i := range e.Options {
		s.continuing[i], s.piles[i], s.Votes[i], s.until[i] = true, worth{}, new(big.Int), math.MaxInt
	}
	return s
}

// KeepUndecided keeps ballots whose top place several options share that continue, to be
// dealt again when one of these has gone out. It comes before Deal.
func (s *Count) KeepUndecided() { s.undecided = &pile.Pile{} }

// Deal gives each ballot to its first option.
func (s *Count) Deal(ballots count.Marked) {
	d := s.dealer(s.Unit)
	var packed []byte
	for marks, voters := range ballots {
		packed = pile.Pack(packed[:0], marks)
		d.deal(packed, voters)
	}
	d.end()
}

// Transfer gives the ballots that lie with an option to the next on each. What one is
// worth then is value of what it was worth.
func (s *Count) Transfer(from int, value func(int64) int64) {
	piles := s.piles[from]
	s.piles[from] = nil
	for worth, p := range piles {
		d := s.dealer(value(worth))
		d.exhausted += p.Drain(d.deal)
		d.end()
	}
}

// dealer deals ballots that are worth the same.
type dealer struct {
	*Count
	worth     int64
	to        []*pile.Pile // by option; nil if none went there
	voters    []int64      // by option, who went there
	exhausted int64
}

func (s *Count) dealer(worth int64) *dealer {
	return &dealer{Count: s, worth: worth, to: make([]*pile.Pile, len(s.Options)), voters: make([]int64, len(s.Options))}
}

func (d *dealer) deal(marks []byte, voters int64) bool {
	option, rest := d.next(marks)
	if option < 0 {
		d.exhausted += voters
		if d.undecided != nil && len(rest) > 0 {
			d.undecided.Add(rest, voters)
		}
		return true
	}
	if d.to[option] == nil {
		p := d.piles[option][d.worth]
		if p == nil {
			p = &pile.Pile{}
			d.piles[option][d.worth] = p
		}
		d.to[option] = p
	}
	d.to[option].Add(rest, voters)
	d.voters[option] += voters
	return true
}

// next returns the option that a ballot goes to, and what the ballot says after it. It
// is -1 if there is none, and if several that continue share the place; then the rest
// begins with the first of them.
func (s *Count) next(marks []byte) (option int, rest []byte) {
	option = -1
	for len(marks) > 0 {
		place, step, n := pile.Unpack(marks)
		switch {
		case option >= 0 && step > 0: // the end of its place
			return option, marks
		case s.continuing[place] && option >= 0:
			return -1, rest
		case s.continuing[place]:
			option, rest = place, marks
		}
		marks = marks[n:]
	}
	return option, nil
}

// end credits what was dealt.
func (d *dealer) end() {
	worth := big.NewInt(d.worth)
	credit := func(to **big.Int, voters int64) {
		amount := new(big.Int).Mul(big.NewInt(voters), worth)
		*to = amount.Add(amount, *to)
	}
	for i, voters := range d.voters {
		if voters > 0 {
			credit(&d.Votes[i], voters)
		}
	}
	credit(&d.Count.exhausted, d.exhausted)
}

// Open begins a round: it notes who has how many votes.
func (s *Count) Open(quota string) {
	r := count.Round{Votes: map[string]string{}, Exhausted: s.Amount(s.exhausted), Quota: quota}
	for i, o := range s.Options {
		if s.continuing[i] || slices.Contains(s.Elected, i) {
			r.Votes[o.ID] = s.Amount(s.Votes[i])
		}
	}
	s.rounds = append(s.rounds, slices.Clone(s.Votes))
	s.result.Rounds = append(s.result.Rounds, r)
}

// Amount writes an amount as votes: 2063 of whole votes, 1412.45570 of their
// hundred-thousandths.
func (s *Count) Amount(n *big.Int) string {
	if s.Unit == 1 {
		return n.String()
	}
	votes, rest := new(big.Int).QuoRem(n, big.NewInt(s.Unit), new(big.Int))
	return fmt.Sprintf("%s.%0*d", votes, len(fmt.Sprint(s.Unit))-1, rest)
}

// In returns the options that continue, in the order of the lot.
func (s *Count) In() []int {
	return slices.DeleteFunc(slices.Clone(s.Lot), func(o int) bool { return !s.continuing[o] })
}

// Compare compares what options have in this round, or had when the first of them was
// elected; if that is equal, in the latest earlier round in which they differ. It is 0
// if there is none, and negative if a has more.
func (s *Count) Compare(a, b int) int {
	for r := min(len(s.rounds)-1, s.until[a], s.until[b]); r >= 0; r-- {
		if c := s.rounds[r][b].Cmp(s.rounds[r][a]); c != 0 {
			return c
		}
	}
	return 0
}

// Most returns which of options has the most votes. They are in the order of the lot;
// a tie is noted.
func (s *Count) Most(options []int) int { return s.pick(options, 1)[0] }

// Fewest returns which of options has the fewest votes. They are in the order of the
// lot; a tie is noted.
func (s *Count) Fewest(options []int) int {
	tied := s.pick(options, -1)
	return tied[len(tied)-1]
}

// pick returns those of options that have the most votes (sign 1) or the fewest (-1)
// in this round, in the round before, and so on as long as there are several.
func (s *Count) pick(options []int, sign int) []int {
	round := len(s.rounds)
	tied := s.extreme(options, round-1, sign)
	left := tied
	for r := round - 2; r >= 0 && len(left) > 1; r-- {
		left = s.extreme(left, r, sign)
	}
	if len(left) < len(tied) {
		s.tie(tied, count.ByPreviousRounds)
	}
	if len(left) > 1 {
		s.tie(left, count.ByLot)
	}
	return left
}

// extreme returns those of options that have the most votes (sign 1) in a round, or the
// fewest (-1).
func (s *Count) extreme(options []int, round, sign int) (left []int) {
	for _, o := range options {
		c := 0
		if len(left) > 0 {
			c = sign * s.rounds[round][o].Cmp(s.rounds[round][left[0]])
		}
		switch {
		case c > 0:
			left = []int{o}
		case c == 0:
			left = append(left, o)
		}
	}
	return left
}

func (s *Count) tie(options []int, by string) {
	ids := s.IDs(slices.Sorted(slices.Values(options)))
	s.result.Ties = append(s.result.Ties, count.Tie{Round: len(s.rounds), Options: ids, By: by})
}

// Elect elects an option in this round.
func (s *Count) Elect(option int) {
	s.continuing[option] = false
	s.Elected = append(s.Elected, option)
	s.until[option] = len(s.rounds) - 1
	r := &s.result.Rounds[len(s.result.Rounds)-1]
	r.Elected = append(r.Elected, s.Options[option].ID)
}

// Drop takes an option out at the end of this round. Its ballots go on as they are.
func (s *Count) Drop(option int) {
	s.continuing[option] = false
	s.gone = append(s.gone, option)
	r := &s.result.Rounds[len(s.result.Rounds)-1]
	r.Eliminated = append(r.Eliminated, s.Options[option].ID)
	s.Transfer(option, func(worth int64) int64 { return worth })
	s.Votes[option] = new(big.Int)
	s.decide()
}

// decide deals again the ballots that were undecided.
func (s *Count) decide() {
	if s.undecided == nil || s.undecided.Empty() {
		return
	}
	again := s.undecided
	s.undecided = &pile.Pile{}
	d := s.dealer(s.Unit)
	again.Drain(func(marks []byte, voters int64) bool {
		d.exhausted -= voters
		return d.deal(marks, voters)
	})
	d.end()
}

// Finish makes the result: first come those who were elected, the first one first; then
// those who continue at the end, the one with the most votes first; then those who went
// out, the last one first. Options that compare as equal stand together: only the lot
// parts them.
func (s *Count) Finish() count.Result {
	s.result.Winners = s.IDs(s.Elected)
	stay := s.In()
	slices.SortStableFunc(stay, s.Compare)
	slices.Reverse(s.gone)
	order := slices.Concat(s.Elected, stay, s.gone)
	for i := 0; i < len(order); {
		end := i + 1
		for end < len(order) && s.Compare(order[i], order[end]) == 0 {
			end++
		}
		s.result.Order = append(s.result.Order, s.IDs(slices.Sorted(slices.Values(order[i:end]))))
		i = end
	}
	return s.result
}
