package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"popeye/queue"
)

// Stats reads what the queue holds. Messages that another program takes out of
// the inbox, as the classic worker does, leave the stats with it.
func (q *Queue) Stats(ctx context.Context) (queue.Stats, error) {
	keys := []string{keyBefore, keyMoved, keyVotes, keyPosition, keyClaims, keyDrained, keyBatches, keyReplaced}
	// One byte more than a vote may have tells that a message is longer.
	answer, err := q.run(ctx, "read stats", statsScript, keys, []string{strconv.Itoa(queue.MaxMessage + 1)})
	if err != nil {
		return queue.Stats{}, err
	}
	f, err := readStats(answer)
	if err != nil {
		return queue.Stats{}, unavailable("read stats", err)
	}
	return f, nil
}

func readStats(answer *rueidis.RedisMessage) (f queue.Stats, err error) {
	parts, err := answer.ToArray()
	if err != nil {
		return f, err
	}
	if len(parts) != 3 {
		return f, fmt.Errorf("redis answered %d parts", len(parts))
	}
	numbers, err1 := parts[0].AsIntSlice()
	oldest, err2 := parts[1].AsBytes()
	entries, err3 := parts[2].AsStrSlice()
	if err := errors.Join(err1, err2, err3); err != nil {
		return f, err
	}
	if len(numbers) != 8 {
		return f, fmt.Errorf("redis answered %d stats", len(numbers))
	}
	before, moved, drained := numbers[0], numbers[1], numbers[5]
	f.Waiting, f.Position, f.Claims = numbers[2], numbers[3], numbers[4]
	f.Accepted = before + moved + f.Waiting
	f.AsOf = time.UnixMicro(numbers[6]).UTC()
	f.Waiting += numbers[7] // left the inbox before, and are to leave it again
	if f.Waiting > 0 {
		f.Since = since(oldest, drained, f.AsOf)
	}
	f.Leased, err = readLeases(entries)
	return f, err
}

// since is when the oldest message was accepted. What it says itself is believed
// from the moment on, in microseconds, when the inbox was last seen empty.
func since(oldest []byte, drained int64, now time.Time) time.Time {
	var at time.Time
	if v, err := queue.Decode(oldest); err == nil {
		at = v.At
	}
	if drained > 0 && at.Before(time.UnixMicro(drained)) {
		at = time.UnixMicro(drained).UTC()
	}
	if at.IsZero() || at.After(now) {
		return now
	}
	return at
}

func readLeases(entries []string) (leased []queue.Lease, err error) {
	for _, entry := range entries {
		first, messages, err := parseEntry(entry)
		if err != nil {
			return nil, err
		}
		leased = append(leased, queue.Lease{ID: first, Messages: messages})
	}
	return leased, nil
}

// Rebase adds to what was accepted before this Redis' memory began, for an
// operator who has found out why an account does not balance: Redis was emptied
// or restored, and the store has what it does not remember. After an error it may
// have happened or not: look at the stats before trying again.
func (q *Queue) Rebase(ctx context.Context, by int64) error {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	if err := q.client.Do(ctx, q.client.B().Incrby().Key(keyBefore).Increment(by).Build()).Error(); err != nil {
		return unavailable("rebase what was accepted", err)
	}
	return nil
}
