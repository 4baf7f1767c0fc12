package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/queue/redisqueue"
	"popeye/store/sqlite"
	"popeye/vote"
	"popeye/vote/definition"
	"popeye/worker"
)

// evening is a worker between a real store and a real Redis, and a poll replica.
type evening struct {
	t       *testing.T
	db      *sqlite.Store
	redis   *testenv.Redis
	replica *redisqueue.Queue
	event   vote.Event
}

func newEvening(t *testing.T) *evening {
	e := &evening{t: t, redis: testenv.StartRedis(t)}
	var err error
	if e.db, err = sqlite.Open(t.Context(), t.TempDir()+"/popeye.db"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.db.Close() })
	e.replica = e.open("poll")
	p, err := definition.Default("Where to?", []string{"Pizza", "Sushi"})
	if err != nil {
		t.Fatal(err)
	}
	p.Slug = "lunch"
	if _, err := e.db.CreatePoll(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	def := vote.Event{Title: "Evening", Polls: []string{"default", "lunch"}}
	if e.event, err = e.db.CreateEvent(t.Context(), "", def); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *evening) open(user string) *redisqueue.Queue {
	q, err := redisqueue.Open(redisqueue.Config{URL: e.redis.URLOf(user)})
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(q.Close)
	return q
}

// work starts a worker; stop ends it.
func (e *evening) work() (stop func()) {
	q := e.open("worker")
	p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err != nil {
		e.t.Fatal(err)
	}
	consumer := q.NewConsumer("")
	w, err := worker.New(worker.Config{
		Consumers: []queue.Consumer{consumer}, Catalog: q, Meter: q, Store: e.db, Default: p, Log: slog.New(slog.DiscardHandler), Registry: metrics.NewRegistry(),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(e.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			e.t.Error(err)
		}
		_ = consumer.Close(context.Background())
	}
}

// atRedis does something by hand.
func (e *evening) atRedis(command ...string) {
	e.t.Helper()
	out, err := exec.Command("redis-cli", append([]string{"-u", e.redis.URL()}, command...)...).CombinedOutput()
	if err != nil || strings.HasPrefix(string(out), "ERR") {
		e.t.Fatalf("%v: %s", err, out)
	}
}

func (e *evening) show(slug string) {
	e.t.Helper()
	if _, err := e.db.ChangeEvent(e.t.Context(), e.event.Code, func(ev vote.Event) (vote.Event, error) { return ev.Show(slug) }); err != nil {
		e.t.Fatal(err)
	}
}

// shows waits until the replica knows the event with that current poll, as a follower
// does: by news, and now and then in any case.
func (e *evening) shows(slug string) {
	e.t.Helper()
	end := time.Now().Add(patience)
	for {
		news := e.replica.News()
		t, err := e.replica.Code(e.t.Context(), e.event.Code)
		if err == nil && t.Event.Code == e.event.Code && t.Event.Current == slug {
			return
		}
		if time.Now().After(end) {
			e.t.Fatalf("the event is %+v, %v; want %q shown", t, err, slug)
		}
		select {
		case <-news:
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// A step reaches a replica by push, soon.
func TestAStepReachesReplicas(t *testing.T) {
	e := newEvening(t)
	defer e.work()()
	e.shows("")
	var took []time.Duration
	for i := range 40 {
		slug := e.event.Polls[i%2]
		begun := time.Now()
		e.show(slug)
		e.shows(slug)
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	t.Logf("MEASURED from the step to a replica that follows: median %v, longest %v", took[len(took)/2], took[len(took)-1])
}

// The worker may be away while a step is taken, and so may Redis' memory.
func TestAnEventOutlastsMisfortunes(t *testing.T) {
	e := newEvening(t)
	stop := e.work()
	e.show("lunch")
	e.shows("lunch")
	stop()
	e.show("default") // nobody publishes it
	stop = e.work()
	e.shows("default")
	stop()

	// A worker dies after the store changed, and Redis loses everything meanwhile.
	e.show("lunch")
	e.atRedis("FLUSHALL")
	if _, err := e.replica.Code(t.Context(), e.event.Code); err != nil && !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("without a catalog: %v", err)
	}
	stop = e.work()
	e.shows("lunch")
	e.atRedis("FLUSHALL") // under a worker that is there
	e.show("default")
	e.shows("default")
	e.atRedis("HDEL", "popeye:polls", "#"+e.event.Code) // someone deleted a part
	e.shows("default")

	// A deleted event is none, and a poll's code still leads to it.
	if err := e.db.DeleteEvent(t.Context(), e.event.Code); err != nil {
		t.Fatal(err)
	}
	lunch, err := e.db.Poll(t.Context(), "lunch")
	if err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the event is gone, the poll is not", func() error {
		_, gone := e.replica.Code(t.Context(), e.event.Code)
		to, err := e.replica.Code(t.Context(), lunch.Code)
		if !errors.Is(gone, vote.ErrNoCode) || err != nil || to.Poll != "lunch" {
			return fmt.Errorf("the event: %w; the poll: %+v, %w", gone, to, err)
		}
		return nil
	})
	stop()
}
