package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"popeye/queue"
	"popeye/store"
)

// Account says where every message is that the queue ever accepted, exactly,
// while votes come in and batches are on their way.
//
// No clock and no lock spans queue and store, so the two can't be read at one
// moment. The moment is the queue's; the store is asked afterwards about that
// moment:
//
//   - One step reads from the queue what was accepted, what waits in the inbox,
//     which batches are leased, and the last position assigned, P.
//   - A batch that had left the inbox by then has an ID of at most P, and every
//     later one a greater ID. So the store counts batches up to P, whatever it
//     has stored since.
//   - Of the batches up to P, one that was not leased at that moment had been
//     acknowledged, so it had been committed, and the store counts it.
//   - One that was leased is committed by now, or not. Which, the store says in the
//     same statement that counts; the messages of the others still wait.
//
// So each message that was accepted by the queue's moment is counted once. Should
// batches beyond P have been folded into the store's sums meanwhile, both are
// read again.
//
// A queue that has lost its memory, or got an older one back, knows nothing of
// batches that the store has. It shows in positions that it never assigned: the
// store's high water, read before the queue's moment, is above P. Then the store
// counts up to there, and the account does not balance until an operator settles
// it. Batches that come later have greater IDs, as the queue is fenced first.
func Account(ctx context.Context, m queue.Meter, ledger store.Ledger) (store.Account, error) {
	const tries = 5
	for try := 1; ; try++ {
		a, err := account(ctx, m, ledger)
		if err == nil || try == tries || !errors.Is(err, store.ErrTooLate) {
			return a, err
		}
	}
}

func account(ctx context.Context, m queue.Meter, ledger store.Ledger) (store.Account, error) {
	high, err := ledger.HighWater(ctx) // first: what the store has, a sound queue has assigned before
	if err != nil {
		return store.Account{}, err
	}
	f, err := m.Stats(ctx)
	if err != nil {
		return store.Account{}, fmt.Errorf("read the queue's stats: %w", err)
	}
	leased := make([]int64, len(f.Leased))
	for i, h := range f.Leased {
		leased[i] = h.ID
	}
	sums, err := ledger.Sum(ctx, max(f.Position, high), leased)
	if err != nil {
		return store.Account{}, fmt.Errorf("read the store's sums: %w", err)
	}
	return balance(f, sums), nil
}

// balance puts the stats of both sides together.
func balance(f queue.Stats, s store.Sums) store.Account {
	a := store.Account{Accepted: f.Accepted, Stored: s.Stored, Dead: s.Dead, Waiting: f.Waiting, AsOf: f.AsOf}
	oldest := f.Since
	for _, h := range f.Leased {
		if slices.Contains(s.Applied, h.ID) {
			continue
		}
		a.Waiting += h.Messages
		if left := time.UnixMicro(h.ID); oldest.IsZero() || left.Before(oldest) {
			oldest = left
		}
	}
	if a.Waiting > 0 {
		a.Lag = max(0, f.AsOf.Sub(oldest))
	}
	return a
}
