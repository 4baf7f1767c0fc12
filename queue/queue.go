// Package queue is the contract of station 2, between the voting front and the
// worker. Votes enter at Cast, in the order in which they were accepted, and
// leave in batches at Take; poll definitions enter at Publish and leave at
// Poll.
//
// A vote's way, and who owns it: from Cast's answer on, the queue owns the
// vote. Take lends it to one worker, as part of a batch. Ack ends the loan once
// the store has committed the batch; if the worker dies before, the queue
// lends the same batch, with the same ID and the same positions, to another.
// So a batch is delivered at least once, and its ID tells a second delivery.
//
// Two implementations stand beneath: redisqueue for services that run apart,
// memqueue for one process. queuetest holds the conformance suite that both
// pass. message.go is the wire format of a vote.
package queue

import (
	"context"
	"errors"
	"time"

	"popeye/vote"
)

// The errors of this contract. Implementations wrap them with what they know.
var (
	// ErrNoPoll says that no poll of that name is published.
	ErrNoPoll = errors.New("no such poll")
	// ErrNotOpen says that the poll takes no votes now. Nothing was appended.
	ErrNotOpen = errors.New("the poll is not open")
	// ErrChanged says that the definition the ballot was checked against is no
	// longer the published one. Nothing was appended: read it, check again.
	ErrChanged = errors.New("the poll has changed")
	// ErrIDReused says that the voter used this cast id for another ballot.
	// Nothing was appended.
	ErrIDReused = errors.New("this id was used for another vote")
	// ErrRefused says that the store would not take the vote. Only a queue
	// whose Cast waits for the store can say so.
	ErrRefused = errors.New("the vote was refused")
	// ErrUnavailable says that the queue can't be reached, is full, or does not
	// know yet of any poll. Whether the vote was appended is unknown; casting
	// it again with the same id and Once set is harmless.
	ErrUnavailable = errors.New("the queue is not available")
)

// OnceWindow is how long an id cast with Once is remembered, at least. Only a
// queue in the memory of one process may forget earlier, when there are more ids
// than it has room for.
const OnceWindow = 10 * time.Minute

// Cast is a vote with what the gate needs to let it in.
type Cast struct {
	Vote vote.Vote

	// Revision of the definition that Vote.Ballot was checked against.
	Revision int64
	// Once makes a retry harmless: if the same voter cast the same id in the
	// same poll within OnceWindow, nothing is appended and the answer is that of
	// the first time, even when the poll has closed since.
	Once bool
	// Repeated, unless nil, is set to true when such an answer is that of an
	// earlier cast; when it was recorded by this one, it is left alone.
	Repeated *bool
}

// Inbox is the queue as the poll station sees it. Safe for concurrent use.
type Inbox interface {
	// Cast lets a vote in, in ONE atomic step that also looks at the gate: it
	// fails with ErrNotOpen, ErrNoPoll, ErrChanged, ErrIDReused and then nothing
	// was appended. A poll that is to close at a time is shut from that time on,
	// by the queue's clock, whether or not anyone has published so. On nil the vote
	// is as durable as the implementation makes it, and will be handed to a worker
	// before any vote cast after.
	Cast(ctx context.Context, c Cast) error

	// Poll returns the published definition, ErrNoPoll, or ErrUnavailable.
	Poll(ctx context.Context, slug string) (vote.Poll, error)
}

// Message is one vote as it lay in the inbox. Anyone may push to a public
// inbox, so Raw can be anything.
type Message struct {
	// Position orders all votes of all polls without trusting the clocks of
	// those who cast them. It grows strictly, gaps are normal, and it is near
	// the microseconds since 1970 so that it goes on growing when a queue lost
	// its memory.
	Position int64
	Raw      []byte
}

// Batch is what one Take lends: consecutive messages of the inbox.
type Batch struct {
	// ID is the position of the first message. It is the batch's name for ever:
	// a batch delivered again has the same ID and the same messages.
	ID       int64
	Messages []Message
}

// Refusal says that the message at a position became no ballot, and why.
type Refusal struct {
	Position int64
	Reason   string
}

// Consumer is the queue as one worker sees it. Take and Ack are called by one
// goroutine at a time; other workers have Consumers of their own.
type Consumer interface {
	// Take waits until there is a batch and lends it to the caller: one that
	// another worker held and did not keep alive, if there is any, else the next
	// messages of the inbox. The loan is kept alive by the implementation until
	// Ack, for as long as this process runs; Take again without Ack is allowed.
	// It returns early only with an error: ctx's, or one that wraps
	// ErrUnavailable, which the caller meets by trying again later.
	Take(ctx context.Context) (Batch, error)

	// Ack ends the loan: the store has the batch, its dead letters included, and
	// the queue forgets it in one atomic step. A Cast that waits for the store is
	// answered; refused are those that learn ErrRefused. Called for a batch that
	// was acknowledged before, by anyone, it does nothing. After an error it may
	// have happened or not: call it again.
	Ack(ctx context.Context, b Batch, refused []Refusal) error

	// Fence makes every position that is assigned from now on greater than the
	// one given: what the store has seen. It guards against a queue that lost
	// its memory under a clock that was set back.
	Fence(ctx context.Context, position int64) error
}

// Board is where poll definitions are published. Safe for concurrent use.
type Board interface {
	// Publish replaces everything that is published, in one atomic step, unless
	// something as new or newer is: then it does nothing. A poll that is not
	// open takes no vote from this step on, on any replica. A board's Revision is
	// greater than 0.
	Publish(ctx context.Context, b vote.Board) error

	// Revision returns that of the published board; 0 when there is none, also
	// because the queue lost it.
	Revision(ctx context.Context) (int64, error)

	// Settled reports whether every vote that was let in before the poll's gate
	// last shut has been acknowledged. False while the poll is open, also if its
	// time has shut it and nobody has published that yet, and for a poll that is
	// not published.
	Settled(ctx context.Context, slug string) (bool, error)
}

// Figures is what the queue holds, read at one moment. At any moment
// Accepted = acknowledged + Waiting + the messages in Held.
type Figures struct {
	Accepted int64  // messages ever appended to the inbox
	Waiting  int64  // of these, still in the inbox
	Held     []Held // batches lent and not acknowledged, oldest first

	Position int64     // the last one assigned: that of every batch lent so far is at most this
	AsOf     time.Time // when it was read, by the queue's clock
	// Since is when the oldest message that waits in the inbox was accepted: what
	// it says of itself, if it says so and that can be. Zero if none waits.
	Since  time.Time
	Claims int64 // batches ever taken over from a worker that did not keep them alive
}

// Held is a batch that is lent to a worker. It left the inbox when its ID says,
// in microseconds since 1970, unless a clock was set back.
type Held struct {
	ID       int64
	Messages int64
}

// Meter tells what the queue holds. Safe for concurrent use.
type Meter interface {
	Figures(ctx context.Context) (Figures, error)
}
