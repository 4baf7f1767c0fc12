//go:build engine

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"popeye/client"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// voter is someone with a browser of their own, who knows what was recorded last.
type voter struct {
	*people.Voter
	name   string // for the ids of their votes
	ballot string
	// refused is the longest time from a first refusal until the vote was recorded
	refused  time.Duration
	because  string // what was answered then
	refusals atomic.Int64
	recorded int
}

// lanes are the connections of all voters, kept as browsers keep theirs.
var lanes = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 10 * time.Second}

// newVoters open the pages of all sites of the stack, in turn, as browsers do: so
// each stays the same voter if the answer to the first vote is lost.
func newVoters(s stack, name string, n int) ([]*voter, error) {
	sites, err := s.sites("poll")
	if err != nil {
		return nil, err
	}
	var voters []*voter
	for i := range n {
		v := newVoter(sites[i%len(sites)], fmt.Sprintf("%s-%d", name, i))
		if err := eventually(func() error { return v.Opens(context.Background(), "/") }); err != nil {
			return nil, fmt.Errorf("voter %s: %w", v.name, err)
		}
		voters = append(voters, v)
	}
	return voters, nil
}

// newVoter is one person at a voting site.
func newVoter(site, name string) *voter {
	return newVoterOver(client.Config{URL: site, Transport: lanes}, name)
}

func newVoterOver(c client.Config, name string) *voter {
	c.Timeout = 5 * time.Second
	return &voter{Voter: &people.Voter{Client: client.New(c)}, name: name}
}

// votes casts a ballot, with the same id until it is recorded.
func (v *voter) votes(ballot string, n int) error {
	var first time.Time // of the refusals
	because := ""
	err := eventually(func() error {
		err := v.casts(ballot, fmt.Sprintf("%s-%d", v.name, n))
		if err != nil {
			v.refusals.Add(1)
			because = time.Now().Format(time.TimeOnly) + ": " + err.Error()
			if first.IsZero() {
				first = time.Now()
			}
		}
		return err
	})
	if d := time.Since(first); !first.IsZero() && d > v.refused {
		v.refused, v.because = d, because
	}
	return err
}

func (v *voter) casts(ballot, id string) error {
	if err := v.Cast(context.Background(), vote.DefaultSlug, vote.Ballot(ballot), id); err != nil {
		return err
	}
	v.ballot = ballot
	v.recorded++
	return nil
}

// crowd votes, and changes its mind, for as long as it is let.
type crowd struct {
	errs []error
	over chan struct{}
	left sync.WaitGroup
}

// newCrowd lets each of these vote so often, one after the other.
func newCrowd(voters []*voter, every time.Duration) *crowd {
	c := &crowd{over: make(chan struct{}), errs: make([]error, len(voters))}
	for i, v := range voters {
		turn := time.After(every * time.Duration(i) / time.Duration(len(voters)))
		c.left.Go(func() {
			<-turn
			c.errs[i] = v.keepsVoting(c.over, every)
		})
	}
	return c
}

func (v *voter) keepsVoting(over <-chan struct{}, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		if err := v.votes(string("abcd"[(n+len(v.name))%4]), n); err != nil {
			return fmt.Errorf("voter %s was never told that vote %d is recorded: %w", v.name, n, err)
		}
		select {
		case <-over:
			return nil
		case <-tick.C:
		}
	}
}

// end lets everybody finish the vote they are at.
func (c *crowd) end() error {
	close(c.over)
	c.left.Wait()
	return errors.Join(c.errs...)
}

// ballotsAre compares the store with what the voters know, one by one, and the
// screen with their number.
func ballotsAre(s stack, voters []*voter) error {
	return within(s.patience, func() error {
		if err := storedAre(s, voters); err != nil {
			return err
		}
		counts := map[string]int{}
		for _, v := range voters {
			counts[v.ballot]++
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c, err := join(ctx, s)
		if err != nil {
			return err
		}
		defer c.CloseNow()
		return shows(ctx, c, fmt.Sprintf(`{"a":%d,"b":%d,"c":%d,"d":%d}`, counts["a"], counts["b"], counts["c"], counts["d"]))
	})
}

// storedAre compares the store with what the voters know.
func storedAre(s stack, voters []*voter) error {
	stored, err := ballots(s)
	if err != nil {
		return err
	}
	for _, v := range voters {
		if stored[v.VoterID()] != v.ballot {
			return fmt.Errorf("of voter %s %q is stored, and %q was recorded last", v.name, stored[v.VoterID()], v.ballot)
		}
	}
	if len(stored) != len(voters) {
		return fmt.Errorf("%d ballots are stored of %d voters", len(stored), len(voters))
	}
	return nil
}

// ballots reads the store: who voted what.
func ballots(s stack) (map[string]string, error) {
	now, err := s.inspect()
	if err != nil {
		return nil, err
	}
	db, err := now.service("db")
	if err != nil {
		return nil, err
	}
	rows, err := db.in("psql", "-U", "postgres", "-AtF=", "-c", "SELECT id, vote FROM votes")
	if err != nil {
		return nil, err
	}
	stored := map[string]string{}
	for _, row := range strings.Fields(rows) {
		id, vote, _ := strings.Cut(row, "=")
		stored[id] = vote
	}
	return stored, nil
}

// voteIsSeen watches, votes, and waits for the vote on the screen.
func voteIsSeen(s stack, v *voter) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := join(ctx, s)
	if err != nil {
		return err
	}
	defer c.CloseNow()
	if err := shows(ctx, c, `{"a":0,"b":0,"c":0,"d":0}`); err != nil {
		return err
	}
	if err := v.votes("b", 1); err != nil {
		return err
	}
	return shows(ctx, c, `{"a":0,"b":1,"c":0,"d":0}`)
}

// shows compares the next scores that a viewer gets.
func shows(ctx context.Context, c *websocket.Conn, want string) error {
	got, err := nextScores(ctx, c)
	return errors.Join(err, same("scores on the screen", got, want))
}

// join connects a viewer.
func join(ctx context.Context, s stack) (*websocket.Conn, error) {
	site, err := s.site("result")
	if err != nil {
		return nil, err
	}
	c, _, err := websocket.Dial(ctx, strings.Replace(site, "http", "ws", 1)+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		return nil, err
	}
	if _, _, err := c.Read(ctx); err != nil { // the handshake
		return nil, err
	}
	return c, c.Write(ctx, websocket.MessageText, []byte("40")) // connect
}

// nextScores waits for the next `scores`, which carries one JSON string.
func nextScores(ctx context.Context, c *websocket.Conn) (string, error) {
	for {
		_, packet, err := c.Read(ctx)
		if err != nil {
			return "", err
		}
		if string(packet) == "2" { // ping
			_ = c.Write(ctx, websocket.MessageText, []byte("3"))
		}
		event, ok := strings.CutPrefix(string(packet), "42")
		var parts []string
		if ok && json.Unmarshal([]byte(event), &parts) == nil && len(parts) == 2 && parts[0] == "scores" {
			return parts[1], nil
		}
	}
}
