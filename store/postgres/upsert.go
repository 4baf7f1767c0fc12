package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"popeye/store"
)

// The savepoint is set before votes are stored. To go back to it also gives
// back the locks that were taken since, so the statement may be tried again and
// again and still no transaction asks for a ballot while it holds the tallies.
const (
	savepoint = `SAVEPOINT votes`
	goBack    = `ROLLBACK TO SAVEPOINT votes`
)

// upsertVotes stores votes by upsert, one statement for all. If PostgreSQL can't hold a
// vote that fails as a whole; then the culprits are found and refused.
func (s *Store) upsertVotes(ctx context.Context, tx pgx.Tx, votes []store.Entry, order []int, report *store.Report) error {
	for {
		// With a refused vote gone, an earlier one of its voter may count after all.
		latest := latestOf(votes, order, report.Outcomes)
		err := upsert(ctx, tx, votes, latest, report.Outcomes)
		if err == nil {
			s.noteFirst(report.Outcomes, latest)
		}
		if !isDataError(err) {
			return err
		}
		if _, err := tx.Exec(ctx, goBack); err != nil {
			return err
		}
		found, searchErr := culprits(ctx, tx, votes, latest)
		if searchErr != nil {
			return searchErr
		}
		if len(found) == 0 {
			return err // no vote alone explains it: the fault is not the voters'
		}
		for i, reason := range found {
			report.Refuse(i, votes[i].Position, reason)
		}
	}
}

// inOrder returns the indexes of votes by poll, voter, and the latest first.
func inOrder(votes []store.Entry) []int {
	order := make([]int, len(votes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &votes[i], &votes[j]
		return cmp.Or(cmp.Compare(a.Vote.Poll, b.Vote.Poll), cmp.Compare(a.Vote.Voter, b.Vote.Voter),
			cmp.Compare(b.Position, a.Position))
	})
	return order
}

// latestOf picks from order the latest vote of each voter in each poll that is
// not refused. PostgreSQL refuses to touch a row twice in one statement.
func latestOf(votes []store.Entry, order []int, outcomes []store.Outcome) []int {
	latest := make([]int, 0, len(order))
	for _, i := range order {
		if outcomes[i] == store.Refused {
			continue
		}
		if n := len(latest); n > 0 {
			last := &votes[latest[n-1]].Vote
			if last.Poll == votes[i].Vote.Poll && last.Voter == votes[i].Vote.Voter {
				continue
			}
		}
		latest = append(latest, i)
	}
	return latest
}

// upsert stores the votes with the given indexes, in that order, and sets the
// outcome of each that became its voter's ballot.
func upsert(ctx context.Context, tx pgx.Tx, votes []store.Entry, indexes []int, outcomes []store.Outcome) error {
	if len(indexes) == 0 {
		return nil
	}
	var c columns
	at := make(map[int64]int, len(indexes)) // position -> index
	for _, i := range indexes {
		c.add(&votes[i])
		at[votes[i].Position] = i
	}
	// A row has xmax 0 when no one has ever replaced or locked it: it is new.
	rows, err := tx.Query(ctx, `
		INSERT INTO ballots AS b (poll, voter, ballot, position, at)
		SELECT v.poll, v.voter, v.ballot, v.position, coalesce(v.at, now())
		FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
		     AS v (poll, voter, ballot, position, at)
		ON CONFLICT (poll, voter) DO UPDATE
		SET ballot = excluded.ballot, position = excluded.position, at = excluded.at
		WHERE b.position < excluded.position
		RETURNING b.position, b.xmax = 0`,
		c.polls, c.voters, c.ballots, c.positions, c.times)
	if err != nil {
		return err
	}
	var position int64
	var inserted bool
	_, err = pgx.ForEachRow(rows, []any{&position, &inserted}, func() error {
		outcomes[at[position]] = store.Changed
		if inserted {
			outcomes[at[position]] = store.Recorded
		}
		return nil
	})
	return err
}

// columns are votes as the arrays that upsert unnests.
type columns struct {
	polls, voters, ballots []string
	positions              []int64
	times                  []pgtype.Timestamptz
}

func (c *columns) add(e *store.Entry) {
	c.polls = append(c.polls, e.Vote.Poll)
	c.voters = append(c.voters, e.Vote.Voter)
	c.ballots = append(c.ballots, string(e.Vote.Ballot))
	c.positions = append(c.positions, e.Position)
	c.times = append(c.times, pgtype.Timestamptz{Time: e.Vote.At, Valid: !e.Vote.At.IsZero()})
}

// culprits returns which of the votes with the given indexes PostgreSQL can't
// hold, with its reason. It tries them, in halves and halves of halves, and
// takes every try back.
func culprits(ctx context.Context, tx pgx.Tx, votes []store.Entry, indexes []int) (map[int]string, error) {
	tryErr := upsert(ctx, tx, votes, indexes, make([]store.Outcome, len(votes)))
	if tryErr != nil && !isDataError(tryErr) {
		return nil, tryErr
	}
	if _, err := tx.Exec(ctx, goBack); err != nil {
		return nil, err
	}
	switch {
	case tryErr == nil:
		return nil, nil
	case len(indexes) == 1:
		return map[int]string{indexes[0]: "the database refused it: " + message(tryErr)}, nil
	}
	found, err := culprits(ctx, tx, votes, indexes[:len(indexes)/2])
	if err != nil {
		return nil, err
	}
	more, err := culprits(ctx, tx, votes, indexes[len(indexes)/2:])
	for i, reason := range more {
		if found == nil {
			found = make(map[int]string)
		}
		found[i] = reason
	}
	return found, err
}

// isDataError reports that PostgreSQL did what it was told and found the data
// at fault: a value it can't hold (22), a constraint (23), a value too long for
// an index (54), or a trigger that someone added and that raised an exception.
func isDataError(err error) bool {
	switch code := sqlState(err); {
	case len(code) != 5:
		return false
	case code == "P0001":
		return true
	default:
		return code[:2] == "22" || code[:2] == "23" || code[:2] == "54"
	}
}

// message returns the first line of PostgreSQL's error. Its detail, which may
// quote the row with the voter in it, stays behind.
func message(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Message
	}
	return err.Error()
}
