// Package idtable finds a poll's options by their ids where these stand in a ballot. What
// enters is the ids in the poll's order, then ballots; what leaves is places in that order.
package idtable

import "math/bits"

// Table finds ids where they stand in a text. It is a hash table with open addressing, at
// most a quarter full, whose hash is made while the end of an id is looked for: a count
// reads millions of ids.
type Table struct {
	ids    []string
	single [256]int32 // by the byte of an id that has one: the place and 1
	slots  []slot     // 2 to the power of 64-shift
	shift  uint
}

type slot struct {
	key   uint64 // of the id
	place int32  // of the id, and 1; 0 where the slot is free
	long  bool   // other ids may have the same key
}

// keyBits is how many bits of a key are a byte's, all of which are ASCII; so ids of up to
// exactIDs bytes have keys of their own.
const keyBits, exactIDs = 7, 64 / keyBits

// New returns the table of ids, each of which is made of lower-case letters, digits, "-"
// and "_".
func New(ids []string) Table {
	size := bits.Len(uint(4 * len(ids)))
	t := Table{ids: ids, slots: make([]slot, 1<<size), shift: uint(64 - size)}
	for i, id := range ids {
		if len(id) == 1 {
			t.single[id[0]] = int32(i) + 1
		}
		key := uint64(0)
		for _, c := range []byte(id) {
			key = addToKey(key, c)
		}
		at := t.first(key)
		for t.slots[at].place > 0 {
			at = t.after(at)
		}
		t.slots[at] = slot{key, int32(i) + 1, len(id) > exactIDs}
	}
	return t
}

// Find returns the place of the id that stands in a text from begin on, and
// where the id ends; -1 if there is none.
func (t *Table) Find(text string, begin int) (place, end int) {
	if end = begin + 1; begin < len(text) && (end == len(text) || !inID[text[end]]) {
		return int(t.single[text[begin]]) - 1, end
	}
	key := uint64(0)
	for end = begin; end < len(text); end++ {
		c := text[end]
		if !inID[c] {
			break
		}
		key = addToKey(key, c)
	}
	for at := t.first(key); ; at = t.after(at) {
		s := &t.slots[at]
		switch {
		case s.place == 0:
			return -1, end
		case s.key != key:
		case !s.long && end-begin <= exactIDs || t.ids[s.place-1] == text[begin:end]:
			return int(s.place) - 1, end
		}
	}
}

func addToKey(key uint64, c byte) uint64 { return bits.RotateLeft64(key, keyBits) ^ uint64(c) }

// first returns where a key is looked for first: at a part of its product with the
// golden ratio, which spreads keys that are alike.
func (t *Table) first(key uint64) int { return int(key * 0x9e3779b97f4a7c15 >> (t.shift & 63)) }

// after returns where it is looked for next.
func (t *Table) after(at int) int { return (at + 1) & (len(t.slots) - 1) }

// inID has the bytes of which ids are.
var inID = func() (in [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789-_") {
		in[c] = true
	}
	return in
}()
