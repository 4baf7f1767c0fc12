package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
	"popeye/queue"
)

// Casts that share a step get each the answer that it would get alone.
func TestCastsThatShareAStep(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	repeated := ballot("repeated")
	repeated.Vote.ID, repeated.Once = "id-repeated", true
	if err := q.Cast(t.Context(), repeated); err != nil {
		t.Fatal(err)
	}
	broken := ballot("broken")
	broken.Vote.ID, broken.Once = "id-broken", true
	if err := admin.Do(t.Context(), admin.B().Rpush().Key(onceKey(broken.Vote)).Element("no string").Build()).Error(); err != nil {
		t.Fatal(err)
	}
	kinds := []struct {
		cast func(i int) queue.Cast
		want error
	}{
		{func(i int) queue.Cast { return ballot("fine-" + strconv.Itoa(i)) }, nil},
		{func(int) queue.Cast { return repeated }, nil},
		{func(int) queue.Cast { return broken }, queue.ErrUnavailable},
		{func(int) queue.Cast { c := repeated; c.Vote.Ballot = "b"; return c }, queue.ErrIDReused},
		{func(int) queue.Cast { c := ballot("elsewhere"); c.Vote.Poll = "nowhere"; return c }, queue.ErrNoPoll},
		{func(int) queue.Cast { c := ballot("before"); c.Revision = 7; return c }, queue.ErrChanged},
		{func(i int) queue.Cast {
			c := ballot("once-" + strconv.Itoa(i))
			c.Vote.ID, c.Once = "id", true
			return c
		}, nil},
	}
	const each = 200
	var g errgroup.Group
	for i := range each * len(kinds) {
		k := kinds[i%len(kinds)]
		g.Go(func() error {
			if err := q.Cast(t.Context(), k.cast(i)); !errors.Is(err, k.want) {
				return fmt.Errorf("cast %d: %w, want %w", i, err, k.want)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	voters := map[string]int{}
	raw, err := admin.Do(t.Context(), admin.B().Lrange().Key(keyVotes).Start(0).Stop(-1).Build()).AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range raw {
		voters[message]++
	}
	if len(raw) != 2*each+1 || len(voters) != len(raw) {
		t.Errorf("%d messages of %d voters wait, want %d", len(raw), len(voters), 2*each+1)
	}
}

// A cast whose caller has gone before its turn is not sent: the caller was told that it
// failed, and may have cast another one since.
func TestACastThatNobodyWaitsForIsNotSent(t *testing.T) {
	var c casts
	gone, cancel := context.WithCancel(t.Context())
	var sent []string
	hold, done := make(chan struct{}), make(chan struct{})
	send := func(step []*casting) {
		<-hold
		for _, one := range step {
			sent = append(sent, one.args[0])
		}
		if len(step) > 1 {
			close(done)
		}
	}
	c.steps = maxSteps - 1 // one goroutine sends
	add := func(ctx context.Context, name string) {
		if !c.add(&casting{ctx: ctx, until: time.Now().Add(time.Hour), args: [4]string{name}}, send) {
			t.Fatal("there is no room")
		}
	}
	add(t.Context(), "first")
	testenv.Eventually(t, "the first is taken", func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.waiting) > 0 {
			return errors.New("it waits")
		}
		return nil
	})
	add(t.Context(), "second")
	add(gone, "gone")
	add(t.Context(), "third")
	cancel()
	close(hold)
	<-done
	if want := []string{"first", "second", "third"}; !slices.Equal(sent, want) {
		t.Errorf("sent are %q, want %q", sent, want)
	}
}

// Of more casts than may wait, the next is refused at once.
func TestTooManyCastsWait(t *testing.T) {
	c := casts{steps: maxSteps, waiting: make([]*casting, maxWaiting)}
	if c.add(&casting{}, nil) {
		t.Error("there is room for one more")
	}
}
