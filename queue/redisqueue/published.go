package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/rueidis"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// What lies in the hash popeye:polls:
//
//	<slug>       the poll's definition in JSON, a space, and its code; a reader of JSON
//	             stops before the space, as the build before does
//	#<code>      what the code leads to: the slug of a poll, or an event in JSON
//	#listed      the slugs of the polls that are listed and open, sorted, by spaces
//	#revision    the revision that all of this is of; the build before writes none
//
// It is one key, so that a change of any of it is one step, needs no right that a program
// of the build before has not, and makes Redis tell every replica that has read it.
const (
	codePrefix  = "#"
	fieldListed = "#listed"
)

// publishedFields are the arguments of publish.lua from the fifth on.
func publishedFields(c catalog.Change) ([]string, error) {
	gone := append([]string{}, c.Deleted...)
	for _, code := range c.DeletedEvents {
		gone = append(gone, codePrefix+code)
	}
	var codes, polls []string
	for _, e := range c.Events {
		raw, err := event.Encode(e)
		if err != nil {
			return nil, fmt.Errorf("publish event %s: %w", e.Code, err)
		}
		codes = append(codes, e.Code, string(raw))
	}
	for _, p := range c.Polls {
		definition, err := vote.EncodePoll(p)
		if err != nil {
			return nil, fmt.Errorf("publish poll %q: %w", p.Slug, err)
		}
		text, listed := string(definition), ""
		if p.Code != "" {
			text += " " + p.Code
			codes = append(codes, p.Code, p.Slug)
		}
		if p.Found() {
			listed = "1"
		}
		polls = append(polls, p.Slug, gateOf(p), text, listed)
	}
	fields := append([]string{strconv.Itoa(len(gone)), strconv.Itoa(len(codes) / 2)}, gone...)
	return append(append(fields, codes...), polls...), nil
}

// decodePublished reads the definition of a poll with its code.
func decodePublished(raw []byte) (vote.Poll, error) {
	code := ""
	if i := len(raw) - joincode.Digits - 1; i > 0 && raw[i] == ' ' {
		raw, code = raw[:i], string(raw[i+1:])
	}
	p, err := vote.DecodePoll(raw)
	p.Code = code
	return p, err
}

// Code implements queue.Codes, from memory as Poll does.
func (q *Queue) Code(ctx context.Context, code string) (t joincode.Target, err error) {
	if !joincode.Is(code) {
		return t, joincode.ErrUnknown
	}
	text, err := q.field(ctx, codePrefix+code)
	switch {
	case errors.Is(err, queue.ErrNoPoll):
		return t, joincode.ErrUnknown
	case err != nil:
		return t, err
	case !strings.HasPrefix(text, "{"):
		return joincode.Target{Poll: text}, nil
	}
	if t.Event, err = event.Decode([]byte(text)); err != nil {
		return joincode.Target{}, unavailable("understand an event", err)
	}
	return t, nil
}

// Listed implements queue.Codes.
func (q *Queue) Listed(ctx context.Context) ([]string, error) {
	text, err := q.field(ctx, fieldListed)
	if errors.Is(err, queue.ErrNoPoll) {
		return nil, nil // the build before has published
	}
	slugs := strings.Fields(text)
	return slugs[:min(len(slugs), queue.MaxListed)], err
}

// field reads what is published under a name; queue.ErrNoPoll if there is none.
func (q *Queue) field(ctx context.Context, name string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.cfg.CallTimeout) // as in Poll
	defer cancel()
	text, err := q.client.DoCache(ctx, q.client.B().Hget().Key(keyPolls).Field(name).Cache(), cacheFor).ToString()
	if rueidis.IsRedisNil(err) {
		return "", q.whyNoPoll(ctx)
	}
	if err != nil {
		return "", unavailable("read what is published", err)
	}
	return text, nil
}

// news is told by Redis that a key has changed which this process has read, or by the
// connection that it is gone. Safe for concurrent use.
type news struct {
	mu   sync.Mutex
	next chan struct{}
}

func newNews() *news { return &news{next: make(chan struct{})} }

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.next)
	n.next = make(chan struct{})
}

// News implements queue.Codes.
func (q *Queue) News() <-chan struct{} {
	q.news.mu.Lock()
	defer q.news.mu.Unlock()
	return q.news.next
}
