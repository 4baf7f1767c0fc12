package worker

import (
	"context"
	"fmt"

	"popeye/store"
)

// DeadLetters is what Replay needs of the store.
type DeadLetters interface {
	store.Polls
	store.DeadLetters
}

// Replay reads a dead letter again, with the polls as they are now, and if it is
// a vote stores it in its old place in the order of votes: a later vote of the
// same voter stands. It returns store.ErrNoDeadLetter if there is none, because it
// was replayed before, for instance, and store.ErrRefused with the reason if it
// still can't be stored; then the letter stays.
func Replay(ctx context.Context, s DeadLetters, position int64) (store.Outcome, error) {
	deadLetter, err := s.DeadLetter(ctx, position)
	if err != nil {
		return 0, err
	}
	catalog, err := s.Catalog(ctx)
	if err != nil {
		return 0, err
	}
	v, err := understand(deadLetter.Raw, newKnown(catalog.Polls))
	if err != nil {
		return 0, fmt.Errorf("%w: %s", store.ErrRefused, reason(err))
	}
	return s.Replay(ctx, store.Entry{Position: position, Vote: v, Raw: deadLetter.Raw})
}
