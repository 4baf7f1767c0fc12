package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
	"popeye/queue"
	"popeye/store"
	"popeye/vote"
)

func TestWhatTheQueueHoldsIsShown(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.queue.stats = queue.Stats{Accepted: 100, Waiting: 7, Leased: []queue.Lease{{ID: 1, Messages: 20}, {ID: 30, Messages: 3}}, Claims: 2}
		b.script.set(errAway, "sum") // the queue can be seen without the store
		b.start()
		pass(measureEvery)
		b.wantMetrics(map[string]float64{
			"popeye_queue_waiting_votes": 7, "popeye_queue_leased_votes": 23, "popeye_queue_claimed_batches": 2,
		})
		b.queue.mu.Lock()
		b.queue.stats = queue.Stats{Accepted: 100}
		b.queue.mu.Unlock()
		pass(measureEvery)
		b.wantMetrics(map[string]float64{"popeye_queue_waiting_votes": 0, "popeye_queue_leased_votes": 0})
	})
}

func TestTheAccountIsShownAndRecorded(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		since := time.Now()
		b.queue.stats = queue.Stats{
			Accepted: 100, Waiting: 7, Position: 30, Since: since,
			Leased: []queue.Lease{{ID: 1, Messages: 20}, {ID: 30, Messages: 3}},
		}
		b.store.sums = store.Sums{Stored: 88, Dead: 2, Applied: []int64{1}}
		b.start()
		pass(measureEvery)
		b.wantMetrics(map[string]float64{
			"popeye_account_messages accepted": 100, "popeye_account_messages stored": 88,
			"popeye_account_messages waiting": 10, "popeye_account_messages dead": 2, "popeye_account_difference": 0,
			"popeye_lag_votes": 10, "popeye_lag_seconds": time.Since(time.UnixMicro(30)).Seconds(),
			"popeye_account_timestamp_seconds": float64(time.Now().UnixMicro()) / 1e6,
		})
		if got := b.script.did("sum", "record"); len(got) != 2 || got[0] != "sum: 30 [1 30]" || got[1] != "record: 100=88+10+2" {
			t.Errorf("the store was told %q", got)
		}
	})
}

func TestMemoryAndDiskSpaceAreShown(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.set(errAway, "stats") // it can be seen without the account
		b.queue.memory, b.store.size = queue.Memory{Used: 30, Limit: 100}, 2000
		b.start()
		pass(measureEvery)
		full := map[string]float64{
			"popeye_store_bytes": 2000, "popeye_queue_memory_bytes": 30, "popeye_queue_memory_limit_bytes": 100,
		}
		b.wantMetrics(full)
		b.script.set(errAway, "size")
		b.queue.setMemory(queue.Memory{Used: 40})
		pass(measureEvery)
		b.wantMetrics(map[string]float64{
			"popeye_store_bytes": 2000, "popeye_queue_memory_bytes": 40, "popeye_queue_memory_limit_bytes": 0,
		})
		if n := b.log.lines("level=WARN"); n > 0 {
			t.Errorf("space that can't be read made %d warnings", n)
		}
	})
}

type fakeGuard struct{ risk atomic.Value }

func (g *fakeGuard) Risk() queue.Risk { return g.risk.Load().(queue.Risk) }

// Result can't reach the queue's server: how it may lose votes is recorded for it,
// at once when it changes.
func TestTheQueuesRiskIsRecorded(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		guard := &fakeGuard{}
		b.worker.Guard = guard
		guard.risk.Store(queue.RiskEviction)
		b.start()
		for _, risk := range []queue.Risk{queue.RiskEviction, queue.RiskLateSync, ""} {
			guard.risk.Store(risk)
			pass(measureEvery)
			if a, _ := b.store.Account(t.Context()); a.QueueRisk != string(risk) || a.AsOf.IsZero() {
				t.Errorf("the risk is %q; recorded is %+v", risk, a)
			}
		}
	})
}

// fakeCrowd tells how many came; below zero it can't.
type fakeCrowd struct{ came atomic.Int64 }

func (c *fakeCrowd) Tell(context.Context, string, queue.Arrivals) error { return nil }

func (c *fakeCrowd) Arrivals(context.Context) (a queue.Arrivals, err error) {
	if c.came.Load() < 0 {
		return a, errors.New("NOPERM")
	}
	a.Add(queue.Arrivals{All: c.came.Load(), Networks: map[string]int64{"x": c.came.Load() / 2, "y": 1}, Followed: map[string]int64{"482913": c.came.Load()}})
	return a, nil
}

// Result can't ask the voting fronts who came: that is recorded for it.
func TestNewVotersAreRecorded(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		crowd := &fakeCrowd{}
		b.worker.Crowd = crowd
		b.start()
		for _, came := range []int64{300, 40, 0} {
			crowd.came.Store(came)
			pass(measureEvery)
			if a, _ := b.store.Account(t.Context()); a.NewVoters != came || a.NewVotersLargest != max(came/2, 1) || a.Crowds.Of("482913") != came || a.AsOf.IsZero() {
				t.Errorf("%d came; recorded is %+v", came, a)
			}
		}
	})
}

// Where nobody can say who came, as with a user of Redis that an upgrade left without
// the right to ask, the account is recorded all the same.
func TestTheAccountIsRecordedWithoutNewVoters(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		crowd := &fakeCrowd{}
		crowd.came.Store(-1)
		b.worker.Crowd = crowd
		b.start()
		pass(measureEvery)
		if a, _ := b.store.Account(t.Context()); a.AsOf.IsZero() || a.NewVoters != 0 {
			t.Errorf("recorded is %+v", a)
		}
	})
}

// A queue in the memory of the process has no server whose memory could be read.
func TestAQueueWithoutAServerShowsNoMemory(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		c := b.worker.Config
		c.Memory, c.Registry = nil, metrics.NewRegistry()
		var err error
		if b.worker, err = New(c); err != nil {
			t.Fatal(err)
		}
		b.registry, b.store.size = c.Registry, 2000
		b.start()
		pass(measureEvery)
		b.wantMetrics(map[string]float64{"popeye_store_bytes": 2000})
		for name := range metricstest.Values(t, b.registry) {
			if strings.HasPrefix(name, "popeye_queue_memory") {
				t.Errorf("there is %s", name)
			}
		}
	})
}

// Whoever reads the record learns from its age that a worker is there; but a
// system at rest should not write all the time.
func TestAnAccountThatStaysTheSameIsRecordedNowAndThen(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		pass(time.Minute + measureEvery/2)
		if n := len(b.script.did("record")); n != 6 {
			t.Errorf("recorded %d times in a minute: %q", n, b.script.did("record"))
		}
		b.queue.mu.Lock()
		b.queue.stats.Accepted, b.queue.stats.Waiting = 1, 1
		b.queue.mu.Unlock()
		pass(measureEvery)
		if got := b.script.did("record"); got[len(got)-1] != "record: 1=0+1+0" {
			t.Errorf("a change is not recorded at once: %q", got)
		}
	})
}

func TestAnAccountThatDoesNotBalanceIsToldOnce(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		b.queue.mu.Lock()
		b.queue.stats.Accepted = 5
		b.queue.mu.Unlock()
		pass(time.Minute)
		if n := b.log.lines("level=ERROR", "does not balance", "missing=5"); n != 1 {
			t.Errorf("%d lines in a minute:\n%s", n, b.log)
		}
		b.wantMetrics(map[string]float64{"popeye_account_difference": 5})
		b.queue.mu.Lock()
		b.queue.stats.Accepted = 0
		b.queue.mu.Unlock()
		pass(measureEvery)
		if n := b.log.lines("balances again"); n != 1 {
			t.Errorf("the log does not say that it balances again:\n%s", b.log)
		}
	})
}

func TestWhatBecameOfVotesIsCounted(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("over", vote.Closed))
		b.queue.push(50, classic("ann", "a"), "rubbish")
		b.queue.push(100, classic("ann", "a"), classic("bob", "a"), "rubbish", cast("over", "ann", "a"))
		b.queue.push(200, classic("ann", "b"))
		b.queue.push(300, classic("cid", "a"))
		w := b.queue.waiting
		b.queue.waiting = []queue.Batch{w[1], w[2], w[0], w[3]}   // an old batch, late
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
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("lunch", vote.Open))
		b.queue.push(100, cast("lunch", "ann", "a"), cast("nowhere", "ann", "a"))
		b.start()
		pass(measureEvery)
		for name := range metricstest.Values(t, b.registry) {
			for _, word := range []string{"lunch", "ann", "nowhere"} {
				if strings.Contains(" "+name+" ", " "+word+" ") {
					t.Errorf("the metric %q names %q", name, word)
				}
			}
		}
	})
}

func TestOnlyBatchesThatAreOverAndOldAreForgotten(t *testing.T) {
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).UnixMicro() }
	for name, c := range map[string]struct {
		high   time.Duration // ago, when the first compaction comes
		leased []time.Duration
		want   time.Duration
	}{
		"nothing is held":           {time.Hour, nil, time.Hour},
		"what is young stays":       {time.Second, nil, keepFor},
		"an old batch is held":      {time.Hour, []time.Duration{3 * time.Hour, 2 * time.Hour}, 3 * time.Hour},
		"only a new batch is held":  {time.Hour, []time.Duration{time.Minute}, time.Hour},
		"the oldest is what counts": {time.Hour, []time.Duration{2 * time.Hour, time.Minute}, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.store.high = ago(c.high - compactEvery)
				for _, h := range c.leased {
					b.queue.stats.Leased = append(b.queue.stats.Leased, queue.Lease{ID: ago(h - compactEvery), Messages: 1})
				}
				b.start()
				pass(compactEvery - time.Second)
				if got := b.script.did("compact"); len(got) > 0 {
					t.Errorf("too soon: %q", got)
				}
				pass(time.Second)
				want := []string{fmt.Sprintf("compact: %d", ago(c.want))}
				if diff := cmp.Diff(want, b.script.did("compact")); diff != "" {
					t.Errorf("forgotten (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestNothingIsForgottenWhenTheQueueCanNotSayWhatItHolds(t *testing.T) {
	for _, step := range []string{"stats", "highwater"} {
		t.Run(step, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
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
		good := newFixture(t).worker.Config
		good.Registry = metrics.NewRegistry()
		for name, spoil := range map[string]func(*Config){
			"no queue": func(c *Config) { c.Consumers = nil }, "no catalog": func(c *Config) { c.Catalog = nil },
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

// wantMetrics compares metrics, named by metric and label.
func (b *fixture) wantMetrics(want map[string]float64) {
	b.t.Helper()
	got := metricstest.Values(b.t, b.registry)
	for name, value := range want {
		if v, ok := got[name]; !ok || v != value {
			b.t.Errorf("%s is %v, want %v", name, v, value)
		}
	}
}
