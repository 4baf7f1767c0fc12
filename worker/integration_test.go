package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/metrics"
	"popeye/queue"
	"popeye/queue/memqueue"
	"popeye/store"
	"popeye/store/sqlite"
	"popeye/store/storetest"
	"popeye/vote"
	"popeye/vote/definition"
	"popeye/worker"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// line is the way of a vote as one process has it: the real queue, a worker,
// the real store.
type line struct {
	t   *testing.T
	ctx context.Context
	q   *memqueue.Queue
	db  *sqlite.Store

	mu        sync.Mutex
	published chan struct{} // closed and replaced by each Publish
}

// catalog tells the line of what is published.
type catalog struct {
	*memqueue.Queue
	l *line
}

func (b catalog) Publish(ctx context.Context, c vote.CatalogChange) error {
	defer func() {
		b.l.mu.Lock()
		defer b.l.mu.Unlock()
		close(b.l.published)
		b.l.published = make(chan struct{})
	}()
	return b.Queue.Publish(ctx, c)
}

func (l *line) nextPublish() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.published
}

func newLine(t *testing.T) *line {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "popeye.db"))
	if err != nil {
		t.Fatal(err)
	}
	q := memqueue.New(memqueue.Config{BatchSize: 50})
	l := &line{t: t, ctx: ctx, q: q, db: db, published: make(chan struct{})}
	t.Cleanup(func() {
		q.Close()
		cancel()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// work runs a worker until the test ends, or until the function returned is
// called.
func (l *line) work() (stop func()) {
	l.t.Helper()
	p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err != nil {
		l.t.Fatal(err)
	}
	consumer := l.q.NewConsumer()
	w, err := worker.New(worker.Config{
		Consumers: []queue.Consumer{consumer}, Catalog: catalog{l.q, l}, Meter: l.q, Store: l.db, Default: p,
		Log: slog.New(slog.DiscardHandler), Registry: metrics.NewRegistry(),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(l.ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			l.t.Errorf("Run: %v", err)
		}
		consumer.Close()
	})
	l.t.Cleanup(stop)
	return stop
}

// until waits for polls to be as wanted, woken by each change to them.
func (l *line) until(what string, ok func() bool) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	err := l.db.Watch(ctx, store.PollsChanged, func(string) {
		if ok() {
			cancel()
		}
	})
	if l.ctx.Err() != nil {
		l.t.Fatalf("waiting until %s: %v", what, err)
	}
}

// cast casts a vote as the voting front does, which reads the poll first. It
// waits until the poll is published.
func (l *line) cast(slug, voter string, ballot vote.Ballot) error {
	for {
		published := l.nextPublish()
		p, err := l.q.Poll(l.ctx, slug)
		if err == nil {
			err = l.q.Cast(l.ctx, queue.Cast{Vote: vote.Vote{Poll: slug, Voter: voter, Ballot: ballot}, Revision: p.Revision})
		}
		switch {
		case errors.Is(err, queue.ErrChanged): // read it again
		case errors.Is(err, queue.ErrNoPoll), errors.Is(err, queue.ErrUnavailable):
			select {
			case <-published:
			case <-l.ctx.Done():
				return err
			}
		default:
			return err
		}
	}
}

func (l *line) mustCast(slug, voter string, ballot vote.Ballot) {
	l.t.Helper()
	if err := l.cast(slug, voter, ballot); err != nil {
		l.t.Fatalf("cast %s in %s: %v", ballot, slug, err)
	}
}

func (l *line) wantTally(slug string, want vote.Tally) {
	l.t.Helper()
	tally, err := l.db.Tally(l.ctx, slug)
	if err != nil {
		l.t.Fatal(err)
	}
	if diff := cmp.Diff(want, tally); diff != "" {
		l.t.Errorf("the tally of %s (-want +got):\n%s", slug, diff)
	}
}

func (l *line) create(d definition.Definition) {
	l.t.Helper()
	p, err := definition.NewPoll(d)
	if err == nil {
		_, err = l.db.CreatePoll(l.ctx, p)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) become(slug string, status vote.Status) {
	l.t.Helper()
	_, err := l.db.ChangePoll(l.ctx, slug, func(p vote.Poll) (vote.Poll, error) {
		p.Status = status
		return p, nil
	})
	if err != nil {
		l.t.Errorf("make %s %s: %v", slug, status, err)
	}
}

func TestAVoteThatIsCastIsInTheTally(t *testing.T) {
	l := newLine(t)
	l.work()
	l.mustCast("default", "ann", "a")
	l.wantTally("default", vote.Tally{"a": 1})
	l.mustCast("default", "bob", "b")
	l.mustCast("default", "ann", "b") // a change of mind
	l.wantTally("default", vote.Tally{"b": 2})
}

func TestTwoPollsDoNotMix(t *testing.T) {
	l := newLine(t)
	l.work()
	labels := []definition.OptionText{{Label: "Pizza"}, {Label: "Sushi"}, {Label: "Salad"}}
	l.create(definition.Definition{Slug: "lunch", Question: "Where to?", Kind: vote.Ranked, Options: labels, Status: vote.Open})
	l.mustCast("lunch", "ann", "b>a")
	l.mustCast("default", "ann", "a")
	l.mustCast("lunch", "bob", "c")
	l.wantTally("default", vote.Tally{"a": 1})
	l.wantTally("lunch", vote.Tally{"b>a": 1, "c": 1})
}

func TestAVoteThatMakesNoSenseIsRefusedWithTheReason(t *testing.T) {
	l := newLine(t)
	l.work()
	err := l.cast("default", "ann", "zzz")
	if !errors.Is(err, queue.ErrRefused) || !strings.Contains(err.Error(), `“zzz” is not an option`) {
		t.Errorf("the answer is %v", err)
	}
	l.wantTally("default", vote.Tally{})
}

func TestVotesOutlastTheirWorker(t *testing.T) {
	l := newLine(t)
	stop := l.work()
	l.mustCast("default", "ann", "a")
	stop()
	answer := make(chan error, 1)
	go func() { answer <- l.cast("default", "bob", "b") }() // nobody is there to take it
	l.work()
	if err := <-answer; err != nil {
		t.Errorf("the vote cast without a worker: %v", err)
	}
	l.wantTally("default", vote.Tally{"a": 1, "b": 1})
}

// P3: closed is said only when every vote that was accepted is stored, and no
// vote is accepted after.
func TestClosingUnderLoad(t *testing.T) {
	l := newLine(t)
	l.work()
	l.work() // two workers share the inbox
	labels := []definition.OptionText{{Label: "Yes"}, {Label: "No"}}
	l.create(definition.Definition{Slug: "show", Question: "Who wins?", Options: labels, Status: vote.Open})

	const casters, enough = 8, 150
	var accepted, late atomic.Int64
	var over atomic.Bool // the store has said "closed"
	var once sync.Once
	var wg sync.WaitGroup
	for caster := range casters {
		wg.Go(func() {
			for n := 0; ; n++ {
				after := over.Load()
				err := l.cast("show", fmt.Sprintf("voter %d-%d", caster, n), "a")
				if errors.Is(err, queue.ErrNotOpen) {
					return
				}
				if err != nil {
					t.Errorf("a cast: %v", err)
					return
				}
				if after {
					late.Add(1)
				}
				if accepted.Add(1) >= enough {
					once.Do(func() { l.become("show", vote.Closing) })
				}
			}
		})
	}
	var final storetest.Counted
	l.until("the poll is closed", func() bool {
		s, err := storetest.ReadCounted(l.ctx, l.db, "show")
		if err == nil && s.Poll.Status == vote.Closed {
			final = s
			over.Store(true)
		}
		return over.Load()
	})
	wg.Wait()
	if n := late.Load(); n > 0 {
		t.Errorf("%d votes were accepted after the poll was closed", n)
	}
	said := final.Count.Options[0].Votes
	if n := accepted.Load(); said != n || n < enough {
		t.Errorf("%d votes were accepted, the count when the poll closed says %d", n, said)
	}
	l.wantTally("show", vote.Tally{"a": said})
}
