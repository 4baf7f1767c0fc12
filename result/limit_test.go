package result

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"popeye/vote"
)

var (
	saysTooMany  = `{"error":{"code":"too_many","message":"This connection follows too many polls."}}`
	saysTooOften = `{"error":{"code":"too_many","message":"This connection asks too often. Wait a few seconds."}}`
)

// polls returns a store with so many, named poll-0 and so on.
func polls(n int) *fakeStore {
	s := newFakeStore(single("default", vote.Open))
	for i := range n {
		s.put(single(fmt.Sprint("poll-", i), vote.Open))
	}
	return s
}

// allAsked counts the reads of every tally.
func (s *fakeStore) allAsked() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, reads := range s.reads {
		n += reads
	}
	return n
}

func TestOneConnectionFollowsSoManyPollsAndNoMore(t *testing.T) {
	s := polls(maxSubscriptions + 1)
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		for i := range maxSubscriptions {
			slug := fmt.Sprint("poll-", i)
			w.subscribe(slug)
			if e := w.last("ack"); e != subscribed(slug) {
				t.Fatalf("the answer to number %d is %s", i, e.Body)
			}
		}
		before := s.allAsked()
		w.subscribe(fmt.Sprint("poll-", maxSubscriptions))
		w.want(heard{"ack", saysTooMany}, heard{"refused", saysTooMany})
		w.send(fmt.Sprintf(`42["subscribe",{"channel":"poll-%d"}]`, maxSubscriptions)) // without an acknowledgement
		w.want(heard{"refused", saysTooMany})
		if n := h.feeds(); n != maxSubscriptions || s.allAsked() != before {
			t.Errorf("there are %d feeds, and refusing cost %d reads", n, s.allAsked()-before)
		}
		last := fmt.Sprint("poll-", maxSubscriptions-1)
		w.subscribe(last) // which it follows already
		if e := w.last("ack"); e != subscribed(last) || s.allAsked() != before {
			t.Errorf("the answer to one more time is %s, after %d reads", e.Body, s.allAsked()-before)
		}
		s.count(last, "b")
		pass(time.Second)
		w.want(scores(0, 1, 0), tally(last, 1))
	})
}

func TestSubscribingTwiceIsSubscribingOnce(t *testing.T) {
	s := newFakeStore(single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		w.subscribe("lunch")
		w.take()
		s.count("lunch", "a")
		pass(time.Second)
		w.want(scores(1, 0, 0), tally("lunch", 1))
		w.leave()
		if n := h.feeds(); n != 0 {
			t.Errorf("%d feeds without a viewer", n)
		}
	})
}

func TestNamesOfNoPollTakeNoPlace(t *testing.T) {
	s := polls(maxSubscriptions)
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		for i := range maxAsks - maxSubscriptions {
			w.subscribe(fmt.Sprint("nowhere-", i))
		}
		for i := range maxSubscriptions {
			w.subscribe(fmt.Sprint("poll-", i))
		}
		if e := w.last("ack"); e != subscribed(fmt.Sprint("poll-", maxSubscriptions-1)) {
			t.Errorf("the last answer is %s", e.Body)
		}
		if n := h.feeds(); n != maxSubscriptions {
			t.Errorf("%d feeds", n)
		}
	})
}

func TestWhoAsksTooOftenIsRefusedWithoutALookAtTheStore(t *testing.T) {
	s := polls(1)
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		for range maxAsks {
			w.subscribe("nowhere")
		}
		if e := w.last("ack"); !strings.Contains(e.Body, "no_poll") {
			t.Errorf("the last answer within the limit is %s", e.Body)
		}
		before := s.allAsked()
		for _, packet := range []string{`421["subscribe",{"channel":"poll-0"}]`, `421["subscribe",{"channel":"?"}]`, `421["subscribe"]`} {
			w.send(packet)
			w.want(heard{"ack", saysTooOften}, heard{"refused", saysTooOften})
		}
		if n := s.allAsked() - before; n != 0 {
			t.Errorf("refusing cost %d reads", n)
		}
		pass(askWindow + time.Second)
		w.take()
		w.subscribe("poll-0")
		w.want(scores(0, 0, 0), tally("poll-0", 0), subscribed("poll-0"))
	})
}

func TestWhoSendsWithoutEndIsDisconnected(t *testing.T) {
	s := polls(0)
	atStation(t, s, func(t *testing.T, h *shown) {
		quiet, w := h.enter(), h.enter()
		for range maxPackets { // CONNECT was one
			_ = w.conn.Write(t.Context(), websocket.MessageText, []byte(`42["anything"]`))
		}
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		var closed websocket.CloseError
		if !errors.As(w.ended, &closed) || closed.Code != websocket.StatusPolicyViolation || closed.Reason != "too many packets" {
			t.Errorf("the connection ended with %v", w.ended)
		}
		s.count("default", "a")
		pass(minPause)
		quiet.want(welcome, scores(0, 0, 0), scores(1, 0, 0))
	})
}
