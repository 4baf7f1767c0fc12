package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/queue/redisqueue"
	"popeye/store"
	"popeye/store/postgres"
	"popeye/worker"
)

// lookTimeout bounds one look at the servers.
const lookTimeout = 3 * time.Second

// witness looks at what lies in Redis and PostgreSQL, past all links.
type witness struct {
	*ledger
	pool     *pgxpool.Pool
	queue    *redisqueue.Queue
	database *postgres.Store

	// whole is held for writing while Redis' account is of no use: between the
	// return of an older copy and the operator's correction of it.
	whole sync.RWMutex
}

func newWitness(ctx context.Context, l *ledger, s *stack) (*witness, error) {
	w := &witness{ledger: l}
	var err error
	if w.pool, err = pgxpool.New(ctx, s.Database); err != nil {
		return nil, err
	}
	if w.database, err = postgres.Open(ctx, s.Database, postgres.Options{Conns: 2}); err != nil {
		w.pool.Close()
		return nil, err
	}
	if w.queue, err = redisqueue.Open(redisqueue.Config{URL: s.Redis.URL()}); err != nil {
		w.database.Close()
		w.pool.Close()
		return nil, err
	}
	return w, nil
}

func (w *witness) close() {
	w.queue.Close()
	w.database.Close()
	w.pool.Close()
}

// account takes the account as the operator would.
func (w *witness) account(ctx context.Context) (store.Account, error) {
	w.whole.RLock()
	defer w.whole.RUnlock()
	return w.accountNow(ctx)
}

func (w *witness) accountNow(ctx context.Context) (store.Account, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return worker.Account(ctx, w.queue, w.database)
}

func (w *witness) stats(ctx context.Context) (queue.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return w.queue.Stats(ctx)
}

// read reads all of a poll as of one moment.
func (w *witness) read(ctx context.Context, poll string) (r judge.Reading, s judge.State, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	r = judge.Reading{Poll: poll, Ballots: map[string]string{}, Tally: map[string]int64{}}
	r.From = w.now()
	oneMoment := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, w.pool, oneMoment, func(tx pgx.Tx) error {
		row := tx.QueryRow(ctx, `SELECT status, revision FROM polls WHERE slug = $1`, poll)
		if err := row.Scan(&s.Status, &s.Revision); err != nil {
			return err
		}
		if err := pairs(ctx, tx, `SELECT voter, ballot FROM ballots WHERE poll = $1`, poll, r.Ballots); err != nil {
			return err
		}
		return pairs(ctx, tx, `SELECT ballot, voters FROM tallies WHERE poll = $1`, poll, r.Tally)
	})
	r.To = w.now()
	if err != nil {
		return r, s, fmt.Errorf("read the poll %s: %w", poll, err)
	}
	return r, s, nil
}

// readSurely is read as soon as PostgreSQL answers.
func (w *witness) readSurely(ctx context.Context, poll string) (r judge.Reading, s judge.State, err error) {
	err = testenv.Until(ctx, patience, "the poll "+poll+" is read", func() error {
		r, s, err = w.read(ctx, poll)
		return err
	})
	return r, s, err
}

// pairs reads rows of two columns.
func pairs[V any](ctx context.Context, tx pgx.Tx, sql, poll string, into map[string]V) error {
	rows, err := tx.Query(ctx, sql, poll)
	if err != nil {
		return err
	}
	var key string
	var value V
	_, err = pgx.ForEachRow(rows, []any{&key, &value}, func() error { into[key] = value; return nil })
	return err
}

// stored reports how many ballots a poll has once a voter's is among them, else 0.
func (w *witness) stored(ctx context.Context, poll, voter string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var ballots int64
	err := w.pool.QueryRow(ctx, `
		SELECT CASE WHEN bool_or(voter = $2) THEN count(*) ELSE 0 END FROM ballots WHERE poll = $1`,
		poll, voter).Scan(&ballots)
	return ballots, err
}

// lockBallots lets nobody write a ballot until unlock; reading goes on.
func (w *witness) lockBallots(ctx context.Context) (unlock func(), err error) {
	tx, err := w.pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock the ballots: %w", err)
	}
	unlock = func() { _ = tx.Rollback(ctx) } // without an answer the connection is closed, which unlocks too
	if _, err := tx.Exec(ctx, `LOCK TABLE ballots IN EXCLUSIVE MODE`); err != nil {
		unlock()
		return nil, fmt.Errorf("lock the ballots: %w", err)
	}
	return unlock, nil
}
