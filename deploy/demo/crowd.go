package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"popeye/internal/retry"
	"popeye/vote"
)

const (
	// tide is how long it takes from one wave of voters to the next.
	tide = 30 * time.Second
	// swell is by how much a wave is above the average, and the trough below it.
	swell = 0.7
	// newcomers is the share of votes that are somebody's first, as long as people come.
	newcomers = 0.85
	// lookEvery is how often the poll is read again: it may close, or change.
	lookEvery = 3 * time.Second
	// drain bounds how long requests on their way are waited for in the end.
	drain = 8 * time.Second
)

// crowd is everybody who votes, at most as many at once as the site has places.
type crowd struct {
	site        *site
	rate        float64
	most        int // people
	preferences preferences
	chance      *rand.Rand // owned by the goroutine of run
	log         *slog.Logger
	poll        atomic.Pointer[vote.Poll]
	sum         sum

	mu   sync.Mutex
	came int
	idle []*voter // have voted, and are not voting now
}

func newCrowd(s *site, set settings, log *slog.Logger) *crowd {
	return &crowd{
		site: s, rate: set.Rate, most: set.Voters, log: log,
		preferences: preferences{set.Seed}, chance: rand.New(rand.NewPCG(set.Seed, math.MaxUint64)),
	}
}

// run lets the crowd vote until ctx ends, waits until each vote under way has
// ended in some way, and says what became of all. It fails only if the poll could
// never be read.
func (c *crowd) run(ctx context.Context) error {
	err := retry.Do(ctx, c.log, "read the poll", func(ctx context.Context) error { return c.look(ctx) })
	if err != nil {
		return err
	}
	var beside, voting sync.WaitGroup
	beside.Go(func() { c.keepLooking(ctx) })
	beside.Go(func() { c.sum.keepReporting(ctx, c.log) })
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	context.AfterFunc(ctx, func() { sleep(work, drain); cancel() })

	c.arrive(ctx, work, &voting)
	voting.Wait()
	cancel()
	beside.Wait()
	c.sum.end(c.log)
	return nil
}

// arrive sends voters, each at their time, until ctx ends.
func (c *crowd) arrive(ctx, work context.Context, voting *sync.WaitGroup) {
	places := make(chan struct{}, atOnce)
	began := time.Now()
	for due := began; ; {
		due = due.Add(c.gap(due.Sub(began)))
		if time.Since(due) > time.Second {
			due = time.Now() // the site was slow: who was kept does not come in one rush
		}
		if !sleep(ctx, time.Until(due)) {
			return
		}
		p := *c.poll.Load()
		if p.Status != vote.Open {
			continue
		}
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return
		}
		v := c.next()
		if v == nil { // all are voting now
			<-places
			continue
		}
		b := c.preferences.ballot(p, due.Sub(began), c.chance)
		c.sum.offered.Add(1)
		voting.Go(func() {
			c.votes(ctx, work, v, b)
			<-places
		})
	}
}

// gap is the time from one vote to the next: random, and shorter on the crest of
// a wave.
func (c *crowd) gap(at time.Duration) time.Duration {
	now := c.rate * (1 + swell*math.Sin(2*math.Pi*at.Seconds()/tide.Seconds()))
	return time.Duration(c.chance.ExpFloat64() / now * float64(time.Second))
}

// next is who votes now: mostly somebody new, or somebody who changes their mind;
// nil if nobody is free.
func (c *crowd) next() *voter {
	c.mu.Lock()
	defer c.mu.Unlock()
	free := len(c.idle)
	if c.came < c.most && (free == 0 || c.chance.Float64() < newcomers) {
		c.came++
		return &voter{client: c.site.visitor(), name: fmt.Sprintf("%016x", rand.Uint64())}
	}
	if free == 0 {
		return nil
	}
	i := c.chance.IntN(free)
	v := c.idle[i]
	c.idle[i] = c.idle[free-1]
	c.idle = c.idle[:free-1]
	return v
}

// votes casts one vote and counts what became of it. A voter whom the site does
// not know in the end leaves: with another vote they would be two.
func (c *crowd) votes(ctx, work context.Context, v *voter, b ballot) {
	o, err := v.casts(ctx, work, c.site, b)
	c.sum.count(o, err)
	if o != recorded && v.votes == 1 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, v)
}

// keepLooking reads the poll again and again. While that fails, what was read
// last holds.
func (c *crowd) keepLooking(ctx context.Context) {
	for sleep(ctx, lookEvery) {
		_ = c.look(ctx)
	}
}

// look reads the poll and says when it opens or closes.
func (c *crowd) look(ctx context.Context) error {
	p, err := c.site.poll(ctx)
	if err != nil {
		return err
	}
	if was := c.poll.Swap(&p); was == nil || was.Status != p.Status {
		c.log.Info("the poll is "+string(p.Status), "poll", p.Slug, "question", p.Question, "kind", p.Kind)
	}
	return nil
}
