package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/store"
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

// replay stores a vote that must be stored.
func (h fixture) replay(e store.Entry, want store.Outcome) {
	h.Helper()
	if got, err := h.Store.Replay(h.ctx, e); err != nil || got != want {
		h.Fatalf("replay of %d: outcome %d, %v; want %d", e.Position, got, err, want)
	}
	h.wantNoDeadLetter(e.Position)
}

// wantRefused replays a vote that can't be stored: nothing changes.
func (h fixture) wantRefused(e store.Entry, reason string) {
	h.Helper()
	before := h.sum(1 << 40)
	outcome, err := h.Store.Replay(h.ctx, e)
	if !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), reason) {
		h.Errorf("replay of %d: outcome %d, %v; want that %s", e.Position, outcome, err, reason)
	}
	if e.Vote.Voter != "" && err != nil && strings.Contains(err.Error(), e.Vote.Voter) {
		h.Errorf("replay of %d: the error names the voter: %v", e.Position, err)
	}
	if _, err := h.Store.DeadLetter(h.ctx, e.Position); err != nil {
		h.Errorf("the letter of a refused vote: %v", err)
	}
	h.wantSum(1<<40, before.Stored, before.Dead)
}

// The vote counts as if it had been understood when it came: it replaces what
// its voter said before, not what she said after. A batch that comes again gets
// its first answer all the same, and the message is not stored twice.
func replayInPlace(h fixture) {
	h.create("later", vote.Draft)
	b := batch(200, "later/ann=a", "later/bob=a", "later/cid=a", "cid=a")
	then := h.apply(b)
	h.setStatus("later", vote.Open)
	h.apply(batch(100, "later/bob=b"))
	h.apply(batch(300, "later/cid=b"))
	h.wantSum(1000, 3, 3)
	h.replay(b.Votes[0], store.Recorded)
	h.wantSum(1000, 4, 2)
	h.replay(b.Votes[1], store.Changed)
	h.replay(b.Votes[2], store.Superseded)
	h.wantSum(1000, 6, 0)
	h.wantTally("later", vote.Tally{"a": 2, "b": 1})
	for range 2 {
		for _, e := range b.Votes {
			if _, err := h.Another(h.T).Replay(h.ctx, e); !errors.Is(err, store.ErrNoDeadLetter) {
				h.Errorf("replay of %d again: %v", e.Position, err)
			}
		}
		h.again(h.Store, b, then)
	}
	h.wantSum(1000, 6, 0)
	h.wantOutcomes(h.apply(batch(150, "later/ann=b")), store.Superseded)
	h.wantOutcomes(h.apply(batch(250, "later/ann=b")), store.Changed)
	h.wantTally("later", vote.Tally{"a": 1, "b": 2})
	h.setStatus("later", vote.Closed) // does not make a letter that is gone a vote that is refused
	if _, err := h.Store.Replay(h.ctx, b.Votes[0]); !errors.Is(err, store.ErrNoDeadLetter) {
		h.Errorf("replay again, in a closed poll: %v", err)
	}
}

// The letter stays until the poll takes votes, also those of a closing one.
func replayRefused(h fixture) {
	h.create("draft", vote.Draft)
	h.create("closed", vote.Closed)
	b := batch(100, "draft/ann=a", "closed/ann=a", "nowhere/ann=a", "Not A Slug/ann=a", "\x00/ann=a")
	h.apply(b)
	for i, reason := range []string{"the poll is draft", "the poll is closed", "no such poll", "no such poll", "no such poll"} {
		h.wantRefused(b.Votes[i], reason)
	}
	h.wantTally("draft", nil)
	h.wantTally("closed", nil)
	h.setStatus("draft", vote.Open)
	h.setStatus("closed", vote.Closing)
	h.create("nowhere", vote.Open)
	for _, e := range b.Votes[:3] {
		h.replay(e, store.Recorded)
	}
	h.wantTally("closed", vote.Tally{"a": 1})
	h.wantSum(1000, 3, 2)
}

func replayForbidden(h fixture) {
	h.exec("%s", h.Forbid)
	b := batch(100, "ann=a", "bob=forbidden", "ann=forbidden")
	h.apply(b)
	h.wantRefused(b.Votes[1], "")
	h.wantRefused(b.Votes[2], "")
	h.wantTally(vote.DefaultSlug, vote.Tally{"a": 1})
	mended := b.Votes[1] // by a person
	mended.Vote.Ballot = "b"
	h.replay(mended, store.Recorded)
	h.wantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1})
}

// Stored or refused, and nothing else happens.
func replayNoText(h fixture) {
	for i, text := range []string{"\x00", "b\x00b", "\xff\xfe", "\xc3\x28", ""} {
		id := int64(100 * (i + 1))
		h.apply(store.Batch{ID: id, Dead: []store.Dead{{Position: id, Reason: "x"}, {Position: id + 1, Reason: "x"}}})
		for _, e := range []store.Entry{entry(id, vote.DefaultSlug, text, "a"), entry(id+1, vote.DefaultSlug, Voter(i), text)} {
			if outcome, err := h.Store.Replay(h.ctx, e); err != nil && !errors.Is(err, store.ErrRefused) {
				h.Errorf("replay of %q: outcome %d, %v", text, outcome, err)
			}
		}
	}
}

func replayNothing(h fixture) {
	h.apply(batch(100, "ann=a", "nowhere/ann=a"))
	if err := h.Store.Drop(h.ctx, 101); err != nil {
		h.Fatal(err)
	}
	for _, position := range []int64{100, 101, 102, 0, -1} {
		outcome, err := h.Store.Replay(h.ctx, entry(position, vote.DefaultSlug, "bob", "b"))
		if !errors.Is(err, store.ErrNoDeadLetter) {
			h.Errorf("replay of %d: outcome %d, %v", position, outcome, err)
		}
	}
	h.wantTally(vote.DefaultSlug, vote.Tally{"a": 1})
	h.wantSum(1000, 1, 1)
}

// The message moves in the accounts wherever it is counted, and is counted with
// its batch: who asks about earlier batches sees nothing of it.
func replayCompacted(h fixture) {
	h.create("later", vote.Draft)
	early, late := batch(100, "later/ann=a", "later/bob=a"), batch(200, "later/cid=a", "later/dan=a")
	h.apply(early)
	h.apply(late)
	h.setStatus("later", vote.Open)
	h.replay(late.Votes[0], store.Recorded)
	h.wantSum(150, 0, 2)
	h.wantSum(250, 1, 3)
	if err := h.Store.Compact(h.ctx, 150); err != nil {
		h.Fatal(err)
	}
	h.replay(early.Votes[0], store.Recorded)
	h.wantSum(150, 1, 1)
	h.wantSum(250, 2, 2)
	if err := h.Store.Compact(h.ctx, 250); err != nil {
		h.Fatal(err)
	}
	h.wantSum(250, 2, 2)
	h.replay(early.Votes[1], store.Recorded)
	h.replay(late.Votes[1], store.Recorded)
	h.wantSum(250, 4, 0)
	h.wantTally("later", vote.Tally{"a": 4})
}

func replayIsTold(h fixture) {
	h.create("later", vote.Draft)
	b := batch(100, "later/ann=a", "later/bob=a")
	h.apply(b)
	h.setStatus("later", vote.Open)
	here, there := h.listen(h.Store, store.TalliesChanged), h.listen(h.Another(h.T), store.TalliesChanged)
	before := h.snapshot("later").Seq
	for _, e := range b.Votes {
		h.replay(e, store.Recorded)
		here.wait("later")
		there.wait("later")
		now := h.snapshot("later").Seq
		if now <= before {
			h.Errorf("seq %d after %d", now, before)
		}
		before = now
	}
}

// Replay is cut off at some moment, before or after the commit: letter, ballot
// and ledger change together, and the next try finds out how it ended.
func replayLostAnswer(h fixture) {
	const rounds = 60
	h.create("later", vote.Draft)
	b := store.Batch{ID: 100}
	for i := range int64(rounds) {
		b.Votes = append(b.Votes, entry(100+i, "later", fmt.Sprintf("v%d", i), "a"))
	}
	h.apply(b)
	h.setStatus("later", vote.Open)
	for i, e := range b.Votes {
		ctx, cancel := context.WithTimeout(h.ctx, time.Duration(i)*50*time.Microsecond)
		_, _ = h.Store.Replay(ctx, e)
		cancel()
		row := h.query(`
			SELECT (SELECT stored FROM accounts), (SELECT count(*) FROM ballots),
			       100 + 60 - (SELECT count(*) FROM dead_letters) - 100`)[0]
		if row[0] != row[1] || row[1] != row[2] {
			h.Fatalf("stored, ballots, letters gone: %v", row)
		}
		if _, err := h.Store.Replay(h.ctx, e); err != nil && !errors.Is(err, store.ErrNoDeadLetter) {
			h.Fatal(err)
		}
		h.wantNoDeadLetter(e.Position)
	}
	h.wantTally("later", vote.Tally{"a": rounds})
	h.wantSum(1000, rounds, 0)
}

// Two operators with the same list replay and drop the same letters, in two
// processes, while their batches are compacted: each letter goes one way, once.
func replayAtOnce(h fixture) {
	const deadLetters, workers = 60, 6
	h.create("later", vote.Draft)
	var all []store.Entry
	for id := int64(1000); id < 1000+100*deadLetters/10; id += 100 {
		b := store.Batch{ID: id}
		for i := range int64(10) {
			b.Votes = append(b.Votes, entry(id+i, "later", fmt.Sprintf("v%d", id+i), "a"))
		}
		h.apply(b)
		all = append(all, b.Votes...)
	}
	h.setStatus("later", vote.Open)
	handles := []Store{h.Store, h.Another(h.T)}
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
					n, err = &dropped, handles[0].Drop(h.ctx, e.Position)
					if err == nil {
						n.Add(1)
					}
				} else if _, err = handles[w%2].Replay(h.ctx, e); err == nil {
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
			if err := handles[1].Compact(h.ctx, below); err != nil {
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
	h.wantTally("later", vote.Tally{"a": replayed.Load()})
	h.wantSum(1<<40, replayed.Load(), dropped.Load())
	h.wantDeadLetters()
}

// Once ChangePoll has returned with a closed poll, no letter gets in.
func replayClosed(h fixture) {
	for round := range int64(10) {
		slug := fmt.Sprintf("race-%d", round)
		h.create(slug, vote.Draft)
		b := store.Batch{ID: 1000 * (round + 1)}
		for i := range int64(40) {
			b.Votes = append(b.Votes, entry(b.ID+i, slug, fmt.Sprintf("v%d", i), "a"))
		}
		h.apply(b)
		h.setStatus(slug, vote.Open)
		other, some := h.Another(h.T), make(chan struct{}, len(b.Votes))
		var replayed int64
		done := make(chan error, 1)
		go func() {
			for _, e := range b.Votes {
				switch _, err := other.Replay(h.ctx, e); {
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
			case <-h.ctx.Done():
				h.Fatal("the replays stopped")
			}
		}
		h.setStatus(slug, vote.Closed)
		final := h.snapshot(slug)
		if err := <-done; err != nil {
			h.Fatal(err)
		}
		if now := h.snapshot(slug); now.Seq != final.Seq || now.Count.Voters != replayed {
			h.Fatalf("the closed poll went from %+v to %+v; %d were replayed", final, now, replayed)
		}
	}
}
