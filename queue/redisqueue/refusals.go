package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"popeye/internal/metrics"
)

const (
	// probeEvery is how often it is tried whether Redis still refuses votes.
	probeEvery = time.Second
	// refusedEvery is how often it is said that it does.
	refusedEvery = 30 * time.Second
)

// reasons are how Redis' errors begin that tell why a vote was refused.
var reasons = []string{"OOM", "READONLY", "NOREPLICAS", "MISCONF", "WRONGTYPE", "NOPERM", "NOAUTH", "LOADING", "BUSY", "other"}

// Refusals watches a Redis that answers and takes no vote: it is full, or a replica,
// or a key has the wrong type. It says so in the log and in metrics, with Redis' own
// words, and makes the program unready until votes are taken again. An unready
// program gets no votes, so it finds out by itself, with a vote that nobody sees.
type Refusals struct {
	q        *Queue
	log      *slog.Logger
	counters map[string]*metrics.Counter
	first    chan struct{} // of one element: a refusal after none

	mu    sync.Mutex
	words string // Redis' of the last refusal; "" if a vote was taken since
	since time.Time
	votes int
}

// NewRefusals returns a watcher of all casts from now on, see Run.
func (q *Queue) NewRefusals(log *slog.Logger, r *metrics.Registry) *Refusals {
	w := &Refusals{
		q: q, log: log, first: make(chan struct{}, 1),
		counters: r.Counters("popeye_queue_refusals_total", "Votes that Redis answered with an error, by how that begins.", "reason", reasons...),
	}
	q.refusals.Store(w)
	return w
}

// see takes in how Redis answered a cast: a vote that it took, or its error.
func (w *Refusals) see(answer string, err error) {
	refused, ok := rueidis.IsRedisErr(err)
	switch {
	case w == nil:
	case err == nil && answer == "recorded":
		w.taken()
	case ok && !refused.IsNil():
		w.refused(refused.Error())
	}
}

func (w *Refusals) refused(words string) {
	w.counters[reasonOf(words)].Inc()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.words == "" {
		w.since, w.votes = time.Now(), 0
		select {
		case w.first <- struct{}{}:
		default: // it is looking anyway
		}
	}
	w.words = words
	w.votes++
}

func reasonOf(words string) string {
	begins, _, _ := strings.Cut(words, " ")
	if strings.Contains(words, "The user executing the script can't") {
		begins = "NOPERM" // as Redis calls it outside of scripts
	}
	for _, reason := range reasons {
		if begins == reason {
			return reason
		}
	}
	return "other"
}

func (w *Refusals) taken() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.words == "" {
		return
	}
	w.log.Info("redis takes votes again", "after", time.Since(w.since).Round(time.Millisecond), "refused", w.votes)
	w.words = ""
}

// Ready reports whether Redis takes votes, as far as the last one tells.
func (w *Refusals) Ready(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.words == "" {
		return nil
	}
	return fmt.Errorf("redis refuses votes: %s", w.words)
}

// Run tells of refusals, and tries whether they are over, until ctx ends.
func (w *Refusals) Run(ctx context.Context) error {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	var told time.Time
	for {
		select {
		case <-w.first:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if !w.tell(&told) {
			told = time.Time{}
			continue
		}
		if err := w.q.probe(ctx); err == nil {
			w.taken()
		} else if refused, ok := errors.AsType[*rueidis.RedisError](err); ok {
			w.mu.Lock()
			w.words = refused.Error()
			w.mu.Unlock()
		}
	}
}

// tell says that votes are refused, if they are and it is time.
func (w *Refusals) tell(told *time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.words == "" {
		return false
	}
	if time.Since(*told) >= refusedEvery {
		w.log.Warn("redis answers, and refuses votes: voters read that votes can't be taken now",
			"error", w.words, "for", time.Since(w.since).Round(time.Second), "refused", w.votes)
		*told = time.Now()
	}
	return true
}

// probe tries whether Redis would take a vote, and leaves none.
func (q *Queue) probe(ctx context.Context) error {
	_, err := q.run(ctx, "try to cast a vote", probeScript, []string{keyGate, keyVotes, keyRevision, keyOnce + "probe"}, nil)
	return err
}
