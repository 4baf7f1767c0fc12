package memqueue

import (
	"context"
	"time"

	"popeye/queue"
)

// told is what a voting front told last.
type told struct {
	arrivals queue.Arrivals
	at       time.Time
}

var _ queue.Crowd = (*Queue)(nil)

// Tell implements queue.Crowd.
func (q *Queue) Tell(_ context.Context, front string, a queue.Arrivals) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fronts == nil {
		q.fronts = map[string]told{}
	}
	q.fronts[front] = told{a, time.Now()}
	return nil
}

// Arrivals implements queue.Crowd.
func (q *Queue) Arrivals(context.Context) (sum queue.Arrivals, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for front, t := range q.fronts {
		if time.Since(t.at) > queue.ToldFor {
			delete(q.fronts, front)
			continue
		}
		sum.Add(t.arrivals)
	}
	return sum, nil
}
