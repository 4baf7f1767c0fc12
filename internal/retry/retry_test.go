package retry

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errAway = errors.New("connection refused")

// logged runs Do in a bubble, and returns its error and the lines of its log.
func logged(t *testing.T, ctx context.Context, step func(context.Context) error) ([]string, error) {
	t.Helper()
	var log bytes.Buffer
	plain := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	err := Do(ctx, slog.New(slog.NewTextHandler(&log, plain)), "reach the store", step)
	return strings.Split(strings.TrimSpace(log.String()), "\n"), err
}

func TestSuccessAtOnceIsNotWorthALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines, err := logged(t, t.Context(), func(context.Context) error { return nil })
		if err != nil || lines[0] != "" {
			t.Errorf("got %v, and the log %q", err, lines)
		}
	})
}

// The first failure is told, then one in a while, then the recovery.
func TestUntilItSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		lines, err := logged(t, t.Context(), func(context.Context) error {
			tries++
			if time.Since(began) < 70*time.Second {
				return errAway
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if tries < 30 || tries > 150 {
			t.Errorf("%d tries in 70 seconds", tries)
		}
		if late := time.Since(began) - 70*time.Second; late > longest*3/2 {
			t.Errorf("noticed %v late", late)
		}
		if len(lines) != 4 {
			t.Fatalf("the log has %d lines:\n%s", len(lines), strings.Join(lines, "\n"))
		}
		if want := `level=WARN msg="cannot reach the store yet: trying again" error="connection refused" for=0s`; lines[0] != want {
			t.Errorf("got  %s\nwant %s", lines[0], want)
		}
		if want := `level=INFO msg="can reach the store again" after=1m1`; !strings.HasPrefix(lines[3], want) {
			t.Errorf("got  %s\nwant %s...", lines[3], want)
		}
	})
}

// Whatever has no server for a night has one in the morning.
func TestDoesNotGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := logged(t, t.Context(), func(context.Context) error {
			if time.Since(began) < 12*time.Hour {
				return errAway
			}
			return nil
		})
		if err != nil {
			t.Errorf("gave up after %v: %v", time.Since(began), err)
		}
	})
}

func TestPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		_, err := logged(t, t.Context(), func(context.Context) error {
			if at = append(at, time.Now()); len(at) < 20 {
				return errAway
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		first, last := at[1].Sub(at[0]), at[19].Sub(at[18])
		if first > firstWait*3/2 || last < longest/2 || last > longest*3/2 {
			t.Errorf("the first pause is %v, the last %v", first, last)
		}
	})
}

// Do returns why the context ended, at once, also in the middle of a pause.
func TestUntilTheContextEnds(t *testing.T) {
	errStop := errors.New("the service stops")
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { stop(errStop) })
		began := time.Now()
		lines, err := logged(t, ctx, func(context.Context) error { return errAway })
		if !errors.Is(err, errStop) {
			t.Errorf("got %v, want %v", err, errStop)
		}
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("returned after %v", waited)
		}
		if strings.Contains(lines[len(lines)-1], "again\" after") {
			t.Errorf("a recovery that was none: %q", lines)
		}
	})
}

// A step that fails because the context ended is no failure to tell.
func TestStepIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		lines, err := logged(t, ctx, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || lines[0] != "" {
			t.Errorf("got %v, and the log %q", err, lines)
		}
	})
}

func TestPermanent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		lines, err := logged(t, t.Context(), func(context.Context) error {
			tries++
			return Permanent(errAway)
		})
		if !errors.Is(err, errAway) || err.Error() != errAway.Error() || tries != 1 || time.Since(began) != 0 || lines[0] != "" {
			t.Errorf("got %v after %d tries in %v, and the log %q", err, tries, time.Since(began), lines)
		}
	})
}

// A night without anything to do is no night of failures: what is logged is how long
// it failed, also when it takes long, after that, until there is something.
func TestTimesAreThoseOfTheFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		steps := []struct {
			takes time.Duration
			err   error
		}{{3 * time.Hour, errAway}, {time.Second, errAway}, {5 * time.Hour, errAway}, {2 * time.Second, errAway}, {7 * time.Hour, nil}}
		lines, err := logged(t, t.Context(), func(context.Context) error {
			step := steps[0]
			steps = steps[1:]
			time.Sleep(step.takes)
			return step.err
		})
		if err != nil || len(lines) != 3 {
			t.Fatalf("%v, and the log %q", err, lines)
		}
		for i, want := range []string{"for=0s", "for=0s", "after=2."} {
			if !strings.Contains(lines[i], want) {
				t.Errorf("want %s in: %s", want, lines[i])
			}
		}
	})
}
