package redisqueue

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"popeye/queue"
	"popeye/vote"
)

// cacheFor is how long a definition is used without asking Redis again. Redis
// tells at once when it changes; this is for when it can't.
const cacheFor = 10 * time.Second

var (
	errUnpublished = errors.New("no polls published yet")
	errEvicts      = errors.New("redis deletes votes when its memory is full")
)

// Cast lets a vote in. On nil Redis has answered that the vote is in the list:
// it is as durable as Redis' append-only file makes it (appendfsync always:
// before the answer). When Cast fails with ErrUnavailable the vote may be in the
// list, once; but nothing is sent while a Guard knows that Redis evicts.
func (q *Queue) Cast(ctx context.Context, c queue.Cast) error {
	if q.evicting.Load() {
		return unavailable("cast a vote", errEvicts)
	}
	raw, err := queue.Encode(c.Vote)
	if err != nil {
		return fmt.Errorf("encode a vote: %w", err)
	}
	answer, err := q.cast(ctx, c, string(raw))
	if err != nil {
		return err
	}
	switch answer {
	case "recorded":
		return nil
	case "repeated":
		if c.Repeated != nil {
			*c.Repeated = true
		}
		return nil
	case "reused":
		return queue.ErrIDReused
	case "unknown":
		return queue.ErrNoPoll
	case "shut": // and its definition is the one that the caller has
		return queue.ErrNotOpen
	case "shut and changed":
		q.refused.Store(c.Vote.Poll, c.Revision)
		return queue.ErrNotOpen
	case "changed":
		q.refused.Store(c.Vote.Poll, c.Revision)
		return queue.ErrChanged
	case "unpublished":
		return unavailable("cast a vote", errUnpublished)
	}
	return unavailable("cast a vote", fmt.Errorf("redis answered %q", answer))
}

// onceKey names an id of a voter in a poll. Its size is fixed, since Redis keeps
// one for each cast of the last minutes, and it tells nothing about the voter.
func onceKey(v vote.Vote) string {
	return keyOnce + digest(v.Poll, v.Voter, v.ID)
}

// digest is 128 bits of SHA-256 over the parts, which it keeps apart.
func digest(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strconv.Itoa(len(p)))
		b.WriteByte(':')
		b.WriteString(p)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Poll returns a published definition, from memory when it is there: Redis tells
// when it changes. That takes a moment; a revision that a gate did not know any
// more is not answered from memory again. A poll that its time has shut is open as
// far as its definition goes, and is answered from memory like any other.
func (q *Queue) Poll(ctx context.Context, slug string) (vote.Poll, error) {
	// Callers share one read, so that none may cancel it for the others.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.cfg.CallTimeout)
	defer cancel()
	get := q.client.B().Hget().Key(keyPolls).Field(slug)
	p, err := q.readPoll(slug, q.client.DoCache(ctx, get.Cache(), cacheFor))
	if refused, ok := q.refused.Load(slug); ok && err == nil && p.Revision == refused {
		get = q.client.B().Hget().Key(keyPolls).Field(slug)
		p, err = q.readPoll(slug, q.client.Do(ctx, get.Build()))
		if err == nil && p.Revision == refused {
			q.refused.Delete(slug) // Redis lost its memory, and has learnt this revision again
		}
	}
	if errors.Is(err, queue.ErrNoPoll) {
		return p, q.whyNoPoll(ctx)
	}
	return p, err
}

// readPoll reads a definition. One that makes no sense is treated as one that
// can't be reached: a newer program may have written it.
func (q *Queue) readPoll(slug string, answer rueidis.RedisResult) (vote.Poll, error) {
	raw, err := answer.ToString()
	if rueidis.IsRedisNil(err) {
		q.definitions.Forget(slug)
		return vote.Poll{}, queue.ErrNoPoll
	}
	if err != nil {
		return vote.Poll{}, unavailable("read a poll", err)
	}
	p, err := q.definitions.Read(slug, raw)
	if err != nil {
		return vote.Poll{}, unavailable("understand a poll", err)
	}
	return p, nil
}

// whyNoPoll tells a poll that does not exist from a catalog that does not.
func (q *Queue) whyNoPoll(ctx context.Context) error {
	err := q.client.DoCache(ctx, q.client.B().Get().Key(keyRevision).Cache(), cacheFor).Error()
	switch {
	case err == nil:
		return queue.ErrNoPoll
	case rueidis.IsRedisNil(err):
		return unavailable("read a poll", errUnpublished)
	}
	return unavailable("read a poll", err)
}
