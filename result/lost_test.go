package result

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/internal/fixture"
	"popeye/vote"
)

// firstSecond is when a bubble's time begins.
const firstSecond = "2000-01-01T00:00:00Z"

func TestAStoreThatIsLostIsToldWithTheTimeOfTheLastGoodCount(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		pass(10*lookAnyway + time.Second) // the last good look is at 30 s
		w.take()
		s.lose(fixture.ErrAway)
		pass(time.Minute)
		w.want(heard{"stale", `{"as_of":"2000-01-01T00:00:30Z","poll":"lunch","stale":true}`})

		s.count("lunch", "a")
		s.lose(nil)
		pass(5 * time.Second)
		got := w.take()
		if len(got) != 3 || got[0] != scores(1, 0, 0) || got[1].Name != "tally" || got[2].Name != "stale" ||
			!strings.Contains(got[2].Body, `"stale":false`) {
			t.Errorf("when the store is back: %q, want the newest figures and stale false", got)
		}
	})
}

func TestAConnectionThatBreaksIsNoticedBeforeTheNextLook(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("default")
		pass(time.Second)
		w.take()
		s.lose(fixture.ErrAway)
		w.want(heard{"stale", `{"as_of":"` + firstSecond + `","poll":"default","stale":true}`})
	})
}

func TestAStoreThatComesBackWithoutNewsIsToldToo(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("default")
		w.take()
		s.lose(fixture.ErrAway)
		pass(time.Minute)
		w.take()
		s.lose(nil)
		pass(5 * time.Second)
		if got := w.take(); len(got) != 1 || !strings.Contains(got[0].Body, `"stale":false`) {
			t.Errorf("got %q, want stale false", got)
		}
	})
}

func TestALossIsToldWithinSecondsEvenWhenTheStoreOnlyHangs(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("default")
		w.take()
		s.onRead(func(ctx context.Context, _ string) { <-ctx.Done() })
		pass(lookAnyway + storeTimeout)
		if got := w.take(); len(got) != 1 || !strings.Contains(got[0].Body, `"stale":true`) {
			t.Errorf("got %q, want stale true", got)
		}
	})
}

func TestWhoJoinsWhileTheStoreIsAwayGetsTheLastCountAndTheWarning(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	s.count("default", "a")
	atStation(t, s, func(t *testing.T, h *shown) {
		h.enter().subscribe("default")
		s.lose(fixture.ErrAway)
		pass(time.Minute)
		w := h.enter()
		w.subscribe("default")
		got := w.take()
		if len(got) != 6 || got[1] != scores(1, 0, 0) || got[4] != (heard{"stale", `{"as_of":"` + firstSecond + `","poll":"default","stale":true}`}) {
			t.Errorf("got %q, want the last figures and then stale", got)
		}
	})
}

// A viewer who joins long after the last change must not think that the
// figures are that old.
func TestWhoJoinsIsToldWhenTheCountWasLastReadNotLastChanged(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		h.enter()
		pass(time.Hour + time.Second)
		w := h.enter()
		w.subscribe("default")
		if e := w.last("tally"); !strings.Contains(e.Body, `"as_of":"2000-01-01T01:00:00Z"`) {
			t.Errorf("an hour after the last change: %s", e.Body)
		}
	})
}

func TestAStoreThatIsAbsentAtStartIsWaitedFor(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	s.lose(fixture.ErrAway)
	atStation(t, s, func(t *testing.T, h *shown) {
		classic, w := h.enter(), h.enter()
		classic.want(welcome)
		w.subscribe("default")
		w.want(welcome, heard{"stale", `{"as_of":null,"poll":"default","stale":true}`}, subscribed("default"))
		pass(5 * time.Minute)
		if n := h.log.Lines("level=WARN", "cannot listen to the store yet"); n < 10 || n > 30 { // two topics
			t.Errorf("5 minutes without the store made %d log lines", n)
		}
		s.lose(nil)
		pass(5 * time.Second)
		classic.want(scores(0, 0, 0))
		got := w.take()
		if len(got) != 3 || got[0] != scores(0, 0, 0) || totalOf(got[1]) != "default 0" || !strings.Contains(got[2].Body, `"stale":false`) {
			t.Errorf("when the store has come: %q", got)
		}
	})
}

func TestADefaultPollThatIsMadeLaterReachesWhoWaits(t *testing.T) {
	s := newFakeStore()
	atStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		pass(time.Minute)
		w.want(welcome)
		s.put(single("default", vote.Open))
		pass(minPause)
		w.want(scores(0, 0, 0))
	})
}

func TestWhoComesBeforeTheStationRunsIsServedLater(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atClosedStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		w.want(welcome)
		w.subscribe("default")
		pass(firstWait)
		w.want(subscribed("default"))
		h.open()
		w.want(scores(0, 0, 0), tally("default", 0))
	})
}

func TestTheHubSurvivesTheEndOfItsConnection(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		pass(10 * time.Hour)
		w.take()
		s.lose(fixture.ErrAway)
		pass(10 * time.Second)
		s.lose(nil)
		pass(5 * time.Second)
		if h.log.Lines("news stopped", fixture.ErrLost.Error()) != 2 || h.log.Lines("can listen to the store again") != 2 || h.log.Lines("10h") != 0 {
			t.Error("the log does not tell that both topics were lost for seconds and came back")
		}
		s.count("default", "a")
		pass(minPause)
		w.want(scores(1, 0, 0)) // long before the next look: news comes through again
	})
}

func TestAStoreThatHangsUpAtOnceIsNotCalledInATightCircle(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		h.enter()
		for range 100 {
			s.breakWatches()
			pass(100 * time.Millisecond)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if most := 2 * (1 + 10*2); s.watches > most {
			t.Errorf("%d calls of Watch within 10 seconds, want at most %d", s.watches, most)
		}
	})
}

func TestClosingViewersEndsThemAndTheirFeeds(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		viewers := []*watcher{h.enter(), h.enter()}
		h.station.CloseViewers()
		synctest.Wait()
		for _, w := range viewers {
			w.mu.Lock()
			if w.ended == nil {
				t.Error("a viewer is still connected")
			}
			w.mu.Unlock()
		}
		if n := h.feeds(); n != 0 {
			t.Errorf("%d feeds", n)
		}
		if resp, _ := h.get("/socket.io/?EIO=4&transport=polling"); resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("a new viewer is answered %s", resp.Status)
		}
	})
}

func TestTheStationStopsWithViewersThere(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		h.enter()
		s.onRead(func(ctx context.Context, _ string) { <-ctx.Done() }) // a read is under way
		pass(lookAnyway)
		began := time.Now()
		h.close()
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
		h.enter().want(welcome, scores(0, 0, 0)) // what was read last
	})
}

func TestASlowStoreIsGivenUpInTimeByEveryRequest(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	s.onRead(func(ctx context.Context, _ string) { <-ctx.Done() })
	atStation(t, s, func(t *testing.T, h *shown) {
		for _, path := range []string{"/", "/p/default/present", "/api/v1/polls/default/results", "/api/v1/polls/default/results.csv"} {
			began := time.Now()
			resp, _ := h.get(path)
			if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "3" || time.Since(began) != storeTimeout {
				t.Errorf("%s: %s, Retry-After %q, after %v", path, resp.Status, resp.Header.Get("Retry-After"), time.Since(began))
			}
		}
	})
}
