package main

import (
	"context"
	"slices"
	"time"

	"popeye/store"
	"popeye/worker"
)

// ranksByApplyTime gives every vote a new place when it is stored, so that no
// comparison of places can tell an old vote that comes late from a new one.
type ranksByApplyTime struct{ worker.Store }

func (s ranksByApplyTime) Apply(ctx context.Context, b store.Batch) (store.Report, error) {
	now := time.Now().UnixMicro()
	b.Chained = false // else the store would find positions that are not the batch's
	b.Votes = slices.Clone(b.Votes)
	for i := range b.Votes {
		b.Votes[i].Position = now + int64(i)
	}
	return s.Store.Apply(ctx, b)
}
