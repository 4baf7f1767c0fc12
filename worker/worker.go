package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"popeye/internal/metrics"
	"popeye/internal/retry"
	"popeye/queue"
	"popeye/store"
	"popeye/vote"
)

// drainTimeout bounds how long a worker that was told to stop goes on with the
// batch it holds. What it can't finish, another worker takes over.
const drainTimeout = 10 * time.Second

// Store is what the worker needs of the store.
type Store interface {
	store.Ballots
	store.Ledger
	store.Polls
	store.Remover
	store.Environment
	store.Sizer
	store.Watcher
	// Tally is that of store.Tallies.
	Tally(ctx context.Context, slug string) (vote.Tally, error)
}

// Config is what the worker works with.
type Config struct {
	// Consumers take votes from the queue, and each stores one batch at a time. One is
	// enough for a store that has one writer.
	Consumers []queue.Consumer

	Catalog queue.Catalog
	Meter   queue.Meter
	Memory  queue.MemoryMeter // of the queue's server; nil if it has none
	Guard   queue.Guard       // of the same
	Crowd   queue.Crowd       // new voters, as the voting fronts tell; may be nil
	Store   Store
	// Prepare makes the store fit for use, its schema for instance. It is called
	// until it succeeds, before anything else. May be nil.
	Prepare func(context.Context) error
	// Default is the poll that the environment asks for, or, if Asked is false, the
	// one that is there when nobody asks for anything.
	Default vote.Poll
	Asked   bool

	Tracer   trace.Tracer // makes the spans of votes; nil for none
	Log      *slog.Logger
	Registry *metrics.Registry
}

// Worker moves votes from the queue to the store.
type Worker struct {
	Config
	polls *catalog
	judge *judge
	turn  chan struct{} // held by the consumer whose turn it is to take

	instruments *instruments

	toldMisplaced atomic.Int64 // when it was last said that positions are wrong, nanoseconds since 1970

	// defaultWaits says that the default poll waits for the name of a deleted one.
	// Owned by begin, then by removeDeleted.
	defaultWaits bool

	// Owned by keepHouse.
	recorded   store.Account // the last account that was recorded
	difference int64         // the last one that was logged
}

// New checks the configuration and starts nothing.
func New(c Config) (*Worker, error) {
	if len(c.Consumers) == 0 || c.Catalog == nil || c.Meter == nil || c.Store == nil || c.Log == nil || c.Registry == nil {
		return nil, errors.New("worker: Consumers, Catalog, Meter, Store, Log and Registry are needed")
	}
	if err := c.Default.Validate(); err != nil {
		return nil, err
	}
	polls := newCatalog(c.Store)
	return &Worker{Config: c, polls: polls, judge: &judge{catalog: polls}, turn: make(chan struct{}, 1), instruments: newInstruments(c.Registry, c.Memory)}, nil
}

// Run works until ctx ends, then finishes the batch in hand, within a bound,
// and returns nil. It waits for whatever it needs for as long as it takes; only
// a database that this program is too old for, or a pooler in front of it, makes
// it give up.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.begin(ctx); err != nil {
		return ended(ctx, err)
	}
	w.Log.Info("the worker takes votes")
	g, working := errgroup.WithContext(ctx)
	for _, q := range w.Consumers {
		g.Go(func() error { return w.consume(working, q) })
	}
	g.Go(func() error { return w.project(working) })
	g.Go(func() error { return w.keepHouse(working) })
	g.Go(func() error { return w.removeDeleted(working) })
	return ended(ctx, g.Wait())
}

// begin makes store and queue fit for votes.
func (w *Worker) begin(ctx context.Context) error {
	for _, step := range []step{
		{"prepare the store", w.prepare},
		{"define the default poll", w.defineDefault},
		{"order new votes behind those stored", func(ctx context.Context) error { return w.fence(ctx, w.Consumers[0]) }},
	} {
		if err := retry.Do(ctx, w.Log, step.what, step.do); err != nil {
			return err
		}
	}
	return nil
}

// step is one thing to do until it works.
type step struct {
	what string // completes "cannot ... yet"
	do   func(context.Context) error
}

// PublishOnce makes store and queue fit for votes and publishes the polls, once,
// and moves no vote: for a stack whose votes the classic worker moves. It also
// removes what deleted polls have left: nobody else does there.
func (w *Worker) PublishOnce(ctx context.Context) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	err := retry.Do(ctx, w.Log, "publish polls", func(ctx context.Context) error {
		_, err := w.publish(ctx)
		return err
	})
	for more := true; more && err == nil; {
		more, err = w.removeSome(ctx)
	}
	return err
}

// ended turns the end that ctx asked for into success. Some steps return why
// ctx ended, a signal for instance, others only that it did.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err())) {
		return nil
	}
	return err
}

func (w *Worker) prepare(ctx context.Context) error {
	if w.Prepare == nil {
		return nil
	}
	err := w.Prepare(ctx)
	if errors.Is(err, store.ErrNewerSchema) || errors.Is(err, store.ErrPooler) {
		return retry.Permanent(err)
	}
	return err
}

// fence puts new votes behind everything that is stored, should the queue have
// lost its memory, or come back with an older one, under a clock that was set back.
func (w *Worker) fence(ctx context.Context, q queue.Consumer) error {
	high, err := w.Store.HighWater(ctx)
	if err != nil {
		return err
	}
	return q.Fence(ctx, high)
}
