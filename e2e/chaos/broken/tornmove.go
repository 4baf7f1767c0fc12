package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"popeye/queue"
)

// tornMove reads votes from the inbox and then cuts them off, in two steps, and
// nobody but its memory has them until they are stored. Its figures are right:
// that is not its fault.
type tornMove struct {
	queue.Consumer
	client rueidis.Client
}

func newTornMove(c queue.Consumer, url string) (*tornMove, error) {
	option, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("read the address of Redis: %w", err)
	}
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, fmt.Errorf("connect to Redis: %w", err)
	}
	return &tornMove{Consumer: c, client: client}, nil
}

// Take waits until there is something to take.
func (c *tornMove) Take(ctx context.Context) (queue.Batch, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		b, err := c.move(ctx)
		if err != nil {
			return b, fmt.Errorf("%w: %w", queue.ErrUnavailable, err)
		}
		if len(b.Messages) > 0 {
			return b, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return b, ctx.Err()
		}
	}
}

func (c *tornMove) move(ctx context.Context) (b queue.Batch, err error) {
	do := func(cmd rueidis.Completed) rueidis.RedisResult { return c.client.Do(ctx, cmd) }
	raw, err := do(c.client.B().Lrange().Key("votes").Start(0).Stop(999).Build()).AsStrSlice()
	if err != nil || len(raw) == 0 {
		return b, err
	}
	if err := do(c.client.B().Ltrim().Key("votes").Start(int64(len(raw))).Stop(-1).Build()).Error(); err != nil {
		return b, err
	}
	b.ID = time.Now().UnixMicro()
	for i, m := range raw {
		b.Messages = append(b.Messages, queue.Message{Position: b.ID + int64(i), Raw: []byte(m)})
	}
	if err := do(c.client.B().Incrby().Key("popeye:moved").Increment(int64(len(raw))).Build()).Error(); err != nil {
		return b, err
	}
	last := fmt.Sprint(b.ID + int64(len(raw)) - 1)
	return b, do(c.client.B().Set().Key("popeye:position").Value(last).Build()).Error()
}

// Ack has nothing to forget.
func (c *tornMove) Ack(context.Context, queue.Batch, []queue.Refusal) error { return nil }
