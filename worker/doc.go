// Package worker is station 3, the only bridge between queue and store. What
// enters is batches of messages from the queue; what leaves is ballots in the
// store, and dead letters. In the other direction it carries poll definitions:
// what the organiser wrote into the store is published to the queue, where the
// voting front reads it.
//
// The way of a batch (consume.go): take, judge, apply, acknowledge. Each step
// may be the last that this process does:
//
//   - after take: the queue leases the batch to another worker
//   - after judge: the same
//   - during apply: the store has all of the batch or nothing; the next worker
//     applies it, or is told that it was applied
//   - after apply, before acknowledge: the next worker applies it again, the
//     store knows its ID and answers as it did the first time
//   - after acknowledge: nothing is left to do
//
// A batch that the store does not want at its place, since the queue came back with
// an older memory, is placed anew; the next worker does that again, whatever of it
// was done.
//
// judge.go decides what a message means; project.go carries definitions and
// brings a closing poll to its end; default.go is the poll that the environment
// asks for; remove.go removes what deleted polls have left; account.go says where
// every message is, and house.go records it.
package worker
