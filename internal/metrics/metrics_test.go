package metrics_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var bounds = []float64{.001, .5, 1000}

// The text is that of the format, to the letter: a scraper reads nothing else.
func TestText(t *testing.T) {
	r := metrics.NewRegistry()
	votes := r.Counters("test_votes_total", "Votes.", "outcome", "recorded", "dead")
	votes["recorded"].Add(3)
	r.Gauge("test_age_seconds", "Age\nof \\ it.").Set(1764e6 + .25)
	r.GaugeFunc("test_room_bytes", "Room.", func() float64 { return math.NaN() }, metrics.Label{Name: "at", Value: `a "b" \ c`})
	took := r.Histogram("test_took_seconds", "Time.", bounds, metrics.Label{Name: "route", Value: "GET /p/{slug}"})
	for _, v := range []float64{0, .5, 1000, 1001} {
		took.Update(v)
	}
	want := `# HELP test_age_seconds Age\nof \\ it.
# TYPE test_age_seconds gauge
test_age_seconds 1.76400000025e+09
# HELP test_room_bytes Room.
# TYPE test_room_bytes gauge
test_room_bytes{at="a \"b\" \\ c"} NaN
# HELP test_took_seconds Time.
# TYPE test_took_seconds histogram
test_took_seconds_bucket{route="GET /p/{slug}",le="0.001"} 1
test_took_seconds_bucket{route="GET /p/{slug}",le="0.5"} 2
test_took_seconds_bucket{route="GET /p/{slug}",le="1000"} 3
test_took_seconds_bucket{route="GET /p/{slug}",le="+Inf"} 4
test_took_seconds_sum{route="GET /p/{slug}"} 2001.5
test_took_seconds_count{route="GET /p/{slug}"} 4
# HELP test_votes_total Votes.
# TYPE test_votes_total counter
test_votes_total{outcome="dead"} 0
test_votes_total{outcome="recorded"} 3
`
	if diff := cmp.Diff(want, metricstest.Text(t, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	families := metricstest.Families(t, want, "test_")
	if got := families["test_took_seconds"]; got.Type != "histogram" || len(got.Labels) != 1 || got.Labels[0] != "route" {
		t.Errorf("the parser reads %+v", got)
	}
	if got := families["test_age_seconds"].Help; got != "Age\nof \\ it." {
		t.Errorf("the parser reads the help %q", got)
	}
}

// Two stations in one process have one family, each with its own values.
func TestOneNameForTwoStations(t *testing.T) {
	r := metrics.NewRegistry()
	for i, station := range []string{"poll", "result"} {
		r.Gauge("test_connections", "Open.", metrics.Label{Name: "station", Value: station}).Set(float64(i + 1))
	}
	r.Build("poll", "1.2.3", "abc")
	want := map[string]float64{"test_connections poll": 1, "test_connections result": 2, "popeye_build_info abc poll 1.2.3": 1}
	if diff := cmp.Diff(want, metricstest.Values(t, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := strings.Count(metricstest.Text(t, r), "# HELP test_connections "); n != 1 {
		t.Errorf("the family begins %d times", n)
	}
	if got := metricstest.Values(t, metrics.NewRegistry()); len(got) > 0 {
		t.Errorf("another registry has %v", got)
	}
}

// What would make a scrape ambiguous is found when the program starts.
func TestAFaultOfTheProgramPanics(t *testing.T) {
	for name, register := range map[string]func(*metrics.Registry){
		"the same figure":   func(r *metrics.Registry) { r.Counter("test_total", "Help.") },
		"another help":      func(r *metrics.Registry) { r.Counter("test_total", "Other.", metrics.Label{Name: "a", Value: "b"}) },
		"another type":      func(r *metrics.Registry) { r.Gauge("test_total", "Help.", metrics.Label{Name: "a", Value: "b"}) },
		"a name of nothing": func(r *metrics.Registry) { r.Counter("test votes", "Help.") },
		"buckets backwards": func(r *metrics.Registry) { r.Histogram("test_seconds", "Help.", []float64{2, 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			r := metrics.NewRegistry()
			r.Counter("test_total", "Help.")
			defer func() {
				if recover() == nil {
					t.Error("it is taken")
				}
			}()
			register(r)
		})
	}
}

// Nothing is lost when many count, register and scrape at once.
func TestConcurrentUse(t *testing.T) {
	const goroutines, each = 8, 500
	r := metrics.NewRegistry()
	votes, took := r.Counter("test_total", "Votes."), r.Histogram("test_seconds", "Time.", bounds)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			own := r.Gauge("test_own", "One for each.", metrics.Label{Name: "g", Value: string(rune('a' + g))})
			for n := range each {
				votes.Inc()
				took.Update(.2)
				own.Set(float64(n))
				if n%100 == 0 {
					if err := r.Write(io.Discard); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	got := metricstest.Values(t, r)
	if got["test_total"] != goroutines*each || got["test_seconds"] != goroutines*each || got["test_own a"] != each-1 {
		t.Errorf("got %v", got)
	}
}

func TestProcess(t *testing.T) {
	var text bytes.Buffer
	metrics.WriteProcess(&text)
	got := metricstest.Parse(t, text.String())
	for _, want := range []string{"go_goroutines", "go_memstats_heap_inuse_bytes", "go_gc_duration_seconds_sum"} {
		if _, ok := got[want]; !ok {
			t.Errorf("%s is missing", want)
		}
	}
	if got["go_goroutines"] < 1 || got["go_memstats_heap_inuse_bytes"] < 1 {
		t.Errorf("%v goroutines with %v bytes", got["go_goroutines"], got["go_memstats_heap_inuse_bytes"])
	}
}

func TestAScraperThatHangsUp(t *testing.T) {
	r := metrics.NewRegistry()
	r.Counter("test_total", "Votes.")
	pipe, w := io.Pipe()
	pipe.Close()
	if err := r.Write(w); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
