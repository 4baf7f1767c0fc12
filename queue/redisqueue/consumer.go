package redisqueue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"popeye/queue"
)

// forgetAfter is how long a name that holds nothing stays on Redis' list.
const forgetAfter = time.Hour

// maxPosition is the greatest position that a fence may lie at. Lua counts exactly
// up to 2^53; a million seconds below, there is room for a day and more.
const maxPosition = 1<<53 - 1e12

// Consumer is a worker's end of the queue. Take and Ack are called by one
// goroutine at a time; a goroutine of its own renews the leases until Close.
type Consumer struct {
	q      *Queue
	name   string
	leases *leases
	joined bool // owned by Take: this life of the name has begun
}

var _ queue.Consumer = (*Consumer)(nil)

// NewConsumer returns a consumer under a name that no other live one has; ""
// makes one of the host's. Close it.
func (q *Queue) NewConsumer(name string) *Consumer {
	if name == "" {
		host, _ := os.Hostname()
		name = host + "-" + strings.ToLower(rand.Text()[:8])
	}
	return &Consumer{q: q, name: name, leases: keepLeases(q, name)}
}

// Close ends the renewals and says goodbye: what is still leased can be leased to
// others at once. Without an answer, after ClaimAfter.
func (c *Consumer) Close(ctx context.Context) error {
	c.leases.stop()
	return c.leave(ctx)
}

func (c *Consumer) leave(ctx context.Context) error {
	_, err := c.q.run(ctx, "leave the queue", leaveScript, []string{keyBatches},
		[]string{c.name, milliseconds(forgetAfter)})
	return err
}

// Take leases a batch. Before the first Fence in a run of Redis it assigns no
// position: that memory may be an older one.
//
// If its answer is lost, or ctx ends while it is on its way, the batch is leased to
// this name and nobody knows; not being renewed, it is abandoned after ClaimAfter
// and leased again.
func (c *Consumer) Take(ctx context.Context) (queue.Batch, error) {
	if !c.joined {
		if err := c.leave(ctx); err != nil { // an earlier life of this name, killed with leases
			return queue.Batch{}, either(ctx, err)
		}
		c.joined = true
	}
	for {
		b, wait, err := c.take(ctx)
		if err != nil {
			return queue.Batch{}, either(ctx, err)
		}
		if len(b.Messages) > 0 {
			return b, nil
		}
		if err := wait(ctx); err != nil {
			return queue.Batch{}, either(ctx, err)
		}
	}
}

// take leases what there is now; when there is nothing, a batch without messages
// and how to wait for more.
func (c *Consumer) take(ctx context.Context) (queue.Batch, func(context.Context) error, error) {
	cfg := c.q.cfg
	for {
		answer, err := c.q.run(ctx, "take a batch", takeScript,
			[]string{keyVotes, keyBatches, keyPosition, keyMoved, keyDrained, keyClaims, keyClock, keyFence, keyReplaced, keyLifted},
			[]string{
				c.name, milliseconds(cfg.ClaimAfter), strconv.Itoa(cfg.BatchSize), strconv.Itoa(cfg.BatchBytes),
				strconv.Itoa(queue.MaxMessage + 1), strconv.FormatInt(time.Now().UnixMicro(), 10),
			})
		if err != nil || answer == nil {
			return queue.Batch{}, c.wait, err
		}
		entry, b, err := readBatch(answer)
		switch {
		case errors.Is(err, errLater): // a short while: others work on what comes before
			return queue.Batch{}, func(ctx context.Context) error { return pause(ctx, cfg.ClaimEvery/10) }, nil
		case errors.Is(err, queue.ErrUnfenced), errors.Is(err, queue.ErrAhead):
			return queue.Batch{}, nil, fmt.Errorf("take a batch: %w", err)
		case err != nil:
			return queue.Batch{}, nil, unavailable("read a batch", err)
		}
		// One that is held here already was not renewed in time, because this
		// process or Redis stood still. It is fresh again now: go on.
		if c.leases.add(entry, b.ID) {
			return b, nil, nil
		}
	}
}

// wait returns when there is something in the inbox, or after ClaimEvery. BLMOVE
// from the head of a list to its head blocks while the list is empty and
// changes nothing.
func (c *Consumer) wait(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, c.q.cfg.ClaimEvery+c.q.cfg.CallTimeout)
	defer cancel()
	err := c.q.client.Do(limited, c.q.client.B().Blmove().Source(keyVotes).Destination(keyVotes).
		Left().Left().Timeout(c.q.cfg.ClaimEvery.Seconds()).Build()).Error()
	if err == nil || rueidis.IsRedisNil(err) {
		return nil
	}
	if refused, ok := rueidis.IsRedisErr(err); ok && strings.HasPrefix(refused.Error(), "OOM") {
		return pause(ctx, c.q.cfg.ClaimEvery) // Redis is full and won't even wait for us
	}
	return unavailable("wait for votes", err)
}

// Ack ends the lease of b, unless that was done. Refusals are of no use here: their
// casts were answered when Redis had the vote, and the store keeps the letters.
func (c *Consumer) Ack(ctx context.Context, b queue.Batch, _ []queue.Refusal) error {
	if _, err := c.q.run(ctx, "acknowledge a batch", ackScript, []string{keyBatches},
		[]string{entryOf(b)}); err != nil {
		return err
	}
	c.leases.drop(b.ID)
	return nil
}

// Replace has b placed anew, unless this Redis does not have it: then it was
// acknowledged, is placed anew already, or was taken from another memory.
func (c *Consumer) Replace(ctx context.Context, b queue.Batch) error {
	name := "n" // of the first field, as the build before wrote it
	if b.Chained {
		name = "after " + strconv.FormatInt(b.Prev, 10)
	}
	if _, err := c.q.run(ctx, "have a batch placed anew", replaceScript, []string{keyBatches, keyReplaced},
		[]string{entryOf(b), name}); err != nil {
		return err
	}
	c.leases.drop(b.ID)
	return nil
}

// entryOf is the stream's name for a batch: first position, number of messages.
func entryOf(b queue.Batch) string {
	return strconv.FormatInt(b.ID, 10) + "-" + strconv.Itoa(len(b.Messages))
}

// Fence makes the positions to come greater than the one given, and this run of
// Redis assign them.
func (c *Consumer) Fence(ctx context.Context, position int64) error {
	if position > maxPosition {
		return fmt.Errorf("the store has position %d, and Redis counts up to %d: "+
			"see \"A position that nothing can follow\" in docs/operations.md", position, int64(maxPosition))
	}
	_, err := c.q.run(ctx, "fence positions", fenceScript, []string{keyPosition, keyFence, keyBatches, keyLifted},
		[]string{strconv.FormatInt(position, 10)})
	return err
}

// errLater says that batches are leased which come before the next one.
var errLater = errors.New("batches are leased that come before")

// readBatch reads what take.lua returns, and the stream's name for it; or why it
// returns no batch.
func readBatch(answer *rueidis.RedisMessage) (entry string, b queue.Batch, err error) {
	parts, err := answer.ToArray()
	if err != nil {
		return "", b, err
	}
	if len(parts) == 0 {
		return "", b, errors.New("it is empty")
	}
	if entry, err = parts[0].ToString(); err != nil {
		return "", b, err
	}
	switch {
	case entry == "later":
		return "", b, errLater
	case entry == "unfenced":
		return "", b, queue.ErrUnfenced
	case len(parts) != 2:
		return "", b, fmt.Errorf("%q has no fields", entry)
	case entry == "ahead":
		last, err := parts[1].ToString()
		return "", b, errors.Join(fmt.Errorf("%w: it is %.40q", queue.ErrAhead, last), err)
	}
	if b.ID, _, err = parseEntry(entry); err != nil {
		return "", b, err
	}
	fields, err := parts[1].AsStrSlice()
	if err != nil {
		return "", b, err
	}
	if len(fields) < 4 || len(fields)%2 != 0 {
		return "", b, fmt.Errorf("entry %s has %d fields", entry, len(fields))
	}
	// The build before does not tell what was assigned before.
	if prev, found := strings.CutPrefix(fields[0], "after "); found {
		if b.Prev, err = strconv.ParseInt(prev, 10, 64); err != nil {
			return "", b, fmt.Errorf("entry %s comes after %q", entry, prev)
		}
		b.Chained = true
	}
	b.Messages = make([]queue.Message, 0, len(fields)/2-1)
	for i := 3; i < len(fields); i += 2 { // after the ordinal
		b.Messages = append(b.Messages, queue.Message{Position: b.ID + int64(len(b.Messages)), Raw: []byte(fields[i])})
	}
	return entry, b, nil
}

// parseEntry reads the id of a stream entry: first position, number of messages.
func parseEntry(entry string) (first, messages int64, err error) {
	left, right, _ := strings.Cut(entry, "-")
	if first, err = strconv.ParseInt(left, 10, 64); err == nil {
		messages, err = strconv.ParseInt(right, 10, 64)
	}
	if err != nil {
		err = fmt.Errorf("%q is not the id of a batch", entry)
	}
	return first, messages, err
}

// either prefers to say that the caller's ctx ended.
func either(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
