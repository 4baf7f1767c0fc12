package audience

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"popeye/internal/metrics"
	"popeye/store"
	"popeye/vote"
)

// closedPoll is a store with one poll, which is closed.
type closedPoll struct{ store.Tallies }

func (closedPoll) Snapshot(_ context.Context, _ string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error) {
	p := vote.Poll{Slug: "lunch", Status: vote.Closed}
	count(p, vote.Tally{"a": 1}.All())
	return store.Snapshot{Poll: p}, nil
}

// Strangers who take their files slowly keep other strangers waiting, and the organiser
// never.
func TestSlowStrangersDoNotKeepTheOrganiserWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewReader(closedPoll{}, metrics.NewRegistry())
		done := make(chan struct{})
		for range MaxFiles {
			go func() {
				_ = r.Ballots(t.Context(), "lunch", Anyone, func(vote.Poll, vote.Ballots) error { <-done; return nil })
			}()
		}
		synctest.Wait()
		taken := func(vote.Poll, vote.Ballots) error { return nil }
		if err := r.Ballots(t.Context(), "lunch", Anyone, taken); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("one more gets %v", err)
		}
		if err := r.Ballots(t.Context(), "lunch", Organiser, taken); err != nil {
			t.Errorf("the organiser gets %v", err)
		}
		close(done)
	})
}
