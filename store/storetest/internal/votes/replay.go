package votes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var replayTests = []test{
	{"in the letter's place", replayInPlace},
	{"a poll that takes no votes", replayRefused},
	{"what the database can't hold", replayForbidden},
	{"bytes that are no text", replayNoText},
	{"no such letter", replayNothing},
	{"a batch that is compacted", replayCompacted},
	{"those who watch are told", replayIsTold},
	{"the answer was lost", replayLostAnswer},
	{"by many at once", replayAtOnce},
	{"a closed poll never changes", replayClosed},
}

// wantRefused replays a vote that can't be stored: nothing changes.
func (h kit) wantRefused(e store.Entry, reason string) {
	h.Helper()
	before := h.Sum(1 << 40)
	outcome, err := h.Store.Replay(h.Ctx, e)
	if !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), reason) {
		h.Errorf("replay of %d: outcome %d, %v; want that %s", e.Position, outcome, err, reason)
	}
	if e.Vote.Voter != "" && err != nil && strings.Contains(err.Error(), e.Vote.Voter) {
		h.Errorf("replay of %d: the error names the voter: %v", e.Position, err)
	}
	if _, err := h.Store.DeadLetter(h.Ctx, e.Position); err != nil {
		h.Errorf("the letter of a refused vote: %v", err)
	}
	h.WantSum(1<<40, before.Stored, before.Dead)
}

// The vote counts as if it had been understood when it came: it replaces what
// its voter said before, not what she said after. A batch that comes again gets
// its first answer all the same, and the message is not stored twice.
func replayInPlace(h kit) {
	h.Create("later", vote.Draft)
	b := fixture.Batch(200, "later/ann=a", "later/bob=a", "later/cid=a", "cid=a")
	then := h.Apply(b)
	h.SetStatus("later", vote.Open)
	h.Apply(fixture.Batch(100, "later/bob=b"))
	h.Apply(fixture.Batch(300, "later/cid=b"))
	h.WantSum(1000, 3, 3)
	h.Replay(b.Votes[0], store.Recorded)
	h.WantSum(1000, 4, 2)
	h.Replay(b.Votes[1], store.Changed)
	h.Replay(b.Votes[2], store.Superseded)
	h.WantSum(1000, 6, 0)
	h.WantTally("later", vote.Tally{"a": 2, "b": 1})
	for range 2 {
		for _, e := range b.Votes {
			if _, err := h.Another(h.T).Replay(h.Ctx, e); !errors.Is(err, store.ErrNoDeadLetter) {
				h.Errorf("replay of %d again: %v", e.Position, err)
			}
		}
		h.Again(h.Store, b, then)
	}
	h.WantSum(1000, 6, 0)
	h.WantOutcomes(h.Apply(fixture.Batch(150, "later/ann=b")), store.Superseded)
	h.WantOutcomes(h.Apply(fixture.Batch(250, "later/ann=b")), store.Changed)
	h.WantTally("later", vote.Tally{"a": 1, "b": 2})
	h.SetStatus("later", vote.Closed) // does not make a letter that is gone a vote that is refused
	if _, err := h.Store.Replay(h.Ctx, b.Votes[0]); !errors.Is(err, store.ErrNoDeadLetter) {
		h.Errorf("replay again, in a closed poll: %v", err)
	}
}

// The letter stays until the poll takes votes, also those of a closing one.
func replayRefused(h kit) {
	h.Create("draft", vote.Draft)
	h.Create("closed", vote.Closed)
	b := fixture.Batch(100, "draft/ann=a", "closed/ann=a", "nowhere/ann=a", "Not A Slug/ann=a", "\x00/ann=a")
	h.Apply(b)
	for i, reason := range []string{"the poll is draft", "the poll is closed", "no such poll", "no such poll", "no such poll"} {
		h.wantRefused(b.Votes[i], reason)
	}
	h.WantTally("draft", nil)
	h.WantTally("closed", nil)
	h.SetStatus("draft", vote.Open)
	h.SetStatus("closed", vote.Closing)
	h.Create("nowhere", vote.Open)
	for _, e := range b.Votes[:3] {
		h.Replay(e, store.Recorded)
	}
	h.WantTally("closed", vote.Tally{"a": 1})
	h.WantSum(1000, 3, 2)
}

func replayForbidden(h kit) {
	h.MustExec("%s", h.Forbid)
	b := fixture.Batch(100, "ann=a", "bob=forbidden", "ann=forbidden")
	h.Apply(b)
	h.wantRefused(b.Votes[1], "")
	h.wantRefused(b.Votes[2], "")
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1})
	mended := b.Votes[1] // by a person
	mended.Vote.Ballot = "b"
	h.Replay(mended, store.Recorded)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1})
}

// Stored or refused, and nothing else happens.
func replayNoText(h kit) {
	for i, text := range []string{"\x00", "b\x00b", "\xff\xfe", "\xc3\x28", ""} {
		id := int64(100 * (i + 1))
		h.Apply(store.Batch{ID: id, Dead: []store.Dead{{Position: id, Reason: "x"}, {Position: id + 1, Reason: "x"}}})
		for _, e := range []store.Entry{fixture.Entry(id, vote.DefaultSlug, text, "a"), fixture.Entry(id+1, vote.DefaultSlug, fixture.Voter(i), text)} {
			if outcome, err := h.Store.Replay(h.Ctx, e); err != nil && !errors.Is(err, store.ErrRefused) {
				h.Errorf("replay of %q: outcome %d, %v", text, outcome, err)
			}
		}
	}
}

func replayNothing(h kit) {
	h.Apply(fixture.Batch(100, "ann=a", "nowhere/ann=a"))
	if err := h.Store.Drop(h.Ctx, 101); err != nil {
		h.Fatal(err)
	}
	for _, position := range []int64{100, 101, 102, 0, -1} {
		outcome, err := h.Store.Replay(h.Ctx, fixture.Entry(position, vote.DefaultSlug, "bob", "b"))
		if !errors.Is(err, store.ErrNoDeadLetter) {
			h.Errorf("replay of %d: outcome %d, %v", position, outcome, err)
		}
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1})
	h.WantSum(1000, 1, 1)
}

// The message moves in the accounts wherever it is counted, and is counted with
// its batch: who asks about earlier batches sees nothing of it.
func replayCompacted(h kit) {
	h.Create("later", vote.Draft)
	early, late := fixture.Batch(100, "later/ann=a", "later/bob=a"), fixture.Batch(200, "later/cid=a", "later/dan=a")
	h.Apply(early)
	h.Apply(late)
	h.SetStatus("later", vote.Open)
	h.Replay(late.Votes[0], store.Recorded)
	h.WantSum(150, 0, 2)
	h.WantSum(250, 1, 3)
	if err := h.Store.Compact(h.Ctx, 150); err != nil {
		h.Fatal(err)
	}
	h.Replay(early.Votes[0], store.Recorded)
	h.WantSum(150, 1, 1)
	h.WantSum(250, 2, 2)
	if err := h.Store.Compact(h.Ctx, 250); err != nil {
		h.Fatal(err)
	}
	h.WantSum(250, 2, 2)
	h.Replay(early.Votes[1], store.Recorded)
	h.Replay(late.Votes[1], store.Recorded)
	h.WantSum(250, 4, 0)
	h.WantTally("later", vote.Tally{"a": 4})
}

func replayIsTold(h kit) {
	h.Create("later", vote.Draft)
	b := fixture.Batch(100, "later/ann=a", "later/bob=a")
	h.Apply(b)
	h.SetStatus("later", vote.Open)
	here, there := h.Listen(h.Store, store.TalliesChanged), h.Listen(h.Another(h.T), store.TalliesChanged)
	before := h.Snapshot("later").Seq
	for _, e := range b.Votes {
		h.Replay(e, store.Recorded)
		here.Wait("later")
		there.Wait("later")
		now := h.Snapshot("later").Seq
		if now <= before {
			h.Errorf("seq %d after %d", now, before)
		}
		before = now
	}
}

// Replay is cut off at some moment, before or after the commit: letter, ballot
// and ledger change together, and the next try finds out how it ended.
func replayLostAnswer(h kit) {
	const rounds = 60
	h.Create("later", vote.Draft)
	b := store.Batch{ID: 100}
	for i := range int64(rounds) {
		b.Votes = append(b.Votes, fixture.Entry(100+i, "later", fmt.Sprintf("v%d", i), "a"))
	}
	h.Apply(b)
	h.SetStatus("later", vote.Open)
	for i, e := range b.Votes {
		ctx, cancel := context.WithTimeout(h.Ctx, time.Duration(i)*50*time.Microsecond)
		_, _ = h.Store.Replay(ctx, e)
		cancel()
		row := h.MustQuery(`
			SELECT (SELECT stored FROM accounts), (SELECT count(*) FROM ballots),
			       100 + 60 - (SELECT count(*) FROM dead_letters) - 100`)[0]
		if row[0] != row[1] || row[1] != row[2] {
			h.Fatalf("stored, ballots, letters gone: %v", row)
		}
		if _, err := h.Store.Replay(h.Ctx, e); err != nil && !errors.Is(err, store.ErrNoDeadLetter) {
			h.Fatal(err)
		}
		h.WantNoDeadLetter(e.Position)
	}
	h.WantTally("later", vote.Tally{"a": rounds})
	h.WantSum(1000, rounds, 0)
}

// Two operators with the same list replay and drop the same letters, in two
// processes, while their batches are compacted: each letter goes one way, once.
func replayAtOnce(h kit) {
	const deadLetters, workers = 60, 6
	h.Create("later", vote.Draft)
	var all []store.Entry
	for id := int64(1000); id < 1000+100*deadLetters/10; id += 100 {
		b := store.Batch{ID: id}
		for i := range int64(10) {
			b.Votes = append(b.Votes, fixture.Entry(id+i, "later", fmt.Sprintf("v%d", id+i), "a"))
		}
		h.Apply(b)
		all = append(all, b.Votes...)
	}
	h.SetStatus("later", vote.Open)
	handles := []fixture.Store{h.Store, h.Another(h.T)}
	var replayed, dropped atomic.Int64
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			for i := range all {
				e := all[(i*7+w*10)%len(all)]
				var err error
				if n := &replayed; w == 0 {
					if i%3 > 0 { // most are left to those who replay, however slow they are
						continue
					}
					n, err = &dropped, handles[0].Drop(h.Ctx, e.Position)
					if err == nil {
						n.Add(1)
					}
				} else if _, err = handles[w%2].Replay(h.Ctx, e); err == nil {
					n.Add(1)
				}
				if err != nil && !errors.Is(err, store.ErrNoDeadLetter) {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		for below := int64(1000); below <= 2000; below += 50 {
			if err := handles[1].Compact(h.Ctx, below); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		h.Fatal(err)
	}
	if replayed.Load()+dropped.Load() != deadLetters || replayed.Load() == 0 {
		h.Errorf("%d replayed, %d dropped, of %d", replayed.Load(), dropped.Load(), deadLetters)
	}
	h.WantTally("later", vote.Tally{"a": replayed.Load()})
	h.WantSum(1<<40, replayed.Load(), dropped.Load())
	h.WantDeadLetters()
}

// Once ChangePoll has returned with a closed poll, no letter gets in.
func replayClosed(h kit) {
	for round := range int64(10) {
		slug := fmt.Sprintf("race-%d", round)
		h.Create(slug, vote.Draft)
		b := store.Batch{ID: 1000 * (round + 1)}
		for i := range int64(40) {
			b.Votes = append(b.Votes, fixture.Entry(b.ID+i, slug, fmt.Sprintf("v%d", i), "a"))
		}
		h.Apply(b)
		h.SetStatus(slug, vote.Open)
		other, some := h.Another(h.T), make(chan struct{}, len(b.Votes))
		var replayed int64
		done := make(chan error, 1)
		go func() {
			for _, e := range b.Votes {
				switch _, err := other.Replay(h.Ctx, e); {
				case err == nil:
					replayed++
				case !errors.Is(err, store.ErrRefused):
					done <- err
					return
				}
				some <- struct{}{}
			}
			done <- nil
		}()
		for range 5 {
			select {
			case <-some:
			case <-h.Ctx.Done():
				h.Fatal("the replays stopped")
			}
		}
		h.SetStatus(slug, vote.Closed)
		final := h.Snapshot(slug)
		if err := <-done; err != nil {
			h.Fatal(err)
		}
		if now := h.Snapshot(slug); now.Seq != final.Seq || now.Count.Voters != replayed {
			h.Fatalf("the closed poll went from %+v to %+v; %d were replayed", final, now, replayed)
		}
	}
}
