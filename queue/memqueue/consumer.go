package memqueue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"popeye/queue"
)

// batch is what one Take lent.
type batch struct {
	queue.Batch
	entries []*entry  // one for each message
	before  int64     // messages accepted before the first of these
	holder  *Consumer // nil when it was closed
}

// Consumer is a worker's end of the queue.
type Consumer struct {
	q *Queue
}

var _ queue.Consumer = (*Consumer)(nil)

// NewConsumer returns a consumer. Close it.
func (q *Queue) NewConsumer() *Consumer { return &Consumer{q} }

// Close gives back what is lent: the next Take, of any consumer, hands it out
// again. So a worker that is started anew in this process loses nothing.
func (c *Consumer) Close() {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	for _, b := range c.q.held {
		if b.holder == c {
			b.holder = nil
		}
	}
	c.q.giveUpAbandoned()
	c.q.wake()
}

// Take waits until there is a batch and lends it.
func (c *Consumer) Take(ctx context.Context) (queue.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return queue.Batch{}, err
		}
		b, changed, err := c.take()
		if b != nil || err != nil {
			return b.lent(), err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// lent is what the caller gets: changes to it are the caller's.
func (b *batch) lent() queue.Batch {
	if b == nil {
		return queue.Batch{}
	}
	return queue.Batch{ID: b.ID, Messages: slices.Clone(b.Messages)}
}

// take lends what there is now, or returns what to wait for.
func (c *Consumer) take() (*batch, <-chan struct{}, error) {
	q := c.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, nil, errClosed
	}
	for _, b := range q.held {
		if b.holder == nil {
			b.holder = c
			q.claims++
			return b, nil, nil
		}
	}
	if len(q.pool) == 0 {
		q.idle++
		return nil, q.changed, nil
	}
	b := q.next()
	b.holder = c
	q.held = append(q.held, b)
	return b, nil, nil
}

// next moves the head of the pool into a batch. Called with mu held.
func (q *Queue) next() *batch {
	n := min(len(q.pool), q.cfg.BatchSize)
	b := &batch{entries: slices.Clone(q.pool[:n]), before: q.moved()}
	b.ID = max(q.position+1, time.Now().UnixMicro())
	q.position = b.ID + int64(n) - 1
	b.Messages = make([]queue.Message, n)
	for i, e := range b.entries {
		b.Messages[i] = queue.Message{Position: b.ID + int64(i), Raw: e.raw}
	}
	clear(q.pool[:n]) // so that the array does not keep them alive
	q.pool = q.pool[n:]
	return b
}

// moved is how many messages ever left the pool. Called with mu held.
func (q *Queue) moved() int64 { return q.accepted - int64(len(q.pool)) }

// Ack ends the loan of b: its casts return, refused ones with ErrRefused and the
// reason.
func (c *Consumer) Ack(_ context.Context, b queue.Batch, refused []queue.Refusal) error {
	acked, answers := c.q.forget(b.ID, refused)
	if acked == nil {
		return nil
	}
	for i, e := range acked.entries {
		e.answer(answers[i])
	}
	return nil
}

// forget removes the batch. It returns the batch and the answer for each of its
// entries; nil when it was acknowledged before.
func (q *Queue) forget(id int64, refused []queue.Refusal) (*batch, []error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.held, func(b *batch) bool { return b.ID == id })
	if i < 0 {
		return nil, nil
	}
	b := q.held[i]
	q.held = slices.Delete(q.held, i, i+1)
	answers := make([]error, len(b.entries))
	for _, r := range refused {
		if at := r.Position - b.ID; at >= 0 && at < int64(len(answers)) {
			answers[at] = fmt.Errorf("%w: %s", queue.ErrRefused, r.Reason)
		}
	}
	for i, e := range b.entries {
		if e.once && answers[i] == nil {
			q.once.settle(e)
		}
	}
	return b, answers
}

// Fence makes the positions to come greater than the one given.
func (c *Consumer) Fence(_ context.Context, position int64) error {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	c.q.position = max(c.q.position, position)
	return nil
}
