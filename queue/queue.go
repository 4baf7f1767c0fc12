// Package queue is the contract of station 2, between the voting front and the
// worker. Votes enter at Cast, in the order in which they were accepted, and
// leave in batches at Take; poll definitions enter at Publish and leave at
// Poll.
//
// A vote's way, and who owns it: from Cast's answer on, the queue owns the
// vote. Take leases it to one worker, as part of a batch. Ack ends the lease once
// the store has committed the batch; if the worker dies before, the queue
// leases the same batch, with the same ID and the same positions, to another.
// So a batch is delivered at least once, and its ID tells a second delivery.
//
// Two implementations stand beneath: redisqueue for services that run apart,
// memqueue for one process. queuetest holds the conformance suite that both
// pass. message.go is the wire format of a vote.
package queue

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"popeye/vote"
	"popeye/vote/catalog"
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
	// ErrUnfenced says that the queue's memory may be an older one, or gone, and
	// that it assigns no position before Fence. What was leased before is leased again.
	ErrUnfenced = errors.New("the queue does not know how far the store is")
	// ErrOtherVersion says that a change of the catalog leads from a version which is
	// not what is published: read Published, find the change from there.
	ErrOtherVersion = errors.New("another version of the polls is published")
	// ErrAhead says that the last position assigned can't be: it is more than a day
	// ahead of the queue's clock and of the last Fence. Nothing is assigned until
	// Fence has set it back, or was told that the store is as far.
	ErrAhead = errors.New("the queue's last position is more than a day ahead of its clock")
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

	// Poll returns the published definition, ErrNoPoll, or ErrUnavailable. Its Options
	// are the caller's own; what else it points to is shared, and nobody changes it.
	Poll(ctx context.Context, slug string) (vote.Poll, error)

	Codes
}

// Message is one vote as it lay in the inbox. Anyone may push to a public
// inbox, so Raw can be anything.
type Message struct {
	// Position orders all votes of all polls without trusting the clocks of
	// those who cast them. It grows strictly, gaps are normal, and it is near
	// the microseconds since 1970 so that it goes on growing when a queue lost
	// its memory.
	Position int64
	// Raw is the message; of one longer than MaxMessage the queue may keep only the
	// first MaxMessage+1 bytes, which tell that it is too long.
	Raw []byte
}

// Batch is what one Take leases: consecutive messages of the inbox.
type Batch struct {
	// ID is the position of the first message. It is the batch's name for ever:
	// a batch delivered again has the same ID and the same messages.
	ID       int64
	Messages []Message

	// Prev is the last position assigned before this batch, 0 for none. So the
	// batches of one memory form a chain; a second batch after the same one tells
	// that the queue came back with an older memory. A batch that the build before
	// made is not Chained: its Prev is not known.
	Prev    int64
	Chained bool
}

// Digest is SHA-256 over the messages, each with its length. It tells two batches
// of the same ID apart.
func (b Batch) Digest() []byte {
	h := sha256.New()
	var size [8]byte
	for _, m := range b.Messages {
		binary.BigEndian.PutUint64(size[:], uint64(len(m.Raw)))
		h.Write(size[:])
		h.Write(m.Raw)
	}
	return h.Sum(nil)
}

// Refusal says that the message at a position became no ballot, and why.
type Refusal struct {
	Position int64
	Reason   string
}

// Consumer is the queue as one worker sees it. Take and Ack are called by one
// goroutine at a time; other workers have Consumers of their own.
type Consumer interface {
	// Take waits until there is a batch and leases it to the caller: one that
	// another worker held and did not keep alive, if there is any, else the next
	// messages of the inbox. The lease is kept alive by the implementation until
	// Ack, for as long as this process runs; Take again without Ack is allowed.
	// It returns early only with an error: ctx's; ErrUnfenced and ErrAhead, which
	// the caller meets by a Fence; or one that wraps ErrUnavailable, which the caller
	// meets by trying again later.
	Take(ctx context.Context) (Batch, error)

	// Ack ends the lease: the store has the batch, its dead letters included, and
	// the queue forgets it in one atomic step. A Cast that waits for the store is
	// answered; refused are those that learn ErrRefused. Called for a batch that
	// was acknowledged before, by anyone, it does nothing. After an error it may
	// have happened or not: call it again.
	Ack(ctx context.Context, b Batch, refused []Refusal) error

	// Fence makes every position that is assigned from now on greater than the
	// one given: what the store has seen. It guards against a queue that lost
	// its memory, or came back with an older one, under a clock that was set back.
	// A last position for which there is no reason, see ErrAhead, is set back.
	Fence(ctx context.Context, position int64) error

	// Replace ends the lease of a batch that the store does not want at its place,
	// and places its messages anew: they come out of Take again, as another batch,
	// behind the last Fence, in the order they had among each other and before
	// everything that has no position yet. While a batch is to be placed anew and
	// others are leased, which may have to be too, no position is assigned. For a
	// batch that was acknowledged or placed anew before, by anyone, or that this
	// queue never had, it does nothing. After an error it may have happened or not:
	// call it again.
	Replace(ctx context.Context, b Batch) error
}

// Catalog is where poll definitions are published. Safe for concurrent use.
type Catalog interface {
	// Publish applies a change to what is published, in one atomic step. A poll that
	// is not open takes no vote from this step on, on any replica. If something as new
	// as c.To or newer is published, it does nothing. A change that is not whole
	// applies only to the very version that it leads from; else nothing happens and
	// Publish returns ErrOtherVersion. c.To's Revision is greater than 0.
	Publish(ctx context.Context, c catalog.Change) error

	// Published returns the version of what is published. It is zero when nothing is,
	// also because the queue lost it or a part of it: then only the whole puts it
	// back, under the revision that it had. Its Mark may be unknown.
	Published(ctx context.Context) (catalog.Version, error)

	// Settled reports whether every vote that was let in before the poll's gate
	// last shut has been acknowledged. False while the poll is open, also if its
	// time has shut it and nobody has published that yet, and for a poll that is
	// not published.
	Settled(ctx context.Context, slug string) (bool, error)
}

// Stats is what the queue holds, read at one moment. At any moment
// Accepted = acknowledged + Waiting + the messages in Leased.
type Stats struct {
	Accepted int64   // messages ever appended to the inbox
	Waiting  int64   // of these, still in the inbox
	Leased   []Lease // batches leased and not acknowledged, oldest first

	Position int64     // the last one assigned: that of every batch leased so far is at most this
	AsOf     time.Time // when it was read, by the queue's clock
	// Since is when the oldest message that waits in the inbox was accepted: what
	// it says of itself, if it says so and that can be. Zero if none waits.
	Since  time.Time
	Claims int64 // batches ever taken over from a worker that did not keep them alive
}

// Lease is a batch that is leased to a worker. It left the inbox when its ID says,
// in microseconds since 1970, unless a clock was set back.
type Lease struct {
	ID       int64
	Messages int64
}

// Meter tells what the queue holds. Safe for concurrent use.
type Meter interface {
	Stats(ctx context.Context) (Stats, error)
}
