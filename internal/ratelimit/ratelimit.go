// Package ratelimit limits what each of many keys may do in a time. What enters is a key; what
// leaves is how long it has to wait.
package ratelimit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter limits what each key, such as a voter, may do: so much at once, and as
// much again within every period. What a key has not used for a period is
// forgotten, for by then it may do as much as a new one. Safe for concurrent use.
type Limiter[K comparable] struct {
	burst  int
	period time.Duration
	max    int // keys in both maps together

	mu           sync.Mutex
	young, old   map[K]*rate.Limiter // young has the keys of this period, old the rest of the last one's
	periodEnds   time.Time
	perOperation time.Duration
}

// New returns limits of burst operations a period for each of at most maxKeys
// keys; 0 is no limit. Beyond maxKeys, new keys are let through uncounted: a crowd
// must not be locked out.
func New[K comparable](burst int, period time.Duration, maxKeys int) *Limiter[K] {
	r := &Limiter[K]{burst: burst, period: period, max: maxKeys, young: map[K]*rate.Limiter{}}
	if burst > 0 {
		r.perOperation = period / time.Duration(burst)
	}
	return r
}

// Allow counts one operation of a key and returns 0; or, if that would be too much,
// how many whole seconds the key has to wait for the next, and counts nothing.
func (r *Limiter[K]) Allow(key K, now time.Time) time.Duration { return r.wait(key, now, true) }

// Wait is what Allow would return. It counts nothing.
func (r *Limiter[K]) Wait(key K, now time.Time) time.Duration { return r.wait(key, now, false) }

func (r *Limiter[K]) wait(key K, now time.Time, count bool) time.Duration {
	if r.burst <= 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	limiter := r.limiterOf(key, now)
	if limiter == nil {
		return 0
	}
	taken := limiter.ReserveN(now, 1)
	wait := taken.DelayFrom(now)
	if wait > 0 || !count {
		taken.CancelAt(now)
	}
	return (wait + time.Second - 1).Truncate(time.Second)
}

// limiterOf returns the limiter of a key; nil if there is no place for a new one.
// The caller holds mu.
func (r *Limiter[K]) limiterOf(key K, now time.Time) *rate.Limiter {
	if !now.Before(r.periodEnds) {
		r.old, r.young = r.young, map[K]*rate.Limiter{}
		if !now.Before(r.periodEnds.Add(r.period)) {
			r.old = nil
		}
		r.periodEnds = now.Add(r.period)
	}
	if known := r.young[key]; known != nil {
		return known
	}
	limiter, known := r.old[key]
	if !known {
		if len(r.young)+len(r.old) >= r.max {
			return nil
		}
		limiter = rate.NewLimiter(rate.Every(r.perOperation), r.burst)
	}
	delete(r.old, key)
	r.young[key] = limiter
	return limiter
}
