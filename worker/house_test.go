package worker

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"popeye/queue"
	"popeye/vote"
)

func TestWhatTheQueueHoldsIsShown(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.queue.figures = queue.Figures{Accepted: 100, Waiting: 7, Held: []queue.Held{{ID: 1, Messages: 20}, {ID: 30, Messages: 3}}, Dead: 5}
		b.start()
		pass(measureEvery)
		b.wantMetrics(map[string]float64{
			"popeye_queue_waiting_votes": 7, "popeye_queue_held_votes": 23, "popeye_queue_dead_letters": 5,
		})
		b.queue.mu.Lock()
		b.queue.figures = queue.Figures{Accepted: 100}
		b.queue.mu.Unlock()
		pass(measureEvery)
		b.wantMetrics(map[string]float64{
			"popeye_queue_waiting_votes": 0, "popeye_queue_held_votes": 0, "popeye_queue_dead_letters": 0,
		})
	})
}

func TestWhatBecameOfVotesIsCounted(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.store.add(poll("over", vote.Closed))
		b.queue.push(100, classic("ann", "a"), classic("bob", "a"), "rubbish", cast("over", "ann", "a"))
		b.queue.push(200, classic("ann", "b"))
		b.queue.push(50, classic("ann", "a"), "rubbish") // an old batch, late
		b.queue.push(300, classic("cid", "a"))
		b.script.next("apply", fault{}, fault{}, fault{}, lost()) // the last one comes again
		b.start()
		pass(time.Second)
		b.wantMetrics(map[string]float64{
			"popeye_worker_votes_total recorded": 2, "popeye_worker_votes_total changed": 1,
			"popeye_worker_votes_total superseded": 1, "popeye_worker_votes_total refused": 1,
			"popeye_worker_votes_total dead": 2, "popeye_worker_redelivered_batches_total": 1,
			"popeye_worker_batch_votes": 3, "popeye_worker_apply_seconds": 3,
		})
	})
}

func TestNoFigureIsLabelledWithAPollOrAVoter(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.store.add(poll("lunch", vote.Open))
		b.queue.push(100, cast("lunch", "ann", "a"), cast("nowhere", "ann", "a"))
		b.start()
		pass(measureEvery)
		for name := range gathered(t, b.registry) {
			for _, word := range []string{"lunch", "ann", "nowhere"} {
				if strings.Contains(" "+name+" ", " "+word+" ") {
					t.Errorf("the metric %q names %q", name, word)
				}
			}
		}
	})
}

func TestOnlyBatchesThatAreOverAreForgotten(t *testing.T) {
	held := map[string]struct {
		held []queue.Held
		want string
	}{
		"nothing is held":           {nil, "compact: 500"},
		"an old batch is held":      {[]queue.Held{{ID: 200, Messages: 1}, {ID: 400, Messages: 1}}, "compact: 200"},
		"only a new batch is held":  {[]queue.Held{{ID: 501, Messages: 1}}, "compact: 500"},
		"the oldest is what counts": {[]queue.Held{{ID: 300, Messages: 1}, {ID: 700, Messages: 1}}, "compact: 300"},
	}
	for name, c := range held {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.store.high, b.queue.figures.Held = 500, c.held
				b.start()
				pass(compactEvery - measureEvery/2)
				before := len(b.script.did("highwater", "figures", "compact"))
				pass(measureEvery / 2)
				got := b.script.did("highwater", "figures", "compact")[before:]
				// A tick of the figures may come at the same moment, before or after.
				for len(got) > 0 && got[0] == "figures:" {
					got = got[1:]
				}
				if len(got) < 3 || !cmp.Equal(got[:2], []string{"highwater:", "figures:"}) || got[2] != c.want {
					t.Errorf("the steps were %q, want the store asked first, and then %s", got, c.want)
				}
			})
		})
	}
}

func TestNothingIsForgottenWhenTheQueueCanNotSayWhatItHolds(t *testing.T) {
	for _, step := range []string{"figures", "highwater"} {
		t.Run(step, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.store.high = 500
				b.start()
				b.script.set(errAway, step)
				pass(5 * compactEvery)
				if got := b.script.did("compact"); len(got) > 0 {
					t.Errorf("forgotten: %q", got)
				}
				if n := b.log.lines("level=WARN"); n > 0 {
					t.Errorf("housekeeping that has to wait made %d warnings", n)
				}
				b.script.set(nil, step)
				pass(compactEvery)
				if got := b.script.did("compact"); len(got) == 0 {
					t.Error("housekeeping did not go on")
				}
			})
		})
	}
}

func TestAWorkerNeedsAllItsParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := newBench(t).worker.Config
		good.Registry = prometheus.NewRegistry()
		for name, spoil := range map[string]func(*Config){
			"no queue": func(c *Config) { c.Queue = nil }, "no board": func(c *Config) { c.Board = nil },
			"no meter": func(c *Config) { c.Meter = nil }, "no store": func(c *Config) { c.Store = nil },
			"no log": func(c *Config) { c.Log = nil }, "no registry": func(c *Config) { c.Registry = nil },
			"no default poll": func(c *Config) { c.Default = vote.Poll{} },
		} {
			c := good
			spoil(&c)
			if _, err := New(c); err == nil {
				t.Errorf("%s: New is content", name)
			}
		}
		if _, err := New(good); err != nil {
			t.Errorf("nothing is missing, but: %v", err)
		}
	})
}

// wantMetrics compares figures, named by metric and label.
func (b *bench) wantMetrics(want map[string]float64) {
	b.t.Helper()
	got := gathered(b.t, b.registry)
	for name, value := range want {
		if v, ok := got[name]; !ok || v != value {
			b.t.Errorf("%s is %v, want %v", name, v, value)
		}
	}
}

// gathered returns every figure by "name label ...", of histograms the count.
func gathered(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			figures[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return figures
}
