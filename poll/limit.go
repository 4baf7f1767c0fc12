package poll

import (
	"sync"
	"time"
)

const (
	// window is what a voter's votes are counted over.
	window = 10 * time.Second
	// maxTracked bounds the memory of a limiter. Beyond it, newcomers of this
	// window go uncounted: a crowd must not be locked out.
	maxTracked = 200_000
)

// limiter bounds the votes of one voter in a window. A person who changes
// their mind is far below; a stuck program is not.
type limiter struct {
	most int

	mu    sync.Mutex
	count map[string]int // by voter, in the window that ends at until
	until time.Time
}

func newLimiter(most int) *limiter { return &limiter{most: most, count: map[string]int{}} }

// allow counts one vote at now and reports whether it is within the limit.
func (l *limiter) allow(voter string, now time.Time) bool {
	if l.most <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.After(l.until) {
		clear(l.count)
		l.until = now.Add(window)
	}
	n, known := l.count[voter]
	if !known && len(l.count) >= maxTracked {
		return true
	}
	l.count[voter] = n + 1
	return n < l.most
}
