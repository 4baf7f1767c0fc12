package count

import "slices"

// ranking makes Order and Winners of options that compare can put in order: negative if
// a is the better. Options that are equal share a place; if not all of them get a seat
// the lot decides, and the tie is noted.
func (e Election) ranking(r *Result, compare func(a, b int) int) {
	lot := slices.Clone(e.Lot)
	slices.SortStableFunc(lot, compare) // among equals the lot's order stays
	for i := 0; i < len(lot); {
		end := i + 1
		for end < len(lot) && compare(lot[i], lot[end]) == 0 {
			end++
		}
		equal := e.ids(slices.Sorted(slices.Values(lot[i:end])))
		r.Order = append(r.Order, equal)
		if i < e.Seats && end > e.Seats {
			r.Ties = append(r.Ties, Tie{Options: equal, By: ByLot})
		}
		i = end
	}
	r.Winners = e.ids(lot[:min(e.Seats, len(lot))])
}

// ids names options by their places.
func (e Election) ids(places []int) []string {
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = e.Options[p].ID
	}
	return ids
}
