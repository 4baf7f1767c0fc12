package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/store"
	"popeye/vote"
)

func TestABatchIsStoredAndThenAcknowledged(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.queue.push(100, classic("ann", "a"), classic("bob", "b"))
		b.queue.push(200, classic("ann", "b"))
		b.start()
		want := []string{"take: 100", "apply: 100", "ack: 100", "take: 200", "apply: 200", "ack: 200"}
		if diff := cmp.Diff(want, b.script.did("take", "apply", "ack")); diff != "" {
			t.Errorf("the steps of two batches (-want +got):\n%s", diff)
		}
		b.wantBallots(map[string]vote.Ballot{"ann": "b", "bob": "b"})
	})
}

func TestAStoreThatFailsIsTriedAgainAndNothingIsAcknowledgedMeanwhile(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.queue.push(100, classic("ann", "a"))
		b.queue.push(200, classic("bob", "b"))
		b.script.set(errAway, "apply")
		b.start()
		pass(time.Minute)
		if got := b.script.did("take", "ack"); !cmp.Equal(got, []string{"take: 100"}) {
			t.Errorf("while the store is away the worker did %q, want only the first take", got)
		}
		b.script.set(nil, "apply")
		pass(5 * time.Second)
		want := []string{"take: 100", "ack: 100", "take: 200", "ack: 200"}
		if diff := cmp.Diff(want, b.script.did("take", "ack")); diff != "" {
			t.Errorf("after the store came back (-want +got):\n%s", diff)
		}
		b.wantBallots(map[string]vote.Ballot{"ann": "a", "bob": "b"})
		if n := b.log.lines("cannot store votes yet"); n < 1 || n > 4 {
			t.Errorf("a minute without the store made %d log lines, want a few", n)
		}
		if b.log.lines("can store votes again") != 1 {
			t.Error("the log does not say that the store is back")
		}
	})
}

func TestAppliedButTheAnswerWasLost(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.next("apply", lost(), lost())
		b.queue.push(100, classic("ann", "a"), "rubbish", classic("ann", "b"))
		b.start()
		pass(time.Second)
		want := []string{"apply: 100", "apply: 100", "apply: 100", "ack: 100"}
		if diff := cmp.Diff(want, b.script.did("apply", "ack")); diff != "" {
			t.Errorf("the steps (-want +got):\n%s", diff)
		}
		b.wantBallots(map[string]vote.Ballot{"ann": "b"})
		if got := b.queue.refused(100); len(got) != 1 {
			t.Errorf("dead letters %q, want the rubbish, once", got)
		}
	})
}

func TestAcknowledgedButTheAnswerWasLost(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.next("ack", fails(), lost(), lost())
		b.queue.push(100, classic("ann", "a"), "rubbish")
		b.queue.push(200, classic("bob", "a"))
		b.start()
		pass(2 * time.Second)
		want := []string{"take: 100", "apply: 100", "ack: failed", "ack: 100", "ack: 100", "ack: 100", "take: 200", "apply: 200", "ack: 200"}
		if diff := cmp.Diff(want, b.script.did("take", "apply", "ack")); diff != "" {
			t.Errorf("the steps (-want +got):\n%s", diff)
		}
		if got := b.queue.refused(100); len(got) != 1 {
			t.Errorf("dead letters %q, want one", got)
		}
	})
}

func TestAQueueThatIsAwayIsTriedAgainAndSaidOnceInAWhile(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.set(errAway, "take")
		b.queue.push(100, classic("ann", "a"))
		b.start()
		pass(5 * time.Minute)
		if n := b.log.lines("level=WARN", "cannot take votes from the queue yet"); n < 5 || n > 15 {
			t.Errorf("5 minutes without the queue made %d log lines, want one in a while", n)
		}
		b.script.set(nil, "take")
		pass(5 * time.Second)
		b.wantBallots(map[string]vote.Ballot{"ann": "a"})
	})
}

func TestABatchThatComesAgainGetsTheVerdictOfTheFirstTime(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		// Another worker stored message 100 and found 101 and 102 dead, for reasons
		// of its own, and died before it could say so.
		_, err := b.store.Apply(t.Context(), store.Batch{
			ID:    100,
			Votes: []store.Entry{{Position: 100, Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: "ann", Ballot: "a"}}},
			Dead:  []store.Dead{{Position: 101, Reason: "the poll is closed"}, {Position: 102, Reason: "there is no such option"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		// By now message 101 would be a good vote, and 100 looks different.
		b.queue.push(100, "rubbish", classic("bob", "b"), classic("cid", "zzz"))
		synctest.Wait()
		want := []string{"101 the poll is closed", "102 there is no such option"}
		if diff := cmp.Diff(want, b.queue.refused(100)); diff != "" {
			t.Errorf("dead letters (-want +got):\n%s", diff)
		}
		b.wantBallots(map[string]vote.Ballot{"ann": "a", "bob": "", "cid": ""})
	})
}

func TestADeadLetterIsTheMessageAsItLay(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("over", vote.Closed))
		b.queue.push(100, "rub\x00bish")
		b.start()
		b.queue.push(200, cast("over", "ann", "a"))
		synctest.Wait()
		want := map[int64]string{100: "rub\x00bish", 200: cast("over", "ann", "a")}
		if diff := cmp.Diff(want, b.store.deadLetters); diff != "" {
			t.Errorf("the store was given these dead messages (-want +got):\n%s", diff)
		}
	})
}

func TestAStoreThatHangsIsTriedAgain(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.script.next("apply", fault{first: func(ctx context.Context) { <-ctx.Done() }})
		b.queue.push(100, classic("ann", "a"))
		b.start()
		pass(applyTimeout - time.Second)
		if b.queue.isAcked(100) {
			t.Error("acknowledged while the store hangs")
		}
		pass(3 * time.Second)
		b.wantBallots(map[string]vote.Ballot{"ann": "a"})
		if b.log.lines("level=WARN", "did not finish a batch in time") != 1 {
			t.Errorf("the log does not say that the store hung:\n%s", b.log)
		}
	})
}

// wantBallots compares what the store has in the default poll, "" for nothing.
func (b *fixture) wantBallots(want map[string]vote.Ballot) {
	b.t.Helper()
	for voter, ballot := range want {
		if got := b.store.ballot(vote.DefaultSlug, voter); got != ballot {
			b.t.Errorf("%s's ballot is %q, want %q", voter, got, ballot)
		}
	}
}
