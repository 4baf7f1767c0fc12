package votes

import (
	"fmt"
	"time"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var byHandTests = []test{
	{"ballots written by hand are tallied", ballotsByHand},
	{"the classic worker's statements", classicWorker},
	{"a ballot by hand and votes in the queue", byHandAndQueue},
	{"ballots of no poll", ballotsOfNoPoll},
}

func ballotsByHand(h kit) {
	h.Create("lunch", vote.Open)
	h.MustExec(`INSERT INTO ballots (voter, ballot) VALUES ('ann', 'a'), ('bob', 'a'), ('cid', 'b')`)
	h.MustExec(`INSERT INTO ballots (poll, voter, ballot) VALUES ('lunch', 'ann', 'b')`)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 2, "b": 1})
	h.WantTally("lunch", vote.Tally{"b": 1})
	h.MustExec(`UPDATE ballots SET ballot = 'c' WHERE ballot = 'a'`)
	h.WantTally(vote.DefaultSlug, vote.Tally{"c": 2, "b": 1})
	h.MustExec(`UPDATE ballots SET ballot = 'b' WHERE voter = 'ann'`) // in both polls, in one without effect
	h.WantTally(vote.DefaultSlug, vote.Tally{"c": 1, "b": 2})
	h.Recount()
	h.MustExec(`DELETE FROM ballots WHERE voter = 'ann'`)
	h.WantTally(vote.DefaultSlug, vote.Tally{"c": 1, "b": 1})
	h.WantTally("lunch", nil)
	h.MustExec(`INSERT INTO ballots (voter, ballot) VALUES ('bob', 'x') ON CONFLICT (poll, voter) DO NOTHING`)
	h.MustExec(`INSERT INTO ballots (voter, ballot) VALUES ('bob', 'd') ON CONFLICT (poll, voter) DO UPDATE SET ballot = excluded.ballot`)
	h.WantTally(vote.DefaultSlug, vote.Tally{"d": 1, "b": 1})
	if err := h.Exec(h.Ctx, `INSERT INTO ballots (voter, ballot) VALUES ('new', 'a'), ('bob', 'a')`); err == nil {
		h.Error("a second ballot of one voter was taken")
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"d": 1, "b": 1})
	h.MustExec(`DELETE FROM ballots`)
	h.WantTally(vote.DefaultSlug, nil)
}

// The original worker inserts and, on an error, updates; the original result
// app counts. Both may stand in for ours.
func classicWorker(h kit) {
	h.MustExec(`CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)`)
	cast := func(id, ballot string) {
		h.Helper()
		if err := h.Exec(h.Ctx, fmt.Sprintf(`INSERT INTO votes (id, vote) VALUES ('%s', '%s')`, id, ballot)); err != nil {
			h.MustExec(`UPDATE votes SET vote = '%s' WHERE id = '%s'`, ballot, id)
		}
	}
	cast("ann", "a")
	cast("bob", "b")
	cast("ann", "b")
	cast("ann", "b")
	h.MustExec(`INSERT INTO votes VALUES ('y', 'c')`)
	if err := h.Exec(h.Ctx, `INSERT INTO votes (id, vote) VALUES ('y', 'd')`); err == nil {
		h.Error("a duplicate id was no error")
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"b": 2, "c": 1})
	h.Create("lunch", vote.Open)
	h.Apply(fixture.Batch(100, "dan=a", "lunch/eva=a"))
	rows := h.MustQuery(`SELECT vote, COUNT(id) AS count FROM votes GROUP BY vote ORDER BY vote`)
	if got, want := fmt.Sprint(rows), "[[a 1] [b 2] [c 1]]"; got != want {
		h.Errorf("the classic count is %s, want %s", got, want)
	}
	h.MustExec(`DELETE FROM votes WHERE id = 'y'`)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 2})
	if rows := h.MustQuery(`SELECT id FROM votes WHERE id = 'eva'`); len(rows) != 0 {
		h.Error("votes shows a ballot of another poll")
	}
}

// What was written by hand is the word as of then: it beats what was queued
// before, is beaten by what is queued after, and not undone by a batch that
// comes again.
func byHandAndQueue(h kit) {
	now := time.Now().UnixMicro()
	const minute = 60_000_000
	old := fixture.Batch(now-minute, "ann=a", "bob=a")
	then := h.Apply(old)
	h.MustExec(`UPDATE votes SET vote = 'b' WHERE id = 'ann'`)
	h.MustExec(`INSERT INTO votes (id, vote) VALUES ('cid', 'b')`)
	h.Again(h.Store, old, then)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 2})
	r := h.Apply(fixture.Batch(now-minute/2, "ann=c", "bob=c", "cid=c")) // on its way before, stored after
	h.WantOutcomes(r, store.Superseded, store.Changed, store.Superseded)
	h.WantTally(vote.DefaultSlug, vote.Tally{"b": 2, "c": 1})
	r = h.Apply(fixture.Batch(now+minute, "ann=d", "bob=d", "cid=d"))
	h.WantOutcomes(r, store.Changed, store.Changed, store.Changed)
	h.WantTally(vote.DefaultSlug, vote.Tally{"d": 3})
	h.MustExec(`UPDATE ballots SET ballot = 'a' WHERE voter = 'ann'`) // a clock behind the queue's moves nothing back
	h.WantOutcomes(h.Apply(fixture.Batch(now+minute/2, "ann=c")), store.Superseded)
}

// The classic relation takes rows at any time, also when there is no such poll.
func ballotsOfNoPoll(h kit) {
	h.MustExec(`INSERT INTO ballots (poll, voter, ballot) VALUES ('later', 'ann', 'a')`)
	if err := h.Store.DeletePoll(h.Ctx, vote.DefaultSlug, fixture.Allow); err != nil {
		h.Fatal(err)
	}
	h.MustExec(`INSERT INTO votes (id, vote) VALUES ('ann', 'a')`)
	h.Recount()
	if tally := h.Tally("later"); len(tally) != 0 {
		h.Errorf("tally of a poll that is not there: %v", tally)
	}
	h.Create("later", vote.Open)
	h.WantTally("later", vote.Tally{"a": 1})
}
