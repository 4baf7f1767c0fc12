package memqueue

import (
	"cmp"
	"context"
	"slices"
	"time"

	"popeye/queue"
)

// deadLetters keeps the latest dead letters by position, and counts all. Owned
// by Queue, under its mutex.
type deadLetters struct {
	most  int
	kept  []queue.Dead
	count int64
}

func (l *deadLetters) keep(d queue.Dead) {
	if d.At.IsZero() {
		d.At = time.Now()
	}
	d.Raw = slices.Clone(d.Raw)
	l.count++
	i, _ := slices.BinarySearchFunc(l.kept, d.Position, byPosition)
	l.kept = slices.Insert(l.kept, i, d)
	if len(l.kept) > l.most {
		l.kept = slices.Delete(l.kept, 0, 1)
	}
}

func byPosition(d queue.Dead, position int64) int { return cmp.Compare(d.Position, position) }

// Figures reads what the queue holds. Dead counts all dead letters, also those
// that are no longer kept.
func (q *Queue) Figures(context.Context) (queue.Figures, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f := queue.Figures{Accepted: q.accepted, Waiting: int64(len(q.pool)), Dead: q.dead.count}
	for _, b := range q.held {
		f.Held = append(f.Held, queue.Held{ID: b.ID, Messages: int64(len(b.entries))})
	}
	return f, nil
}

// DeadLetters reads up to limit dead letters by position.
func (q *Queue) DeadLetters(_ context.Context, after int64, limit int) ([]queue.Dead, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i, _ := slices.BinarySearchFunc(q.dead.kept, after+1, byPosition)
	found := q.dead.kept[i:]
	return slices.Clone(found[:min(max(limit, 0), len(found))]), nil
}
