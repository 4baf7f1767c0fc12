package rules

import (
	"cmp"
	"slices"
	"strconv"

	"popeye/count"
	"popeye/count/internal/order"
	"popeye/count/internal/pile"
	"popeye/vote"
)

// star lets the two options with the most points meet in a runoff, which the one wins
// that more voters gave more points. Who leaves an option out gives it none.
//
// Ties for the runoff are broken by the matches between those who tie: who lost the most
// goes out, again and again; then by who got the highest score most often. A tie in the
// runoff is broken by the points, then by the highest scores. Source: the Equal Vote
// Coalition's official tie-breaking protocol.
var star = Rule{
	Name: "star/1", Message: "rule.star", Meaning: "rule.star.meaning", Kind: vote.Score, OneSeat: true,
	count: func(e count.Election, ballots count.Marked) count.Result {
		s := newStar(e, ballots)
		s.scores()
		s.runoff(s.finalists())
		return s.result
	},
}

type starCount struct {
	count.Election
	ballots *pile.Pile
	voters  int64
	sums    []int64
	highest []int64 // how many voters gave an option the most points there are
	result  count.Result
}

func newStar(e count.Election, ballots count.Marked) *starCount {
	s := &starCount{Election: e, ballots: pile.Keep(ballots), sums: make([]int64, len(e.Options)), highest: make([]int64, len(e.Options))}
	for marks, voters := range s.ballots.All() {
		s.voters += voters
		for _, m := range marks {
			s.sums[m.Place] += int64(m.N) * voters
			if m.N == e.Max {
				s.highest[m.Place] += voters
			}
		}
	}
	return s
}

// scores notes the points of all.
func (s *starCount) scores() {
	s.result.Scores = make(map[string]string, len(s.sums))
	votes := make(map[string]string, len(s.sums))
	for i, o := range s.Options {
		votes[o.ID] = strconv.FormatInt(s.sums[i], 10)
		s.result.Scores[o.ID] = votes[o.ID]
	}
	s.result.Rounds = []count.Round{{Votes: votes, Exhausted: "0"}}
}

// finalists returns the two with the most points; the better first.
func (s *starCount) finalists() []int {
	all := slices.Clone(s.Lot)
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(s.sums[b], s.sums[a]) })
	var in []int
	for tied := range order.Groups(all, func(a, b int) int { return cmp.Compare(s.sums[b], s.sums[a]) }) {
		if places := 2 - len(in); places > 0 {
			in = append(in, s.advance(tied, places)...)
		}
	}
	out := slices.DeleteFunc(slices.Clone(all), func(o int) bool { return slices.Contains(in, o) })
	s.result.Rounds[0].Eliminated = s.IDs(out)
	return in
}

// advance returns which of those who tie get the places.
func (s *starCount) advance(tied []int, places int) []int {
	if len(tied) <= places {
		return tied
	}
	by := count.ByMatches
	better, rest := s.byLosses(tied)
	if len(rest) == 0 {
		by = count.ByHighest
		better, rest = best(tied, s.highest)
	}
	if len(rest) == 0 {
		s.tie(1, tied, count.ByLot)
		return tied[:places] // they are in the lot's order
	}
	s.tie(1, tied, by)
	if len(better) >= places {
		return s.advance(better, places)
	}
	return append(better, s.advance(rest, places-len(better))...)
}

// byLosses parts those who lost the most matches from the others.
func (s *starCount) byLosses(tied []int) (better, rest []int) {
	losses := make([]int64, len(s.Options))
	for i, a := range tied {
		for _, b := range tied[i+1:] {
			forA, forB := s.match(a, b)
			switch cmp.Compare(forA, forB) {
			case 1:
				losses[b]++
			case -1:
				losses[a]++
			}
		}
	}
	most := int64(0)
	for _, o := range tied {
		most = max(most, losses[o])
	}
	for _, o := range tied {
		if losses[o] < most {
			better = append(better, o)
		} else {
			rest = append(rest, o)
		}
	}
	if len(better) == 0 {
		return tied, nil
	}
	return better, rest
}

// best parts those with the greatest number from the others.
func best(tied []int, number []int64) (better, rest []int) {
	most := number[tied[0]]
	for _, o := range tied {
		most = max(most, number[o])
	}
	for _, o := range tied {
		if number[o] == most {
			better = append(better, o)
		} else {
			rest = append(rest, o)
		}
	}
	return better, rest
}

// match returns how many voters gave one of two options more points than the other.
func (s *starCount) match(a, b int) (forA, forB int64) {
	for marks, voters := range s.ballots.All() {
		var ofA, ofB int
		for _, m := range marks {
			switch m.Place {
			case a:
				ofA = m.N
			case b:
				ofB = m.N
			}
		}
		switch cmp.Compare(ofA, ofB) {
		case 1:
			forA += voters
		case -1:
			forB += voters
		}
	}
	return forA, forB
}

// runoff decides between the finalists.
func (s *starCount) runoff(in []int) {
	if len(in) < 2 { // the others have withdrawn
		s.result.Winners, s.result.Order = s.IDs(in), [][]string{s.IDs(in)}
		return
	}
	a, b := in[0], in[1]
	forA, forB := s.match(a, b)
	better, by := cmp.Compare(forB, forA), ""
	for _, step := range []struct {
		by      string
		numbers []int64
	}{{count.ByTotal, s.sums}, {count.ByHighest, s.highest}} {
		if better == 0 {
			better, by = cmp.Compare(step.numbers[b], step.numbers[a]), step.by
		}
	}
	equal := better == 0
	if equal {
		by = count.ByLot
		better = slices.Index(s.Lot, a) - slices.Index(s.Lot, b)
	}
	if by != "" {
		s.tie(2, in, by)
	}
	if better > 0 {
		a, b = b, a
		forA, forB = forB, forA
	}
	s.result.Winners = s.IDs([]int{a})
	s.result.Rounds = append(s.result.Rounds, count.Round{
		Votes: map[string]string{
			s.Options[a].ID: strconv.FormatInt(forA, 10), s.Options[b].ID: strconv.FormatInt(forB, 10),
		},
		Exhausted: strconv.FormatInt(s.voters-forA-forB, 10),
		Elected:   s.result.Winners, Eliminated: s.IDs([]int{b}),
	})
	s.order(a, b, equal)
}

// order puts the finalists first, then the others by their points.
func (s *starCount) order(first, second int, equal bool) {
	if equal {
		s.result.Order = [][]string{s.SortedIDs([]int{first, second})}
	} else {
		s.result.Order = [][]string{s.IDs([]int{first}), s.IDs([]int{second})}
	}
	rest := slices.DeleteFunc(slices.Clone(s.Lot), func(o int) bool { return o == first || o == second })
	points := func(a, b int) int { return cmp.Compare(s.sums[b], s.sums[a]) }
	slices.SortStableFunc(rest, points)
	for tied := range order.Groups(rest, points) {
		s.result.Order = append(s.result.Order, s.SortedIDs(tied))
	}
}

func (s *starCount) tie(round int, tied []int, by string) {
	s.result.Ties = append(s.result.Ties, count.Tie{Round: round, Options: s.SortedIDs(tied), By: by})
}
