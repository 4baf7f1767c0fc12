package count

import (
	"encoding/binary"

	"popeye/vote"
)

// A pile is ballots in little memory, to be read again. For each it takes a byte for
// its voters, a byte for its length and a byte for each mark; more bytes only where
// there are many voters, more than 64 options, equal ranks or points. Ballots that say
// nothing are one sum.
//
// A ballot is: its voters, how many bytes its marks take, the marks. A mark is the
// option's place times two, if its N is one more than that of the mark before it; else
// one more than that, and then the difference of both N. All are varints.
type pile struct {
	chunks [][]byte
	silent int64 // voters whose ballot says nothing
}

// Chunks grow up to largeChunk, so that small piles are small, and a large one is
// never copied.
const smallChunk, largeChunk = 64, 64 << 10

// keep keeps ballots.
func keep(ballots Marked) *pile {
	p := &pile{}
	var buffer []byte
	for marks, voters := range ballots {
		buffer = appendMarks(buffer[:0], marks)
		p.add(buffer, voters)
	}
	return p
}

// add adds a ballot of marks that appendMarks made.
func (p *pile) add(marks []byte, voters int64) {
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

// all returns the ballots.
func (p *pile) all() Marked {
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

// appendMarks packs marks.
func appendMarks(packed []byte, marks []vote.Mark) []byte {
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

// unpack returns the first of packed marks: its option, how much more its N is than
// that of the mark before, and how many bytes it takes.
func unpack(packed []byte) (place, step, length int) {
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
		place, step, n := unpack(packed)
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
