//go:build linux

package drills

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// copyRedis copies the append-only files of a Redis in use, as its manual says:
// nothing may rewrite them meanwhile.
func copyRedis(t *testing.T, r *testenv.Redis, folder string) (copied string) {
	t.Helper()
	redisDo(t, r, "CONFIG", "SET", "auto-aof-rewrite-percentage", "0")
	testenv.Eventually(t, "no rewrite runs", func() error {
		info, err := redisDo(t, r, "INFO", "persistence").ToString()
		if err == nil && (!strings.Contains(info, "aof_rewrite_in_progress:0") || !strings.Contains(info, "aof_rewrite_scheduled:0")) {
			err = errors.New("one does")
		}
		return err
	})
	copied = t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "appendonlydir"), os.DirFS(filepath.Join(folder, "appendonlydir"))); err != nil {
		t.Fatal(err)
	}
	redisDo(t, r, "CONFIG", "SET", "auto-aof-rewrite-percentage", "100")
	return copied
}

// bringBack replaces Redis' files by a copy of them.
func bringBack(t *testing.T, r *testenv.Redis, folder, copied string) {
	t.Helper()
	r.Stop()
	if err := os.RemoveAll(filepath.Join(folder, "appendonlydir")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	r.Start(t)
}

// Redis is copied while people vote and while a worker holds a batch; all is
// stored, people go on, and then the old copy takes Redis' place. What was
// stored stays as it is: the batch comes again and is known, older votes in the
// copy do not replace newer ones, and new votes are behind all.
func TestRedisRestored(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := newStack(t, "--dir", folder).start(t)
	ann, bob := people.NewVoter(s.poll.URL), people.NewVoter(s.poll.URL)
	crowd, copied := s.copiedWithOldVotes(t, folder, ann, bob)
	crowd.RecordedMore(t, 60)
	isStoredBeside(t, crowd.End(), s.Database, 2)
	ann.Votes(t, "c")
	bob.Votes(t, "c")
	s.balances(t)
	before, _ := s.account(t)

	s.poll.Kill()
	s.worker.Kill()
	bringBack(t, s.Redis, folder, copied)
	if n := redisInt(t, s.Redis, "XLEN", "popeye:batches"); n == 0 {
		t.Fatal("nothing is leased in the copy, so nothing is tried")
	}
	s.dropStored(t)
	s.poll.Start(t)
	s.worker.Start(t)
	s.works(t)
	s.noneIsLeased(t)
	s.cameAgain(t)
	isStoredBeside(t, crowd, s.Database, 2)
	s.hasVote(t, ann, "c")
	s.hasVote(t, bob, "c")
	after, _ := s.account(t)
	if after.Stored != before.Stored {
		t.Errorf("%d votes are stored, and %d after the copy came back", before.Stored, after.Stored)
	}
	s.settles(t, after.Difference)
	ann.Votes(t, "d")
	s.balances(t)
	s.hasVote(t, ann, "d")
}

// copiedWithOldVotes copies Redis while a worker holds a batch with ann's vote
// and bob's waits behind it, among those of a crowd that goes on.
func (s *stack) copiedWithOldVotes(t *testing.T, folder string, ann, bob *people.Voter) (crowd *people.Crowd, copied string) {
	t.Helper()
	unlock := s.lock(t, "ballots")
	defer unlock()
	ann.Votes(t, "b")
	s.waitsForLock(t)
	bob.Votes(t, "b")
	crowd = people.NewCrowd(t, s.poll.URL).Strangers(6)
	crowd.RecordedMore(t, 30)
	redisDo(t, s.Redis, "BGREWRITEAOF")
	return crowd, copyRedis(t, s.Redis, folder)
}

// dropStored does what the page says before an old copy of Redis is put to use.
// Of the votes that wait in it, those at the head were stored since, and would
// come again as new ones. They are as many as the store has more than the copy
// knows of, once the copy was told how far the store is.
func (s *stack) dropStored(t *testing.T) {
	t.Helper()
	waiting := redisInt(t, s.Redis, "LLEN", "votes")
	if out, err := s.worker.Command("publish").CombinedOutput(); err != nil {
		t.Fatalf("worker publish: %v\n%s", err, out)
	}
	a, code := s.account(t)
	if waiting == 0 || a.Difference >= 0 || code != 1 {
		t.Fatalf("%d votes wait in the copy, the difference is %d: nothing is tried", waiting, a.Difference)
	}
	if err := redisDo(t, s.Redis, "LTRIM", "votes", fmt.Sprint(-a.Difference), "-1").Error(); err != nil {
		t.Fatal(err)
	}
}

// hasVote demands that a voter's ballot is this one.
func (s *stack) hasVote(t *testing.T, p *people.Voter, want vote.Ballot) {
	t.Helper()
	if got := ask[vote.Ballot](t, s.Database, `SELECT vote FROM votes WHERE id = $1`, p.VoterID()); got != want {
		t.Errorf("the voter's ballot is %q, want %q", got, want)
	}
}

// losses are ways in which Redis loses everything that it had.
var losses = map[string]func(t *testing.T, s *stack, folder string){
	"FLUSHALL": func(t *testing.T, s *stack, _ string) {
		if err := redisDo(t, s.Redis, "FLUSHALL").Error(); err != nil {
			t.Fatal(err)
		}
	},
	"an empty folder": func(t *testing.T, s *stack, folder string) {
		bringBack(t, s.Redis, folder, t.TempDir())
	},
	// Nobody lives to remember the cookies' key: the operator brings it back.
	"an empty folder and no poll service": func(t *testing.T, s *stack, folder string) {
		key, err := redisDo(t, s.Redis, "GET", "popeye:cookie-key").ToString()
		if err != nil {
			t.Fatal(err)
		}
		s.poll.Kill()
		bringBack(t, s.Redis, folder, t.TempDir())
		if err := redisDo(t, s.Redis, "SET", "popeye:cookie-key", key).Error(); err != nil {
			t.Fatal(err)
		}
		s.poll.Start(t)
	},
}

// Redis loses everything that it had. Nothing stored is harmed, the polls are
// published again, a voter is still the same voter and their new vote replaces
// the old one, and the account says what Redis does not remember.
func TestRedisLost(t *testing.T) {
	t.Parallel()
	for name, lose := range losses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			s := newStack(t, "--dir", folder).start(t)
			ann := people.NewVoter(s.poll.URL)
			ann.Votes(t, "a")
			crowd := people.NewCrowd(t, s.poll.URL).Strangers(6)
			crowd.RecordedMore(t, 60)
			isStoredBeside(t, crowd.End(), s.Database, 1)
			s.balances(t)
			before, _ := s.account(t)

			lose(t, s, folder)
			testenv.Answers(t, s.poll.URL+"/api/v1/polls/default")
			s.misses(t, -before.Stored)
			s.worker.Says(t, "the account does not balance")
			testenv.Eventually(t, "Redis has a cookies' key", func() error {
				return redisDo(t, s.Redis, "GET", "popeye:cookie-key").Error()
			})
			again(t, s.poll) // which now knows the key from Redis alone
			ann.Votes(t, "b")
			s.settles(t, -before.Stored)
			s.hasVote(t, ann, "b")
			isStoredBeside(t, crowd, s.Database, 2) // ann, and who voted when it was settled
		})
	}
}

// Redis comes back with an older copy, from before votes that are stored, and with
// a clock from then: a machine restored from a snapshot. Every vote that is answered
// afterwards is stored, as the newest of its voter, and the account says what Redis
// does not remember. In one case positions follow the clock, which went back; in the
// other they have counted on from a clock that was ahead, and come out the same a
// second time.
func TestRedisRestoredUnderAnOlderClock(t *testing.T) {
	for name, first := range map[string]time.Duration{"positions by the clock": 0, "positions that count on": time.Hour} {
		t.Run(name, func(t *testing.T) {
			pg := testenv.StartPostgres(t)
			clock := jumpingClock(t) // of Redis alone
			clock.set(t, first)
			folder := t.TempDir()
			s := onServers(t, testenv.StartRedis(t, "--dir", folder), pg).start(t)
			voters := make([]*people.Voter, 5)
			for i := range voters {
				voters[i] = people.NewVoter(s.poll.URL)
			}
			all := func(ballot vote.Ballot) {
				t.Helper()
				for _, p := range voters {
					p.Votes(t, ballot)
				}
			}
			all("a")
			s.balances(t)
			copied := copyRedis(t, s.Redis, folder)
			clock.set(t, 0)
			all("b")
			s.balances(t)
			before, _ := s.account(t)

			if first == 0 {
				clock.set(t, -time.Hour)
			}
			bringBack(t, s.Redis, folder, copied)
			s.works(t)
			all("c")
			crowd := people.NewCrowd(t, s.poll.URL).Strangers(4)
			crowd.RecordedMore(t, 40)
			isStoredBeside(t, crowd.End(), s.Database, len(voters))
			for _, p := range voters {
				s.hasVote(t, p, "c")
			}
			s.misses(t, -int64(len(voters))) // "b" of each, which Redis has forgotten
			after, _ := s.account(t)
			recorded := int64(crowd.Recorded())
			if got := after.Stored - before.Stored - int64(len(voters)); got < recorded {
				t.Errorf("%d votes of the crowd are stored, %d were recorded", got, recorded)
			}
			s.settles(t, -int64(len(voters)))
			t.Logf("MEASURED %s: %d votes were recorded under the older clock, and are stored", name, recorded+int64(len(voters)))
			if n := s.worker.Log().Count("it is stored already"); n > 0 {
				t.Errorf("%d batches were taken for stored", n)
			}
		})
	}
}

// Positions are set by hand to what can't be. The worker says so and sets them back;
// no vote is lost.
func TestPositionsByHand(t *testing.T) {
	t.Parallel()
	s := newStack(t).start(t)
	ann := people.NewVoter(s.poll.URL)
	ann.Votes(t, "a")
	s.balances(t)
	for i, position := range []string{"9000000000000000000", "1"} {
		redisDo(t, s.Redis, "SET", "popeye:position", position)
		ballot := vote.Ballot(rune('b' + i))
		ann.Votes(t, ballot)
		s.balances(t)
		s.hasVote(t, ann, ballot)
	}
	s.worker.Says(t, "9000000000000000000")
}

// Somebody deletes a part of what is published. Voters can vote again within
// seconds, without anybody's doing.
func TestRedisLosesAPart(t *testing.T) {
	t.Parallel()
	s := newStack(t).start(t)
	ann := people.NewVoter(s.poll.URL)
	for i, key := range []string{"popeye:gate", "popeye:polls"} {
		redisDo(t, s.Redis, "DEL", key)
		ballot := vote.Ballot(rune('a' + i))
		ann.Votes(t, ballot)
		s.balances(t)
		s.hasVote(t, ann, ballot)
	}
}
