package redisqueue

import (
	"context"
	"strconv"
	"strings"

	"popeye/queue"
	"popeye/queue/redisqueue/internal/published"
	"popeye/vote/catalog"
)

// Publish implements queue.Catalog.
func (q *Queue) Publish(ctx context.Context, c catalog.Change) error {
	fields, err := published.Fields(c)
	if err != nil {
		return err
	}
	args := append([]string{
		strconv.FormatInt(c.To.Revision, 10), c.To.Mark, strconv.FormatInt(c.From.Revision, 10), c.From.Mark,
	}, fields...)
	keys := []string{keyRevision, keyPolls, keyGate, keyBarrier, keyMoved, keyVotes, keyPublished}
	answer, err := q.run(ctx, "publish polls", publishScript, keys, args)
	if err != nil {
		return err
	}
	if applied, err := answer.AsInt64(); err != nil {
		return unavailable("publish polls", err)
	} else if applied == 0 {
		return queue.ErrOtherVersion
	}
	return nil
}

// Published implements queue.Catalog.
func (q *Queue) Published(ctx context.Context) (v catalog.Version, err error) {
	const step = "read which version is published"
	keys := []string{keyRevision, keyPolls, keyGate, keyBarrier, keyPublished}
	answer, err := q.run(ctx, step, revisionScript, keys, nil)
	if err != nil || answer == nil {
		return v, err
	}
	text, err := answer.ToString()
	if err != nil {
		return v, unavailable(step, err)
	}
	revision, mark, _ := strings.Cut(text, " ")
	if v.Revision, err = strconv.ParseInt(revision, 10, 64); err != nil {
		return v, unavailable(step, err)
	}
	v.Mark = mark
	return v, nil
}

// Settled reports whether all votes from before the gate shut are acknowledged.
// Of a poll that its time has shut nobody knows, until that is published.
func (q *Queue) Settled(ctx context.Context, slug string) (bool, error) {
	keys := []string{keyGate, keyBarrier, keyBatches, keyMoved, keyVotes, keyReplaced}
	answer, err := q.run(ctx, "ask whether a poll is settled", settledScript, keys, []string{slug})
	if err != nil {
		return false, err
	}
	settled, err := answer.AsInt64()
	if err != nil {
		return false, unavailable("ask whether a poll is settled", err)
	}
	return settled == 1, nil
}
