// Package pile keeps ballots in little memory, to be read again. What enters is what each
// ballot says, with its voters; what leaves is the same, as often as a count needs it.
package pile

import (
	"encoding/binary"
	"iter"

	"popeye/vote"
)

// A Pile is ballots. For each it takes a byte for
// its voters, a byte for its length and a byte for each mark; more bytes only where
// there are many voters, more than 64 options, equal ranks or points. Ballots that say
// nothing are one sum.
//
// A ballot is: its voters, how many bytes its marks take, the marks. A mark is the
// option's place times two, if its N is one more than that of the mark before it; else
// one more than that, and then the difference of both N. All are varints.
type Pile struct {
	chunks [][]byte
	silent int64 // voters whose ballot says nothing
}

// Chunks grow up to largeChunk, so that small piles are small, and a large one is
// never copied.
const smallChunk, largeChunk = 64, 64 << 10

// Keep keeps ballots, as count.Marked has them.
func Keep(ballots iter.Seq2[[]vote.Mark, int64]) *Pile {
	p := &Pile{}
	var buffer []byte
	for marks, voters := range ballots {
		buffer = Pack(buffer[:0], marks)
		p.Add(buffer, voters)
	}
	return p
}

// Add adds a ballot of marks that Pack made.
func (p *Pile) Add(marks []byte, voters int64) {
	if len(marks) == 0 {
		p.silent += voters
		return
	}
	last := len(p.chunks) - 1
	most := len(marks) + 2*binary.MaxVarintLen64
	if last < 0 || cap(p.chunks[last])-len(p.chunks[last]) < most {
		last++
		size := min(largeChunk, smallChunk<<min(last, 10))
		p.chunks = append(p.chunks, make([]byte, 0, max(size, most)))
	}
	chunk := binary.AppendUvarint(p.chunks[last], uint64(voters))
	chunk = binary.AppendUvarint(chunk, uint64(len(marks)))
	p.chunks[last] = append(chunk, marks...)
}

// each calls f with the ballots of a chunk, until it returns false.
func each(chunk []byte, f func(marks []byte, voters int64) bool) bool {
	for len(chunk) > 0 {
		voters, n := uvarint(chunk)
		length, m := uvarint(chunk[n:])
		marks := chunk[n+m : n+m+int(length)]
		if !f(marks, int64(voters)) {
			return false
		}
		chunk = chunk[n+m+int(length):]
	}
	return true
}

// Empty reports whether no ballot says anything.
func (p *Pile) Empty() bool { return len(p.chunks) == 0 }

// Drain calls f with each ballot, which the pile forgets, until it returns false. It
// returns how many voters' ballots say nothing.
func (p *Pile) Drain(f func(marks []byte, voters int64) bool) (silent int64) {
	for i, chunk := range p.chunks {
		if !each(chunk, f) {
			break
		}
		p.chunks[i] = nil // what was dealt need not be held twice
	}
	return p.silent
}

// All returns the ballots. What is yielded is good until the next one.
func (p *Pile) All() iter.Seq2[[]vote.Mark, int64] {
	return func(yield func([]vote.Mark, int64) bool) {
		var marks []vote.Mark
		for _, chunk := range p.chunks {
			ok := each(chunk, func(packed []byte, voters int64) bool {
				marks = unpackAll(marks[:0], packed)
				return yield(marks, voters)
			})
			if !ok {
				return
			}
		}
		if p.silent > 0 {
			yield(nil, p.silent)
		}
	}
}

// Pack appends marks to those packed.
func Pack(packed []byte, marks []vote.Mark) []byte {
	before := 0
	for _, m := range marks {
		if step := m.N - before; step == 1 {
			packed = appendUvarint(packed, uint64(m.Place)<<1)
		} else {
			packed = appendUvarint(packed, uint64(m.Place)<<1|1)
			packed = binary.AppendVarint(packed, int64(step))
		}
		before = m.N
	}
	return packed
}

// Unpack returns the first of packed marks: its option, how much more its N is than
// that of the mark before, and how many bytes it takes.
func Unpack(packed []byte) (place, step, length int) {
	v, n := uvarint(packed)
	if v&1 == 0 {
		return int(v >> 1), 1, n
	}
	more, m := binary.Varint(packed[n:])
	return int(v >> 1), int(more), n + m
}

// unpackAll appends all packed marks to marks.
func unpackAll(marks []vote.Mark, packed []byte) []vote.Mark {
	for at := 0; len(packed) > 0; {
		place, step, n := Unpack(packed)
		packed = packed[n:]
		at += step
		marks = append(marks, vote.Mark{Place: place, N: at})
	}
	return marks
}

// uvarint is binary.Uvarint, quick for a single byte.
func uvarint(b []byte) (uint64, int) {
	if b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return binary.Uvarint(b)
}

// appendUvarint is binary.AppendUvarint, quick for a single byte.
func appendUvarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return binary.AppendUvarint(b, v)
}
