package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/api"
	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
	"popeye/vote"
)

// lateBy bounds how much later a request of the organiser may still take effect
// that was given up without an answer: result's own bounds, and what links and
// pauses add.
const lateBy = 8 * time.Second

// organiser makes the storm's polls, and closes one and opens it again whenever
// somebody says so. Its fields belong to its goroutine while that runs.
type organiser struct {
	*witness
	crowd   *crowd
	results []*testenv.Program
	chance  *rand.Rand
	rounds  []string       // begun, as the judge knows them
	late    errgroup.Group // voters who stay in a round that is over

	poke     chan string // close now: why
	closings []judge.Closing
	doubtful time.Duration // until then a request that got no answer may still open the poll
}

func newOrganiser(w *witness, c *crowd, s *stack, chance *rand.Rand) *organiser {
	return &organiser{witness: w, crowd: c, results: s.Results, chance: chance, poke: make(chan string)}
}

// closeNow asks for a closing, unless one is under way.
func (o *organiser) closeNow(why string) {
	select {
	case o.poke <- why:
	default:
	}
}

// organise closes and opens until the storm is over, and at least so often: what
// the faults left no time for is done at the end.
func (o *organiser) organise(ctx context.Context, fewest int, over <-chan struct{}, log func(string, ...any)) error {
	for open := true; open || len(o.closings) < fewest; {
		why := "no fault"
		if open {
			select {
			case why = <-o.poke:
			case <-over:
				open = false
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		asked := o.now()
		if err := o.closing(ctx); err != nil {
			return err
		}
		if err := o.begin(ctx); err != nil {
			return err
		}
		log("a poll was closed during %s, and open again after %.2f s", why, (o.now() - asked).Seconds())
	}
	return o.late.Wait()
}

// closing closes the poll, looks at it as soon as it is seen closed and once
// more before it opens again.
func (o *organiser) closing(ctx context.Context) error {
	due, err := o.shut(ctx)
	if err != nil {
		return err
	}
	shown, err := o.seenClosed(ctx, due)
	if err != nil {
		return err
	}
	if err := o.lookTwice(ctx, shown); err != nil {
		return err
	}
	if err := o.turnSight(ctx); err != nil {
		return err
	}
	return o.surely(ctx, "open the poll", func(ctx context.Context, at testenv.Organiser) error {
		_, err := at.OpenPoll(ctx, stormPoll)
		return err
	})
}

// surely changes the storm's poll, and notes whether that may happen again later.
func (o *organiser) surely(ctx context.Context, what string, ask func(context.Context, testenv.Organiser) error) error {
	lost, err := o.request(ctx, what, ask)
	if lost {
		o.doubtful = o.now() + lateBy
	}
	return err
}

// shut closes the poll: by hand, or by giving it a time to close by itself. It
// returns when it is to shut.
func (o *organiser) shut(ctx context.Context) (due time.Time, err error) {
	if o.chance.IntN(2) == 0 {
		_, err = o.request(ctx, "close the poll", closeStorm)
		return time.Now(), err
	}
	_, err = o.request(ctx, "say when the poll closes", func(ctx context.Context, at testenv.Organiser) error {
		due = time.Now().Add(500 * time.Millisecond)
		_, err := at.ChangePoll(ctx, stormPoll, api.Change{ClosesAt: vote.At(due)})
		return err
	})
	return due, err
}

func closeStorm(ctx context.Context, at testenv.Organiser) error {
	_, err := at.ClosePoll(ctx, stormPoll)
	return err
}

// seenClosed waits until the audience sees the poll closed, and returns how many
// voters are shown then. Should it not even begin to, it is closed by hand: a late
// request of our own may have opened it.
func (o *organiser) seenClosed(ctx context.Context, due time.Time) (shown int64, err error) {
	const worth = 5 * time.Second // waiting for
	err = testenv.Until(ctx, patience, "the poll is seen closed", func() error {
		c, err := o.showing(ctx, stormPoll)
		switch {
		case err != nil:
			return err
		case c.AsOf.Before(due):
			return fmt.Errorf("the figures are from %s", c.AsOf)
		case c.Status == vote.Open && time.Since(due) > worth:
			if err := o.ask(ctx, closeStorm); err != nil {
				return err
			}
		}
		shown = c.Total
		if c.Status != vote.Closed {
			return fmt.Errorf("it is %s", c.Status)
		}
		return nil
	})
	return shown, err
}

// lookTwice reads the closed poll now and a moment later.
func (o *organiser) lookTwice(ctx context.Context, shown int64) error {
	first, was, err := o.readSurely(ctx, stormPoll)
	if err != nil {
		return err
	}
	first.Shown = &shown
	if err := testenv.Sleep(ctx, time.Duration(300+o.chance.IntN(1200))*time.Millisecond); err != nil {
		return err
	}
	last, is, err := o.readSurely(ctx, stormPoll)
	if err != nil {
		return err
	}
	c := judge.Closing{Poll: stormPoll, First: first, Last: last, Was: was, Is: is}
	if c.Changed() && first.From < o.doubtful {
		return nil // we may have opened it ourselves: this closing proves nothing
	}
	o.closings = append(o.closings, c)
	return nil
}

// request asks one replica or the other until it is done, and reports whether it was
// asked once without an answer.
func (o *organiser) request(ctx context.Context, what string, ask func(context.Context, testenv.Organiser) error) (lost bool, err error) {
	err = testenv.Until(ctx, patience, what, func() error {
		err := o.ask(ctx, ask)
		lost = lost || err != nil
		return err
	})
	return lost, err
}

// make makes the polls that are not there by themselves, open. The machine may be busy
// with what begins: each is asked for until it is there, by an id that makes that harmless.
func (o *organiser) make(ctx context.Context) error {
	storm := testenv.OpenPoll(stormPoll, "In which order?", "A", "B", "C", "D", "E", "F")
	storm.Kind, storm.Visibility = vote.Ranked, new(vote.VisibleManual)
	for _, d := range []api.NewPoll{storm, againAsks(0), testenv.OpenPoll(probePoll, "Does it work?", "Yes", "No")} {
		d.ID = cmp.Or(d.ID, d.Slug)
		_, err := o.request(ctx, "make a poll", func(ctx context.Context, at testenv.Organiser) error {
			_, err := at.CreatePoll(ctx, d)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// touch changes the definition of a poll that is never closed, whether or not
// anyone answers.
func (o *organiser) touch(ctx context.Context) {
	tomorrow := vote.At(time.Now().Add(24 * time.Hour))
	_ = o.ask(ctx, func(ctx context.Context, at testenv.Organiser) error {
		_, err := at.ChangePoll(ctx, probePoll, api.Change{ClosesAt: tomorrow})
		return err
	})
}

// askTimeout bounds one question to a service; voters have a bound of their own.
const askTimeout = 3 * time.Second

// ask asks one of the replicas.
func (o *organiser) ask(ctx context.Context, ask func(context.Context, testenv.Organiser) error) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return ask(ctx, testenv.NewOrganiser(o.results[rand.IntN(replicas)].URL))
}

// showing asks one replica for the count.
func (o *organiser) showing(ctx context.Context, poll string) (api.Results, error) {
	return showing(ctx, o.results[rand.IntN(replicas)], poll)
}

// showing asks a result service for the count.
func showing(ctx context.Context, p *testenv.Program, poll string) (api.Results, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return testenv.NewOrganiser(p.URL).Results(ctx, poll)
}
