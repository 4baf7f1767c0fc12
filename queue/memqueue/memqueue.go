// Package memqueue is the queue inside one process. Votes enter at Cast, which
// waits; batches of them leave to the worker; Cast returns when the worker has
// acknowledged the batch that holds the vote.
//
// This is group commit: while the store commits one batch the next one gathers,
// and a voter who reads "recorded" is in the store already. So the queue needs no
// log of its own: a process that dies takes along only votes that nobody was
// told about.
//
// Who ends what, when the process stops: first the HTTP server, which waits for
// its handlers, which wait in Cast, for which the worker goes on; when the last
// handler has returned the queue is empty. Then the worker, then its Consumer,
// then the Queue. Ended in any other order, a Cast that nobody will answer any
// more fails with ErrUnavailable; none waits for ever.
//
//   - memqueue.go: Queue and Cast
//   - once.go: which ids were cast, within bounds
//   - catalog.go: Publish, Published, Poll and Settled; codes.go: codes and news
//   - consumer.go: Take and Ack
//   - meter.go: stats
//   - crowd.go: new voters, as the fronts tell
package memqueue

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/joincode"
)

// Config bounds the queue. The zero value of a field means its default.
type Config struct {
	MaxWaiting int // 10,000: most casts that wait to be taken
	BatchSize  int // 1,000: most messages of a batch
	MaxOnce    int // 500,000: most ids remembered for each OnceWindow, some 60 bytes each

	// Before is how many messages were accepted by earlier processes, as their
	// store counts them: they are among those accepted in the stats.
	Before int64
}

// Queue is a queue in memory. It is safe for concurrent use.
type Queue struct {
	cfg Config

	mu       sync.Mutex
	closed   bool
	version  catalog.Version      // of the published catalog, zero for none
	polls    map[string]vote.Poll // the published catalog
	barriers map[string]int64     // poll -> messages accepted when its gate shut
	codes    map[string]joincode.Target
	news     chan struct{} // closed and replaced when something is published
	once     once
	pool     []*entry        // waiting to be taken, oldest first
	accepted int64           // entries ever appended to the pool
	position int64           // the last one assigned
	leased   []*batch        // leased and not acknowledged, oldest first
	lifted   int64           // the last fence that went over what was leased then
	replaced []*batch        // to be placed anew, oldest first; before the pool
	claims   int64           // batches ever leased again
	fronts   map[string]told // who came, as each front told last
	idle     int             // consumers that wait for changed
	changed  chan struct{}   // closed and replaced when there may be something to take
}

var (
	_ queue.Inbox   = (*Queue)(nil)
	_ queue.Catalog = (*Queue)(nil)
	_ queue.Meter   = (*Queue)(nil)
)

// entry is a vote on its way through the queue.
type entry struct {
	raw  []byte
	at   time.Time // when it was appended
	once bool      // id is remembered
	id   onceID
	err  error         // the answer; written once, before done is closed
	done chan struct{} // closed when the answer is known
}

func (e *entry) answer(err error) {
	e.err = err
	close(e.done)
}

// stored stands for all entries whose answer is nil.
var stored = func() *entry {
	e := &entry{done: make(chan struct{})}
	e.answer(nil)
	return e
}()

var (
	errClosed      = fmt.Errorf("%w: it is closed", queue.ErrUnavailable)
	errFull        = fmt.Errorf("%w: it is full", queue.ErrUnavailable)
	errUnpublished = fmt.Errorf("%w: no polls published yet", queue.ErrUnavailable)
)

// New returns an empty queue.
func New(cfg Config) *Queue {
	def(&cfg.MaxWaiting, 10_000)
	def(&cfg.BatchSize, 1000)
	def(&cfg.MaxOnce, 500_000)
	return &Queue{
		cfg:      cfg,
		barriers: make(map[string]int64),
		news:     make(chan struct{}),
		once:     once{most: cfg.MaxOnce},
		changed:  make(chan struct{}),
	}
}

func def(field *int, value int) {
	if *field <= 0 {
		*field = value
	}
}

// Cast lets a vote in and waits until it is stored. On nil it is; an error that
// wraps ErrRefused says that it will not be. When ctx ends before, the error
// wraps ErrUnavailable, and the vote goes its way.
func (q *Queue) Cast(ctx context.Context, c queue.Cast) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("cast a vote: %w: %w", queue.ErrUnavailable, err)
	}
	raw, err := queue.Encode(c.Vote)
	if err != nil {
		return fmt.Errorf("encode a vote: %w", err)
	}
	e := &entry{raw: raw, once: c.Once, done: make(chan struct{})}
	if c.Once {
		e.id = newOnceID(c.Vote)
	}
	first, err := q.append(c, e)
	if err != nil {
		return err
	}
	if first != e && c.Repeated != nil {
		*c.Repeated = true
	}
	e = first
	select {
	case <-e.done:
		return e.err
	case <-ctx.Done():
		return fmt.Errorf("wait until a vote is stored: %w: %w", queue.ErrUnavailable, ctx.Err())
	}
}

// append looks at the gate and appends e, in one step. It returns the entry
// whose answer is the cast's: for a retry, that of the first time.
func (q *Queue) append(c queue.Cast, e *entry) (*entry, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, errClosed
	}
	if e.once {
		if first, ok := q.once.find(e.id); ok {
			if first.ballot != newBallotSum(c.Vote.Ballot) {
				return nil, queue.ErrIDReused
			}
			return first.entry, nil
		}
	}
	if err := q.gate(c); err != nil {
		return nil, err
	}
	if len(q.pool) >= q.cfg.MaxWaiting {
		return nil, errFull
	}
	e.at = time.Now()
	q.pool = append(q.pool, e)
	q.accepted++
	if e.once {
		q.once.remember(e.id, onceCast{newBallotSum(c.Vote.Ballot), e})
	}
	q.wake()
	return e, nil
}

// gate says why a vote may not enter. Called with mu held.
func (q *Queue) gate(c queue.Cast) error {
	p, ok := q.polls[c.Vote.Poll]
	switch {
	case q.version.Revision == 0:
		return errUnpublished
	case !ok:
		return queue.ErrNoPoll
	case p.Status != vote.Open || over(p):
		return queue.ErrNotOpen
	case p.Revision != c.Revision:
		return queue.ErrChanged
	}
	return nil
}

// over reports whether a poll that closes by itself has come to its end.
func over(p vote.Poll) bool { return !p.ClosesAt.IsZero() && !time.Now().Before(p.ClosesAt) }

// wake lets waiting consumers look again. Called with mu held.
func (q *Queue) wake() {
	if q.idle > 0 {
		close(q.changed)
		q.changed = make(chan struct{})
		q.idle = 0
	}
}

// Close ends the queue: casts fail from now on, and so do those that wait to be
// taken. Those in a batch that is leased wait for its Ack, which may still come.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	q.giveUp(q.pool)
	q.pool = nil
	for _, b := range q.replaced {
		q.giveUp(b.entries)
	}
	q.replaced = nil
	q.giveUpAbandoned()
	q.wake()
}

// giveUp answers casts that nobody will store. Called with mu held.
func (q *Queue) giveUp(entries []*entry) {
	q.accepted -= int64(len(entries)) // they were not, after all
	for _, e := range entries {
		e.answer(errClosed)
	}
}

// giveUpAbandoned gives up, once the queue is closed, the batches that no
// consumer holds. Called with mu held.
func (q *Queue) giveUpAbandoned() {
	if !q.closed {
		return
	}
	q.leased = slices.DeleteFunc(q.leased, func(b *batch) bool {
		if b.holder == nil {
			q.giveUp(b.entries)
		}
		return b.holder == nil
	})
}
