package memqueue

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"popeye/queue"
	"popeye/vote"
)

// once remembers casts by their id, for one to two OnceWindows: a new
// generation begins after each, and the one before the last is forgotten. A
// generation that is full ends early, so that memory is bounded; an id is then
// forgotten early too. Owned by Queue, under its mutex.
type once struct {
	most     int // casts of a generation
	now, old map[onceID]onceCast
	began    time.Time // of now
}

// onceID names an id of a voter in a poll; its size is fixed.
type onceID [16]byte

// onceCast is the first cast of an id. Its entry holds the answer, or will.
type onceCast struct {
	ballot ballotSum
	entry  *entry
}

// ballotSum stands for a ballot in a fixed size.
type ballotSum [16]byte

func newBallotSum(b vote.Ballot) ballotSum {
	sum := sha256.Sum256([]byte(b))
	return ballotSum(sum[:16])
}

func newOnceID(v vote.Vote) onceID {
	h := sha256.New()
	for _, part := range []string{v.Poll, v.Voter, v.ID} {
		var size [8]byte // keeps the parts apart
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return onceID(h.Sum(nil)[:16])
}

func (o *once) find(id onceID) (onceCast, bool) {
	o.turn(false)
	c, ok := o.now[id]
	if !ok {
		c, ok = o.old[id]
	}
	return c, ok
}

func (o *once) remember(id onceID, c onceCast) {
	o.turn(len(o.now) >= o.most)
	o.now[id] = c
}

// settle replaces an entry that is stored by one that all of them share.
func (o *once) settle(e *entry) {
	for _, generation := range []map[onceID]onceCast{o.now, o.old} {
		if c, ok := generation[e.id]; ok && c.entry == e {
			generation[e.id] = onceCast{c.ballot, stored}
		}
	}
}

// turn begins a new generation when the time has come, or when full.
func (o *once) turn(full bool) {
	age := time.Since(o.began)
	if o.now != nil && age < queue.OnceWindow && !full {
		return
	}
	o.old = o.now
	if age >= 2*queue.OnceWindow {
		o.old = nil
	}
	o.now = make(map[onceID]onceCast)
	o.began = time.Now()
}
