package people

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"popeye/client"
	"popeye/internal/testenv"
	"popeye/vote"
)

// pace is the pause between two votes of one person.
const pace = 20 * time.Millisecond

// Crowd is people who vote in the default poll, each at their own pace, until they
// are told to go home, and who write down what they were answered.
type Crowd struct {
	site    string
	network *http.Transport
	ctx     context.Context
	goHome  context.CancelFunc
	people  sync.WaitGroup

	mu       sync.Mutex
	last     map[string]vote.Ballot // voter -> what was recorded last
	maybe    map[string]vote.Ballot // voter -> what was sent after that, without an answer
	recorded int                    // votes answered "recorded"
	unknown  int                    // votes of voters whom we don't know, sent without an answer
	failed   map[int]int            // other answers, by status; 0 for none
}

// NewCrowd returns an empty crowd before a voting site.
func NewCrowd(t testenv.T, site string) *Crowd {
	ctx, goHome := context.WithCancel(context.Background())
	c := &Crowd{
		site: site, network: &http.Transport{MaxIdleConnsPerHost: 100}, ctx: ctx, goHome: goHome,
		last: map[string]vote.Ballot{}, maybe: map[string]vote.Ballot{}, failed: map[int]int{},
	}
	t.Cleanup(func() { c.End() })
	return c
}

// Minds lets n people vote and change their minds, again and again.
func (c *Crowd) Minds(n int) *Crowd {
	for i := range n {
		c.people.Go(func() { c.changesMind(i) })
	}
	return c
}

// Strangers lets n people vote for somebody new each time: the number of ballots is
// then the number of votes.
func (c *Crowd) Strangers(n int) *Crowd {
	for i := range n {
		c.people.Go(func() { c.votes(i, func() *Voter { return NewVoterOver(c.site, c.network) }) })
	}
	return c
}

// End sends everybody home and returns when they are.
func (c *Crowd) End() *Crowd {
	c.goHome()
	c.people.Wait()
	c.network.CloseIdleConnections()
	return c
}

// changesMind is the part of one person, who opens the page first: a vote that is
// sent again brings no cookie, for a stranger may send its id too.
func (c *Crowd) changesMind(seed int) {
	person := NewVoterOver(c.site, c.network)
	for person.Opens(c.ctx, "/") != nil {
		if testenv.Sleep(c.ctx, pace) != nil {
			return
		}
	}
	c.votes(seed, func() *Voter { return person })
}

// votes casts one vote after the other. Each is sent with an id until it has an
// answer.
func (c *Crowd) votes(seed int, next func() *Voter) {
	rest := time.NewTicker(pace)
	defer rest.Stop()
	for n := 0; ; {
		person := next()
		choice := vote.Ballot(rune('a' + (seed+n)%4)) // each vote differs from the one before
		err := person.Cast(context.WithoutCancel(c.ctx), vote.DefaultSlug, choice, fmt.Sprintf("crowd-%p-%d-%d", c, seed, n))
		c.note(person.VoterID(), choice, err)
		if err == nil {
			n++
		}
		select {
		case <-rest.C:
		case <-c.ctx.Done():
			return
		}
	}
}

func (c *Crowd) note(voter string, choice vote.Ballot, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.recorded++
		c.last[voter] = choice
		delete(c.maybe, voter)
		return
	}
	c.failed[client.StatusOf(err)]++
	if voter == "" {
		c.unknown++
		return
	}
	c.maybe[voter] = choice
}

// Recorded is how many votes were answered "recorded".
func (c *Crowd) Recorded() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recorded
}

// Stranger notes that somebody whom we don't know voted beside the crowd, and may be
// among the stored.
func (c *Crowd) Stranger() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unknown++
}

// RecordedMore waits until n more votes are recorded than now.
func (c *Crowd) RecordedMore(t testenv.T, n int) {
	t.Helper()
	want := c.Recorded() + n
	testenv.Eventually(t, fmt.Sprintf("%d more votes are recorded", n), func() error {
		if now := c.Recorded(); now < want {
			return fmt.Errorf("%d are missing; other answers by status: %v", want-now, c.Failed())
		}
		return nil
	})
}

// RefusedMore waits until n more votes got an answer of this status.
func (c *Crowd) RefusedMore(t testenv.T, status, n int) {
	t.Helper()
	want := c.Failed()[status] + n
	testenv.Eventually(t, fmt.Sprintf("%d more votes are answered %d", n, status), func() error {
		if now := c.Failed(); now[status] < want {
			return fmt.Errorf("answers by status: %v", now)
		}
		return nil
	})
}

// Failed counts the answers other than "recorded", by status; 0 is none.
func (c *Crowd) Failed() map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.failed)
}

// Missing compares what is stored with what was answered, voter by voter, and
// returns how many voters have no ballot. One that has a wrong one is an error, and
// so are more ballots than there were voters, and others beside them.
func (c *Crowd) Missing(stored map[string]vote.Ballot, others int) (lost int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := 0
	for voter, want := range c.last {
		got, there := stored[voter]
		switch {
		case !there:
			lost++
			continue
		case got != want && got != c.maybe[voter]:
			err = fmt.Errorf("a voter's ballot is %q, last recorded %q, maybe %q", got, want, c.maybe[voter])
		}
		known++
	}
	for voter := range c.maybe {
		if _, answered := c.last[voter]; !answered && stored[voter] != "" {
			known++
		}
	}
	if extra := len(stored) - known - others; extra < 0 || extra > c.unknown {
		err = fmt.Errorf("%d ballots too many; %d votes had no answer", extra, c.unknown)
	}
	return lost, err
}
