package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"popeye/store"
	"popeye/store/sqlite/internal/failure"
	"popeye/vote"
)

// Apply implements store.Ballots.
func (s *Store) Apply(ctx context.Context, b store.Batch) (store.Report, error) {
	var report store.Report
	var moved map[string]bool // polls whose tally changes
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		report, moved, err = apply(ctx, tx, b)
		return err
	})
	if err != nil {
		return store.Report{}, fmt.Errorf("apply a batch of %d votes: %w", len(b.Votes), classified(err))
	}
	if !report.Redelivered {
		for _, news := range b.Traced(report) {
			s.watchers.tell(store.TalliesChanged, news)
		}
	}
	for slug := range moved {
		s.watchers.tell(store.TalliesChanged, slug)
	}
	return report, nil
}

func apply(ctx context.Context, tx *sql.Tx, b store.Batch) (store.Report, map[string]bool, error) {
	if report, err := redelivered(ctx, tx, b); err != nil || report.Redelivered {
		return report, nil, err
	}
	polls, err := pollStates(ctx, tx, b.Slugs())
	if err != nil {
		return store.Report{}, nil, err
	}
	report, err := b.Judge(polls)
	if err != nil {
		return store.Report{}, nil, err
	}
	moved, err := storeVotes(ctx, tx, b.Votes, &report)
	if err != nil {
		return store.Report{}, nil, err
	}
	dead, err := json.Marshal(append([]store.Dead{}, report.Dead...))
	if err != nil {
		return store.Report{}, nil, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO batches (id, last, prev, digest, votes, dead, applied_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		b.ID, b.Last(), sql.NullInt64{Int64: b.Prev, Valid: b.Chained}, b.Digest, report.Stored(), string(dead), micros(time.Now()))
	if err == nil {
		err = keepDeadLetters(ctx, tx, b, report)
	}
	return report, moved, err
}

// redelivered answers a batch that was applied before, as the first time; of
// one that Compact forgot no more is known than that. Another batch under the same
// ID is misplaced, and so may one be that comes for the first time.
func redelivered(ctx context.Context, tx *sql.Tx, b store.Batch) (store.Report, error) {
	var below int64
	var beside store.Neighbours
	var forgotten []byte
	err := tx.QueryRowContext(ctx, `
		SELECT below, last, (SELECT digest FROM forgotten WHERE id = ?1),
		       (SELECT last FROM batches WHERE id < ?1 ORDER BY id DESC LIMIT 1),
		       (SELECT coalesce(prev, id - 1) FROM batches WHERE id > ?1 ORDER BY id LIMIT 1)
		FROM compacted`, b.ID).Scan(&below, &beside.Folded, &forgotten, &beside.Below, &beside.Above)
	if err != nil {
		return store.Report{}, err
	}
	if b.ID < below {
		return store.Report{Redelivered: true}, b.Forgotten(forgotten)
	}
	var dead, digest []byte
	err = tx.QueryRowContext(ctx, `SELECT dead, digest FROM batches WHERE id = ?`, b.ID).Scan(&dead, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Report{}, cmp.Or(b.Misplaced(beside), tooFar(ctx, tx, b))
	}
	report := store.Report{Redelivered: true}
	if err == nil {
		err = cmp.Or(b.Reused(digest), json.Unmarshal(dead, &report.Dead))
	}
	return report, err
}

// tooFar tells a batch more than a day ahead of the clock and of everything that
// is stored.
func tooFar(ctx context.Context, tx *sql.Tx, b store.Batch) error {
	now := time.Now().UnixMicro()
	if b.TooFar(now) == nil {
		return nil
	}
	var stored int64
	err := tx.QueryRowContext(ctx, `SELECT max(last, (SELECT coalesce(max(last), 0) FROM batches)) FROM compacted`).Scan(&stored)
	if err != nil {
		return err
	}
	return b.TooFar(max(stored, now))
}

// pollStates returns how each of the polls stands that exist.
func pollStates(ctx context.Context, tx *sql.Tx, slugs []string) (map[string]store.PollState, error) {
	found := make(map[string]store.PollState)
	for _, slug := range slugs {
		var p vote.Poll
		var created int64
		row := tx.QueryRowContext(ctx, `SELECT status, created_at FROM polls WHERE slug = ?`, slug)
		switch err := row.Scan(&p.Status, &created); {
		case err == nil:
			p.CreatedAt = fromMicros(created)
			found[slug] = store.PollState{Status: p.Status, Created: p.CreatedKey()}
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return found, nil
}

// storeVotes stores what the report does not refuse, completes the report and
// returns the polls whose tally changes. It goes from the latest vote to the
// first: so the last word of a voter comes first and the earlier ones find it
// there, and if it is refused the one before it counts.
func storeVotes(ctx context.Context, tx *sql.Tx, votes []store.Entry, report *store.Report) (map[string]bool, error) {
	w, err := newWriter(ctx, tx)
	if err != nil {
		return nil, err
	}
	defer w.close()
	for _, i := range latestFirst(votes) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if report.Outcomes[i] == store.Refused {
			continue
		}
		outcome, err := w.put(&votes[i])
		if reason, ok := refusal(err); ok {
			report.Refuse(i, votes[i].Position, reason)
			continue
		}
		if err != nil {
			return nil, err
		}
		report.Outcomes[i] = outcome
	}
	return retally(ctx, tx, w.deltas)
}

// latestFirst returns the indexes of votes by position, descending.
func latestFirst(votes []store.Entry) []int {
	order := make([]int, len(votes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(votes[j].Position, votes[i].Position) })
	return order
}

// writer writes the ballots of one Apply and notes what that does to tallies.
type writer struct {
	// ctx can't be cancelled: for each statement that can be interrupted the
	// driver starts a goroutine, and a row takes microseconds.
	ctx                  context.Context
	insert, find, update *sql.Stmt
	deltas               map[counted]int64
}

// counted is a ballot that voters may hold.
type counted struct {
	poll   string
	ballot vote.Ballot
}

// newWriter starts to count; retally ends it.
func newWriter(ctx context.Context, tx *sql.Tx) (*writer, error) {
	w := &writer{ctx: context.WithoutCancel(ctx), deltas: make(map[counted]int64)}
	if err := startCounting(ctx, tx); err != nil {
		return nil, err
	}
	for _, p := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&w.insert, `INSERT INTO ballots (poll, voter, ballot, position, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (poll, voter) DO NOTHING`},
		{&w.find, `SELECT position, ballot FROM ballots WHERE poll = ? AND voter = ?`},
		{&w.update, `UPDATE ballots SET ballot = ?, position = ?, at = ? WHERE poll = ? AND voter = ?`},
	} {
		var err error
		if *p.stmt, err = tx.PrepareContext(ctx, p.query); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *writer) close() {
	for _, stmt := range []*sql.Stmt{w.insert, w.find, w.update} {
		if stmt != nil {
			stmt.Close()
		}
	}
}

// put makes a vote its voter's ballot unless a later one is there. Nobody else
// writes meanwhile: the transaction took the lock when it began.
func (w *writer) put(e *store.Entry) (store.Outcome, error) {
	v := &e.Vote
	at := v.At
	if at.IsZero() {
		at = time.Now()
	}
	// Most voters come once, so it pays to try the insert first.
	result, insertErr := w.insert.ExecContext(w.ctx, v.Poll, v.Voter, string(v.Ballot), e.Position, micros(at))
	if insertErr == nil {
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			w.deltas[counted{v.Poll, v.Ballot}]++
			return store.Recorded, err
		}
	}
	var position int64
	var ballot vote.Ballot
	err := w.find.QueryRowContext(w.ctx, v.Poll, v.Voter).Scan(&position, &ballot)
	switch {
	case err == nil && position >= e.Position:
		return store.Superseded, nil // so it does not matter if it is refused
	case insertErr != nil:
		return 0, insertErr
	case err != nil:
		return 0, err
	}
	if _, err := w.update.ExecContext(w.ctx, string(v.Ballot), e.Position, micros(at), v.Poll, v.Voter); err != nil {
		return 0, err
	}
	w.deltas[counted{v.Poll, ballot}]--
	w.deltas[counted{v.Poll, v.Ballot}]++
	return store.Changed, nil
}

// retally adds deltas to the tallies, and returns the polls whose tally changes.
func retally(ctx context.Context, tx *sql.Tx, deltas map[counted]int64) (map[string]bool, error) {
	moved := make(map[string]bool)
	add, err := tx.PrepareContext(ctx, `
		INSERT INTO tallies (poll, ballot, voters) VALUES (?, ?, ?)
		ON CONFLICT (poll, ballot) DO UPDATE SET voters = voters + excluded.voters`)
	if err != nil {
		return nil, err
	}
	defer add.Close()
	// A ballot that nobody holds leaves no row, so a tally costs its distinct ballots.
	drop, err := tx.PrepareContext(ctx, `DELETE FROM tallies WHERE poll = ? AND ballot = ? AND voters = 0`)
	if err != nil {
		return nil, err
	}
	defer drop.Close()
	for c, n := range deltas {
		if n == 0 {
			continue
		}
		moved[c.poll] = true
		if _, err := add.ExecContext(ctx, c.poll, string(c.ballot), n); err != nil {
			return nil, err
		}
		if n > 0 {
			continue
		}
		if _, err := drop.ExecContext(ctx, c.poll, string(c.ballot)); err != nil {
			return nil, err
		}
	}
	for slug := range moved {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO changes (poll, seq) VALUES (?, 1) ON CONFLICT (poll) DO UPDATE SET seq = seq + 1`, slug); err != nil {
			return nil, err
		}
	}
	return moved, stopCounting(ctx, tx)
}

// startCounting and stopCounting enclose what this transaction does to ballots
// when it keeps the tallies itself, in place of the triggers.
func startCounting(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO counting (one) VALUES (1)`)
	return err
}

func stopCounting(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM counting`)
	return err
}

// refusal reports that SQLite did what it was told and found the vote at fault:
// a constraint or a trigger that someone added, or a value too big. Such a
// statement leaves nothing behind, and the transaction goes on.
func refusal(err error) (reason string, ok bool) {
	switch failure.Code(err) {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return "the database refused it: " + err.Error(), true
	}
	return "", false
}
