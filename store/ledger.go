package store

import (
	"context"
	"time"
)

// Sums is what became of messages, counted by the transactions that stored them.
type Sums struct {
	Stored int64 // votes that were stored, replayed letters included
	Dead   int64 // messages that became no ballot, and were not replayed since
	// Applied are those of the batches asked about that were applied.
	Applied []int64
}

// Account says where every message is that the queue ever accepted. It balances
// when Accepted = Stored + Waiting + Dead; worker.Account says how it is taken.
type Account struct {
	Accepted int64         `json:"accepted"`
	Stored   int64         `json:"stored"`
	Waiting  int64         `json:"waiting"` // in the inbox, or leased and not stored yet
	Dead     int64         `json:"dead"`    // dead-lettered, kept or dropped
	Lag      time.Duration `json:"-"`       // age of the oldest that waits, 0 if none does
	AsOf     time.Time     `json:"as_of"`   // by the queue's clock
	// QueueRisk is how the queue's server may lose votes, as package queue names
	// it; "" if it does not, or nobody asked.
	QueueRisk string `json:"queue_risk,omitempty"`
	// NewVoters came in the last minute without a cookie of ours; NewVotersLargest
	// of them from the network that brought most.
	NewVoters        int64 `json:"new_voters"`
	NewVotersLargest int64 `json:"new_voters_largest"`
	// Crowds are the pages that follow an event now.
	Crowds Crowds `json:"-"`
}

// Difference is how many messages are missing, or, below zero, how many were
// stored that were never accepted. 0 is the promise.
func (a Account) Difference() int64 { return a.Accepted - a.Stored - a.Waiting - a.Dead }

// Ledger is the store as the accountant sees it. Safe for concurrent use.
type Ledger interface {
	// HighWater is that of Ballots.
	HighWater(ctx context.Context) (int64, error)

	// Sum returns what became of the messages of all batches whose ID is at most
	// through, and which of the batches named in leased were applied, as of one
	// moment. It returns ErrTooLate if batches beyond through are compacted.
	Sum(ctx context.Context, through int64, leased []int64) (Sums, error)

	// Recount compares the tallies with the ballots they are made of: it returns
	// how many ballots there are, and of how many distinct ballots of a poll the
	// tally is wrong. It reads everything.
	Recount(ctx context.Context) (ballots, wrong int64, err error)

	// Record keeps an account for those who can't reach the queue, unless a later
	// one is kept; Account returns it, the zero Account if there is none.
	Record(ctx context.Context, a Account) error
	Account(ctx context.Context) (Account, error)
}

// Sizer tells how much disk space the store takes. Safe for concurrent use.
type Sizer interface {
	// Size returns how many bytes the database has on the disk, what is free in
	// its files included, its log not.
	Size(ctx context.Context) (int64, error)
}

const (
	// MaxDeadLetter is how much is kept of a dead letter's message, in bytes: as long
	// as the longest message that can become a vote.
	MaxDeadLetter = 16 << 10
	// MaxDeadLetters is how many dead letters are kept; Compact forgets the oldest
	// above that.
	MaxDeadLetters = 100_000
)

// DeadLetter is a dead letter: a message that became no ballot, kept for a person to
// look at.
type DeadLetter struct {
	Position int64     `json:"position"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`   // when it was given up, by the store's clock
	Size     int       `json:"size"` // bytes that the message had
	Raw      []byte    `json:"raw"`  // the message; at most the first MaxDeadLetter bytes
}

// DeadLetters keeps the dead letters. Safe for concurrent use, also by other
// processes.
type DeadLetters interface {
	// DeadLetters returns up to limit letters with a position greater than after, by
	// position.
	DeadLetters(ctx context.Context, after int64, limit int) ([]DeadLetter, error)

	// DeadLetter returns the letter at a position, or ErrNoDeadLetter.
	DeadLetter(ctx context.Context, position int64) (DeadLetter, error)

	// Replay stores the vote of a letter in the letter's place, as if it had been
	// understood when it came: a later vote of the same voter stands. The letter
	// goes in the same transaction, so to replay it again gives ErrNoDeadLetter and
	// changes nothing. ErrRefused says that the vote can't be stored now, and why;
	// then the letter stays.
	Replay(ctx context.Context, e Entry) (Outcome, error)

	// Drop forgets a letter, or returns ErrNoDeadLetter. Its message stays counted as
	// dead.
	Drop(ctx context.Context, position int64) error
}
