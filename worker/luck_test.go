package worker

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"popeye/vote"
)

// Whatever goes wrong, and whenever a worker is replaced, each voter has the
// last ballot that the queue holds of them, and each bad message is a dead
// letter once. The fakes watch the rest. A failure names its seed.
func TestWhateverGoesWrongEveryVoteCountsOnceAndTheLastOneStands(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) { badLuck(b, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func badLuck(b *fixture, luck *rand.Rand) {
	for _, step := range []string{"take", "apply", "ack", "catalog", "publish", "revision", "highwater", "fence", "stats"} {
		b.script.next(step, faults(luck)...)
	}
	last, deadLetters := pushAtRandom(b, luck)
	for range luck.IntN(4) { // workers come and go
		b.start()
		pass(time.Duration(luck.IntN(2000)) * time.Millisecond)
		b.finish()
		b.queue.takeBack()
		b.hire(nil)
	}
	b.start()
	pass(5 * time.Minute)
	b.wantBallots(last)
	for id, n := range deadLetters {
		if got := b.queue.refused(id); !b.queue.isAcked(id) || len(got) != n {
			b.t.Errorf("batch %d: acknowledged %t with dead letters %q, want %d", id, b.queue.isAcked(id), got, n)
		}
	}
}

// faults is a run of bad luck at one step.
func faults(luck *rand.Rand) []fault {
	run := make([]fault, luck.IntN(12))
	for i := range run {
		switch luck.IntN(3) {
		case 0:
			run[i] = fails()
		case 1:
			run[i] = lost()
		}
	}
	return run
}

// pushAtRandom fills the queue. It returns the last ballot of each voter and
// the number of bad messages in each batch.
func pushAtRandom(b *fixture, luck *rand.Rand) (map[string]vote.Ballot, map[int64]int) {
	last, deadLetters := map[string]vote.Ballot{}, map[int64]int{}
	for i := range 1 + luck.IntN(6) {
		id := int64(100 * (i + 1))
		var raw []string
		for range 1 + luck.IntN(5) {
			if luck.IntN(4) == 0 {
				raw = append(raw, `{"voter_id": "eve"}`)
				deadLetters[id]++
				continue
			}
			voter, ballot := fmt.Sprint("voter ", luck.IntN(4)), string("ab"[luck.IntN(2)])
			raw = append(raw, classic(voter, ballot))
			last[voter] = vote.Ballot(ballot)
		}
		deadLetters[id] += 0
		b.queue.push(id, raw...)
	}
	synctest.Wait()
	return last, deadLetters
}
