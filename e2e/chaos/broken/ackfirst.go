package main

import (
	"context"

	"popeye/queue"
)

// acksFirst acknowledges what it takes before anything is stored: if its worker
// dies then, nobody has the batch.
type acksFirst struct{ queue.Consumer }

func (c acksFirst) Take(ctx context.Context) (queue.Batch, error) {
	b, err := c.Consumer.Take(ctx)
	if err == nil {
		err = c.Consumer.Ack(ctx, b, nil)
	}
	return b, err
}

// Ack has nothing left to do.
func (c acksFirst) Ack(context.Context, queue.Batch, []queue.Refusal) error { return nil }
