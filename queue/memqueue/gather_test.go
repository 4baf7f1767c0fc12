package memqueue

import (
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// A crowd that was answered votes again: its votes are committed together, and not the
// first one alone while all others wait. With one processor, who runs when is the same each time.
func TestACrowdIsTakenTogether(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const voters, each = 100, 20
	q := newQueue(t, Config{})
	c := q.NewConsumer()
	defer c.Close()
	var crowd sync.WaitGroup
	for voter := range voters {
		crowd.Go(func() {
			for n := range each {
				if err := q.Cast(t.Context(), ballot(strconv.Itoa(voter*each+n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	batches, alone := 0, 0
	for taken := 0; taken < voters*each; batches++ {
		b, err := c.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if taken += len(b.Messages); len(b.Messages) == 1 {
			alone++
		}
		if err := c.Ack(t.Context(), b, nil); err != nil {
			t.Fatal(err)
		}
	}
	crowd.Wait()
	if alone > batches/4 {
		t.Errorf("%d of %d batches have one vote", alone, batches)
	}
}
