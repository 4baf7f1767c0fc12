// Package audience decides what each of those who ask may see of a poll. What enters
// are the tallies of the store, read for all who wait at once (reader.go); what
// leaves is what may be shown (gate.go). Nothing else in station 5 reads a tally.
package audience
