package count

import "popeye/vote"

// kept are ballots in little room, to go by more than once: four bytes a mark.
type kept struct {
	marks  []mark
	ends   []int // of each ballot's marks
	voters []int64
}

type mark struct{ place, n uint16 }

// keep keeps ballots.
func keep(ballots Marked) *kept {
	k := &kept{}
	for marks, voters := range ballots {
		for _, m := range marks {
			k.marks = append(k.marks, mark{uint16(m.Place), uint16(m.N)})
		}
		k.ends = append(k.ends, len(k.marks))
		k.voters = append(k.voters, voters)
	}
	return k
}

// total is how many voters they have.
func (k *kept) total() (n int64) {
	for _, voters := range k.voters {
		n += voters
	}
	return n
}

// all returns them.
func (k *kept) all() Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		var marks []vote.Mark
		begin := 0
		for i, end := range k.ends {
			marks = marks[:0]
			for _, m := range k.marks[begin:end] {
				marks = append(marks, vote.Mark{Place: int(m.place), N: int(m.n)})
			}
			if begin = end; !yield(marks, k.voters[i]) {
				return
			}
		}
	}
}
