// Package pairwise compares each two options of a ranked election. What enters is ballots;
// what leaves is a Matrix, and how strong each victory in it is.
package pairwise

import (
	"cmp"
	"iter"

	"popeye/vote"
)

// Matrix says of each two options how many voters prefer row to column. Options that a
// ballot leaves out are last on it, and equal.
type Matrix [][]int64

// Compare compares n options on ranked ballots, as count.Marked has them.
func Compare(n int, ballots iter.Seq2[[]vote.Mark, int64]) Matrix {
	prefer, cells := zeros(n)
	// A ballot tells about its own options alone: row before column in prefer, as equal
	// in same. Then prefer(a, b) is who ranked a, but for those who put b before or beside.
	ranked, same := make([]int64, n), make([]int64, n*n)
	places := make([]uint32, 0, n)
	for marks, voters := range ballots {
		places = places[:0]
		for _, m := range marks {
			places = append(places, uint32(m.Place))
			ranked[m.Place] += voters
		}
		for i := 0; i < len(marks); {
			end := i + 1 // of those that share the place
			for end < len(marks) && marks[end].N == marks[i].N {
				end++
			}
			for j, a := range places[i:end] {
				row := cells[int(a)*n : int(a)*n+n]
				for _, b := range places[end:] { // the hot loop: hundreds of times a ballot
					row[b] += voters
				}
				for _, b := range places[i+j+1 : end] {
					same[int(a)*n+int(b)] += voters
					same[int(b)*n+int(a)] += voters
				}
			}
			i = end
		}
	}
	for a := range n {
		for b := range a {
			ahead, behind := prefer[a][b], prefer[b][a]
			prefer[a][b], prefer[b][a] = ranked[a]-behind-same[a*n+b], ranked[b]-ahead-same[a*n+b]
		}
	}
	return prefer
}

// zeros returns the matrix before the first ballot, and its cells row by row.
func zeros(n int) (rows Matrix, cells []int64) {
	cells, rows = make([]int64, n*n), make(Matrix, n)
	for i := range rows {
		rows[i] = cells[i*n : (i+1)*n]
	}
	return rows, cells
}

// Strength is that of a victory: more voters for it, then fewer against it.
type Strength struct{ votes, against int64 }

// Compare is positive if s is the stronger.
func (s Strength) Compare(t Strength) int {
	return cmp.Or(cmp.Compare(s.votes, t.votes), cmp.Compare(t.against, s.against))
}

// Victory returns how strongly a beats b; false if it does not.
func (m Matrix) Victory(a, b int) (Strength, bool) {
	return Strength{m[a][b], m[b][a]}, m[a][b] > m[b][a]
}

// Named is the matrix with the names of options.
func (m Matrix) Named(options []vote.Option) map[string]map[string]int64 {
	all := make(map[string]map[string]int64, len(m))
	for a, row := range m {
		named := make(map[string]int64, len(row))
		for b, voters := range row {
			if a != b {
				named[options[b].ID] = voters
			}
		}
		all[options[a].ID] = named
	}
	return all
}
