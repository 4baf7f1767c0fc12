package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
)

// script is what the fakes share: it plans what goes wrong at which call, and
// writes down what was done, in order.
type script struct {
	mu    sync.Mutex
	plan  map[string][]fault
	away  map[string]error // steps that fail until further notice
	diary []string
}

// fault is what happens at one call of one step.
type fault struct {
	first func(context.Context) // called before anything else; may wait
	err   error                 // what the caller is told; nil for no failure
	done  bool                  // it happened all the same: the answer was lost
}

var (
	errAway = errors.New("the server does not answer")
	errLost = errors.New("the connection broke while waiting for the answer")
)

// lost is a step that happens, but nobody hears of it.
func lost() fault { return fault{err: errLost, done: true} }

// fails is a step that does not happen.
func fails() fault { return fault{err: errAway} }

// next plans the next calls of a step, one fault for each.
func (s *script) next(step string, faults ...fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan[step] = append(s.plan[step], faults...)
}

// set makes steps fail from now on, or with nil work again.
func (s *script) set(err error, steps ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range steps {
		s.away[step] = err
	}
}

// enter is called at the start of each step.
func (s *script) enter(ctx context.Context, step string) fault {
	f := s.draw(step)
	if f.first != nil {
		f.first(ctx)
	}
	if f.err != nil && !f.done {
		s.write(step + ": failed")
	}
	return f
}

func (s *script) draw(step string) fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.away[step]; err != nil {
		return fault{err: err}
	}
	planned := s.plan[step]
	if len(planned) == 0 {
		return fault{}
	}
	s.plan[step] = planned[1:]
	return planned[0]
}

func (s *script) write(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diary = append(s.diary, line)
}

// forget begins a new page: what was done does not matter any more.
func (s *script) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diary = nil
}

// did returns what was done of the given steps, in order.
func (s *script) did(steps ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, line := range s.diary {
		step, _, _ := strings.Cut(line, ":")
		if slices.Contains(steps, step) {
			lines = append(lines, line)
		}
	}
	return lines
}

// fakeQueue is a strict queue: a worker that breaks the contract fails the
// test, whatever the test is about.
type fakeQueue struct {
	*script
	t     *testing.T
	store *fakeStore

	mu        sync.Mutex
	waiting   []queue.Batch
	wake      chan struct{} // closed and replaced when waiting grows
	leased    map[int64]queue.Batch
	acked     map[int64][]queue.Refusal
	catalog   catalog.State
	replaced  []int64 // batches that were placed anew
	position  int64   // the last one assigned
	unsettled map[string]bool
	stats     queue.Stats
	memory    queue.Memory
}

var (
	_ queue.Consumer    = (*fakeQueue)(nil)
	_ queue.Catalog     = (*fakeQueue)(nil)
	_ queue.Meter       = (*fakeQueue)(nil)
	_ queue.MemoryMeter = (*fakeQueue)(nil)
)

// push lets a batch of raw messages wait; positions count from id.
func (q *fakeQueue) push(id int64, raw ...string) queue.Batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := queue.Batch{ID: id, Prev: q.position, Chained: true}
	for i, r := range raw {
		b.Messages = append(b.Messages, queue.Message{Position: id + int64(i), Raw: []byte(r)})
	}
	q.position = id + int64(len(raw)) - 1
	q.offer(b)
	return b
}

// goBack is the queue coming back with an older memory.
func (q *fakeQueue) goBack(position int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.position = position
}

// offer adds to what Take can lease. Called with mu held.
func (q *fakeQueue) offer(b queue.Batch) {
	q.waiting = append(q.waiting, b)
	close(q.wake)
	q.wake = make(chan struct{})
}

// takeBack makes everything that is leased wait again, as when a worker died.
func (q *fakeQueue) takeBack() {
	q.mu.Lock()
	defer q.mu.Unlock()
	back := make([]queue.Batch, 0, len(q.leased))
	for _, b := range q.leased {
		back = append(back, b)
	}
	slices.SortFunc(back, func(a, b queue.Batch) int { return cmp.Compare(a.ID, b.ID) })
	clear(q.leased)
	q.waiting = append(back, q.waiting...)
}

func (q *fakeQueue) Take(ctx context.Context) (queue.Batch, error) {
	if f := q.enter(ctx, "take"); f.err != nil {
		return queue.Batch{}, f.err
	}
	for {
		b, wake, ok := q.lease()
		if ok {
			q.write(fmt.Sprintf("take: %d", b.ID))
			return b, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return queue.Batch{}, ctx.Err()
		}
	}
}

func (q *fakeQueue) lease() (queue.Batch, <-chan struct{}, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return queue.Batch{}, q.wake, false
	}
	b := q.waiting[0]
	q.waiting = q.waiting[1:]
	q.leased[b.ID] = b
	return b, nil, true
}

func (q *fakeQueue) Ack(ctx context.Context, b queue.Batch, refused []queue.Refusal) error {
	f := q.enter(ctx, "ack")
	if f.err != nil && !f.done {
		return f.err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.write(fmt.Sprintf("ack: %d", b.ID))
	if !q.store.promised(b) {
		q.t.Errorf("batch %d was acknowledged although the store never said that it has it", b.ID)
	}
	_, leased := q.leased[b.ID]
	_, acked := q.acked[b.ID]
	switch {
	case leased && !acked:
		q.acked[b.ID] = slices.Clone(refused)
	case !leased && !acked:
		q.t.Errorf("batch %d was acknowledged, but never leased", b.ID)
	}
	delete(q.leased, b.ID)
	return f.err
}

func (q *fakeQueue) Fence(ctx context.Context, position int64) error {
	f := q.enter(ctx, "fence")
	if f.err == nil || f.done {
		q.write(fmt.Sprintf("fence: %d", position))
		q.mu.Lock()
		defer q.mu.Unlock()
		q.position = max(q.position, position)
	}
	return f.err
}

// Replace places a batch anew at once, before what waits.
func (q *fakeQueue) Replace(ctx context.Context, b queue.Batch) error {
	f := q.enter(ctx, "replace")
	if f.err != nil && !f.done {
		return f.err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.write(fmt.Sprintf("replace: %d", b.ID))
	if q.store.promised(b) {
		q.t.Errorf("batch %d was placed anew although the store said that it has it", b.ID)
	}
	if _, leased := q.leased[b.ID]; !leased {
		return f.err
	}
	delete(q.leased, b.ID)
	q.replaced = append(q.replaced, b.ID)
	again := queue.Batch{ID: q.position + 1, Prev: q.position, Chained: true}
	for i, m := range b.Messages {
		again.Messages = append(again.Messages, queue.Message{Position: again.ID + int64(i), Raw: m.Raw})
	}
	q.position += int64(len(b.Messages))
	q.waiting = append([]queue.Batch{again}, q.waiting...)
	close(q.wake)
	q.wake = make(chan struct{})
	return f.err
}

func (q *fakeQueue) Publish(ctx context.Context, c catalog.Change) error {
	f := q.enter(ctx, "publish")
	if f.err != nil && !f.done {
		return f.err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.Whole() {
		q.write(fmt.Sprintf("publish: %d", c.To.Revision))
	} else {
		q.write(fmt.Sprintf("publish: %d to %d", c.From.Revision, c.To.Revision))
	}
	switch {
	case q.catalog.Revision >= c.To.Revision:
		return f.err
	case c.Whole():
		q.catalog.Polls = nil
	case q.catalog.Version() != c.From || c.From.Mark == "":
		return queue.ErrOtherVersion
	}
	q.catalog.Polls = slices.DeleteFunc(slices.Clone(q.catalog.Polls), func(p vote.Poll) bool {
		return slices.Contains(c.Deleted, p.Slug) || slices.ContainsFunc(c.Polls, func(r vote.Poll) bool { return r.Slug == p.Slug })
	})
	q.catalog.Polls = append(q.catalog.Polls, c.Polls...)
	q.catalog.Revision, q.catalog.Mark = c.To.Revision, c.To.Mark
	return f.err
}

func (q *fakeQueue) Published(ctx context.Context) (catalog.Version, error) {
	if f := q.enter(ctx, "revision"); f.err != nil {
		return catalog.Version{}, f.err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.catalog.Version(), nil
}

func (q *fakeQueue) Settled(ctx context.Context, slug string) (bool, error) {
	if f := q.enter(ctx, "settled"); f.err != nil {
		return false, f.err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	p, ok := find(q.catalog, slug)
	return ok && p.Status != vote.Open && !q.unsettled[slug], nil
}

func (q *fakeQueue) Stats(ctx context.Context) (queue.Stats, error) {
	f := q.enter(ctx, "stats")
	if f.err == nil {
		q.write("stats:")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	stats := q.stats
	stats.Position = max(stats.Position, q.position)
	stats.AsOf = time.Now()
	return stats, f.err
}

func (q *fakeQueue) Memory(ctx context.Context) (queue.Memory, error) {
	f := q.enter(ctx, "memory")
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.memory, f.err
}

func (q *fakeQueue) setMemory(m queue.Memory) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.memory = m
}

// published returns what the voting front sees.
func (q *fakeQueue) published(slug string) (vote.Poll, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return find(q.catalog, slug)
}

// forgetCatalog is the queue losing what was published.
func (q *fakeQueue) forgetCatalog() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.catalog = catalog.State{}
}

// holdBack makes a poll's votes be under way, or with false stored.
func (q *fakeQueue) holdBack(slug string, yes bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unsettled[slug] = yes
}

// refused returns what was refused of a batch as "position reason".
func (q *fakeQueue) refused(id int64) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	refused := []string{}
	for _, d := range q.acked[id] {
		refused = append(refused, fmt.Sprintf("%d %s", d.Position, d.Reason))
	}
	return refused
}

func (q *fakeQueue) isAcked(id int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.acked[id]
	return ok
}

func find(b catalog.State, slug string) (vote.Poll, bool) {
	i := slices.IndexFunc(b.Polls, func(p vote.Poll) bool { return p.Slug == slug })
	if i < 0 {
		return vote.Poll{}, false
	}
	return b.Polls[i], true
}
