package idtable

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is found is what a map would find, whatever follows an id in the text.
func TestIDsAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.StringMatching(`[a-c_-]{1,2}`), rapid.StringMatching(`[ab0]{8,11}`), rapid.StringMatching(`same-beginning[a-c]{1,3}-same-end`))
		ids := rapid.SliceOfNDistinct(id, 1, 40, rapid.ID).Draw(t, "ids")
		want := map[string]int{}
		for i, id := range ids {
			want[id] = i
		}
		table := New(ids)
		for _, text := range append(ids, rapid.SliceOf(rapid.OneOf(id, rapid.StringMatching(`[a-c\x00]{0,2}`))).Draw(t, "others")...) {
			behind := rapid.SampledFrom([]string{"", ">", "=", ",a", "\x00", "é"}).Draw(t, "behind")
			before := rapid.SampledFrom([]string{"", "a>", "x"}).Draw(t, "before")
			end := strings.IndexFunc(text+behind+"\x00", func(r rune) bool { return r > 0x7f || !inID[r] })
			at, known := want[text[:min(end, len(text))]]
			if !known {
				at = -1
			}
			got, last := table.Find(before+text+behind, len(before))
			if got != at || got >= 0 && last != len(before)+end {
				t.Fatalf("%q is found at %d, until %d; want %d, %d", text, got, last, at, len(before)+end)
			}
		}
	})
}

// Two long ids may have the same key.
func TestIDsOfOneKeyAreTold(t *testing.T) {
	ids := []string{"a12345678c", "c12345678b"}
	key := func(id string) (key uint64) {
		for _, c := range []byte(id) {
			key = addToKey(key, c)
		}
		return key
	}
	if key(ids[0]) != key(ids[1]) {
		t.Fatal("these have keys of their own: look for others")
	}
	both := New(ids)
	one := New(ids[:1])
	for i, id := range ids {
		if at, _ := both.Find(id, 0); at != i {
			t.Errorf("%s is found at %d", id, at)
		}
		if at, _ := one.Find(id, 0); at != -i {
			t.Errorf("%s alone: %s is found at %d", ids[0], id, at)
		}
	}
}
