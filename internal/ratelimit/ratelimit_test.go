package ratelimit

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestRatesLimitEachKeyByItself(t *testing.T) {
	r := New[string](2, 10*time.Second, 100)
	for _, step := range []struct {
		key  string
		at   time.Duration
		wait time.Duration
	}{
		{"a", 0, 0},
		{"a", 0, 0},
		{"a", 0, 5 * time.Second},
		{"b", 0, 0},
		{"a", time.Second, 4 * time.Second}, // the refusal has cost nothing
		{"a", 4500 * time.Millisecond, time.Second}, // rounded up
		{"a", 5 * time.Second, 0},
		{"a", 5 * time.Second, 5 * time.Second},
		{"a", 11 * time.Second, 0},
		{"a", 11 * time.Second, 4 * time.Second}, // a new period is no new start
		{"a", time.Hour, 0},
		{"a", time.Hour, 0},
		{"a", time.Hour, 5 * time.Second}, // nothing is saved up
	} {
		if got := r.Allow(step.key, noon.Add(step.at)); got != step.wait {
			t.Errorf("%s after %s has to wait %s, want %s", step.key, step.at, got, step.wait)
		}
	}
}

// What was let through in any time is at most the burst and what that time gives,
// in whatever rhythm somebody tries, and however the keys move between the maps.
func TestRatesForgetNobodyTooEarly(t *testing.T) {
	for pause := 100 * time.Millisecond; pause < 12*time.Second; pause += 300 * time.Millisecond {
		r, n := New[int](3, 10*time.Second, 10), 0
		for at := time.Duration(0); at <= time.Minute; at += pause {
			for range 5 {
				if r.Allow(1, noon.Add(at)) == 0 {
					n++
				}
			}
		}
		if n > 3+18 {
			t.Errorf("every %s: %d in a minute", pause, n)
		}
	}
}

func TestRatesHaveNoLimitIfTheBurstIsZero(t *testing.T) {
	r := New[string](0, time.Second, 10)
	for range 1000 {
		if r.Allow("a", noon) != 0 {
			t.Fatal("refused")
		}
	}
	if len(r.young) > 0 {
		t.Error("keys are remembered without a limit")
	}
}

// A crowd larger than the memory is let in; who is known stays limited, and who
// does nothing is forgotten.
func TestRatesRememberABoundedNumberOfKeys(t *testing.T) {
	const most = 1000
	r := New[string](1, 10*time.Second, most)
	for period := range 5 {
		now := noon.Add(time.Duration(period) * 10 * time.Second)
		for i := range 3 * most {
			if r.Allow(strconv.Itoa(period*most+i), now) != 0 {
				t.Fatalf("period %d: key %d is refused", period, i)
			}
			if n := len(r.young) + len(r.old); n > most {
				t.Fatalf("%d keys", n)
			}
		}
	}
	r = New[string](1, 10*time.Second, most)
	for i := range most {
		r.Allow(strconv.Itoa(i), noon)
	}
	if r.Allow("0", noon) == 0 {
		t.Error("a known key is not limited any more")
	}
	r.Allow("x", noon.Add(time.Minute))
	if n := len(r.young) + len(r.old); n != 1 {
		t.Errorf("%d keys after an idle minute", n)
	}
}

func TestRatesAreSafeForConcurrentUse(t *testing.T) {
	r := New[string](100, 10*time.Second, 10)
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 50 {
				if r.Allow("a", noon) == 0 {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := allowed.Load(); n != 100 {
		t.Errorf("%d were allowed, want 100", n)
	}
}
