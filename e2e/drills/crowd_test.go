package drills

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// crowd is people who vote, each at their own pace, until they are told to go
// home, and who write down what they were answered.
type crowd struct {
	site    string // of the polls' API
	network *http.Transport
	ctx     context.Context
	goHome  context.CancelFunc
	people  sync.WaitGroup

	mu       sync.Mutex
	last     map[string]string // voter -> what was recorded last
	maybe    map[string]string // voter -> what was sent after that, without an answer
	recorded int               // votes answered "recorded"
	unknown  int               // votes of voters whom we don't know, sent without an answer
	failed   map[int]int       // other answers, by status; 0 for none
}

// pace is the pause between two votes of one person.
const pace = 20 * time.Millisecond

func newCrowd(t testing.TB, site string) *crowd {
	ctx, goHome := context.WithCancel(context.WithoutCancel(t.Context()))
	c := &crowd{
		site: site, network: &http.Transport{MaxIdleConnsPerHost: 100}, ctx: ctx, goHome: goHome,
		last: map[string]string{}, maybe: map[string]string{}, failed: map[int]int{},
	}
	t.Cleanup(func() { c.end() })
	return c
}

// minds lets n people vote and change their minds, again and again.
func (c *crowd) minds(n int) *crowd {
	for i := range n {
		c.people.Go(func() { c.vote(i, true) })
	}
	return c
}

// strangers lets n people vote for somebody new each time: the number of ballots
// is then the number of votes.
func (c *crowd) strangers(n int) *crowd {
	for i := range n {
		c.people.Go(func() { c.vote(i, false) })
	}
	return c
}

// end sends everybody home and returns when they are.
func (c *crowd) end() *crowd {
	c.goHome()
	c.people.Wait()
	c.network.CloseIdleConnections()
	return c
}

// recordedMore waits until n more votes are recorded than now.
func (c *crowd) recordedMore(t testing.TB, n int) {
	t.Helper()
	c.mu.Lock()
	want := c.recorded + n
	c.mu.Unlock()
	eventually(t, fmt.Sprintf("%d more votes are recorded", n), func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.recorded < want {
			return fmt.Errorf("%d are missing; other answers by status: %v", want-c.recorded, c.failed)
		}
		return nil
	})
}

// refusedMore waits until n more votes got an answer of this status.
func (c *crowd) refusedMore(t testing.TB, status, n int) {
	t.Helper()
	c.mu.Lock()
	want := c.failed[status] + n
	c.mu.Unlock()
	eventually(t, fmt.Sprintf("%d more votes are answered %d", n, status), func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.failed[status] < want {
			return fmt.Errorf("answers by status: %v", c.failed)
		}
		return nil
	})
}

// refused returns the answers that say no, once and for all. That a busy machine
// let somebody wait too long, who was told so and came again, is no such answer.
func (c *crowd) refused() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var said []int
	for status := range c.failed {
		if status != 0 && status != http.StatusServiceUnavailable {
			said = append(said, status)
		}
	}
	return said
}

// vote is one person's part. A vote is sent with an id until it has an answer.
func (c *crowd) vote(seed int, same bool) {
	person := newPerson(c.network)
	rest := time.NewTicker(pace)
	defer rest.Stop()
	for n := 0; ; {
		id := fmt.Sprintf("drill-%p-%d-%d", c, seed, n)
		ballot := string(rune('a' + (seed+n)%4)) // each vote differs from the one before
		if !same {
			person = newPerson(c.network)
		}
		status := person.cast(c.site, ballot, id)
		c.note(person, ballot, status, same)
		if status == http.StatusAccepted {
			n++
		}
		select {
		case <-rest.C:
		case <-c.ctx.Done():
			return
		}
	}
}

func (c *crowd) note(p *person, ballot string, status int, same bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case status == http.StatusAccepted:
		c.recorded++
		c.last[p.voter] = ballot
		delete(c.maybe, p.voter)
	case same && p.voter != "":
		c.failed[status]++
		c.maybe[p.voter] = ballot
	default:
		c.failed[status]++
		c.unknown++
	}
}

// person is a voter's program, which keeps its cookie.
type person struct {
	client *http.Client
	voter  string // as the cookie says, "" before the first answer
}

func newPerson(network *http.Transport) *person {
	jar, _ := cookiejar.New(nil)
	return &person{client: &http.Client{Jar: jar, Timeout: 8 * time.Second, Transport: network}}
}

// cast votes in the default poll and returns the status; 202 only if the answer
// is that this ballot is recorded, 0 if there is none.
func (p *person) cast(site, ballot, id string) int {
	return p.castIn(site, "default", ballot, id)
}

func (p *person) castIn(site, slug, ballot, id string) int {
	body := fmt.Sprintf(`{"vote":%q,"id":%q}`, ballot, id)
	resp, err := p.client.Post(site+"/api/v1/polls/"+slug+"/votes", "application/json", strings.NewReader(body))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		if strings.HasPrefix(c.Name, "voter_") { // of whichever instance
			p.voter, _, _ = strings.Cut(c.Value, ".")
		}
	}
	var answer struct{ Status, Vote string }
	if resp.StatusCode == http.StatusAccepted &&
		(json.NewDecoder(resp.Body).Decode(&answer) != nil || answer.Status != "recorded" || answer.Vote != ballot) {
		return 0
	}
	return resp.StatusCode
}

// votes casts until the answer is "recorded".
func (p *person) votes(t testing.TB, site, ballot string) {
	t.Helper()
	id := fmt.Sprintf("vote-%p-%s-%d", p, ballot, time.Now().UnixNano())
	eventually(t, "a vote for "+ballot+" is recorded", func() error {
		if status := p.cast(site, ballot, id); status != http.StatusAccepted {
			return fmt.Errorf("status %d", status)
		}
		return nil
	})
}

// ballots reads the default poll's ballots: voter -> ballot.
func ballots(ctx context.Context, db string) (map[string]string, error) {
	conn, err := pgx.Connect(ctx, db)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, `SELECT id, vote FROM votes`)
	if err != nil {
		return nil, err
	}
	stored := map[string]string{}
	var voter, ballot string
	_, err = pgx.ForEachRow(rows, []any{&voter, &ballot}, func() error { stored[voter] = ballot; return nil })
	return stored, err
}

// missing compares what is stored with what was answered, voter by voter, and
// returns how many voters have no ballot. One that has a wrong one is an error,
// and so are more ballots than there were voters, and others beside them.
func (c *crowd) missing(stored map[string]string, others int) (lost int, err error) {
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

// isStored waits until the store holds every voter's last word, and nothing
// else, and the tally is a recount of it.
func (c *crowd) isStored(t testing.TB, db string) {
	t.Helper()
	c.isStoredBeside(t, db, 0)
}

// isStoredBeside is isStored where others have ballots too.
func (c *crowd) isStoredBeside(t testing.TB, db string, others int) {
	t.Helper()
	eventually(t, "every recorded vote is stored", func() error {
		stored, err := ballots(t.Context(), db)
		if err != nil {
			return err
		}
		lost, err := c.missing(stored, others)
		if lost > 0 && err == nil {
			err = fmt.Errorf("%d voters have no ballot", lost)
		}
		return err
	})
	recount(t, db)
}

// recount demands that the tallies are a recount of the ballots.
func recount(t testing.TB, db string) {
	t.Helper()
	if wrong := ask[int64](t, db, `
		SELECT count(*) FROM tallies FULL JOIN (
			SELECT poll, ballot, count(*) AS voters FROM ballots GROUP BY poll, ballot
		) AS counted USING (poll, ballot, voters)
		WHERE tallies.poll IS NULL OR counted.poll IS NULL`); wrong != 0 {
		t.Errorf("%d tallies differ from a recount", wrong)
	}
}
