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

// Consumer is a worker's end of the queue. Take and Ack are called by one
// goroutine at a time; a goroutine of its own renews the loans until Close.
type Consumer struct {
	q      *Queue
	name   string
	loans  *loans
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
	return &Consumer{q: q, name: name, loans: keepLoans(q, name)}
}

// Close ends the renewals and says goodbye: what is still lent can be lent to
// others at once. Without an answer, after ClaimAfter.
func (c *Consumer) Close(ctx context.Context) error {
	c.loans.stop()
	return c.leave(ctx)
}

func (c *Consumer) leave(ctx context.Context) error {
	_, err := c.q.run(ctx, "leave the queue", leaveScript, []string{keyBatches},
		[]string{c.name, milliseconds(forgetAfter)})
	return err
}

// Take lends a batch. If its answer is lost, or ctx ends while it is on its way,
// the batch is lent to this name and nobody knows; not being renewed, it is
// abandoned after ClaimAfter and lent again.
func (c *Consumer) Take(ctx context.Context) (queue.Batch, error) {
	if !c.joined {
		if err := c.leave(ctx); err != nil { // an earlier life of this name, killed with loans
			return queue.Batch{}, either(ctx, err)
		}
		c.joined = true
	}
	for {
		b, err := c.take(ctx)
		if err != nil {
			return queue.Batch{}, either(ctx, err)
		}
		if len(b.Messages) > 0 {
			return b, nil
		}
		if err := c.wait(ctx); err != nil {
			return queue.Batch{}, either(ctx, err)
		}
	}
}

// take lends what there is now; a batch without messages when there is nothing.
func (c *Consumer) take(ctx context.Context) (queue.Batch, error) {
	cfg := c.q.cfg
	for {
		answer, err := c.q.run(ctx, "take a batch", takeScript,
			[]string{keyVotes, keyBatches, keyPosition, keyMoved, keyDrained, keyClaims, keyClock},
			[]string{c.name, milliseconds(cfg.ClaimAfter), strconv.Itoa(cfg.BatchSize), strconv.Itoa(cfg.BatchBytes)})
		if err != nil || answer == nil {
			return queue.Batch{}, err
		}
		entry, b, err := readBatch(answer)
		if err != nil {
			return queue.Batch{}, unavailable("read a batch", err)
		}
		// One that is held here already was not renewed in time, because this
		// process or Redis stood still. It is fresh again now: go on.
		if c.loans.add(entry, b.ID) {
			return b, nil
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

// Ack ends the loan of b, unless that was done. Refusals are of no use here: their
// casts were answered when Redis had the vote, and the store keeps the letters.
func (c *Consumer) Ack(ctx context.Context, b queue.Batch, _ []queue.Refusal) error {
	if _, err := c.q.run(ctx, "acknowledge a batch", ackScript, []string{keyBatches},
		[]string{strconv.FormatInt(b.ID, 10)}); err != nil {
		return err
	}
	c.loans.drop(b.ID)
	return nil
}

// Fence makes the positions to come greater than the one given.
func (c *Consumer) Fence(ctx context.Context, position int64) error {
	_, err := c.q.run(ctx, "fence positions", fenceScript, []string{keyPosition},
		[]string{strconv.FormatInt(position, 10)})
	return err
}

// readBatch reads what take.lua returns, and the stream's name for it.
func readBatch(answer *rueidis.RedisMessage) (entry string, b queue.Batch, err error) {
	parts, err := answer.ToArray()
	if err != nil {
		return "", b, err
	}
	if len(parts) != 2 {
		return "", b, errors.New("it has no fields")
	}
	if entry, err = parts[0].ToString(); err != nil {
		return "", b, err
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
