package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/queue"
	"popeye/vote"
)

// forked has a store that is ahead of the queue: it has batches 100 to 300, and the
// queue came back as it was after 100, under an older clock.
func (b *fixture) forked() {
	b.queue.push(100, classic("ann", "a"))
	b.queue.push(200, classic("ann", "a"), classic("bob", "a"))
	b.queue.push(300, classic("ann", "a"))
	b.start()
	b.wantBallots(map[string]vote.Ballot{"ann": "a", "bob": "a"})
	b.finish()
	b.script.forget()
	b.hire(nil)
	b.queue.goBack(100)
}

// The newer votes are lost neither as "stored already" nor against older ones.
func TestVotesOfAQueueThatWentBackAreStoredAsTheNewest(t *testing.T) {
	for name, id := range map[string]int64{"under a known name": 200, "between": 150, "at once after": 101, "across": 199} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.forked()
				b.queue.push(id, classic("ann", "b"), "rubbish", classic("cid", "b"))
				b.start()
				pass(time.Second)
				b.wantBallots(map[string]vote.Ballot{"ann": "b", "bob": "a", "cid": "b"})
				if got := b.script.did("replace", "fence"); !cmp.Equal(got[len(got)-2:], []string{"fence: 300", fmt.Sprintf("replace: %d", id)}) {
					t.Errorf("the steps are %q", got)
				}
				if n := b.log.lines("level=ERROR", "older memory"); n != 1 {
					t.Errorf("%d lines tell of it:\n%s", n, b.log)
				}
				if got := len(b.store.deadLetters); got != 1 {
					t.Errorf("%d dead letters, want the rubbish once", got)
				}
			})
		})
	}
}

// It is said once, not for each batch.
func TestAForkIsSaidOnce(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.forked()
		b.queue.push(150, classic("ann", "b"))
		b.queue.push(160, classic("ann", "a"))
		b.queue.push(250, classic("ann", "b"))
		b.start()
		pass(time.Second)
		if n := b.log.lines("level=ERROR"); n != 1 {
			t.Errorf("%d errors:\n%s", n, b.log)
		}
	})
}

// The worker dies after any step, its answer lost or not; the next one finishes.
func TestPlacingAnewSurvivesEveryCrash(t *testing.T) {
	for _, step := range []string{"fence", "replace"} {
		for name, f := range map[string]fault{"before": fails(), "after": lost()} {
			t.Run(name+" the "+step, func(t *testing.T) {
				withFixture(t, func(t *testing.T, b *fixture) {
					b.forked()
					b.queue.push(200, classic("ann", "b"), classic("cid", "b"))
					dies := f
					dies.first = func(context.Context) {
						b.script.set(errAway, "take", "apply", "ack", "fence", "replace", "highwater") // dead to both
					}
					if step == "fence" {
						b.script.next(step, fault{}) // at the start
					}
					b.script.next(step, dies)
					b.start()
					b.finish()
					b.script.set(nil, "take", "apply", "ack", "fence", "replace", "highwater")
					b.queue.takeBack()
					b.hire(nil)
					b.start()
					pass(5 * time.Second)
					b.wantBallots(map[string]vote.Ballot{"ann": "b", "bob": "a", "cid": "b"})
					b.wantOnce(200)
				})
			})
		}
	}
}

// wantOnce wants a batch placed anew once, and everything acknowledged.
func (b *fixture) wantOnce(id int64) {
	b.t.Helper()
	b.queue.mu.Lock()
	defer b.queue.mu.Unlock()
	if !cmp.Equal(b.queue.replaced, []int64{id}) || len(b.queue.waiting) > 0 || len(b.queue.leased) > 0 {
		b.t.Errorf("placed anew: %d; %d wait, %d are leased", b.queue.replaced, len(b.queue.waiting), len(b.queue.leased))
	}
}

// A worker stands still with the batch in hand; another is leased it, has it placed
// anew and stores it. Then the first goes on.
func TestTwoWorkersHoldTheSameMisplacedBatch(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.forked()
		b.queue.push(200, classic("ann", "b"))
		goOn := make(chan struct{})
		b.script.next("apply", fault{first: func(context.Context) { <-goOn }})
		b.start()
		slow, slowEnded := b.stop, b.ended
		b.queue.takeBack()
		b.hire(nil)
		b.start()
		pass(time.Second)
		b.queue.push(400, classic("ann", "a")) // and its vote is newer
		synctest.Wait()
		close(goOn)
		pass(time.Second)
		b.wantOnce(200)
		b.wantBallots(map[string]vote.Ballot{"ann": "a"})
		b.finish()
		b.stop, b.ended = slow, slowEnded
	})
}

// A queue that was started anew is told how far the store is, and goes on.
func TestAQueueThatAsksIsFenced(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		says []string
	}{
		"started anew": {queue.ErrUnfenced, []string{"level=INFO", "was started anew"}},
		"far ahead":    {fmt.Errorf("%w: it is 9e18", queue.ErrAhead), []string{"level=ERROR", "can't be", "9e18"}},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.store.high = 77
				b.script.next("take", fault{err: c.err})
				b.queue.push(100, classic("ann", "a"))
				b.start()
				b.wantBallots(map[string]vote.Ballot{"ann": "a"})
				if got := b.script.did("fence"); len(got) < 2 || got[1] != "fence: 77" { // the first is at the start
					t.Errorf("fenced: %q", got)
				}
				if b.log.lines(c.says...) != 1 {
					t.Errorf("the log does not say %q:\n%s", c.says, b.log)
				}
			})
		})
	}
}

// One that goes on asking is not asked without a pause.
func TestAQueueThatAsksForEver(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.set(queue.ErrAhead, "take")
		b.start()
		pass(time.Minute)
		if n := len(b.script.did("fence")); n > 100 {
			t.Errorf("%d fences in a minute", n)
		}
		if n := b.log.lines("level=ERROR"); n == 0 || n > 4 {
			t.Errorf("%d lines tell of it in a minute", n)
		}
	})
}

// Each account sees a queue that went back, whether or not votes come.
func TestAnAccountSeesAQueueThatWentBack(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.queue.push(100, classic("ann", "a"), classic("bob", "a"))
		b.start()
		pass(3 * measureEvery)
		if n := b.log.lines("went back"); n > 0 {
			t.Fatalf("a sound queue went back:\n%s", b.log)
		}
		b.queue.goBack(50)
		pass(measureEvery)
		fences := b.script.did("fence")
		if fences[len(fences)-1] != "fence: 101" || b.log.lines("level=ERROR", "went back behind the store") != 1 {
			t.Errorf("fenced %q, and the log:\n%s", fences, b.log)
		}
		pass(10 * measureEvery)
		if again := b.script.did("fence"); len(again) != len(fences) {
			t.Errorf("fenced again and again: %q", again)
		}
	})
}

// Whatever goes wrong meanwhile, and however often the queue goes back, the last
// vote of each voter stands.
func TestWhateverGoesWrongWithAQueueThatWentBack(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				luck := rand.New(rand.NewPCG(seed, 2))
				b.forked()
				for _, step := range []string{"take", "apply", "ack", "highwater", "fence", "replace", "stats"} {
					b.script.next(step, faults(luck)...)
				}
				want := map[string]vote.Ballot{"bob": "a"}
				for i := range 1 + luck.IntN(3) {
					ballot := string("ab"[luck.IntN(2)])
					b.queue.push(int64(101+70*i+luck.IntN(30)), classic("ann", ballot), classic(fmt.Sprint("v", i), ballot))
					want["ann"], want[fmt.Sprint("v", i)] = vote.Ballot(ballot), vote.Ballot(ballot)
				}
				for range luck.IntN(3) {
					b.start()
					pass(time.Duration(luck.IntN(1000)) * time.Millisecond)
					b.finish()
					b.queue.takeBack()
					b.hire(nil)
				}
				b.start()
				pass(5 * time.Minute)
				b.wantBallots(want)
			})
		})
	}
}
