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

// In a crowd that votes for the first time, COPY takes half the CPU of an upsert, which
// looks for each voter's ballot. But it can't replace a ballot: it fails as a whole where
// a voter has one. So votes are copied after a long row of first votes, and upserted
// otherwise, or when the copy has failed.
//
// Both claim ballots in the same order, by poll and voter, so neither can wait for
// somebody who waits for it.

// firstAhead is for how many first votes in a row, for each vote of a batch, the next
// are taken for first votes too: a copy that fails is work for nothing.
const firstAhead = 8

// storeVotes stores what the report does not refuse and completes the report.
func (s *Store) storeVotes(ctx context.Context, tx pgx.Tx, votes []store.Entry, report *store.Report) error {
	order := inOrder(votes)
	latest := latestOf(votes, order, report.Outcomes)
	if len(latest) == 0 || s.firstVotes.Load() < s.firstAhead*int64(len(latest)) {
		return s.upsertVotes(ctx, tx, votes, order, report)
	}
	err := copyVotes(ctx, tx, votes, latest)
	if isDataError(err) {
		if _, err := tx.Exec(ctx, goBack); err != nil {
			return err
		}
		return s.upsertVotes(ctx, tx, votes, order, report)
	}
	if err != nil {
		return err
	}
	for _, i := range latest {
		report.Outcomes[i] = store.Recorded
	}
	return nil
}

// copyVotes stores the votes with the given indexes, each of which is its voter's first.
// If one is not, or PostgreSQL can't hold it, it fails with a data error.
func copyVotes(ctx context.Context, tx pgx.Tx, votes []store.Entry, indexes []int) error {
	_, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(copyRows(votes, indexes)),
		`COPY ballots (poll, voter, ballot, position, at) FROM STDIN (FORMAT binary)`)
	return err
}

// noteFirst counts the votes in a row that were their voter's first, given those of one
// statement. It is a guess at what comes next, so it need not be exact.
func (s *Store) noteFirst(outcomes []store.Outcome, indexes []int) {
	other := func(i int) bool { return outcomes[i] != store.Recorded }
	if slices.ContainsFunc(indexes, other) {
		s.firstVotes.Store(0)
		return
	}
	s.firstVotes.Add(int64(len(indexes)))
}

// copyRows writes votes as COPY's binary format has it, see "Binary Format" in
// PostgreSQL's documentation of COPY: each field is its length and its value.
func copyRows(votes []store.Entry, indexes []int) []byte {
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
	now := time.Now()
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
