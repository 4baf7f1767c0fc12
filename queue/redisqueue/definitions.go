package redisqueue

import (
	"fmt"
	"slices"
	"sync"

	"github.com/redis/rueidis"

	"popeye/queue"
	"popeye/vote"
)

// definitions are the polls that were read, decoded and checked. A vote needs its poll,
// and to decode that anew would cost as much as the rest of the vote. The zero value is
// ready; safe for concurrent use.
type definitions struct {
	bySlug sync.Map // slug -> *decoded
}

// decoded is a poll with what it was decoded from. It is never changed.
type decoded struct {
	raw  string
	poll vote.Poll
}

// read returns the poll of a slug as Redis holds it. One that makes no sense is an error.
func (d *definitions) read(slug, raw string) (vote.Poll, error) {
	if known, ok := d.bySlug.Load(slug); ok && known.(*decoded).raw == raw {
		p := known.(*decoded).poll
		p.Options = slices.Clone(p.Options)
		return p, nil
	}
	p, err := decodePublished([]byte(raw))
	if err == nil {
		err = p.Validate()
	}
	if err == nil && p.Slug != slug {
		err = fmt.Errorf("it is the definition of %q", p.Slug)
	}
	if err != nil {
		return vote.Poll{}, err
	}
	d.bySlug.Store(slug, &decoded{raw, p})
	p.Options = slices.Clone(p.Options)
	return p, nil
}

// forget lets go of a poll that is no more.
func (d *definitions) forget(slug string) { d.bySlug.Delete(slug) }

// readPoll reads a definition. One that makes no sense is treated as one that
// can't be reached: a newer program may have written it.
func (q *Queue) readPoll(slug string, answer rueidis.RedisResult) (vote.Poll, error) {
	raw, err := answer.ToString()
	if rueidis.IsRedisNil(err) {
		q.definitions.forget(slug)
		return vote.Poll{}, queue.ErrNoPoll
	}
	if err != nil {
		return vote.Poll{}, unavailable("read a poll", err)
	}
	p, err := q.definitions.read(slug, raw)
	if err != nil {
		return vote.Poll{}, unavailable("understand a poll", err)
	}
	return p, nil
}
