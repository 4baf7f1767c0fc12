package result

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/internal/fixture"
	"popeye/internal/metrics/metricstest"
	"popeye/vote"
)

func TestABurstCostsAtMostTwentyReadsASecondAndTheLastFigureArrives(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		var viewers []*watcher
		for range 20 {
			w := h.enter()
			w.subscribe("lunch")
			w.take()
			viewers = append(viewers, w)
		}
		before := s.asked("lunch")
		for range 1000 {
			s.count("lunch", "a")
			pass(2 * time.Millisecond)
		}
		reads := s.asked("lunch") - before
		if reads > 2*20+1 || reads < 10 {
			t.Errorf("1,000 changes within 2 seconds made %d reads, want at most 20 a second and a live show", reads)
		}
		pass(minPause)
		for _, w := range viewers {
			if e := w.last("scores"); e != scores(1000, 0, 0) {
				t.Errorf("the last figures are %s", e.Body)
			}
		}
	})
}

func TestAChangeAtRestIsShownAtOnce(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		pass(time.Second)
		w.take()
		s.count("default", "a")
		w.want(scores(1, 0, 0)) // no time has passed
	})
}

func TestAPollAtRestCostsOneReadInAWhileHoweverManyWatch(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		for range 20 {
			h.enter()
		}
		before := s.asked("default")
		pass(time.Minute)
		if reads := s.asked("default") - before; reads > int(time.Minute/lookAnyway) {
			t.Errorf("%d reads within a quiet minute", reads)
		}
	})
}

func TestAPollThatNobodyWatchesCostsNothing(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		one, other := h.enter(), h.enter()
		one.subscribe("lunch")
		other.subscribe("lunch")
		if n := h.feeds(); n != 1 {
			t.Errorf("%d feeds, want that of lunch only", n)
		}
		one.leave()
		s.count("lunch", "a")
		pass(time.Second)
		if e := other.last("scores"); e != scores(1, 0, 0) {
			t.Errorf("who stayed got %s", e.Body)
		}
		other.leave()
		before := s.asked("lunch") + s.asked("default")
		s.count("lunch", "a")
		pass(time.Minute)
		if n, reads := h.feeds(), s.asked("lunch")+s.asked("default")-before; n != 0 || reads != 0 {
			t.Errorf("after the last viewer left there are %d feeds, and %d reads", n, reads)
		}
	})
}

// Whoever reads slowly gets fewer figures, never old ones, and holds up nobody.
func TestASlowViewerGetsTheNewestCount(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		slow, quick := h.dial(), h.enter()
		for range 100 {
			s.count("default", "a")
			pass(minPause)
		}
		if e := quick.last("scores"); e != scores(100, 0, 0) {
			t.Errorf("the quick viewer got %s", e.Body)
		}
		go slow.read()
		events := slow.take()
		if n := len(events); n > 4 || events[n-1] != scores(100, 0, 0) {
			t.Errorf("the slow viewer got %d events, the last one %v", n, events[n-1])
		}
	})
}

// Whoever comes while a read is under way gets the next one: this one may have
// begun before the change that it came for.
func TestAReadUnderWayIsNoAnswerForWhoComesLater(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(_ *testing.T, h *shown) {
		first := h.enter()
		first.subscribe("lunch")
		release := make(chan struct{})
		s.onRead(func(context.Context, string) { <-release })
		pass(time.Second)
		s.count("lunch", "a") // this is what the slow read has seen
		synctest.Wait()
		s.onRead(nil)
		first.leave()
		s.count("lunch", "a")
		second := h.enter()
		second.take()
		second.subscribe("lunch")
		second.want()
		close(release)
		second.want(scores(2, 0, 0), tally("lunch", 2), subscribed("lunch"))
	})
}

func TestViewersAndReadsAreMeasured(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		h.enter().subscribe("nowhere")
		s.lose(fixture.ErrAway)
		pass(lookAnyway)
		metrics := h.metrics()
		for _, want := range []string{"popeye_result_viewers 2", "popeye_result_reads_total no_poll 1"} {
			if !metrics[want] {
				t.Errorf("no %q among %v", want, metrics)
			}
		}
		if !metrics["popeye_result_reads_total failed 1"] && !metrics["popeye_result_reads_total failed 2"] {
			t.Errorf("failed reads are not counted: %v", metrics)
		}
		w.leave()
		if metrics = h.metrics(); !metrics["popeye_result_viewers 1"] {
			t.Errorf("a viewer who left is counted: %v", metrics)
		}
	})
}

// How old the figures are that viewers get is measured from the news on, also
// when the store could not say at once what is new.
func TestUpdatesAreTimed(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		pass(time.Minute) // nothing new
		timed := func() (count, seconds float64) {
			text := metricstest.Text(t, h.registry)
			_, rest, _ := strings.Cut(text, "popeye_result_update_seconds_sum ")
			if _, err := fmt.Sscan(rest, &seconds); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			return metricstest.Parse(t, text)["popeye_result_update_seconds"], seconds
		}
		before, took := timed()
		s.count("lunch", "a")
		pass(time.Second)
		if n, sum := timed(); n != before+1 || sum-took > minPause.Seconds() {
			t.Errorf("one change makes %v updates, of %v s", n-before, sum-took)
		}
		s.lose(fixture.ErrAway)
		s.count("lunch", "b")
		pass(time.Minute)
		before, took = timed()
		s.lose(nil)
		pass(lookAnyway)
		if n, sum := timed(); n != before+1 || sum-took < 60 {
			t.Errorf("a minute without the store makes %v updates, of %v s", n-before, sum-took)
		}
	})
}

// metrics returns every figure of the station as "name label value".
func (h *shown) metrics() map[string]bool {
	h.t.Helper()
	metrics := map[string]bool{}
	for name, value := range metricstest.Values(h.t, h.registry) {
		metrics[fmt.Sprint(name, " ", value)] = true
	}
	return metrics
}
