package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"popeye/internal/metrics"
	"popeye/queue"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/definition"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a worker between two fakes within a synctest bubble: time stands
// still until everybody waits, so that minutes of retries cost nothing and no
// test depends on how fast the machine is.
type fixture struct {
	t        *testing.T
	script   *script
	queue    *fakeQueue
	store    *fakeStore
	log      *logbook
	registry *metrics.Registry
	worker   *Worker
	stop     context.CancelCauseFunc
	ended    chan error // what Run returned
}

// errStop is why tests end a worker: not context.Canceled, as signals are not.
var errStop = errors.New("a signal to stop")

// withFixture runs a test on a new fixture. Whatever the test leaves running is
// stopped afterwards.
func withFixture(t *testing.T, test func(t *testing.T, b *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t)
		test(t, b)
		if b.ended != nil {
			b.finish()
		}
	})
}

func newFixture(t *testing.T) *fixture {
	s := &script{plan: map[string][]fault{}, away: map[string]error{}}
	db := &fakeStore{
		script: s, t: t, ballots: map[[2]string]store.Entry{}, reports: map[int64]store.Report{},
		told: map[string]bool{}, news: map[chan string]bool{}, deadLetters: map[int64]string{}, slices: map[string]int{},
	}
	q := &fakeQueue{
		script: s, t: t, store: db, wake: make(chan struct{}), leased: map[int64]queue.Batch{},
		acked: map[int64][]queue.Refusal{}, unsettled: map[string]bool{},
	}
	b := &fixture{t: t, script: s, queue: q, store: db, log: &logbook{}}
	b.hire(nil)
	return b
}

// hire puts a new worker on the fixture.
func (b *fixture) hire(prepare func(context.Context) error) {
	b.t.Helper()
	b.registry = metrics.NewRegistry()
	var err error
	b.worker, err = New(Config{
		Consumers: []queue.Consumer{b.queue}, Catalog: b.queue, Meter: b.queue, Memory: b.queue, Store: b.store, Prepare: prepare,
		Default: teaOrCoffee(b.t), Asked: true,
		Log:      slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Registry: b.registry,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// start runs the worker and waits until it has nothing to do.
func (b *fixture) start() {
	ctx, stop := context.WithCancelCause(b.t.Context())
	b.stop, b.ended = stop, make(chan error, 1)
	go func() { b.ended <- b.worker.Run(ctx) }()
	synctest.Wait()
}

// finish tells the worker to stop, and wants a good end.
func (b *fixture) finish() {
	b.t.Helper()
	b.stop(errStop)
	b.wantEnd(nil)
}

func (b *fixture) wantEnd(want error) {
	b.t.Helper()
	if err := <-b.ended; !errors.Is(err, want) {
		b.t.Errorf("Run returned %v, want %v", err, want)
	}
	b.ended = nil
}

// pass lets time pass and everything happen that is due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// teaOrCoffee is the default poll of these tests.
func teaOrCoffee(t *testing.T) vote.Poll {
	p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// poll is a single-choice poll with the options a, b and c.
func poll(slug string, status vote.Status) vote.Poll {
	return vote.Poll{
		Slug: slug, Question: "Where to?", Kind: vote.Single, Status: status,
		Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}},
	}
}

// classic is a vote as the original program pushes it.
func classic(voter, ballot string) string {
	return fmt.Sprintf(`{"voter_id": %q, "vote": %q}`, voter, ballot)
}

// cast is a vote in a poll.
func cast(poll, voter, ballot string) string {
	return fmt.Sprintf(`{"voter_id": %q, "vote": %q, "poll": %q}`, voter, ballot, poll)
}

// logbook is what the worker logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// lines counts the lines that hold all of the words.
func (l *logbook) lines(words ...string) int {
	n := 0
	for line := range strings.Lines(l.String()) {
		ok := true
		for _, w := range words {
			ok = ok && strings.Contains(line, w)
		}
		if ok {
			n++
		}
	}
	return n
}
