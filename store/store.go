// Package store is the contract of station 4, where ballots rest. Batches of
// votes enter at Apply; tallies and poll definitions leave, and Watch tells
// when they changed.
//
// The store keeps one ballot for each (poll, voter): the latest by queue
// position. It keeps the tally of each poll itself, in the same transaction, so
// that reading a result costs the number of distinct ballots and never the
// number of votes, and so that even a row written by hand is tallied.
//
// batch.go says when a batch's positions can be its own, change.go how a definition
// may change, audit.go what is kept of organisers' acts and sessions, ledger.go what
// accountants ask.
//
// Two implementations stand beneath: postgres for services that run apart,
// sqlite for one process. storetest holds the conformance suite that both
// pass.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"popeye/vote"
	"popeye/vote/catalog"
)

// The errors of this contract. Any other error is one that nobody expected, but the
// caller's own: that its context was cancelled, or what a function that it passed
// returned. After such an error, as after ErrUnavailable, the step may have happened
// or not, and is safe to repeat.
var (
	// ErrUnavailable says that the database can't be reached, has no room or did not
	// answer in time: also that the caller's context came to its deadline. It passes
	// by itself or with the help of an operator, so trying again makes sense.
	ErrUnavailable = errors.New("the store is unavailable")

	ErrNoPoll = errors.New("no such poll")
	ErrExists = errors.New("a poll of that name exists")
	// ErrRemoving is an ErrExists: the name was that of a poll which is deleted, and
	// not all of its ballots are removed yet.
	ErrRemoving = fmt.Errorf("a deleted poll of that name is being removed: %w", ErrExists)
	// ErrNoDeadLetter says that there is no dead letter at a position: it never was
	// one, or it was replayed or dropped.
	ErrNoDeadLetter = errors.New("no such dead letter")
	// ErrRefused says that a vote can't be stored: its poll takes none, or the
	// database itself can't hold it. The text says why.
	ErrRefused = errors.New("the vote is refused")
	// ErrTooLate says that Sum was asked about a moment that is compacted away.
	ErrTooLate = errors.New("the batches of that time are compacted: read the queue again")
	// ErrMoved says that a vote of a batch was cast in a poll that has another name
	// by now, or none. Nothing was stored: read which names polls have, judge the
	// batch again.
	ErrMoved = errors.New("a vote's poll has moved to another name")
	// ErrMisplaced says that a batch's positions can't be its own. The queue was
	// restored from an older copy or lost its memory, and has assigned positions that
	// the store knows already, or below those of older votes; or they are more than a
	// day in the future. Nothing was stored: have the batch placed anew. A batch that
	// is misplaced stays so.
	ErrMisplaced = errors.New("the batch is misplaced")
	// ErrNewerSchema says that the database was made by a newer program.
	ErrNewerSchema = errors.New("the database's schema is newer than this program: upgrade the program")
	// ErrPooler says that connections to the database are shared with others.
	ErrPooler = errors.New("PostgreSQL is behind a pooler in transaction mode, and Popeye needs session mode: connect directly to PostgreSQL")
)

// Entry is a vote with its place in the order of all votes.
type Entry struct {
	Position int64
	Vote     vote.Vote
	Raw      []byte // the message as it came, to be kept if the vote is refused
}

// Dead is a message of a batch that became no ballot.
type Dead struct {
	Position int64  `json:"position"`
	Reason   string `json:"reason"`
	Raw      []byte `json:"-"` // the message as it came; not in a Report
}

// Batch is the unit of delivery from queue to store. Positions differ from each
// other and are at least ID.
type Batch struct {
	ID    int64
	Votes []Entry
	Dead  []Dead // what the worker could not understand

	// Prev is the last position that the queue had assigned before this batch; not
	// known, and not looked at, unless Chained.
	Prev    int64
	Chained bool
	// Digest tells two batches of the same ID apart, see queue.Batch; nil if it is
	// not known.
	Digest []byte
}

// Outcome says what Apply did with a vote.
type Outcome uint8

// The outcomes. The first three are stored: the voter's latest word stands.
const (
	Recorded   Outcome = iota + 1 // the voter's first ballot in this poll
	Changed                       // replaced an earlier ballot, perhaps by the same choice
	Superseded                    // a later vote of the same voter was there already, or is in this batch
	Refused                       // the poll is unknown, draft or closed; see Report.Dead
)

// Report is what became of a batch.
type Report struct {
	// Redelivered: the batch had been applied before; nothing was changed.
	Redelivered bool
	// Outcomes has one for each vote, in order; nil when Redelivered.
	Outcomes []Outcome
	// Dead is the batch's and what the store refused, by position. A batch that
	// comes again gets the same answer as the first time, so that no message is
	// both stored and dead, or neither.
	Dead []Dead
}

// Ballots is the store as the worker sees it. Safe for concurrent use, also by
// other processes.
type Ballots interface {
	// Apply stores a batch in one transaction: all of it or nothing. On nil it is
	// durable. Applied again, by anyone, it changes nothing. A vote replaces the
	// voter's ballot only if its position is greater; of several votes of one
	// voter the last counts. A vote that the database itself can't hold is
	// refused alone, with the reason. What is dead or refused is kept as a
	// DeadLetter, in the same transaction. A vote that says in which poll it was cast
	// is stored in no other of the same name: Apply returns ErrMoved.
	//
	// "Again" means the same ID and the same digest. Of other batches that come for
	// the first time the positions must be their own, else Apply returns
	// ErrMisplaced; package store's Batch.Misplaced says what that means.
	Apply(ctx context.Context, b Batch) (Report, error)

	// HighWater returns the greatest position ever applied, 0 for none.
	HighWater(ctx context.Context) (int64, error)

	// Compact forgets the names of batches with an ID less than below, keeping
	// their sums, and for another day their digests. The caller knows that all of
	// them are acknowledged. Apply takes such a batch for a redelivered one if the
	// digest is known; after that day, only if it is not Chained or has no digest.
	// Of the letters the oldest are forgotten above MaxDeadLetters.
	Compact(ctx context.Context, below int64) error
}

// Snapshot is a poll, read at one moment.
type Snapshot struct {
	Poll vote.Poll
	Seq  int64     // grows with every change of the tally or the definition
	AsOf time.Time // when it was read, by the store's clock
}

// Tallies is the store as the audience sees it. Safe for concurrent use.
type Tallies interface {
	// Snapshot returns a poll, and hands it and its tally of the same moment to
	// count, one distinct ballot after the other, so that a million of them take no
	// more memory than one. count is called at most once, and is done with the
	// ballots when it returns. After an error they may not have been all: what was
	// made of them is void. It returns ErrNoPoll for an unknown poll.
	Snapshot(ctx context.Context, slug string, count func(vote.Poll, vote.Ballots)) (Snapshot, error)

	// Tally returns the whole tally, empty for an unknown poll.
	Tally(ctx context.Context, slug string) (vote.Tally, error)
}

// Topic is what a watcher is told about.
type Topic string

// The topics.
const (
	TalliesChanged Topic = "popeye_tallies" // a poll's tally; also Traced news
	PollsChanged   Topic = "popeye_polls"   // a poll's definition, or that it came or went
)

// Watcher tells of changes made by anyone. Safe for concurrent use.
type Watcher interface {
	// Watch calls changed with a poll's slug soon after each commit that changed
	// something of the topic, and with "" (anything may have changed) once it is
	// listening. Calls come one at a time and may be fewer than commits, never
	// missing the last; changed must return at once. Watch returns ctx's error
	// when ctx ends, or another when it can listen no longer: call it again.
	//
	// A stored vote that has a TraceParent makes Traced news of its own, just
	// before the news of its commit. Those may get lost.
	Watch(ctx context.Context, topic Topic, changed func(news string)) error
}

// Polls keeps the definitions. Safe for concurrent use, also by other
// processes. Every change gets a Revision of its own.
type Polls interface {
	// Catalog returns every poll, in the order of creation, as of one moment.
	Catalog(ctx context.Context) (catalog.State, error)

	// CatalogSince returns the change from a version of this store's catalog to that
	// of now, read at one moment; it costs what the change is large, and next to
	// nothing if there is none. It is the whole catalog if the store can't tell: v is
	// zero or its mark unknown, v is none of its own (it was restored from a backup
	// since), or more than MaxCatalogLog revisions old.
	CatalogSince(ctx context.Context, v catalog.Version) (catalog.Change, error)

	// Poll returns one, or ErrNoPoll.
	Poll(ctx context.Context, slug string) (vote.Poll, error)

	// CreatePoll adds a valid poll and returns it with revision and times
	// filled in, or ErrExists.
	CreatePoll(ctx context.Context, p vote.Poll) (vote.Poll, error)

	// CreateOnce is CreatePoll for a request that may come more than once: a second
	// click, or a retry when the answer was lost. The first to come adds the poll.
	// The others, at the same time or later, through any process, get that poll as
	// it is now, and change nothing; what p is then does not matter. The poll's
	// request is forgotten when the poll is deleted. "" is a request of its own.
	CreateOnce(ctx context.Context, request string, p vote.Poll) (vote.Poll, error)

	// ChangePoll replaces a poll by what change makes of it, in one transaction,
	// while no one else changes it; change may be called more than once. Slug,
	// revision and times are the store's. If change returns an error nothing
	// happens and that error is returned; if it returns an equal poll nothing
	// happens at all.
	ChangePoll(ctx context.Context, slug string, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error)

	// DeletePoll removes a poll with its ballots and tally, for ever, if allowed
	// returns nil for it; else that error is returned. It is short, whatever the
	// poll's size: on nil the poll is gone for everybody, but of its ballots only
	// the first RemoveSlice. While there are more, RemoveSome removes them, and the
	// poll's name can't be given to another: who asks for it gets ErrRemoving. So
	// no ballot is ever seen in a poll that it was not cast in.
	DeletePoll(ctx context.Context, slug string, allowed func(vote.Poll) error) error

	// BeginRound gives a poll's name to another poll, in one transaction. The one
	// that has the name is kept under another, with its ballots and its tally,
	// and takes no more votes; those let in before are still stored, since they
	// say in which poll they were cast. It returns both, or ErrNoPoll, ErrExists
	// if the other name is taken, or the error of r.Keep, and then nothing
	// happens. A request that has made a poll before makes no other one: that poll
	// is returned. It takes as long as moving the ballots takes.
	BeginRound(ctx context.Context, slug string, r NewRound) (kept, made vote.Poll, err error)

	// AdvanceRevision makes every revision given from now on greater than the one given,
	// and the catalog's own too: a queue that knows a newer catalog than this store,
	// which was restored from a backup, would ignore it otherwise. Polls keep
	// their revisions. It does nothing if the catalog's is greater already.
	AdvanceRevision(ctx context.Context, revision int64) error
}

// MaxCatalogLog is how many revisions of the catalog a store remembers: of each, which
// poll it made, changed or deleted.
const MaxCatalogLog = 10_000

// RemoveSlice is how many ballots of a deleted poll are removed in one
// transaction: votes in other polls wait no longer than that takes.
const RemoveSlice = 1000

// Remover removes what deleted polls have left. Safe for concurrent use, also by
// other processes.
type Remover interface {
	// RemoveSome removes the next RemoveSlice ballots of a deleted poll, or what is
	// left of them, with their part of the tally, in one transaction. It returns the
	// poll's slug, and whether the name is free again by that; or "", if there is
	// nothing to remove, or another process is about it. Ballots of that poll that
	// are written by hand meanwhile may go too.
	RemoveSome(ctx context.Context) (slug string, free bool, err error)
}

// Environment remembers what a program's environment asked of the default poll.
// Safe for concurrent use.
type Environment interface {
	// Environment returns what was asked when the environment was last obeyed, ""
	// if that never happened. SetEnvironment replaces it.
	Environment(ctx context.Context) (asked string, err error)
	SetEnvironment(ctx context.Context, asked string) error
}
