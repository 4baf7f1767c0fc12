package storetest

import (
	"fmt"
	"time"

	"popeye/store"
	"popeye/vote"
)

var byHandTests = []test{
	{"ballots written by hand are tallied", ballotsByHand},
	{"the classic worker's statements", classicWorker},
	{"a ballot by hand and votes in the queue", byHandAndQueue},
	{"ballots of no poll", ballotsOfNoPoll},
}

func ballotsByHand(h fixture) {
	h.create("lunch", vote.Open)
	h.exec(`INSERT INTO ballots (voter, ballot) VALUES ('ann', 'a'), ('bob', 'a'), ('cid', 'b')`)
	h.exec(`INSERT INTO ballots (poll, voter, ballot) VALUES ('lunch', 'ann', 'b')`)
	h.wantTally(vote.DefaultSlug, vote.Tally{"a": 2, "b": 1})
	h.wantTally("lunch", vote.Tally{"b": 1})
	h.exec(`UPDATE ballots SET ballot = 'c' WHERE ballot = 'a'`)
	h.wantTally(vote.DefaultSlug, vote.Tally{"c": 2, "b": 1})
	h.exec(`UPDATE ballots SET ballot = 'b' WHERE voter = 'ann'`) // in both polls, in one without effect
	h.wantTally(vote.DefaultSlug, vote.Tally{"c": 1, "b": 2})
	h.recount()
	h.exec(`DELETE FROM ballots WHERE voter = 'ann'`)
	h.wantTally(vote.DefaultSlug, vote.Tally{"c": 1, "b": 1})
	h.wantTally("lunch", nil)
	h.exec(`INSERT INTO ballots (voter, ballot) VALUES ('bob', 'x') ON CONFLICT (poll, voter) DO NOTHING`)
	h.exec(`INSERT INTO ballots (voter, ballot) VALUES ('bob', 'd') ON CONFLICT (poll, voter) DO UPDATE SET ballot = excluded.ballot`)
	h.wantTally(vote.DefaultSlug, vote.Tally{"d": 1, "b": 1})
	if err := h.Exec(h.ctx, `INSERT INTO ballots (voter, ballot) VALUES ('new', 'a'), ('bob', 'a')`); err == nil {
		h.Error("a second ballot of one voter was taken")
	}
	h.wantTally(vote.DefaultSlug, vote.Tally{"d": 1, "b": 1})
	h.exec(`DELETE FROM ballots`)
	h.wantTally(vote.DefaultSlug, nil)
}

// The original worker inserts and, on an error, updates; the original result
// app counts. Both may stand in for ours.
func classicWorker(h fixture) {
	h.exec(`CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)`)
	cast := func(id, ballot string) {
		h.Helper()
		if err := h.Exec(h.ctx, fmt.Sprintf(`INSERT INTO votes (id, vote) VALUES ('%s', '%s')`, id, ballot)); err != nil {
			h.exec(`UPDATE votes SET vote = '%s' WHERE id = '%s'`, ballot, id)
		}
	}
	cast("ann", "a")
	cast("bob", "b")
	cast("ann", "b")
	cast("ann", "b")
	h.exec(`INSERT INTO votes VALUES ('y', 'c')`)
	if err := h.Exec(h.ctx, `INSERT INTO votes (id, vote) VALUES ('y', 'd')`); err == nil {
		h.Error("a duplicate id was no error")
	}
	h.wantTally(vote.DefaultSlug, vote.Tally{"b": 2, "c": 1})
	h.create("lunch", vote.Open)
	h.apply(batch(100, "dan=a", "lunch/eva=a"))
	rows := h.query(`SELECT vote, COUNT(id) AS count FROM votes GROUP BY vote ORDER BY vote`)
	if got, want := fmt.Sprint(rows), "[[a 1] [b 2] [c 1]]"; got != want {
		h.Errorf("the classic count is %s, want %s", got, want)
	}
	h.exec(`DELETE FROM votes WHERE id = 'y'`)
	h.wantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 2})
	if rows := h.query(`SELECT id FROM votes WHERE id = 'eva'`); len(rows) != 0 {
		h.Error("votes shows a ballot of another poll")
	}
}

// What was written by hand is the word as of then: it beats what was queued
// before, is beaten by what is queued after, and not undone by a batch that
// comes again.
func byHandAndQueue(h fixture) {
	now := time.Now().UnixMicro()
	const minute = 60_000_000
	old := batch(now-minute, "ann=a", "bob=a")
	then := h.apply(old)
	h.exec(`UPDATE votes SET vote = 'b' WHERE id = 'ann'`)
	h.exec(`INSERT INTO votes (id, vote) VALUES ('cid', 'b')`)
	h.again(h.Store, old, then)
	h.wantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 2})
	r := h.apply(batch(now-minute/2, "ann=c", "bob=c", "cid=c")) // on its way before, stored after
	h.wantOutcomes(r, store.Superseded, store.Changed, store.Superseded)
	h.wantTally(vote.DefaultSlug, vote.Tally{"b": 2, "c": 1})
	r = h.apply(batch(now+minute, "ann=d", "bob=d", "cid=d"))
	h.wantOutcomes(r, store.Changed, store.Changed, store.Changed)
	h.wantTally(vote.DefaultSlug, vote.Tally{"d": 3})
	h.exec(`UPDATE ballots SET ballot = 'a' WHERE voter = 'ann'`) // a clock behind the queue's moves nothing back
	h.wantOutcomes(h.apply(batch(now+minute/2, "ann=c")), store.Superseded)
}

// The classic relation takes rows at any time, also when there is no such poll.
func ballotsOfNoPoll(h fixture) {
	h.exec(`INSERT INTO ballots (poll, voter, ballot) VALUES ('later', 'ann', 'a')`)
	if err := h.Store.DeletePoll(h.ctx, vote.DefaultSlug, allow); err != nil {
		h.Fatal(err)
	}
	h.exec(`INSERT INTO votes (id, vote) VALUES ('ann', 'a')`)
	h.recount()
	if tally := h.tally("later"); len(tally) != 0 {
		h.Errorf("tally of a poll that is not there: %v", tally)
	}
	h.create("later", vote.Open)
	h.wantTally("later", vote.Tally{"a": 1})
}
