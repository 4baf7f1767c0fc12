package worker

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"popeye/queue"
	"popeye/vote"
)

func TestABadMessageIsDeadWithItsReasonAndTheNextVoteCounts(t *testing.T) {
	bad := map[string]struct{ raw, reason string }{
		"empty":            {``, "not JSON"},
		"no JSON":          {`hello`, "not JSON"},
		"half a message":   {`{"voter_id": "x", "vo`, "not JSON"},
		"a list":           {`["x","a"]`, "not an object"},
		"null":             {`null`, `"voter_id" is missing`},
		"no voter":         {`{"vote": "a"}`, `"voter_id" is missing`},
		"no vote":          {`{"voter_id": "x"}`, `"vote" is missing`},
		"voter is empty":   {classic("", "a"), "voter id is empty"},
		"voter too long":   {classic(strings.Repeat("x", 256), "a"), "longer than 255"},
		"voter a number":   {`{"voter_id": 7, "vote": "a"}`, "not text"},
		"vote a list":      {`{"voter_id": "x", "vote": ["a"]}`, "not text"},
		"a NUL byte":       {`{"voter_id": "x\u0000y", "vote": "a"}`, "control character"},
		"not UTF-8":        {"{\"voter_id\": \"\xff\", \"vote\": \"a\"}", "not UTF-8"},
		"10 MB":            {strings.Repeat("x", 10<<20), "longer than"},
		"unknown option":   {classic("x", "zzz"), `“zzz” is not an option`},
		"two options":      {classic("x", "a,b"), "not an option"},
		"empty vote":       {classic("x", ""), "Nothing is chosen."},
		"unknown poll":     {cast("nowhere", "x", "a"), `there is no poll "nowhere"`},
		"impossible poll":  {cast("No/Such Poll", "x", "a"), "A poll’s name is"},
		"a poll that shut": {cast("over", "x", "a"), "the poll is closed"},
		"a draft":          {cast("later", "x", "a"), "the poll is draft"},
	}
	for name, c := range bad {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.store.add(poll("over", vote.Closed))
				b.store.add(poll("later", vote.Draft))
				b.queue.push(100, c.raw, classic("next", "b"))
				b.queue.push(200, c.raw)
				b.start()
				got := b.queue.refused(100)
				if len(got) != 1 || !strings.HasPrefix(got[0], "100 ") || !strings.Contains(got[0], c.reason) {
					t.Errorf("dead letters %q, want one that says %q", got, c.reason)
				}
				if strings.Contains(strings.Join(got, ""), vote.ErrInvalid.Error()+":") {
					t.Errorf("%q is no sentence for people", got)
				}
				b.wantBallots(map[string]vote.Ballot{"next": "b", "x": ""})
				if !b.queue.isAcked(200) {
					t.Error("a batch of nothing else stays")
				}
			})
		})
	}
}

func TestAVoteIsStoredInItsCanonicalForm(t *testing.T) {
	kinds := map[vote.Kind]struct{ said, want string }{
		vote.Single:   {"c", "c"},
		vote.Multiple: {"c,a", "a,c"},
		vote.Ranked:   {"c>a", "c>a"},
		vote.Score:    {"c=5,a=0", "a=0,c=5"},
	}
	for kind, c := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				p := poll("lunch", vote.Open)
				switch p.Kind = kind; kind {
				case vote.Multiple:
					p.Min, p.Max = 1, 3
				case vote.Score:
					p.Max = 5
				case vote.Single, vote.Ranked:
				}
				b.store.add(p)
				b.queue.push(100, cast("lunch", "ann", c.said))
				b.start()
				if got := b.store.ballot("lunch", "ann"); got != vote.Ballot(c.want) {
					t.Errorf("%q is stored as %q, want %q", c.said, got, c.want)
				}
			})
		})
	}
}

func TestAVoteWithoutAPollIsForTheDefaultPoll(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("lunch", vote.Open))
		b.queue.push(100, classic("ann", "a"), cast("default", "bob", "a"), cast("lunch", "cid", "c"))
		b.start()
		b.wantBallots(map[string]vote.Ballot{"ann": "a", "bob": "a", "cid": ""})
		if got := b.store.ballot("lunch", "cid"); got != "c" {
			t.Errorf("the vote for lunch is %q", got)
		}
	})
}

func TestGoodVotesDoNotAskTheStoreForThePolls(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		before := len(b.script.did("catalog"))
		b.queue.push(100, classic("ann", "a"), classic("bob", "b"))
		b.queue.push(200, classic("cid", "a"))
		synctest.Wait()
		if after := len(b.script.did("catalog")); after != before {
			t.Errorf("the store was asked %d times", after-before)
		}
		b.wantBallots(map[string]vote.Ballot{"cid": "a"})
	})
}

// A poll may be published, and voted in, before this worker has heard of it.
func TestNoVoteIsDeadBeforeTheStoreWasAskedOnceForTheBatch(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		b.store.news = map[chan string]bool{} // the news does not come through
		b.store.add(poll("new", vote.Open))
		before := len(b.script.did("catalog"))
		b.queue.push(100, cast("new", "ann", "c"), cast("new", "bob", "a"), cast("nowhere", "eve", "a"), "rubbish")
		synctest.Wait()
		if asked := len(b.script.did("catalog")) - before; asked != 1 {
			t.Errorf("the store was asked %d times for one batch", asked)
		}
		if ann, bob := b.store.ballot("new", "ann"), b.store.ballot("new", "bob"); ann != "c" || bob != "a" {
			t.Errorf("the ballots in the new poll are %q and %q", ann, bob)
		}
		if got := b.queue.refused(100); len(got) != 2 {
			t.Errorf("dead letters %q, want those of the unknown poll and the rubbish", got)
		}
	})
}

func TestAnOptionThatThisWorkerHasNotHeardOfIsNotDead(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("lunch", vote.Draft))
		b.start()
		b.store.news = map[chan string]bool{}
		_, _ = b.store.ChangePoll(t.Context(), "lunch", func(p vote.Poll) (vote.Poll, error) {
			p.Options = append(p.Options[:3:3], vote.Option{ID: "d", Label: "Soup"})
			p.Status = vote.Open
			return p, nil
		})
		b.queue.push(100, cast("lunch", "ann", "d"))
		synctest.Wait()
		if got := b.store.ballot("lunch", "ann"); got != "d" {
			t.Errorf("the ballot is %q; dead letters %q", got, b.queue.refused(100))
		}
	})
}

func TestWhileTheStoreCanNotSayWhichPollsExistNothingIsDead(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		b.script.set(errAway, "catalog")
		b.queue.push(100, cast("new", "ann", "a"))
		pass(time.Minute)
		if b.queue.isAcked(100) {
			t.Fatalf("acknowledged, with dead letters %q", b.queue.refused(100))
		}
		b.store.add(poll("new", vote.Open))
		b.script.set(nil, "catalog")
		pass(5 * time.Second)
		if got := b.store.ballot("new", "ann"); got != "a" {
			t.Errorf("the ballot is %q; dead letters %q", got, b.queue.refused(100))
		}
	})
}

func TestAnAnswerThatWasLongOnItsWayDoesNotMakeTheWorkerForget(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		release := make(chan struct{})
		b.script.next("catalog", fault{first: func(context.Context) { <-release }})
		b.queue.push(100, "rubbish") // asks the store, which takes its time to answer
		synctest.Wait()
		b.store.add(poll("new", vote.Open))
		synctest.Wait() // the news has come, and is published
		close(release)
		synctest.Wait()
		before := len(b.script.did("catalog"))
		b.queue.push(200, cast("new", "ann", "a"))
		synctest.Wait()
		if got := b.store.ballot("new", "ann"); got != "a" || len(b.script.did("catalog")) != before {
			t.Errorf("the ballot is %q, and the store was asked %d times", got, len(b.script.did("catalog"))-before)
		}
	})
}

// Whatever lies in the inbox, each message is either a vote or dead, never
// both, and the others do not notice.
func TestEveryMessageIsEitherAVoteOrDead(t *testing.T) {
	polls := newKnown([]vote.Poll{poll("default", vote.Open)})
	raw := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }),
		rapid.Custom(func(t *rapid.T) string {
			return classic(rapid.String().Draw(t, "voter"), rapid.String().Draw(t, "vote"))
		}),
		rapid.Custom(func(t *rapid.T) string {
			return classic("ann", rapid.SampledFrom([]string{"a", "b", "d"}).Draw(t, "vote"))
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		b := queue.Batch{ID: 100}
		for i, r := range rapid.SliceOf(raw).Draw(t, "messages") {
			b.Messages = append(b.Messages, queue.Message{Position: 100 + int64(i), Raw: []byte(r)})
		}
		judged := read(b, polls)
		seen := map[int64]bool{}
		for _, e := range judged.Votes {
			seen[e.Position] = true
			if canonical, err := vote.ParseBallot(polls.polls[e.Vote.Poll], string(e.Vote.Ballot)); err != nil || canonical != e.Vote.Ballot {
				t.Errorf("%q was taken for a ballot", e.Vote.Ballot)
			}
		}
		for _, d := range judged.Dead {
			if seen[d.Position] = true; d.Reason == "" {
				t.Error("a dead letter without a reason")
			}
		}
		if len(seen) != len(b.Messages) || len(judged.Votes)+len(judged.Dead) != len(b.Messages) {
			t.Errorf("%d messages became %d votes and %d dead", len(b.Messages), len(judged.Votes), len(judged.Dead))
		}
	})
}

// Who voted what is nobody's business, least of all a log's.
func TestNoVoterIsInLogsOrReasons(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		const secret = "VOTER-4711"
		b.store.add(poll("over", vote.Closed))
		b.script.next("apply", fails(), lost())
		b.script.next("ack", fails())
		b.queue.push(100, classic(secret, "a"), classic(secret, "zzz"), classic(secret+"\x01", "a"), cast("nowhere", secret, "a"),
			cast("over", secret, "a"), `{"voter_id": ["`+secret+`"], "vote": "a"}`, `{"voter_id": "`+secret+`"}`,
			`{"voter_id": "`+secret, `{"voter_id": "`+secret+`", "vote": 3}`, `{"voter_id": "`+strings.Repeat(secret, 40)+`", "vote": "a"}`)
		b.start()
		pass(time.Minute)
		if got := b.queue.refused(100); len(got) != 9 || strings.Contains(strings.Join(got, "\n"), secret) {
			t.Errorf("%d dead letters, want 9 without a voter:\n%s", len(got), strings.Join(got, "\n"))
		}
		if text := b.log.String(); strings.Contains(text, secret) || !strings.Contains(text, "dead letters") {
			t.Errorf("the log names a voter, or says nothing:\n%s", text)
		}
	})
}

func TestAFloodOfRubbishIsOneLineForEachBatch(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.queue.push(100, strings.Split(strings.Repeat("rubbish ", 999)+"rubbish", " ")...)
		b.start()
		if n := b.log.lines("dead letters", "messages=1000", "first=100"); n != 1 || b.log.lines("dead letters") != 1 {
			t.Errorf("%d lines, want one that counts 1000", b.log.lines("dead letters"))
		}
		if got := b.queue.refused(100); len(got) != 1000 {
			t.Errorf("%d dead letters", len(got))
		}
	})
}
