package live

import (
	"testing"
	"time"

	"popeye/store"
)

const ofBatch = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// Who watches the store's news must not wait for what a feed tells its viewers.
func TestNewsOfATracedVoteNeverWaits(t *testing.T) {
	h := &hub{feeds: map[string]*feed{}}
	f := newFeed("default", h)
	h.feeds["default"] = f
	f.mu.Lock() // as while thousands are told
	defer f.mu.Unlock()
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		for range maxTraced + 1 { // one more than there is room for
			h.wake(store.Traced("default", ofBatch))
		}
	}()
	select {
	case <-woken:
	case <-time.After(10 * time.Second):
		t.Fatal("the news waits for the feed")
	}
	if votes := f.takeTraced(); len(votes) != maxTraced || len(f.traced) > 0 {
		t.Errorf("the feed follows %d votes, want %d", len(votes), maxTraced)
	}
}
