package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// Most votes are a voter's first in their poll, and COPY takes half the CPU of an INSERT
// that looks for conflicts row by row. So voters who have a ballot are looked up first;
// the others' votes are copied, and only the rest is upserted. That two batches bring
// the first vote of one voter at the same time is rare: the second fails, and is stored
// by upsert while nobody copies.
//
// No two transactions wait for each other. Each locks the ballots that it finds, then
// claims the new ones, both by poll and voter; then its triggers take the tallies; and
// what it upserts it has locked. One that goes back to upsert holds no ballot while it
// waits for those who copy.

// copying is the advisory lock of those who copy, shared, and of one who may not be
// beside them: "popc" in ASCII.
const copying = 0x706f7063

// storeVotes stores what the report does not refuse and completes the report.
func storeVotes(ctx context.Context, tx pgx.Tx, votes []store.Entry, report *store.Report) error {
	order := inOrder(votes)
	outcomes := slices.Clone(report.Outcomes)
	err := copyVotes(ctx, tx, votes, latestOf(votes, order, outcomes), outcomes)
	if err == nil {
		report.Outcomes = outcomes
	}
	if !isDataError(err) {
		return err
	}
	if _, err := tx.Exec(ctx, goBack); err != nil {
		return err
	}
	var alone pgx.Batch
	alone.Queue(`SELECT pg_advisory_xact_lock($1)`, copying)
	alone.Queue(savepoint) // behind the lock, which is to outlast every way back
	if err := tx.SendBatch(ctx, &alone).Close(); err != nil {
		return err
	}
	return upsertVotes(ctx, tx, votes, order, report)
}

// copyVotes stores the votes with the given indexes, one a voter, in that order, and
// sets the outcome of each that became its voter's ballot. It fails with a data error if
// PostgreSQL can't hold one, or if a voter got a ballot meanwhile.
func copyVotes(ctx context.Context, tx pgx.Tx, votes []store.Entry, indexes []int, outcomes []store.Outcome) error {
	if len(indexes) == 0 {
		return nil
	}
	s, err := lockKnown(ctx, tx, votes, indexes)
	if err != nil {
		return err
	}
	if len(s.unknown) > 0 {
		_, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(copyRows(votes, s.unknown, s.now)),
			`COPY ballots (poll, voter, ballot, position, at) FROM STDIN (FORMAT binary)`)
		if err != nil {
			return err
		}
	}
	for _, i := range s.unknown {
		outcomes[i] = store.Recorded
	}
	return upsert(ctx, tx, votes, s.known, outcomes)
}

// split is what PostgreSQL knows of votes before they are stored.
type split struct {
	known   []int     // indexes of those whose voters have a ballot in the poll
	unknown []int     // of the others
	now     time.Time // when the transaction began, for votes without a time
}

// lockKnown finds and locks the ballots that the voters have, in the order of the
// indexes.
//
// The subquery makes it one look into the index for each voter. PostgreSQL plans the
// statement once for a connection, maybe while the table is small and to read all of it
// looks cheap: that is ruled out.
func lockKnown(ctx context.Context, tx pgx.Tx, votes []store.Entry, indexes []int) (split, error) {
	var s split
	polls, voters := make([]string, len(indexes)), make([]string, len(indexes))
	for n, i := range indexes {
		polls[n], voters[n] = votes[i].Vote.Poll, votes[i].Vote.Voter
	}
	known := make([]bool, len(indexes))
	var b pgx.Batch
	b.Queue(`SELECT now() FROM pg_advisory_xact_lock_shared($1), set_config('enable_seqscan', 'off', true)`, copying).
		QueryRow(func(row pgx.Row) error { return row.Scan(&s.now) })
	b.Queue(`
		SELECT v.n - 1
		FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS v (poll, voter, n)
		CROSS JOIN LATERAL (
			SELECT FROM ballots AS b WHERE b.poll = v.poll AND b.voter = v.voter FOR NO KEY UPDATE
		) AS locked`, polls, voters).
		Query(func(rows pgx.Rows) error {
			var n int
			_, err := pgx.ForEachRow(rows, []any{&n}, func() error { known[n] = true; return nil })
			return err
		})
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return split{}, err
	}
	for n, i := range indexes {
		if known[n] {
			s.known = append(s.known, i)
		} else {
			s.unknown = append(s.unknown, i)
		}
	}
	return s, nil
}

// copyRows writes votes as COPY's binary format has it, see "Binary Format" in
// PostgreSQL's documentation of COPY: each field is its length and its value.
func copyRows(votes []store.Entry, indexes []int, now time.Time) []byte {
	order := binary.BigEndian
	b := make([]byte, 0, 32+128*len(indexes))
	b = append(b, "PGCOPY\n\xff\r\n\x00"...)
	b = order.AppendUint64(b, 0) // no flags, no extension
	text := func(s string) {
		b = append(order.AppendUint32(b, uint32(len(s))), s...)
	}
	number := func(n int64) {
		b = order.AppendUint64(order.AppendUint32(b, 8), uint64(n))
	}
	for _, i := range indexes {
		e := &votes[i]
		at := e.Vote.At
		if at.IsZero() {
			at = now
		}
		b = order.AppendUint16(b, 5)
		text(e.Vote.Poll)
		text(e.Vote.Voter)
		text(string(e.Vote.Ballot))
		number(e.Position)
		number(at.UnixMicro() - epoch.UnixMicro())
	}
	return order.AppendUint16(b, 0xffff)
}

// epoch is where PostgreSQL's time begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
