package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// The polls of a storm.
const (
	defaultPoll = "default"
	stormPoll   = "storm" // ranked; closed and opened again and again
	probePoll   = "probe" // for fresh votes after each fault
	againPoll   = "again" // gives its name to another poll again and again
)

const (
	// mostCasts bounds how often a voter can change their mind and always say
	// something new.
	mostCasts = 20
	// stayers: one in so many voters goes on until the storm is over.
	stayers = 10
	// tryTimeout is how long a voter waits for one answer.
	tryTimeout = 2500 * time.Millisecond
	// maxTries bounds the tries under way at one voting front: the crowd is one
	// machine's, and so are its ports. The others wait with their try.
	maxTries = 100
	// restFirst is how long a voter rests before the second try, about; it doubles
	// up to restMost.
	restFirst, restMost = 200 * time.Millisecond, 1600 * time.Millisecond
)

// crowd is what all voters share.
type crowd struct {
	*ledger
	sites   []*site // of the voting fronts
	network *http.Transport
	people  atomic.Int64 // how many voters there are; each is named by a number
}

// site is a voting front as the crowd sees it.
type site struct {
	url    string
	places chan struct{} // a place is held by each try under way
}

func newCrowd(l *ledger, polls []*testenv.Program) *crowd {
	c := &crowd{ledger: l, network: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: tryTimeout}).DialContext,
		MaxIdleConnsPerHost: maxTries, IdleConnTimeout: 10 * time.Second,
	}}
	for _, p := range polls {
		c.sites = append(c.sites, &site{p.URL, make(chan struct{}, maxTries)})
	}
	return c
}

// voter is one person: a goroutine that casts one vote after the other.
type voter struct {
	*crowd
	n      int // names the voter's casts
	chance *rand.Rand
	me     *client.Client // who they are, at whichever front
	made   int            // casts so far

	restMost time.Duration // the longest rest between two tries
}

// voter returns one more.
func (c *crowd) voter(chance *rand.Rand) *voter {
	me := client.New(client.Config{Transport: c.network})
	return &voter{crowd: c, n: int(c.people.Add(1)), chance: chance, me: me, restMost: restMost}
}

// newcomer returns one more, of whom no seed says what they do.
func (c *crowd) newcomer() *voter { return c.voter(rand.New(rand.NewPCG(rand.Uint64(), 0))) }

// id is who the voter is to the system, "" as long as nothing has answered.
func (v *voter) id() string { return v.me.VoterID() }

// cast casts one vote: tries, always with the same id and the same ballot, until
// the answer is definite or most tries are over, and writes it down. A voter who
// does not know yet who they are goes on until they do.
func (v *voter) cast(ctx context.Context, poll string, b ballot, most int) (judge.Cast, error) {
	return v.castIn(ctx, place{slug: poll}, poll, b, most)
}

// place is where a vote is cast: under a name, and if edition is not "" in that very
// poll only.
type place struct{ slug, edition string }

// castIn is cast in a poll that the judge knows by another name than the system.
func (v *voter) castIn(ctx context.Context, at place, poll string, b ballot, most int) (judge.Cast, error) {
	v.made++
	c := judge.Cast{Poll: poll, Ballot: b.text, ID: fmt.Sprintf("cast-%d-%d", v.n, v.made), Invoked: v.now(), Answer: judge.Unknown}
	lost := false // a try was sent and not answered: it may still arrive
	for try := 1; ; try++ {
		v.tries.Add(1)
		answer, err := v.try(ctx, at, b, c)
		lost = lost || answer == judge.Unknown && !errors.Is(err, errUnsent)
		if answer == judge.Recorded || answer == judge.Refused && !lost {
			c.Answer = answer
			break
		}
		if answer == judge.Refused || try >= most && v.id() != "" {
			break
		}
		if err := testenv.Sleep(ctx, v.rest(try)); err != nil {
			c.Voter, c.Returned = v.id(), v.now()
			v.add(c) // it may have arrived
			return c, fmt.Errorf("voter %d still waits for an answer: %w", v.n, err)
		}
	}
	c.Voter, c.Returned = v.id(), v.now()
	v.add(c)
	return c, nil
}

// rest is how long to wait after a try: twice as long as after the one before, up
// to a bound, and never quite as long as others do.
func (v *voter) rest(try int) time.Duration {
	most := min(v.restMost, restFirst<<min(try-1, 10))
	return most/2 + time.Duration(v.chance.Int64N(int64(most/2)+1))
}

// introduce makes the voter known before any cast, as a page does: a vote that is
// sent again brings no cookie, for a stranger may send its id too.
func (v *voter) introduce(ctx context.Context) error {
	return testenv.Until(ctx, patience, "a new voter gets a cookie", func() error {
		return v.at(ctx, func(ctx context.Context, front *client.Client) error {
			return (&people.Voter{Client: front}).Opens(ctx, "/")
		})
	})
}

// errUnsent says that a try never left: nobody was there to take it.
var errUnsent = errors.New("nobody listens")

// try sends a vote once, to one front or the other, and says what came of it.
// Unknown is whatever may be tried again.
func (v *voter) try(ctx context.Context, at place, b ballot, c judge.Cast) (answer judge.Answer, err error) {
	var r api.Receipt
	err = v.at(ctx, func(ctx context.Context, front *client.Client) (err error) {
		r, err = front.Vote(ctx, at.slug, api.Cast{Vote: json.RawMessage(b.json), ID: c.ID, Edition: at.edition})
		return err
	})
	return v.understand(r, err, c), err
}

// at lets the voter ask one front or the other something.
func (v *voter) at(ctx context.Context, ask func(context.Context, *client.Client) error) error {
	s := v.sites[v.chance.IntN(len(v.sites))]
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return errUnsent
	}
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	err := ask(ctx, v.me.At(s.url))
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return errUnsent
	}
	return err
}

// understand reads an answer. What a service must never answer is a charge.
func (v *voter) understand(r api.Receipt, err error, c judge.Cast) judge.Answer {
	said, answered := errors.AsType[*client.Error](err)
	switch {
	case err == nil && string(r.Vote) == c.Ballot && r.ID == c.ID:
		return judge.Recorded
	case err == nil:
		v.accuse(rude, "a vote for %s was answered %+v", c.Ballot, r)
	case !answered: // it was lost, or there was none in time
	case said.Status == http.StatusConflict: // not open, or another poll
		return judge.Refused
	case said.Status != http.StatusServiceUnavailable:
		v.accuse(rude, "a vote for %s was answered %v", c.Ballot, said)
	case said.RetryAfter == 0:
		v.accuse(rude, "a voter was told to come later, and not when: %v", said)
	}
	return judge.Unknown
}

// ballot is a choice: in canonical form, and as a program sends it.
type ballot struct{ text, json string }

// single returns every choice of the default poll once, in an order of chance.
func single(chance *rand.Rand) []ballot {
	var all []ballot
	for c := 'a'; c <= 'z'; c++ {
		all = append(all, ballot{string(c), fmt.Sprintf("%q", string(c))})
	}
	chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// rankings returns n rankings of the options of a ranked poll, all different.
func rankings(chance *rand.Rand, n int) []ballot {
	ids := []string{"a", "b", "c", "d", "e", "f"}
	var all []ballot
	for len(all) < n {
		chance.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		raw, _ := json.Marshal(ids) // strings always can be
		b := ballot{strings.Join(ids, ">"), string(raw)}
		if !slices.Contains(all, b) {
			all = append(all, b)
		}
	}
	return all
}

// part is what one voter does in a storm.
type part struct {
	*voter
	choices map[string][]ballot // what is left to say, by poll
	end     time.Duration       // of the voter's own casts
	casts   int                 // until then
	stays   bool                // goes on, slowly, until the storm is over
}

// newPart draws a part. Voters end at different times, so that each moment of
// the storm is someone's last word; and none makes the same choice twice, so that
// whatever stands in the end says which cast it was.
func newPart(v *voter, casts int, length time.Duration) *part {
	earliest := int64(length) / 6
	p := &part{voter: v, choices: map[string][]ballot{defaultPoll: single(v.chance), stormPoll: rankings(v.chance, 2*mostCasts)}}
	p.end = time.Duration(earliest + v.chance.Int64N(int64(length)-earliest))
	p.casts = min(mostCasts, max(1, casts-3+v.chance.IntN(7)))
	p.stays = v.n%stayers == 0
	return p
}

// play casts all votes of a part, and returns early only with an error.
func (p *part) play(ctx context.Context, over <-chan struct{}) error {
	if err := p.introduce(ctx); err != nil {
		return err
	}
	at := make([]time.Duration, p.casts)
	for i := range at {
		at[i] = time.Duration(p.chance.Int64N(int64(p.end)))
	}
	slices.Sort(at)
	for _, then := range at {
		if err := testenv.Sleep(ctx, then-p.now()); err != nil {
			return err
		}
		if err := p.next(ctx); err != nil {
			return err
		}
	}
	for p.stays {
		pause := time.NewTimer(time.Duration(1000+p.chance.IntN(2000)) * time.Millisecond)
		select {
		case <-pause.C:
		case <-over:
			pause.Stop()
			return nil
		}
		if err := p.next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// next casts one more vote, in one poll or the other, if there is one left. Who
// finds a poll closed turns to the one that never is.
func (p *part) next(ctx context.Context) error {
	poll := []string{defaultPoll, stormPoll}[p.chance.IntN(2)]
	for {
		left := p.choices[poll]
		if len(left) == 0 {
			return nil
		}
		p.choices[poll] = left[1:]
		c, err := p.cast(ctx, poll, left[0], p.patience())
		if err != nil || c.Answer != judge.Refused || poll == defaultPoll {
			return err
		}
		poll = defaultPoll
	}
}

// patience is how often a voter tries: some give up soon, and then don't know.
func (v *voter) patience() int {
	if v.chance.IntN(8) == 0 {
		return 1 + v.chance.IntN(3)
	}
	return 60
}
