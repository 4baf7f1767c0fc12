package testenv

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// Patience bounds every wait for something that must come. It is no promise
	// about speed: machines are noisy.
	Patience = 45 * time.Second
	// askEvery is the longest pause between two questions.
	askEvery = 50 * time.Millisecond
)

// Eventually asks until the answer is nil, and ends the test if it never is.
func Eventually(t T, what string, ask func() error) {
	t.Helper()
	if err := Until(context.Background(), Patience, what, ask); err != nil {
		t.Fatal(err)
	}
}

// Until asks until the answer is nil. It returns an error that says what was
// waited for when patience is over, at once when the answer is Permanent, and the
// cause when ctx has ended.
func Until(ctx context.Context, patience time.Duration, what string, ask func() error) error {
	return UntilEvery(ctx, askEvery, patience, what, ask)
}

// UntilEvery is Until with a pause of its own between two questions. The first ones are shorter:
// most answers come soon, and a question costs the machine as much as an answer.
func UntilEvery(ctx context.Context, longest, patience time.Duration, what string, ask func() error) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := longest / 8; ; pause = min(2*pause, longest) {
		err := ask()
		if err == nil {
			return nil
		}
		if final := new(permanent); errors.As(err, final) {
			return fmt.Errorf("%s: %w", what, final.error)
		}
		if Sleep(bounded, pause) == nil {
			continue
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w; last: %w", what, context.Cause(ctx), err)
		}
		return fmt.Errorf("%s: not within %s: %w", what, patience, err)
	}
}

// Permanent marks an error that no waiting mends.
func Permanent(err error) error { return permanent{err} }

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Sleep returns after d, or why ctx ended before.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
