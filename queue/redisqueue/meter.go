package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"popeye/queue"
)

// maxDeadLetters bounds what one call reads.
const maxDeadLetters = 1000

// Figures reads what the queue holds. Messages that another program takes out of
// the inbox, as the classic worker does, leave the figures with it.
func (q *Queue) Figures(ctx context.Context) (queue.Figures, error) {
	answer, err := q.run(ctx, "read figures", figuresScript, []string{keyMoved, keyVotes, keyDead, keyBatches}, nil)
	if err != nil {
		return queue.Figures{}, err
	}
	f, err := readFigures(answer)
	if err != nil {
		return queue.Figures{}, unavailable("read figures", err)
	}
	return f, nil
}

func readFigures(answer *rueidis.RedisMessage) (f queue.Figures, err error) {
	parts, err := answer.ToArray()
	if err != nil {
		return f, err
	}
	if len(parts) != 4 {
		return f, fmt.Errorf("redis answered %d figures", len(parts))
	}
	moved, err1 := parts[0].AsInt64()
	waiting, err2 := parts[1].AsInt64()
	dead, err3 := parts[2].AsInt64()
	entries, err4 := parts[3].AsStrSlice()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return f, err
	}
	f = queue.Figures{Accepted: moved + waiting, Waiting: waiting, Dead: dead}
	for _, entry := range entries {
		first, messages, err := parseEntry(entry)
		if err != nil {
			return f, err
		}
		f.Held = append(f.Held, queue.Held{ID: first, Messages: messages})
	}
	return f, nil
}

// DeadLetters reads up to limit dead letters, at most 1,000, by position.
func (q *Queue) DeadLetters(ctx context.Context, after int64, limit int) ([]queue.Dead, error) {
	if limit <= 0 {
		return nil, nil
	}
	answer, err := q.run(ctx, "read dead letters", deadScript, []string{keyDead, keyLetters},
		[]string{strconv.FormatInt(after, 10), strconv.Itoa(min(limit, maxDeadLetters))})
	if err != nil {
		return nil, err
	}
	found, err := answer.AsStrSlice()
	if err != nil {
		return nil, unavailable("read dead letters", err)
	}
	dead := make([]queue.Dead, 0, len(found)/2)
	for i := 0; i+1 < len(found); i += 2 {
		d, err := decodeLetter(found[i], found[i+1])
		if err != nil {
			return nil, unavailable("read dead letters", err)
		}
		dead = append(dead, d)
	}
	return dead, nil
}

// encodeLetter writes a dead letter so that a person can read it in redis-cli:
// "<time> <reason>", and from the next line on the message as it was. Of one
// that is too long to be a vote the beginning is kept: the inbox is public, and
// rubbish must not fill Redis.
func encodeLetter(d queue.Dead) string {
	at := d.At
	if at.IsZero() {
		at = time.Now()
	}
	reason, raw := strings.ReplaceAll(d.Reason, "\n", " "), d.Raw
	if len(raw) > queue.MaxMessage {
		reason = fmt.Sprintf("%s (of %d bytes the first %d are kept)", reason, len(raw), queue.MaxMessage)
		raw = raw[:queue.MaxMessage]
	}
	return at.UTC().Format(time.RFC3339Nano) + " " + reason + "\n" + string(raw)
}

func decodeLetter(position, letter string) (d queue.Dead, err error) {
	if d.Position, err = strconv.ParseInt(position, 10, 64); err != nil {
		return d, errors.New("a dead letter's position is not a number")
	}
	head, raw, _ := strings.Cut(letter, "\n")
	at, reason, _ := strings.Cut(head, " ")
	d.At, _ = time.Parse(time.RFC3339Nano, at)
	d.Reason, d.Raw = reason, []byte(raw)
	return d, nil
}
