package result

import (
	"testing"
	"testing/synctest"
	"time"

	"popeye/vote"
)

// However many changes come and however many viewers never read: nobody is held
// up, each has at most one update on its way and one that waits, and that is the
// newest. internal/socketio measures what this takes of the heap.
func TestACrowdOfSlowViewersHoldsUpNobody(t *testing.T) {
	const viewers, changes, every = 200, 10_000, 900 * time.Microsecond // 9 s: longer writes are given up
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		var readers, silent []*watcher
		for range viewers / 2 {
			w, quiet := h.enter(), h.dial()
			w.subscribe("lunch")
			quiet.send(`42["subscribe",{"channel":"lunch"}]`)
			readers, silent = append(readers, w), append(silent, quiet)
		}
		before := s.asked("lunch")
		for range changes {
			s.count("lunch", "a")
			<-time.After(every)
		}
		pass(minPause)
		updates := s.asked("lunch") - before
		if least := int(changes*every/minPause) / 2; updates < least {
			t.Errorf("the poll was read %d times, want a live show of %d or more", updates, least)
		}
		for _, w := range readers {
			if e := w.last("scores"); e != scores(changes, 0, 0) {
				t.Errorf("a reader has %s", e.Body)
			}
		}
		if n := h.station.viewers.Viewers(); n != viewers {
			t.Errorf("%d of %d viewers are connected", n, viewers)
		}
		for _, w := range silent {
			go w.read()
			synctest.Wait()
			got := w.take()
			if n := len(got); n < 2 || n > 6 || got[n-2] != scores(changes, 0, 0) { // welcome, default, then two pairs
				t.Errorf("a silent viewer got %d events, %q", n, got)
			}
		}
	})
}
