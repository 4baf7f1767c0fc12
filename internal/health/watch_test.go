package health

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
)

// watchedStore is a store that a watch looks at, in a bubble's time.
type watchedStore struct {
	t        *testing.T
	registry *metrics.Registry

	mu  sync.Mutex
	err error        // what the store answers
	log bytes.Buffer // of the watch
}

func (s *watchedStore) ask(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// answers makes the store answer with err from now on.
func (s *watchedStore) answers(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *watchedStore) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

// watch runs do beside a watch of the store, and ends the watch after it.
func watch(t *testing.T, do func(s *watchedStore)) {
	synctest.Test(t, func(t *testing.T) {
		s := &watchedStore{t: t, registry: metrics.NewRegistry()}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- Watch(ctx, slog.New(slog.NewTextHandler(s, nil)), s.registry,
				Check{Name: "queue", Ask: answers(nil)}, Check{Name: "store", Ask: s.ask},
				Check{Name: "settings", Quiet: true, Ask: func(context.Context) error {
					t.Error("what is quiet was watched")
					return nil
				}})
		}()
		synctest.Wait()
		do(s)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the watch ended with %v", err)
		}
	})
}

// after lets time go by, until the watch has nothing to do.
func (s *watchedStore) after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// lines returns the new lines of the log, without their time.
func (s *watchedStore) lines() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for line := range strings.Lines(s.log.String()) {
		_, rest, _ := strings.Cut(line, " ")
		lines = append(lines, strings.TrimSpace(rest))
	}
	s.log.Reset()
	return strings.Join(lines, "\n")
}

func (s *watchedStore) says(want string) {
	s.t.Helper()
	if got := s.lines(); got != want {
		s.t.Errorf("the log says\n%s\nwant\n%s", got, want)
	}
}

// up returns the metric of a backend.
func (s *watchedStore) up(backend string) float64 {
	s.t.Helper()
	up, ok := metricstest.Values(s.t, s.registry)["popeye_backend_up "+backend]
	if !ok {
		s.t.Fatalf("no metric of %s", backend)
	}
	return up
}

func TestWatchIsSilentWhileAllIsWell(t *testing.T) {
	watch(t, func(s *watchedStore) {
		s.after(time.Hour)
		s.says("")
		if s.up("store") != 1 || s.up("queue") != 1 {
			t.Error("a backend is up, and the metric says it is not")
		}
	})
}

func TestWatchTellsOfLossAndRecovery(t *testing.T) {
	watch(t, func(s *watchedStore) {
		s.answers(errAway)
		s.after(watchEvery)
		s.says(`level=WARN msg="waiting for the store" error="connection refused" away=0s`)
		if s.up("store") != 0 || s.up("queue") != 1 {
			t.Error("the metric does not say who is away")
		}
		s.after(remindEvery - watchEvery)
		s.says("")
		s.after(watchEvery)
		s.says(`level=WARN msg="waiting for the store" error="connection refused" away=30s`)

		s.answers(nil)
		s.after(watchEvery)
		s.says(`level=INFO msg="the store answers again" away=32s`)
		if s.up("store") != 1 {
			t.Error("the store is back, and the metric says it is not")
		}
		s.answers(errAway) // lost anew: told at once, not as a reminder
		s.after(watchEvery)
		s.says(`level=WARN msg="waiting for the store" error="connection refused" away=0s`)
	})
}

// Before the first answer a backend is neither up nor away: 0 would be an alarm.
func TestWatchKnowsNothingBeforeItHasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := metrics.NewRegistry()
		late := Check{Name: "store", Ask: func(context.Context) error { time.Sleep(time.Second); return nil }}
		go func() { _ = Watch(t.Context(), slog.New(slog.DiscardHandler), r, late) }()
		synctest.Wait()
		if up, known := metricstest.Values(t, r)["popeye_backend_up store"]; known {
			t.Errorf("nobody has answered, and the metric says %v", up)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if up := metricstest.Values(t, r)["popeye_backend_up store"]; up != 1 {
			t.Errorf("the store has answered, and the metric says %v", up)
		}
	})
}

// A look that is interrupted by the end of the service is no loss.
func TestWatchEndsInTheMiddleOfALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		hangs := Check{Name: "store", Ask: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		if err := Watch(ctx, slog.New(slog.NewTextHandler(&log, nil)), metrics.NewRegistry(), hangs); err != nil {
			t.Errorf("got %v", err)
		}
		if log.Len() > 0 {
			t.Errorf("the log says %s", &log)
		}
	})
}
