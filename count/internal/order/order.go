// Package order makes the order of options and the winners of a Result. What enters is how
// two options compare, or which one beats the other; what leaves is written into the
// Result, the ties that something had to break included.
package order

import (
	"slices"

	"popeye/count"
)

// Compare says which of two options, by their places, is the better: negative for a.
type Compare func(a, b int) int

// Rank makes Order and Winners of options that first puts in order, and of equals
// then, if there is one, which is the rule's own tie-break and has a name. Options that
// are still equal share a place; the lot decides if not all of them get a seat. Ties are
// noted where something had to break them.
func Rank(e count.Election, r *count.Result, first Compare, name string, then Compare) {
	whole := first
	if then != nil {
		whole = func(a, b int) int {
			if c := first(a, b); c != 0 {
				return c
			}
			return then(a, b)
		}
	}
	order := slices.Clone(e.Lot)
	slices.SortStableFunc(order, whole) // among equals the lot's order stays
	for tied := range Groups(order, first) {
		if then != nil && len(tied) > 1 && whole(tied[0], tied[len(tied)-1]) != 0 {
			r.Ties = append(r.Ties, count.Tie{Options: e.SortedIDs(tied), By: name})
		}
	}
	seats := e.Seats
	for equal := range Groups(order, whole) {
		share(e, r, equal, seats)
		seats -= len(equal)
	}
	r.Winners = e.IDs(order[:min(e.Seats, len(order))])
}

// share gives equal options a place in the order, and notes a tie for the seats that
// are left.
func share(e count.Election, r *count.Result, equal []int, seats int) {
	ids := e.SortedIDs(equal)
	r.Order = append(r.Order, ids)
	if 0 < seats && seats < len(equal) {
		r.Ties = append(r.Ties, count.Tie{Options: ids, By: count.ByLot})
	}
}

// Groups yields those that follow one another and are equal.
func Groups(order []int, c Compare) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		for i := 0; i < len(order); {
			end := i + 1
			for end < len(order) && c(order[i], order[end]) == 0 {
				end++
			}
			if !yield(order[i:end]) {
				return
			}
			i = end
		}
	}
}

// Layers makes Order and Winners of a relation without cycles: first come the options
// that none beats, then those that none of the others beats, and so on.
func Layers(e count.Election, r *count.Result, beats func(a, b int) bool) {
	left, seats := slices.Clone(e.Lot), e.Seats
	for len(left) > 0 {
		unbeaten := slices.DeleteFunc(slices.Clone(left), func(b int) bool {
			return slices.ContainsFunc(left, func(a int) bool { return beats(a, b) })
		})
		share(e, r, unbeaten, seats)
		r.Winners = append(r.Winners, e.IDs(unbeaten[:max(0, min(seats, len(unbeaten)))])...)
		seats -= len(unbeaten)
		left = slices.DeleteFunc(left, func(o int) bool { return slices.Contains(unbeaten, o) })
	}
}
