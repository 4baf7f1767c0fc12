package count

import "slices"

// compare says which of two options, by their places, is the better: negative for a.
type compare func(a, b int) int

// ranking makes Order and Winners of options that first puts in order, and of equals
// then, if there is one, which is the rule's own tie-break and has a name. Options that
// are still equal share a place; the lot decides if not all of them get a seat. Ties are
// noted where something had to break them.
func (e Election) ranking(r *Result, first compare, name string, then compare) {
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
	for tied := range groups(order, first) {
		if then != nil && len(tied) > 1 && whole(tied[0], tied[len(tied)-1]) != 0 {
			r.Ties = append(r.Ties, Tie{Options: e.sortedIDs(tied), By: name})
		}
	}
	seats := e.Seats
	for equal := range groups(order, whole) {
		e.share(r, equal, seats)
		seats -= len(equal)
	}
	r.Winners = e.ids(order[:min(e.Seats, len(order))])
}

// share gives equal options a place in the order, and notes a tie for the seats that
// are left.
func (e Election) share(r *Result, equal []int, seats int) {
	ids := e.sortedIDs(equal)
	r.Order = append(r.Order, ids)
	if 0 < seats && seats < len(equal) {
		r.Ties = append(r.Ties, Tie{Options: ids, By: ByLot})
	}
}

// groups yields those that follow one another and are equal.
func groups(order []int, c compare) func(yield func([]int) bool) {
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

// layers makes Order and Winners of a relation without cycles: first come the options
// that none beats, then those that none of the others beats, and so on.
func (e Election) layers(r *Result, beats func(a, b int) bool) {
	left, seats := slices.Clone(e.Lot), e.Seats
	for len(left) > 0 {
		unbeaten := slices.DeleteFunc(slices.Clone(left), func(b int) bool {
			return slices.ContainsFunc(left, func(a int) bool { return beats(a, b) })
		})
		e.share(r, unbeaten, seats)
		r.Winners = append(r.Winners, e.ids(unbeaten[:max(0, min(seats, len(unbeaten)))])...)
		seats -= len(unbeaten)
		left = slices.DeleteFunc(left, func(o int) bool { return slices.Contains(unbeaten, o) })
	}
}

// ids names options by their places.
func (e Election) ids(places []int) []string {
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = e.Options[p].ID
	}
	return ids
}

// sortedIDs names them in the order of options.
func (e Election) sortedIDs(places []int) []string {
	return e.ids(slices.Sorted(slices.Values(places)))
}
