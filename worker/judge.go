package worker

import (
	"context"
	"fmt"
	"sync/atomic"

	"popeye/internal/i18n"
	"popeye/queue"
	"popeye/store"
	"popeye/vote"
)

// judge decides what messages mean: which are votes, and which say nothing.
// Whether a poll takes votes is the store's to decide, when it applies them.
type judge struct {
	catalog *mirror
	misled  atomic.Bool // by what the catalog's copy says: the store is to be asked
}

// forget makes the next batch ask the store: what is known misled this one.
func (j *judge) forget() { j.misled.Store(true) }

// judge reads a batch. A vote that fits its poll as known here is good. One
// that does not may be ahead of us, let in under a definition that we have not
// seen: so nothing is called dead before the store itself was asked, once for
// each batch. An error is the store's; the same batch may be judged again.
func (j *judge) judge(ctx context.Context, b queue.Batch) (store.Batch, error) {
	if !j.misled.Load() {
		if judged := j.catalog.read(b); len(judged.Dead) == 0 {
			return judged, nil
		}
	}
	if err := j.catalog.refresh(ctx); err != nil {
		return store.Batch{}, fmt.Errorf("ask the store for the polls: %w", err)
	}
	j.misled.Store(false)
	return j.catalog.read(b), nil
}

// read sorts a batch into votes and dead messages, given the polls.
func read(b queue.Batch, polls *known) store.Batch {
	judged := store.Batch{
		ID: b.ID, Prev: b.Prev, Chained: b.Chained, Digest: b.Digest(),
		Votes: make([]store.Entry, 0, len(b.Messages)),
	}
	for _, m := range b.Messages {
		v, err := understand(m.Raw, polls)
		if err != nil {
			judged.Dead = append(judged.Dead, store.Dead{Position: m.Position, Reason: reason(err), Raw: m.Raw})
			continue
		}
		judged.Votes = append(judged.Votes, store.Entry{Position: m.Position, Vote: v, Raw: m.Raw})
	}
	return judged
}

// reason is why a message is no vote, for a person.
func reason(err error) string { return i18n.English.Error(err) }

// understand reads one message as a vote in one of the polls: the one in which it
// was cast, whatever name that has now.
func understand(raw []byte, polls *known) (vote.Vote, error) {
	v, err := queue.Decode(raw)
	if err != nil {
		return v, err
	}
	p, ok := polls.of(v)
	if !ok {
		return v, fmt.Errorf("there is no poll %q", v.Poll)
	}
	v.Poll = p.Slug
	v.Ballot, err = vote.ParseBallot(p, string(v.Ballot))
	return v, err
}
