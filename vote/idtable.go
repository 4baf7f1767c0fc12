package vote

import "math/bits"

// idTable finds options by their ids where these stand in a text. It is a hash table
// with open addressing, at most a quarter full, whose hash is made while the end of an
// id is looked for: a count reads millions of ids.
type idTable struct {
	options []Option
	single  [256]int32 // by the byte of an id that has one: the place and 1
	slots   []idSlot   // 2 to the power of 64-shift
	shift   uint
}

type idSlot struct {
	key   uint64 // of the id
	place int32  // of the option, and 1; 0 where the slot is free
	long  bool   // other ids may have the same key
}

// idBits is how many bits of a key are a byte's, all of which are ASCII; so ids of up to
// exactIDs bytes have keys of their own.
const idBits, exactIDs = 7, 64 / idBits

func newIDTable(options []Option) idTable {
	size := bits.Len(uint(4 * len(options)))
	t := idTable{options: options, slots: make([]idSlot, 1<<size), shift: uint(64 - size)}
	for i, o := range options {
		if len(o.ID) == 1 {
			t.single[o.ID[0]] = int32(i) + 1
		}
		key := uint64(0)
		for _, c := range []byte(o.ID) {
			key = addToKey(key, c)
		}
		at := t.first(key)
		for t.slots[at].place > 0 {
			at = t.after(at)
		}
		t.slots[at] = idSlot{key, int32(i) + 1, len(o.ID) > exactIDs}
	}
	return t
}

// find returns the place of the option whose id stands in a text from begin on, and
// where the id ends; -1 if there is none.
func (t *idTable) find(text string, begin int) (place, end int) {
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
		case !s.long && end-begin <= exactIDs || t.options[s.place-1].ID == text[begin:end]:
			return int(s.place) - 1, end
		}
	}
}

func addToKey(key uint64, c byte) uint64 { return bits.RotateLeft64(key, idBits) ^ uint64(c) }

// first returns where a key is looked for first: at a part of its product with the
// golden ratio, which spreads keys that are alike.
func (t *idTable) first(key uint64) int { return int(key * 0x9e3779b97f4a7c15 >> (t.shift & 63)) }

// after returns where it is looked for next.
func (t *idTable) after(at int) int { return (at + 1) & (len(t.slots) - 1) }

// inID has the bytes of which ids are.
var inID = func() (in [256]bool) {
	for c := range in {
		in[c] = isOptionID(string([]byte{byte(c)}))
	}
	return in
}()
