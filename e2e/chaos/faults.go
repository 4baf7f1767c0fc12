package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
	"popeye/internal/testenv/faults"
)

// claimTime is how long a batch stays with a worker that does not keep it alive;
// what is paused for longer finds its batch taken over.
const claimTime = 3 * time.Second

// fault is one thing that goes wrong, for a while.
type fault struct {
	kind  string // as the table names it
	where string
	begin func(context.Context) error
	end   func(context.Context) error
	lasts time.Duration // from begin to end
	// covered: while it lasts another process stands in, so recovery is counted
	// from when it has begun; else from its end.
	covered bool
	closing bool             // an unlucky moment to close a poll
	watch   *testenv.Program // a result service that must show the probe, if not nil
}

// catalogue makes faults of a stack. What chance has a say in is drawn from
// chance, so a seed names a storm.
type catalogue struct {
	*stack
	*witness
	crowd  *crowd
	chance *rand.Rand
	touch  func(context.Context) // makes result change something in the store

	lostAnswers int // by links; belongs to the lane of the links
}

// between draws a time.
func (c *catalogue) between(from, to time.Duration) time.Duration {
	return from + time.Duration(c.chance.Int64N(int64(to-from)))
}

// one draws a replica.
func (c *catalogue) one(programs []*testenv.Program) *testenv.Program {
	return programs[c.chance.IntN(replicas)]
}

// processes is everything that happens to processes, each once and in an order
// of chance.
func (c *catalogue) processes() []fault {
	var all []fault
	for i := range replicas {
		all = append(all,
			c.kill("kill poll", c.Polls[i]), c.kill("kill worker", c.Workers[i]), c.kill("kill result", c.Results[i]),
			c.roll("roll poll", c.Polls[i]), c.roll("roll worker", c.Workers[i]), c.roll("roll result", c.Results[i]))
	}
	all = append(all, c.killRedis(), c.killPostgres(), c.killBothWorkers(), c.killHolding(),
		c.pause("pause worker", c.one(c.Workers), claimTime+c.between(500*time.Millisecond, 1500*time.Millisecond)),
		c.pause("pause poll", c.one(c.Polls), c.between(500*time.Millisecond, 1500*time.Millisecond)),
		c.pause("pause result", c.one(c.Results), c.between(500*time.Millisecond, 1500*time.Millisecond)),
		c.pauseRedis(), c.pausePostgres(), c.refuseWrites(), c.restoreRedis())
	c.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// links is everything that happens to connections, in an order of chance.
func (c *catalogue) links() []fault {
	var all []fault
	for _, l := range []struct {
		name  string
		links []*faults.Proxy
		asks  string // what the requests hold whose answers are to be lost
	}{
		{"poll-redis", c.pollRedis, "EVALSHA"},
		{"worker-redis", c.workerRedis, "EVALSHA"},
		{"worker-postgres", c.workerPostgres, "commit\x00"},
		{"result-postgres", c.resultPostgres, "commit\x00"},
	} {
		all = append(all, c.cut(l.name, l.links), c.delay(l.name, l.links), c.loseAnswers(l.name, l.links, l.asks))
	}
	c.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// The faults of our services.

func (c *catalogue) kill(kind string, p *testenv.Program) fault {
	f := fault{
		kind: kind, where: p.Name(), lasts: c.between(0, time.Second), covered: true, closing: kind == "kill worker",
		begin: func(context.Context) error { c.kills(p); return nil },
		end:   again(p),
	}
	return c.watched(f, p)
}

func (c *catalogue) roll(kind string, p *testenv.Program) fault {
	f := fault{
		kind: kind, where: p.Name(), covered: true, closing: kind == "roll worker",
		begin: func(context.Context) error { c.stops(p); return nil },
		end:   again(p),
	}
	return c.watched(f, p)
}

func (c *catalogue) pause(kind string, p *testenv.Program, lasts time.Duration) fault {
	f := fault{
		kind: kind, where: p.Name(), lasts: lasts, covered: true, closing: kind == "pause worker",
		begin: func(context.Context) error { p.Pause(); return nil },
		end:   func(context.Context) error { p.Resume(); return nil },
	}
	return c.watched(f, p)
}

// watched makes recovery of a result service mean that this one shows a fresh
// vote again: the way of a vote does not lead through it.
func (c *catalogue) watched(f fault, p *testenv.Program) fault {
	for _, r := range c.Results {
		if r == p {
			f.watch, f.covered = p, false
		}
	}
	return f
}

// again starts a process anew.
func again(p *testenv.Program) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := p.Launch(); err != nil {
			return err
		}
		return p.WaitReady(ctx, patience)
	}
}

func (c *catalogue) killBothWorkers() fault {
	return fault{
		kind: "kill both workers", where: "workers", lasts: c.between(1500*time.Millisecond, 3*time.Second), closing: true,
		begin: func(context.Context) error { c.kills(c.Workers...); return nil },
		end:   c.workersAgain,
	}
}

// killHolding kills a worker that has taken many votes and can't have stored
// them: they piled up before, and nobody may write ballots meanwhile. The other
// holds newer votes then, and goes on at once. Some voters are there only for
// this: their first word is what the one holds, and the last word of half of them
// is what the other does.
func (c *catalogue) killHolding() fault {
	pile := c.between(600*time.Millisecond, 900*time.Millisecond)
	victim := c.chance.IntN(replicas)
	p, other := c.Workers[victim], c.Workers[replicas-1-victim]
	return fault{
		kind: "kill holding", where: p.Name(), covered: true, closing: true,
		begin: func(ctx context.Context) error {
			guests, err := c.guests(ctx, 20)
			if err != nil {
				return err
			}
			c.kills(c.Workers...)
			if err := errors.Join(sayAll(ctx, guests, "a"), testenv.Sleep(ctx, pile)); err != nil {
				return err
			}
			unlock, err := c.lockBallots(ctx)
			if err != nil {
				return err
			}
			defer unlock()
			if err := p.Launch(); err != nil {
				return err
			}
			c.awaitTaken(ctx, 4*time.Second)
			err = errors.Join(sayAll(ctx, guests[:10], "b"), other.Launch())
			c.awaitTaken(ctx, time.Second)
			c.kills(p)
			return err
		},
		end: again(p),
	}
}

// guests are voters who belong to a fault, not to the crowd. They are known.
func (c *catalogue) guests(ctx context.Context, n int) ([]*voter, error) {
	guests := make([]*voter, n)
	for i := range guests {
		guests[i] = c.crowd.newcomer()
		if err := guests[i].introduce(ctx); err != nil {
			return nil, err
		}
	}
	return guests, nil
}

// sayAll lets voters cast the same at once, and returns when all know what became
// of it or have given up.
func sayAll(ctx context.Context, voters []*voter, option string) error {
	var all errgroup.Group
	for _, v := range voters {
		all.Go(func() error {
			_, err := v.cast(ctx, defaultPoll, ballot{option, strconv.Quote(option)}, 10)
			return err
		})
	}
	return all.Wait()
}

// awaitTaken waits until a worker takes votes out of the inbox, or no longer.
func (c *catalogue) awaitTaken(ctx context.Context, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	before := int64(0)
	for {
		f, err := c.stats(ctx)
		if err == nil && f.Waiting < before {
			return
		}
		before = f.Waiting
		if testenv.Sleep(ctx, 20*time.Millisecond) != nil {
			return
		}
	}
}

// workersAgain starts both workers anew.
func (c *catalogue) workersAgain(ctx context.Context) error {
	var errs []error
	for _, p := range c.Workers {
		errs = append(errs, p.Launch())
	}
	for _, p := range c.Workers {
		errs = append(errs, p.WaitReady(ctx, patience))
	}
	return errors.Join(errs...)
}

// The faults of the servers.

func (c *catalogue) killRedis() fault {
	return fault{
		kind: "kill redis", where: "redis", lasts: c.between(0, time.Second),
		begin: func(context.Context) error { c.Redis.Kill(); return nil },
		end:   func(context.Context) error { return c.Redis.Up() },
	}
}

func (c *catalogue) killPostgres() fault {
	return fault{
		kind: "kill postgres", where: "postgres", lasts: c.between(0, time.Second), closing: true,
		begin: func(context.Context) error { c.Postgres.Kill(); return nil },
		end:   func(context.Context) error { return c.Postgres.Up() },
	}
}

func (c *catalogue) pauseRedis() fault {
	return fault{
		kind: "pause redis", where: "redis", lasts: c.between(500*time.Millisecond, 1500*time.Millisecond),
		begin: func(context.Context) error { c.Redis.Pause(); return nil },
		end:   func(context.Context) error { c.Redis.Resume(); return nil },
	}
}

func (c *catalogue) pausePostgres() fault {
	return fault{
		kind: "pause postgres", where: "postgres", lasts: c.between(500*time.Millisecond, 1500*time.Millisecond), closing: true,
		begin: func(context.Context) error { c.Postgres.Pause(); return nil },
		end:   func(context.Context) error { c.Postgres.Resume(); return nil },
	}
}

// The faults of the links.

func (c *catalogue) cut(name string, links []*faults.Proxy) fault {
	return fault{
		kind: "cut " + name, where: "both", closing: true,
		begin: func(context.Context) error {
			for _, p := range links {
				p.CutAll()
			}
			return nil
		},
		end: func(context.Context) error { return nil },
	}
}

func (c *catalogue) delay(name string, links []*faults.Proxy) fault {
	by := c.between(20*time.Millisecond, 200*time.Millisecond)
	set := func(d time.Duration) func(context.Context) error {
		return func(context.Context) error {
			for _, p := range links {
				p.Delay(d)
			}
			return nil
		}
	}
	return fault{
		kind: "delay " + name, where: fmt.Sprintf("both by %s", by.Round(time.Millisecond)), closing: true,
		lasts: c.between(time.Second, 2*time.Second), begin: set(by), end: set(0),
	}
}

// loseAnswers: what is asked for is done, and whoever asked never learns.
func (c *catalogue) loseAnswers(name string, links []*faults.Proxy, asks string) fault {
	return fault{
		kind: "lose answers " + name, where: "both", closing: true,
		lasts: c.between(500*time.Millisecond, 1500*time.Millisecond),
		begin: func(ctx context.Context) error {
			for _, p := range links {
				p.LoseAnswers(asks)
			}
			if name == "result-postgres" {
				c.touch(ctx) // nothing else of result's need be under way now
			}
			return nil
		},
		end: func(context.Context) error {
			for _, p := range links {
				c.lostAnswers += p.LoseAnswers("")
			}
			return nil
		},
	}
}
