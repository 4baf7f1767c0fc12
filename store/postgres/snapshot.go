package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
	"popeye/vote"
)

// Snapshot implements store.Tallies. It is one statement, so poll, tally and
// seq belong together; it costs as much as the poll has distinct ballots.
func (s *Store) Snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	snapshot, err := s.snapshot(ctx, slug)
	if err != nil {
		return store.Snapshot{}, fmt.Errorf("read the tally of a poll: %w", err)
	}
	return snapshot, nil
}

func (s *Store) snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
	if vote.ValidateSlug(slug) != nil {
		return store.Snapshot{}, store.ErrNoPoll
	}
	rows, err := s.pool.Query(ctx, `
		SELECT `+pollColumns+`, coalesce(c.seq, 0), now(), t.ballots, t.voters
		FROM polls
		LEFT JOIN changes AS c ON c.poll = slug
		CROSS JOIN LATERAL (
			SELECT array_agg(ballot) AS ballots, array_agg(voters) AS voters FROM tallies WHERE poll = slug
		) AS t
		WHERE slug = $1`, slug)
	if err != nil {
		return store.Snapshot{}, err
	}
	snapshot, err := pgx.CollectExactlyOneRow(rows, scanSnapshot)
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrNoPoll
	}
	return snapshot, err
}

func scanSnapshot(row pgx.CollectableRow) (store.Snapshot, error) {
	var s store.Snapshot
	p := &s.Poll
	var ballots []vote.Ballot
	var voters []int64
	err := row.Scan(&p.Slug, &p.Question, &p.Kind, &p.Options, &p.Min, &p.Max, &p.Status, &p.Revision,
		&p.CreatedAt, &p.ChangedAt, &s.Seq, &s.AsOf, &ballots, &voters)
	p.CreatedAt, p.ChangedAt, s.AsOf = p.CreatedAt.UTC(), p.ChangedAt.UTC(), s.AsOf.UTC()
	s.Tally = make(vote.Tally, len(ballots))
	for i, b := range ballots {
		s.Tally[b] = voters[i]
	}
	return s, err
}
