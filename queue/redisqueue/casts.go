package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"popeye/queue"
)

const (
	// maxTogether is how many casts go to Redis in one step. It bounds how long others
	// wait for Redis meanwhile.
	maxTogether = 64
	// maxSteps is how many steps wait for Redis' answer at the same time, so that one
	// is on its way while another is written to the disk.
	maxSteps = 4
)

var onceSeconds = strconv.Itoa(int(queue.OnceWindow.Seconds()))

var errBusy = errors.New("too many casts wait for an answer")

// casts are those that wait to be sent. Casts that come at the same time share a step,
// which costs Redis little more than one does; one that comes alone goes at once. The
// zero value is ready; safe for concurrent use.
type casts struct {
	mu      sync.Mutex
	waiting []*casting
	steps   int // goroutines that send
}

// casting is a cast on its way.
type casting struct {
	ctx    context.Context // ends when nobody waits for the answer any more
	until  time.Time       // is answered by then, with an error if need be
	args   [4]string       // see cast.lua
	once   string          // the key; "" without Once
	answer chan castAnswer // of one element
}

type castAnswer struct {
	text string
	err  error
}

// cast sends a cast with those that come at the same time, and returns its own answer.
func (q *Queue) cast(ctx context.Context, c queue.Cast, message string) (string, error) {
	mine := &casting{ctx: ctx, until: time.Now().Add(q.cfg.CallTimeout), answer: make(chan castAnswer, 1)}
	mine.args = [4]string{c.Vote.Poll, strconv.FormatInt(c.Revision, 10), message, ""}
	if c.Once {
		mine.once, mine.args[3] = onceKey(c.Vote), digest(string(c.Vote.Ballot))
	}
	if !q.casts.add(mine, q.send) {
		return "", unavailable("cast a vote", errBusy)
	}
	select {
	case a := <-mine.answer:
		return a.text, a.err
	case <-ctx.Done():
		return "", unavailable("cast a vote", ctx.Err())
	}
}

// add lets a cast wait its turn, and sees to it that somebody sends it. It reports false
// where too many wait.
func (c *casts) add(one *casting, send func([]*casting)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= maxWaiting {
		return false
	}
	c.waiting = append(c.waiting, one)
	if c.steps < maxSteps {
		c.steps++
		go c.run(send)
	}
	return true
}

// run sends what waits until nothing does.
func (c *casts) run(send func([]*casting)) {
	for {
		step := c.take()
		if step == nil {
			return
		}
		send(step)
	}
}

// take returns the casts of the next step, nil for none. Whose caller has gone is not
// sent: they were told that it failed, and may have cast another vote since. Neither is
// one that has waited too long; it is told so.
func (c *casts) take() (step []*casting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken, now := 0, time.Now()
	for ; taken < len(c.waiting) && len(step) < maxTogether; taken++ {
		one := c.waiting[taken]
		switch {
		case one.ctx.Err() != nil:
		case now.After(one.until):
			one.answer <- castAnswer{err: unavailable("cast a vote", errBusy)}
		default:
			step = append(step, one)
		}
	}
	c.waiting = slices.Delete(c.waiting, 0, taken) // which keeps none of them in memory
	if step == nil {
		c.steps--
	}
	return step
}

// send runs the script for a step, and gives each cast its answer. It waits no longer
// than the first of them.
func (q *Queue) send(step []*casting) {
	ctx, cancel := context.WithDeadline(context.Background(), step[0].until)
	defer cancel()
	keys := append(make([]string, 0, 3+len(step)), keyGate, keyVotes, keyRevision)
	args := append(make([]string, 0, 1+4*len(step)), onceSeconds)
	for _, one := range step {
		args = append(args, one.args[:]...)
		if one.once != "" {
			keys = append(keys, one.once)
		}
	}
	answers, err := castScript.Exec(ctx, q.client, keys, args).AsStrSlice()
	if err == nil && len(answers) != len(step) {
		err = fmt.Errorf("redis gave %d answers to %d casts", len(answers), len(step))
	}
	for i, one := range step {
		if err != nil {
			q.refusals.Load().see("", err)
			one.answer <- castAnswer{err: unavailable("cast a vote", err)}
			continue
		}
		one.answer <- q.answered(answers[i])
	}
}

// answered tells an answer from an error of this cast alone.
func (q *Queue) answered(text string) castAnswer {
	refusals := q.refusals.Load()
	words, failed := strings.CutPrefix(text, "!")
	if !failed {
		refusals.see(text, nil)
		return castAnswer{text: text}
	}
	if refusals != nil {
		refusals.refused(words)
	}
	return castAnswer{err: unavailable("cast a vote", errors.New(words))}
}
