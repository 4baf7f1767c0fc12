package socketio

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestHandshakesAloneTakeNoPlace: what one script opens and leaves is no viewer, is bounded, and is gone soon.
func TestHandshakesAloneTakeNoPlace(t *testing.T) {
	run(t, Config{MaxSockets: 3, MaxPending: 5, PollTimeout: 5 * time.Second}, func(t *testing.T, w *fixture) {
		for range 100 {
			w.open()
		}
		if n := w.srv.Count(); n != 0 {
			t.Errorf("Count: %d after handshakes alone", n)
		}
		if n := w.kept(); n != 5 {
			t.Errorf("%d sessions are kept, want 5", n)
		}
		w.connect()
		w.connectPolling()
		w.open()
		if n := w.srv.Count(); n != 2 {
			t.Errorf("Count: %d, want 2", n)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := w.kept(); n != 1 { // who polled once and never again is gone too
			t.Errorf("%d sessions are kept after the poll timeout, want the one on a websocket", n)
		}
	})
}

// kept returns the number of sessions, arrived or not.
func (w *fixture) kept() int {
	w.srv.mu.Lock()
	defer w.srv.mu.Unlock()
	return len(w.srv.sessions)
}

// TestAnOpenPollIsEnough: who waits for news by polling stays, however long there are none.
func TestAnOpenPollIsEnough(t *testing.T) {
	run(t, Config{PollTimeout: 5 * time.Second}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		time.Sleep(4 * time.Second) // a line that is slow
		answers := w.startPoll(sid)
		time.Sleep(20 * time.Second)
		if n := w.srv.Count(); n != 1 {
			t.Errorf("Count: %d", n)
		}
		w.expect(<-answers, 200, "2")
	})
}

// TestOneAddressPushesOutItsOwn: a newcomer of another address does not suffer.
func TestOneAddressPushesOutItsOwn(t *testing.T) {
	cfg := Config{MaxPendingPerAddress: 3, Source: func(r *http.Request) netip.Prefix {
		p, _ := netip.ParsePrefix(r.Header.Get("From"))
		return p
	}}
	run(t, cfg, func(t *testing.T, w *fixture) {
		open := func(from string) string {
			a, err := w.do(t.Context(), "GET", "EIO=4&transport=polling", "", http.Header{"From": {from}})
			if err != nil {
				t.Fatal(err)
			}
			return w.sid(a.body)
		}
		other := open("192.0.2.1/32")
		first := open("198.51.100.1/32")
		for range 100 {
			open("198.51.100.1/32")
		}
		for source, want := range map[string]int{"192.0.2.1/32": 1, "198.51.100.1/32": 3} {
			if got := w.srv.arrivals.Of(netip.MustParsePrefix(source)); got != want {
				t.Errorf("there are %d newcomers of %s, want %d", got, source, want)
			}
		}
		if n := w.srv.arrivals.Len(); n != 4 {
			t.Errorf("there are %d newcomers, want 4", n)
		}
		w.expect(w.poll(first), 400, `{"code":1,"message":"Session ID unknown"}`)
		w.expect(w.post(other, "40"), 200, "ok")
		if a := w.poll(other); !strings.HasPrefix(a.body, `40{"sid":"`) {
			t.Errorf("connected by %q", a.body)
		}
	})
}

// TestThePlaceIsTakenOnArrival: of two that shook hands for the last place the first one to arrive gets it, and the
// other one is told.
func TestThePlaceIsTakenOnArrival(t *testing.T) {
	run(t, Config{MaxSockets: 1}, func(t *testing.T, w *fixture) {
		late, first := w.open(), w.open()
		w.expect(w.post(first, "40"), 200, "ok")
		w.poll(first)
		w.expect(w.post(late, "40"), 200, "ok")
		w.expect(w.poll(late), 200, "1")
		w.expect(w.request("GET", "EIO=4&transport=polling", ""), 503, `{"code":4,"message":"Service unavailable"}`)
	})
}
