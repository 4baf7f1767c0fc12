package worker

import (
	"testing"

	"popeye/vote"
)

func (b *fixture) left(slug string) int {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	return b.store.slices[slug]
}

// What a deleted poll has left is removed although nobody asks for it, one slice
// after the other, also after the store was away.
func TestDeletedPollsAreRemoved(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.slices["lunch"] = 3
		b.script.next("remove", fails(), fails())
		b.start()
		if b.left("lunch") != 3 {
			t.Fatalf("%d slices are left although the store is away", b.left("lunch"))
		}
		pass(2*removeEvery + 10*minRest)
		if b.left("lunch") != 0 || b.log.lines("its name is free again") != 1 {
			t.Errorf("%d slices are left", b.left("lunch"))
		}
		if got := len(b.script.did("remove")); got != 5 {
			t.Errorf("%q", b.script.did("remove"))
		}
	})
}

// The default poll that the environment asks for waits for the name, not the votes
// in other polls; and it comes even if it can't be made the first time.
func TestDefaultPollWaitsForItsName(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.slices[vote.DefaultSlug] = 3
		b.script.next("create", fault{}, fails())
		b.start()
		if _, ok := b.queue.published(vote.DefaultSlug); ok && b.left(vote.DefaultSlug) > 0 {
			t.Fatal("the default poll is there with the ballots of the old one")
		}
		pass(2*removeEvery + 10*minRest)
		p, _ := b.queue.published(vote.DefaultSlug)
		if p.Question != "Tea or coffee?" || b.left(vote.DefaultSlug) != 0 {
			t.Errorf("the default poll is %+v, %d slices are left", p, b.left(vote.DefaultSlug))
		}
	})
}

// Where the classic worker moves the votes, the command that publishes removes.
func TestPublishOnceRemoves(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.slices["lunch"] = 3
		if err := b.worker.PublishOnce(t.Context()); err != nil || b.left("lunch") != 0 {
			t.Errorf("%v, %d slices are left", err, b.left("lunch"))
		}
	})
}
