package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"popeye/client"
)

const (
	// patience is how long a voter tries to cast one vote.
	patience = time.Minute
	// firstPause and lastPause are between tries where the site names no time.
	firstPause, lastPause = 500 * time.Millisecond, 8 * time.Second
)

// voter is somebody with a browser. Whoever holds it has it for itself.
type voter struct {
	client *client.Client
	name   string // unique: ids of votes are made of it
	votes  int
}

// casts sends one vote until it is answered for good, with one id, so that it
// counts once however often it was sent. It gives up after patience, or when ctx
// ends; a request that is on its way then is cut only when work ends.
func (v *voter) casts(ctx, work context.Context, s *site, b ballot) (outcome, error) {
	v.votes++
	id := fmt.Sprintf("%s-%d", v.name, v.votes)
	mayCount := false
	until := time.Now().Add(patience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		o, again, after, err := s.cast(work, v.client, b, id)
		if !again {
			return o, err
		}
		mayCount = mayCount || o == unknown
		// Not sooner than asked, and not all at once.
		wait := max(pause, after)
		wait += rand.N(wait/2 + 1)
		if time.Now().Add(wait).After(until) || !sleep(ctx, wait) {
			if mayCount {
				return unknown, err
			}
			return refused, err
		}
	}
}

// sleep reports whether ctx still runs after a time.
func sleep(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
