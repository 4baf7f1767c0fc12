package worker

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/store"
	"popeye/vote"
)

func TestPollsArePublishedAtStartAndAtEachChange(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("lunch", vote.Draft))
		b.start()
		b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": vote.Draft})
		b.store.become("lunch", vote.Open)
		synctest.Wait()
		b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": vote.Open})
		b.store.add(poll("dinner", vote.Open))
		synctest.Wait()
		b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": vote.Open, "dinner": vote.Open})
		_ = b.store.DeletePoll(t.Context(), "lunch", nil)
		synctest.Wait()
		b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": "", "dinner": vote.Open})
	})
}

func TestWhatIsPublishedAlreadyIsNotPublishedAgain(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		pass(time.Minute)
		if got := b.script.did("publish"); !cmp.Equal(got, []string{"publish: 1"}) {
			t.Errorf("within a minute: %q", got)
		}
	})
}

func TestAQueueThatLostItsMemoryIsFencedAndThenPublishedToAgain(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.queue.push(100, classic("ann", "a"), classic("bob", "a"))
		b.start()
		b.queue.forgetCatalog()
		b.script.next("fence", fails())
		before := len(b.script.did("fence", "publish"))
		pass(reconcileEvery + time.Second)
		b.wantPublished(map[string]vote.Status{"default": vote.Open})
		want := []string{"fence: failed", "fence: 101", "publish: 1"}
		if diff := cmp.Diff(want, b.script.did("fence", "publish")[before:]); diff != "" {
			t.Errorf("new votes come behind those stored before any can be cast (-want +got):\n%s", diff)
		}
	})
}

func TestNewVotesAreOrderedBehindThoseStoredAtStart(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.high = 4711
		b.start()
		if got := b.script.did("fence", "take"); len(got) == 0 || got[0] != "fence: 4711" {
			t.Errorf("the worker began with %q", got)
		}
	})
}

func TestAQueueOrStoreThatIsAwayIsPublishedToLater(t *testing.T) {
	for _, step := range []string{"catalog", "revision", "publish", "fence"} {
		t.Run(step, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.start()
				b.queue.forgetCatalog()
				b.script.set(errAway, step)
				b.store.add(poll("lunch", vote.Open))
				pass(time.Minute)
				b.wantPublished(map[string]vote.Status{"lunch": ""})
				if n := b.log.lines("level=WARN", "cannot publish polls yet"); n < 1 || n > 4 {
					t.Errorf("%d log lines in a minute", n)
				}
				b.script.set(nil, step)
				pass(5 * time.Second)
				b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": vote.Open})
			})
		})
	}
}

func TestNewsThatBrokeOffIsListenedToAgain(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		pass(10 * time.Hour)
		b.script.next("watch", fails(), fails())
		b.store.hangUp()
		pass(3 * time.Second)
		if n := len(b.script.did("watch")); n != 4 { // at first, two failures, and well
			t.Errorf("%d calls of Watch: %q", n, b.script.did("watch"))
		}
		if b.log.lines("news stopped") != 1 || b.log.lines("can listen to the store again", "after=") != 1 {
			t.Errorf("the log does not tell the story:\n%s", b.log)
		}
		if b.log.lines("10h") != 0 {
			t.Errorf("the log counts the good hours as lost:\n%s", b.log)
		}
		b.store.add(poll("lunch", vote.Open))
		synctest.Wait()
		b.wantPublished(map[string]vote.Status{"lunch": vote.Open})
	})
}

func TestAStoreThatHangsUpAtOnceIsNotCalledInATightCircle(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		for range 100 {
			b.store.hangUp()
			pass(100 * time.Millisecond)
		}
		if n := len(b.script.did("watch")); n > 25 {
			t.Errorf("%d calls of Watch within 10 seconds", n)
		}
	})
}

func TestAClosingPollIsClosedOnlyWhenItsVotesAreStored(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("lunch", vote.Open))
		b.store.add(poll("dinner", vote.Open))
		b.start()
		b.queue.holdBack("lunch", true)
		b.store.become("lunch", vote.Closing)
		b.store.become("dinner", vote.Closing)
		pass(time.Minute)
		if lunch, dinner := b.store.status("lunch"), b.store.status("dinner"); lunch != vote.Closing || dinner != vote.Closed {
			t.Errorf("lunch, with votes under way, is %s; dinner, without, is %s", lunch, dinner)
		}
		b.queue.holdBack("lunch", false)
		pass(settleEvery)
		if got := b.store.status("lunch"); got != vote.Closed {
			t.Errorf("lunch is %s although its votes are stored", got)
		}
		b.wantPublished(map[string]vote.Status{"lunch": vote.Closed, "dinner": vote.Closed})
		if n := b.log.lines("a poll is closed", "poll=lunch"); n != 1 {
			t.Errorf("the log says %d times that lunch is closed", n)
		}
	})
}

// The store may be asked to close long after the queue said that all is
// stored: meanwhile the poll may live again, or be gone.
func TestAPollThatMovedOnWhileItWasBeingClosedIsLeftAlone(t *testing.T) {
	meanwhile := map[string]func(*fixture){
		"opened again":            func(b *fixture) { b.store.become("lunch", vote.Open) },
		"opened and closed again": func(b *fixture) { b.store.become("lunch", vote.Open); b.store.become("lunch", vote.Closing) },
		"deleted":                 func(b *fixture) { _ = b.store.DeletePoll(b.t.Context(), "lunch", nil) },
	}
	for name, change := range meanwhile {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.store.add(poll("lunch", vote.Open))
				b.start()
				b.queue.holdBack("lunch", true)
				b.store.become("lunch", vote.Closing)
				synctest.Wait()
				var want vote.Status
				b.script.next("settled", fault{first: func(context.Context) {
					change(b)
					want = b.store.status("lunch")
					b.script.set(errAway, "catalog") // so that nobody looks at the new status
					b.queue.holdBack("lunch", false)
				}})
				pass(settleEvery)
				if got := b.store.status("lunch"); got != want {
					t.Errorf("the poll is %q, want %q", got, want)
				}
				b.script.set(nil, "catalog")
				pass(5 * time.Second)
				b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": b.store.status("lunch")})
				if b.log.lines(errMovedOn.Error())+b.log.lines(store.ErrNoPoll.Error()) > 0 {
					t.Errorf("what may happen is logged as a failure:\n%s", b.log)
				}
			})
		})
	}
}

// What no further try can mend ends the worker, before it has touched a vote.
func TestADatabaseThatCanNotBeUsedEndsTheWorker(t *testing.T) {
	for _, end := range []error{store.ErrNewerSchema, store.ErrPooler} {
		withFixture(t, func(t *testing.T, b *fixture) {
			b.queue.push(100, classic("ann", "a"))
			tries := 0
			b.hire(func(context.Context) error {
				if tries++; tries == 1 {
					return errAway
				}
				return fmt.Errorf("migrate: %w", end)
			})
			b.start()
			pass(10 * time.Second)
			b.wantEnd(end)
			if got := b.script.did("take", "apply", "create", "publish"); len(got) > 0 || tries != 2 {
				t.Errorf("%v: after %d tries the worker did %q", end, tries, got)
			}
		})
	}
}

func TestAWorkerWaitsForWhatIsAbsentAtStartAndSaysSo(t *testing.T) {
	absent := map[string]string{
		"prepare": "cannot prepare the store yet", "environment": "cannot define the default poll yet",
		"create": "cannot define the default poll yet", "highwater": "cannot order new votes behind those stored yet",
		"fence": "cannot order new votes behind those stored yet",
	}
	for step, says := range absent {
		t.Run(step, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.hire(func(ctx context.Context) error { return b.script.enter(ctx, "prepare").err })
				b.script.set(errAway, step)
				b.queue.push(100, classic("ann", "a"))
				b.start()
				pass(5 * time.Minute)
				if n := b.log.lines("level=WARN", says, errAway.Error()); n < 5 || n > 15 {
					t.Errorf("5 minutes made %d log lines, want one in a while:\n%s", n, b.log)
				}
				if got := b.script.did("take"); len(got) > 0 {
					t.Errorf("it began all the same: %q", got)
				}
				b.script.set(nil, step)
				pass(5 * time.Second)
				b.wantBallots(map[string]vote.Ballot{"ann": "a"})
			})
		})
	}
}

func TestAWorkerThatStillWaitsAtStartStopsAtOnce(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.set(errAway, "environment")
		b.start()
		pass(time.Minute)
		began := time.Now()
		b.finish()
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// A store that was restored from a backup knows less than was published.
func TestAStoreThatWasRestoredIsPublishedAgain(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("lunch", vote.Open))
		b.start()
		b.queue.mu.Lock()
		b.queue.catalog.Revision = 40
		b.queue.catalog.Polls = append(b.queue.catalog.Polls, poll("since", vote.Open))
		b.queue.mu.Unlock()
		b.script.next("advance", fails())
		pass(10 * time.Second)
		if diff := cmp.Diff([]string{"advance: failed", "advance: 40", "publish: 41"}, b.script.did("advance", "publish")[1:]); diff != "" {
			t.Errorf("the steps (-want +got):\n%s", diff)
		}
		b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": vote.Open, "since": ""})
	})
}

func TestAPollOpensAndClosesWhenItsTimeHasCome(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		p := poll("show", vote.Draft)
		p.OpensAt, p.ClosesAt = time.Now().Add(10*time.Minute+300*time.Millisecond), time.Now().Add(time.Hour)
		b.store.add(p)
		b.start()
		pass(10 * time.Minute)
		b.wantPublished(map[string]vote.Status{"show": vote.Draft})
		pass(300 * time.Millisecond)
		b.wantPublished(map[string]vote.Status{"show": vote.Open})
		if n := b.log.lines("a poll's time has come", "poll=show", "was=draft", "is=open"); n != 1 {
			t.Errorf("the log does not tell:\n%s", b.log)
		}
		b.queue.holdBack("show", true)
		pass(50 * time.Minute)
		b.wantPublished(map[string]vote.Status{"show": vote.Closing})
		b.queue.holdBack("show", false)
		pass(time.Second)
		b.wantPublished(map[string]vote.Status{"show": vote.Closed})
		before := len(b.script.did("publish"))
		pass(time.Hour)
		if after := len(b.script.did("publish")); after != before {
			t.Errorf("it was published %d times more", after-before)
		}
	})
}

// Of two workers, or a worker and the organiser, one is faster.
func TestAScheduleThatSomebodyElseKeptIsLeftAlone(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		p := poll("show", vote.Open)
		p.ClosesAt = time.Now().Add(time.Minute)
		b.store.add(p)
		b.start()
		b.script.next("change", fault{first: func(context.Context) { b.store.become("show", vote.Closing) }})
		pass(time.Minute + time.Second)
		b.wantPublished(map[string]vote.Status{"show": vote.Closed})
		if got := b.store.status("show"); got != vote.Closed {
			t.Errorf("the poll is %s", got)
		}
	})
}

// wantPublished compares what the voting front sees, "" for no such poll.
func (b *fixture) wantPublished(want map[string]vote.Status) {
	b.t.Helper()
	for slug, status := range want {
		if p, _ := b.queue.published(slug); p.Status != status {
			b.t.Errorf("%s is published as %q, want %q", slug, p.Status, status)
		}
	}
}
