package socketio

import (
	"slices"
	"testing"
)

// Writers take what came first, share it, and are gone when nothing is left.
func TestWritersShareWhatWaits(t *testing.T) {
	var started int
	w := writers{most: 2, start: func(func()) { started++ }}
	sessions := make([]*session, 3*sliceOfWrites)
	for i := range sessions {
		sessions[i] = &session{}
		w.add(sessions[i])
	}
	if started != 2 || w.busy != 2 {
		t.Fatalf("%d writers were started, %d count, want 2", started, w.busy)
	}
	var taken []*session
	var slice [sliceOfWrites]*session
	var sizes []int
	for {
		n := w.take(&slice)
		if n == 0 {
			break
		}
		sizes = append(sizes, n)
		taken = append(taken, slice[:n]...)
	}
	if !slices.Equal(taken, sessions) {
		t.Errorf("%d sessions were taken in another order, or not all of %d", len(taken), len(sessions))
	}
	if sizes[0] != sliceOfWrites || slices.Max(sizes) > sliceOfWrites || sizes[1] != sliceOfWrites || sizes[2] != sliceOfWrites/2 {
		t.Errorf("slices of %v: none may be longer than %d, nor take what is another's share", sizes, sliceOfWrites)
	}
	w.take(&slice) // the other writer ends
	if w.busy != 0 || len(w.waiting) != 0 || w.first != 0 {
		t.Errorf("%d writers count, %d sessions wait", w.busy, len(w.waiting)-w.first)
	}
	w.add(sessions[0])
	if started != 3 {
		t.Error("no writer was started for what came later")
	}
}
