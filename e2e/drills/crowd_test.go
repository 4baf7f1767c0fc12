//go:build linux

package drills

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// refused returns the answers to a crowd that say no, once and for all. That a busy
// machine let somebody wait too long, who was told so and came again, is no such
// answer.
func refused(c *people.Crowd) []int {
	var said []int
	for status := range c.Failed() {
		if status != 0 && status != http.StatusServiceUnavailable {
			said = append(said, status)
		}
	}
	return said
}

// ballots reads the default poll's ballots: voter -> ballot.
func ballots(ctx context.Context, db string) (map[string]vote.Ballot, error) {
	conn, err := pgx.Connect(ctx, db)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, `SELECT id, vote FROM votes`)
	if err != nil {
		return nil, err
	}
	stored := map[string]vote.Ballot{}
	var voter string
	var ballot vote.Ballot
	_, err = pgx.ForEachRow(rows, []any{&voter, &ballot}, func() error { stored[voter] = ballot; return nil })
	return stored, err
}

// isStored waits until the store holds every voter's last word, and nothing
// else, and the tally is a recount of it.
func isStored(t testing.TB, c *people.Crowd, db string) {
	t.Helper()
	isStoredBeside(t, c, db, 0)
}

// isStoredBeside is isStored where others have ballots too.
func isStoredBeside(t testing.TB, c *people.Crowd, db string, others int) {
	t.Helper()
	testenv.Eventually(t, "every recorded vote is stored", func() error {
		stored, err := ballots(t.Context(), db)
		if err != nil {
			return err
		}
		lost, err := c.Missing(stored, others)
		if lost > 0 && err == nil {
			err = fmt.Errorf("%d voters have no ballot", lost)
		}
		return err
	})
	recount(t, db)
}

// recount demands that the tallies are a recount of the ballots.
func recount(t testing.TB, db string) {
	t.Helper()
	if wrong := ask[int64](t, db, `
		SELECT count(*) FROM tallies FULL JOIN (
			SELECT poll, ballot, count(*) AS voters FROM ballots GROUP BY poll, ballot
		) AS counted USING (poll, ballot, voters)
		WHERE tallies.poll IS NULL OR counted.poll IS NULL`); wrong != 0 {
		t.Errorf("%d tallies differ from a recount", wrong)
	}
}
