package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"popeye/e2e/chaos/judge"
)

// lateBy bounds how much later a request of the organiser may still take effect
// that was given up without an answer: result's own bounds, and what links and
// pauses add.
const lateBy = 8 * time.Second

// organiser makes the storm's polls, and closes one and opens it again whenever
// somebody says so. Its fields belong to its goroutine while that runs.
type organiser struct {
	*witness
	results [replicas]*program
	token   string
	chance  *rand.Rand

	poke     chan string // close now: why
	closings []judge.Closing
	doubtful time.Duration // until then a request that got no answer may still open the poll
}

func newOrganiser(w *witness, s *stack, chance *rand.Rand) *organiser {
	return &organiser{witness: w, results: s.results, token: s.token, chance: chance, poke: make(chan string)}
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
		log("a poll was closed during %s, and open again after %.2f s", why, (o.now() - asked).Seconds())
	}
	return nil
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
	lost, err := o.request(ctx, "open the poll", func() (string, string, string) { return "POST", "/open", "" })
	if lost {
		o.doubtful = o.now() + lateBy
	}
	return err
}

// shut closes the poll: by hand, or by giving it a time to close by itself. It
// returns when it is to shut.
func (o *organiser) shut(ctx context.Context) (due time.Time, err error) {
	if o.chance.IntN(2) == 0 {
		_, err = o.request(ctx, "close the poll", func() (string, string, string) { return "POST", "/close", "" })
		return time.Now(), err
	}
	_, err = o.request(ctx, "say when the poll closes", func() (string, string, string) {
		due = time.Now().Add(500 * time.Millisecond)
		return "PATCH", "", fmt.Sprintf(`{"closes_at":%q}`, due.Format(time.RFC3339Nano))
	})
	return due, err
}

// seenClosed waits until the audience sees the poll closed, and returns how many
// voters are shown then. Should it not even begin to, it is closed by hand: a late
// request of our own may have opened it.
func (o *organiser) seenClosed(ctx context.Context, due time.Time) (shown int64, err error) {
	const worth = 5 * time.Second // waiting for
	err = eventually(ctx, "the poll is seen closed", func() error {
		c, err := o.showing(ctx, stormPoll)
		switch {
		case err != nil:
			return err
		case c.AsOf.Before(due):
			return fmt.Errorf("the figures are from %s", c.AsOf)
		case c.Status == "open" && time.Since(due) > worth:
			if _, _, err := o.ask(ctx, "POST", "/api/v1/polls/"+stormPoll+"/close", ""); err != nil {
				return err
			}
		}
		shown = c.Total
		if c.Status != "closed" {
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
	if err := wait(ctx, time.Duration(300+o.chance.IntN(1200))*time.Millisecond); err != nil {
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

// request sends what draft writes to one replica or the other until it is done, and
// reports whether it was sent once without an answer.
func (o *organiser) request(ctx context.Context, what string, draft func() (method, action, body string)) (lost bool, err error) {
	err = eventually(ctx, what, func() error {
		method, action, body := draft()
		status, answer, err := o.ask(ctx, method, "/api/v1/polls/"+stormPoll+action, body)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("answered %d: %s", status, answer)
		}
		lost = lost || err != nil
		return err
	})
	return lost, err
}

// make makes the polls that are not there by themselves, open.
func (o *organiser) make(ctx context.Context) error {
	for _, definition := range []string{
		`{"slug":"` + stormPoll + `","question":"In which order?","kind":"ranked","options":["A","B","C","D","E","F"],"status":"open"}`,
		`{"slug":"` + probePoll + `","question":"Does it work?","kind":"single","options":["Yes","No"],"status":"open"}`,
	} {
		status, body, err := o.ask(ctx, "POST", "/api/v1/polls", definition)
		if err == nil && status != http.StatusCreated {
			err = fmt.Errorf("answered %d: %s", status, body)
		}
		if err != nil {
			return fmt.Errorf("make a poll: %w", err)
		}
	}
	return nil
}

// touch changes the definition of a poll that is never closed, whether or not
// anyone answers.
func (o *organiser) touch(ctx context.Context) {
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339Nano)
	_, _, _ = o.ask(ctx, "PATCH", "/api/v1/polls/"+probePoll, fmt.Sprintf(`{"closes_at":%q}`, tomorrow))
}

// ask sends an organiser's request to one of the replicas.
func (o *organiser) ask(ctx context.Context, method, path, body string) (int, []byte, error) {
	site := o.results[rand.IntN(replicas)].url
	req, err := http.NewRequestWithContext(ctx, method, site+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+o.token)
	req.Header.Set("Content-Type", "application/json")
	return ask(req)
}

// screen is what the results API says of a poll.
type screen struct {
	Status string
	Total  int64
	AsOf   time.Time `json:"as_of"` // by PostgreSQL's clock, which is ours
}

// showing asks one replica for the count.
func (o *organiser) showing(ctx context.Context, poll string) (screen, error) {
	return showing(ctx, o.results[rand.IntN(replicas)], poll)
}

// showing asks a result service for the count.
func showing(ctx context.Context, p *program, poll string) (c screen, err error) {
	status, body, err := get(ctx, p.url+"/api/v1/polls/"+poll+"/results")
	if err != nil {
		return c, err
	}
	if status != http.StatusOK {
		return c, errors.New(p.name + " answered " + http.StatusText(status))
	}
	return c, json.Unmarshal(body, &c)
}
