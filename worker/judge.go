package worker

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"popeye/queue"
	"popeye/store"
	"popeye/vote"
)

// judge decides what messages mean: which are votes, and which say nothing.
// Whether a poll takes votes is the store's to decide, when it applies them.
type judge struct {
	polls store.Polls

	mu       sync.Mutex
	revision int64                // of what is known
	known    map[string]vote.Poll // by slug; may be old
}

func newJudge(polls store.Polls) *judge { return &judge{polls: polls} }

// learn replaces what is known of all polls, unless it is newer, and returns
// what the catalog says.
func (j *judge) learn(b vote.Catalog) map[string]vote.Poll {
	told := make(map[string]vote.Poll, len(b.Polls))
	for _, p := range b.Polls {
		told[p.Slug] = p
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if b.Revision >= j.revision {
		j.revision, j.known = b.Revision, told
	}
	return told
}

func (j *judge) catalog() map[string]vote.Poll {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.known
}

// forget makes the next batch ask the store: what is known misled this one.
func (j *judge) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.known = nil
}

// judge reads a batch. A vote that fits its poll as known here is good. One
// that does not may be ahead of us, let in under a definition that we have not
// seen: so nothing is called dead before the store itself was asked, once for
// each batch. An error is the store's; the same batch may be judged again.
func (j *judge) judge(ctx context.Context, b queue.Batch) (store.Batch, error) {
	judged := read(b, j.catalog())
	if len(judged.Dead) == 0 {
		return judged, nil
	}
	catalog, err := j.polls.Catalog(ctx)
	if err != nil {
		return store.Batch{}, fmt.Errorf("ask the store for the polls: %w", err)
	}
	return read(b, j.learn(catalog)), nil
}

// read sorts a batch into votes and dead messages, given the polls.
func read(b queue.Batch, polls map[string]vote.Poll) store.Batch {
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
func reason(err error) string { return strings.TrimPrefix(err.Error(), vote.ErrInvalid.Error()+": ") }

// understand reads one message as a vote in one of the polls: the one in which it
// was cast, whatever name that has now.
func understand(raw []byte, polls map[string]vote.Poll) (vote.Vote, error) {
	v, err := queue.Decode(raw)
	if err != nil {
		return v, err
	}
	p, ok := pollOf(v, polls)
	if !ok {
		return v, fmt.Errorf("there is no poll %q", v.Poll)
	}
	v.Poll = p.Slug
	v.Ballot, err = vote.ParseBallot(p, string(v.Ballot))
	return v, err
}

// pollOf returns the poll in which a vote was cast. A poll that begins a new round
// takes the name of another, whose votes may still be on their way.
func pollOf(v vote.Vote, polls map[string]vote.Poll) (vote.Poll, bool) {
	p, ok := polls[v.Poll]
	if v.Created == "" || ok && p.CreatedKey() == v.Created {
		return p, ok
	}
	for _, p := range polls {
		if p.CreatedKey() == v.Created {
			return p, true
		}
	}
	return vote.Poll{}, false
}
