package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

// oldDefault is a default poll of an earlier environment.
func oldDefault(status vote.Status) vote.Poll {
	p := poll(vote.DefaultSlug, status)
	p.CreatedAt = time.UnixMicro(1_764_000_000_000_000).UTC()
	return p
}

// castIn is a vote that says in which poll it was cast.
func castIn(p vote.Poll, voter, ballot string) string {
	return fmt.Sprintf(`{"voter_id": %q, "vote": %q, "poll": %q, "created": %q}`, voter, ballot, p.Slug, p.CreatedKey())
}

// again starts another worker, whose environment asks for what change says.
func (b *fixture) again(change func(*Config)) {
	b.t.Helper()
	b.finish()
	b.hire(nil)
	change(&b.worker.Config)
	b.start()
	pass(2 * settleEvery)
}

func (b *fixture) wantQuestions(want map[string]string) {
	b.t.Helper()
	got := map[string]string{}
	for _, p := range b.store.catalogNow().Polls {
		got[p.Slug] = p.Question
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("questions (-want +got):\n%s", diff)
	}
}

func TestDefaultPollIsMade(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		p, _ := b.queue.published(vote.DefaultSlug)
		want := teaOrCoffee(t)
		want.Revision, want.LotSeed = 1, p.LotSeed
		if diff := cmp.Diff(want, p); diff != "" {
			t.Errorf("the published default poll (-want +got):\n%s", diff)
		}
	})
}

func TestOtherWordsBeginARoundWithoutVotes(t *testing.T) {
	for _, status := range []vote.Status{vote.Open, vote.Closing, vote.Closed} {
		t.Run(string(status), func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				old := oldDefault(status)
				b.store.add(old)
				b.store.keep(vote.DefaultSlug, "ann", "a")
				b.start()
				pass(2 * settleEvery)
				b.wantPublished(map[string]vote.Status{"default": vote.Open, "where-to": vote.Closed})
				b.wantQuestions(map[string]string{"default": "Tea or coffee?", "where-to": "Where to?"})
				if got := b.store.ballot("where-to", "ann"); got != "a" {
					t.Errorf("ann's ballot in the old round is %q", got)
				}
				if got := b.store.ballot(vote.DefaultSlug, "ann"); got != "" {
					t.Errorf("the new round begins with ann's ballot %q", got)
				}
				if b.log.lines("level=WARN", "begins a new round", "kept_as=where-to") != 1 {
					t.Errorf("the log does not say so once")
				}
			})
		})
	}
}

func TestVotesOnTheirWayStayInTheirRound(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		old := oldDefault(vote.Open)
		b.store.add(old)
		b.queue.push(100, castIn(old, "ann", "c"), castIn(old, "bob", "a"))
		b.queue.holdBack("where-to", true) // until those two are stored
		b.start()
		pass(settleEvery)
		b.queue.holdBack("where-to", false)
		pass(2 * settleEvery)
		next, _ := b.queue.published(vote.DefaultSlug)
		b.queue.push(200, castIn(next, "ann", "b"), classic("cid", "a"))
		pass(time.Second)
		for _, want := range []struct{ poll, voter, ballot string }{
			{"where-to", "ann", "c"},
			{"where-to", "bob", "a"},
			{"default", "ann", "b"},
			{"default", "cid", "a"},
			{"default", "bob", ""},
			{"where-to", "cid", ""},
		} {
			if got := b.store.ballot(want.poll, want.voter); string(got) != want.ballot {
				t.Errorf("%s in %s: %q, want %q", want.voter, want.poll, got, want.ballot)
			}
		}
		if len(b.store.deadLetters) != 0 {
			t.Errorf("dead: %v", b.store.deadLetters)
		}
	})
}

// A worker that has not heard of the new round must not store old votes in it.
func TestWorkerThatKnowsOnlyTheOldRoundAsksAgain(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		old := oldDefault(vote.Open)
		b.store.add(old)
		b.worker.Asked = false
		b.start()
		b.store.silent(func() { // the news is still on its way
			other := &Worker{Config: b.worker.Config}
			other.Asked = true
			if err := other.defineDefault(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		b.queue.push(100, castIn(old, "ann", "c"))
		pass(100 * time.Millisecond)
		if got := b.store.ballot("where-to", "ann"); got != "c" {
			t.Errorf("ann's ballot in the old round is %q", got)
		}
		if got := b.store.ballot(vote.DefaultSlug, "ann"); got != "" {
			t.Errorf("ann's old vote %q is in the new round", got)
		}
	})
}

func TestWordsThatWereObeyedChangeNothing(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		b.again(func(*Config) {})
		b.wantQuestions(map[string]string{"default": "Tea or coffee?"})
		// The organiser's own poll stays, until the environment asks for something new.
		_, err := b.store.ChangePoll(t.Context(), vote.DefaultSlug, func(vote.Poll) (vote.Poll, error) {
			return oldDefault(vote.Open), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b.again(func(*Config) {})
		b.wantQuestions(map[string]string{"default": "Where to?"})
		b.again(func(c *Config) { c.Default.Question, c.Asked = "Nobody asked?", false })
		b.wantQuestions(map[string]string{"default": "Where to?"})
		// A poll that was taken away does not come back by itself.
		_ = b.store.DeletePoll(t.Context(), vote.DefaultSlug, nil)
		b.again(func(*Config) {})
		b.wantQuestions(map[string]string{})
		b.again(func(c *Config) { c.Default.Question = "Juice?" })
		b.wantQuestions(map[string]string{"default": "Juice?"})
	})
}

func TestNobodyAsksOfAnOlderDatabase(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(oldDefault(vote.Open))
		b.worker.Asked = false
		b.start()
		b.wantQuestions(map[string]string{"default": "Where to?"})
	})
}

func TestRoundInWhichNobodyVotedLeavesNothing(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(oldDefault(vote.Open))
		b.start()
		pass(2 * settleEvery)
		b.wantQuestions(map[string]string{"default": "Tea or coffee?"})
	})
}

// Whenever a worker dies while it begins a round, the next one brings it to its
// end and begins no second one.
func TestWorkerDiesWhileItBeginsARound(t *testing.T) {
	for _, step := range []string{"begin round", "set environment"} {
		for name, f := range map[string]fault{"before": fails(), "after": lost()} {
			t.Run(step+", "+name, func(t *testing.T) {
				withFixture(t, func(t *testing.T, b *fixture) {
					b.store.add(oldDefault(vote.Open))
					b.store.keep(vote.DefaultSlug, "ann", "a")
					b.script.next(step, f)
					if err := b.worker.defineDefault(t.Context()); err == nil {
						t.Fatal("the step did not fail")
					}
					b.hire(nil)
					b.start()
					pass(2 * settleEvery)
					b.wantQuestions(map[string]string{"default": "Tea or coffee?", "where-to": "Where to?"})
				})
			})
		}
	}
}

func TestAnotherWorkerMayMakeTheDefaultPollFirst(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.next("create", fault{first: func(context.Context) { b.store.add(teaOrCoffee(t)) }})
		b.start()
		b.wantPublished(map[string]vote.Status{"default": vote.Open})
		if got := b.store.catalogNow(); len(got.Polls) != 1 {
			t.Errorf("there are %d polls", len(got.Polls))
		}
	})
}

func TestAnotherWorkerMayBeginTheRoundFirst(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(oldDefault(vote.Open))
		b.store.keep(vote.DefaultSlug, "ann", "a")
		b.script.next("begin round", fault{first: func(ctx context.Context) {
			if err := b.worker.defineDefault(ctx); err != nil {
				t.Error(err)
			}
		}})
		b.start()
		pass(2 * settleEvery)
		b.wantQuestions(map[string]string{"default": "Tea or coffee?", "where-to": "Where to?"})
	})
}
