package redisqueue

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"popeye/vote"
)

// Publish replaces what is published by b, unless that is as new or newer.
func (q *Queue) Publish(ctx context.Context, b vote.Catalog) error {
	args := make([]string, 0, 1+3*len(b.Polls))
	args = append(args, strconv.FormatInt(b.Revision, 10))
	for _, p := range b.Polls {
		definition, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("publish poll %q: %w", p.Slug, err)
		}
		args = append(args, p.Slug, gateOf(p), string(definition))
	}
	keys := []string{keyRevision, keyPolls, keyGate, keyBarrier, keyMoved, keyVotes, keyPublished}
	_, err := q.run(ctx, "publish polls", publishScript, keys, args)
	return err
}

// gateOf is what a poll's gate says: "<status> <revision>", and if the poll closes
// by itself also when, in microseconds since 1970.
func gateOf(p vote.Poll) string {
	gate := string(p.Status) + " " + strconv.FormatInt(p.Revision, 10)
	if !p.ClosesAt.IsZero() {
		gate += " " + strconv.FormatInt(max(p.ClosesAt.UnixMicro(), 0), 10)
	}
	return gate
}

// Revision returns that of the published catalog, 0 for none, or if it is not whole.
func (q *Queue) Revision(ctx context.Context) (int64, error) {
	keys := []string{keyRevision, keyPolls, keyGate, keyBarrier, keyPublished}
	answer, err := q.run(ctx, "read the published revision", revisionScript, keys, nil)
	if err != nil {
		return 0, err
	}
	revision, err := answer.AsInt64()
	if err != nil {
		return 0, unavailable("read the published revision", err)
	}
	return revision, nil
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
