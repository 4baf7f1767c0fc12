package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"popeye/queue"
	"popeye/store"
	"popeye/worker"
)

// Account is the command "account".
type Account struct {
	JSON    bool `long:"json" description:"Print one JSON object instead of a table."`
	Recount bool `long:"recount" description:"Also count all ballots again and compare the tallies with them; this reads everything."`
	Settle  bool `long:"settle" description:"Accept the difference, for instance after Redis lost its data or the database was restored: from now on the account balances again."`
}

// Queue is what the command needs of a queue that others can reach.
type Queue interface {
	queue.Meter
	// Rebase adds to what was ever accepted.
	Rebase(ctx context.Context, by int64) error
}

// ErrUnbalanced says that messages are missing, or too many.
var ErrUnbalanced = errors.New("the account does not balance")

// statement is what the command prints.
type statement struct {
	store.Account
	Difference int64      `json:"difference"`
	Balanced   bool       `json:"balanced"`
	LagSeconds float64    `json:"lag_seconds"`
	Settled    *int64     `json:"settled,omitempty"` // the difference that was accepted
	Recount    *recounted `json:"recount,omitempty"`
}

type recounted struct {
	Ballots int64 `json:"ballots"`
	Wrong   int64 `json:"wrong"`
}

// Run takes the account of a queue and a store and prints it. It returns
// ErrUnbalanced unless everything is where it should be. q is nil where the
// queue lies in the memory of another process: what that one has answered as
// recorded is in the store, so the store's own sums are the account, and what
// can be wrong is the tallies, which are recounted.
func (c Account) Run(ctx context.Context, q Queue, ledger store.Ledger, out io.Writer) error {
	s, err := c.take(ctx, q, ledger)
	if err != nil {
		return err
	}
	if c.Settle && s.Difference != 0 {
		if q == nil {
			return errors.New("in one process there is nothing to settle")
		}
		if err := q.Rebase(ctx, -s.Difference); err != nil {
			return fmt.Errorf("settle the account: %w", err)
		}
		difference := s.Difference
		if s, err = c.take(ctx, q, ledger); err != nil {
			return err
		}
		s.Settled = &difference
	}
	if c.Recount || q == nil {
		var r recounted
		if r.Ballots, r.Wrong, err = ledger.Recount(ctx); err != nil {
			return err
		}
		s.Recount = &r
	}
	if err := c.print(s, out); err != nil {
		return err
	}
	return s.verdict()
}

func (c Account) take(ctx context.Context, q Queue, ledger store.Ledger) (s statement, err error) {
	if q != nil {
		s.Account, err = worker.Account(ctx, q, ledger)
	} else {
		s.Account, err = stored(ctx, ledger)
	}
	s.Difference = s.Account.Difference()
	s.Balanced, s.LagSeconds = s.Difference == 0, s.Lag.Seconds()
	return s, err
}

// stored is the account of one process, whose votes are accepted when they are
// stored.
func stored(ctx context.Context, ledger store.Ledger) (store.Account, error) {
	sums, err := ledger.Sum(ctx, math.MaxInt64, nil)
	return store.Account{
		Accepted: sums.Stored + sums.Dead, Stored: sums.Stored, Dead: sums.Dead, AsOf: time.Now(),
	}, err
}

func (s statement) verdict() error {
	switch {
	case s.Difference > 0:
		return fmt.Errorf("%w: %d accepted messages are nowhere", ErrUnbalanced, s.Difference)
	case s.Difference < 0:
		return fmt.Errorf("%w: the store has %d messages more than the queue remembers to have accepted", ErrUnbalanced, -s.Difference)
	case s.Recount != nil && s.Recount.Wrong > 0:
		return fmt.Errorf("%w: %d tallies differ from a recount of the ballots", ErrUnbalanced, s.Recount.Wrong)
	}
	return nil
}

func (c Account) print(s statement, out io.Writer) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(s)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(what string, n int64, note string) { fmt.Fprintf(t, "%s\t%d\t  %s\n", what, n, note) }
	row("accepted", s.Accepted, "by the queue")
	row("stored", s.Stored, "in the store")
	row("waiting", s.Waiting, s.lag())
	row("dead letters", s.Dead, s.hint())
	row("missing", s.Difference, s.says())
	if s.Recount != nil {
		row("ballots", s.Recount.Ballots, "counted again")
		row("wrong tallies", s.Recount.Wrong, "")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nas of %s\n", s.AsOf.UTC().Format(time.RFC3339))
	return err
}

func (s statement) lag() string {
	if s.Waiting == 0 {
		return ""
	}
	return fmt.Sprintf("the oldest for %s", s.Lag.Round(time.Millisecond))
}

func (s statement) hint() string {
	if s.Dead == 0 {
		return ""
	}
	return "kept or dropped: see dead list"
}

func (s statement) says() string {
	switch {
	case s.Settled != nil:
		return fmt.Sprintf("balances again: a difference of %d was accepted", *s.Settled)
	case s.Balanced:
		return "it balances"
	}
	return "IT DOES NOT BALANCE"
}
