package memqueue

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"popeye/queue"
)

// batch is what one Take leased.
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

// Close gives back what is leased: the next Take, of any consumer, hands it out
// again. So a worker that is started anew in this process loses nothing.
func (c *Consumer) Close() {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	for _, b := range c.q.leased {
		if b.holder == c {
			b.holder = nil
		}
	}
	c.q.giveUpAbandoned()
	c.q.wake()
}

// Take waits until there is a batch and leases it.
func (c *Consumer) Take(ctx context.Context) (queue.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return queue.Batch{}, err
		}
		c.q.gather()
		b, changed, err := c.take()
		if b != nil || err != nil {
			return b.leased(), err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// yields is how often a batch lets others run before it is taken.
const yields = 8

// gather lets casts come that are about to, since a commit takes about as long for one
// vote as for hundreds: without it the first of a crowd that was just answered is
// committed alone, while all others wait. It waits for nobody: where nothing else wants
// to run, it returns at once.
func (q *Queue) gather() {
	for range yields {
		if n := q.waiting(); n == 0 || n >= q.cfg.BatchSize {
			return
		}
		runtime.Gosched()
	}
}

// waiting is how many casts wait to be taken.
func (q *Queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pool)
}

// leased is what the caller gets: changes to it are the caller's.
func (b *batch) leased() queue.Batch {
	if b == nil {
		return queue.Batch{}
	}
	leased := b.Batch
	leased.Messages = slices.Clone(b.Messages)
	return leased
}

// take leases what there is now, or returns what to wait for.
func (c *Consumer) take() (*batch, <-chan struct{}, error) {
	q := c.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, nil, errClosed
	}
	for _, b := range q.leased {
		if b.holder == nil {
			b.holder = c
			q.claims++
			return b, nil, nil
		}
	}
	b := q.next()
	if b == nil {
		q.idle++
		return nil, q.changed, nil
	}
	b.holder = c
	q.leased = append(q.leased, b)
	return b, nil, nil
}

// next makes a batch of what is next: what is to be placed anew, once nothing else
// is leased, else the head of the pool. nil if there is nothing. Called with mu held.
func (q *Queue) next() *batch {
	switch n := min(len(q.pool), q.cfg.BatchSize); {
	case len(q.leased) > 0 && (len(q.replaced) > 0 || q.leased[0].ID <= q.lifted):
		return nil // what is leased may have to be placed anew, and come before
	case len(q.replaced) > 0:
		b := q.place(q.replaced[0].entries, q.replaced[0].before)
		q.replaced = slices.Delete(q.replaced, 0, 1)
		return b
	case n > 0:
		b := q.place(slices.Clone(q.pool[:n]), q.moved())
		clear(q.pool[:n]) // so that the array does not keep them alive
		q.pool = q.pool[n:]
		return b
	}
	return nil
}

// place assigns positions. Called with mu held.
func (q *Queue) place(entries []*entry, before int64) *batch {
	b := &batch{entries: entries, before: before}
	b.ID, b.Prev, b.Chained = max(q.position+1, time.Now().UnixMicro()), q.position, true
	q.position = b.ID + int64(len(entries)) - 1
	b.Messages = make([]queue.Message, len(entries))
	for i, e := range entries {
		b.Messages[i] = queue.Message{Position: b.ID + int64(i), Raw: e.raw}
	}
	return b
}

// moved is how many messages ever left the pool. Called with mu held.
func (q *Queue) moved() int64 { return q.accepted - int64(len(q.pool)) }

// Ack ends the lease of b: its casts return, refused ones with ErrRefused and the
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

// Replace has b placed anew, unless that or its Ack was done.
func (c *Consumer) Replace(_ context.Context, b queue.Batch) error {
	q := c.q
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.leased, func(leased *batch) bool { return leased.ID == b.ID })
	if i < 0 {
		return nil
	}
	again := q.leased[i]
	q.leased = slices.Delete(q.leased, i, i+1)
	// By what came before: the ID of one that is placed anew twice is greater.
	at, _ := slices.BinarySearchFunc(q.replaced, again.before, func(r *batch, n int64) int { return cmp.Compare(r.before, n) })
	q.replaced = slices.Insert(q.replaced, at, again)
	if q.closed {
		q.giveUp(again.entries)
		q.replaced = slices.Delete(q.replaced, at, at+1)
	}
	q.wake()
	return nil
}

// forget removes the batch. It returns the batch and the answer for each of its
// entries; nil when it was acknowledged before.
func (q *Queue) forget(id int64, refused []queue.Refusal) (*batch, []error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.leased, func(b *batch) bool { return b.ID == id })
	if i < 0 {
		return nil, nil
	}
	b := q.leased[i]
	q.leased = slices.Delete(q.leased, i, i+1)
	if len(q.replaced) > 0 || q.lifted > 0 {
		q.wake() // the next may have waited for this one
	}
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
	if position > c.q.position && len(c.q.leased) > 0 {
		c.q.lifted = position
	}
	c.q.position = max(c.q.position, position)
	return nil
}
