package redisqueue

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/redis/rueidis"

	"popeye/queue"
	"popeye/queue/redisqueue/internal/published"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// Code implements queue.Codes, from memory as Poll does.
func (q *Queue) Code(ctx context.Context, code string) (t joincode.Target, err error) {
	if !joincode.Is(code) {
		return t, joincode.ErrUnknown
	}
	text, err := q.field(ctx, published.CodePrefix+code)
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
	text, err := q.field(ctx, published.Listed)
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
