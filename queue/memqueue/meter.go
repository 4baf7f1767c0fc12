package memqueue

import (
	"context"
	"time"

	"popeye/queue"
)

// Stats reads what the queue holds.
func (q *Queue) Stats(context.Context) (queue.Stats, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f := queue.Stats{
		Accepted: q.cfg.Before + q.accepted, Waiting: int64(len(q.pool)),
		Position: q.position, AsOf: time.Now(), Claims: q.claims,
	}
	if len(q.pool) > 0 {
		f.Since = q.pool[0].at
	}
	for _, b := range q.replaced { // left the pool before, and are to leave it again
		f.Waiting += int64(len(b.entries))
	}
	if len(q.replaced) > 0 {
		f.Since = q.replaced[0].entries[0].at
	}
	for _, b := range q.leased {
		f.Leased = append(f.Leased, queue.Lease{ID: b.ID, Messages: int64(len(b.entries))})
	}
	return f, nil
}
