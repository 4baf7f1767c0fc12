// Package queuetest is the conformance suite of the queue's contract. A fresh
// queue of any implementation enters; what leaves is the proof, or the promise
// that it breaks.
//
//   - queuetest.go: Run and what an implementation brings
//   - fixture.go: what the tests say, in short words
//   - order.go, gate.go, catalog.go, codes.go, schedule.go, once.go, lease.go, replace.go, settled.go,
//     stats.go: one promise each
//   - model.go: random operations against a model
//   - workers.go: random misfortunes of workers, before a store
//   - race.go: many at once
package queuetest

import (
	"testing"

	"popeye/queue"
)

// BatchSize is the most messages of a batch that a Fixture's queue may take:
// small, so that a few votes make several batches.
const BatchSize = 4

// Fixture is a fresh, empty queue, and the ways to reach it.
type Fixture struct {
	Inbox   queue.Inbox
	Catalog queue.Catalog
	Meter   queue.Meter
	Crowd   queue.Crowd

	// NewWorker starts a worker's end. It ends with the test.
	NewWorker func() Worker

	// Before is how many messages the queue was told to have been accepted before
	// its memory began. They are nothing but a figure.
	Before int64

	// Push puts anything into the inbox without Cast; nil where nobody can.
	Push func(t testing.TB, raw []byte)

	// WaitsForStore says that Cast returns only when the vote is acknowledged.
	WaitsForStore bool
}

// Worker is a Consumer that can be killed.
type Worker struct {
	queue.Consumer

	// Die ends the worker without a goodbye, and lets as much time pass as it
	// takes until what it held is abandoned. To the queue it is dead; it may have
	// stood still only, and go on to Ack.
	Die func()

	// Leave ends the worker with a goodbye.
	Leave func()
}

// Run checks that the queues which open makes keep the contract.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	tests := []struct {
		name string
		run  func(f *fixture)
	}{
		{"order/casts keep their order across batches", testOrder},
		{"order/a batch is named by its first position", testBatchID},
		{"order/positions are near the clock", testPositionsNearClock},
		{"order/a fence lifts the positions to come", testFence},
		{"order/batches form a chain", testChain},
		{"gate/nothing published is not the same as no such poll", testNothingPublished},
		{"gate/only an open poll takes votes", testGateStatus},
		{"gate/a ballot checked against an old definition is sent back", testChanged},
		{"gate/a deleted poll is gone, its votes are not", testDeletedPoll},
		{"gate/a definition comes out as it went in", testDefinition},
		{"catalog/what is not newer does nothing", testOldCatalog},
		{"catalog/a change leaves the other polls alone", testChange},
		{"catalog/a change from another version does nothing, and says so", testOtherVersion},
		{"catalog/a poll deleted and made again begins anew", testMadeAgain},
		{"catalog/a round takes the name at once", testRound},
		{"catalog/a change shuts a gate, and another opens it", testSettledByChanges},
		{"catalog/random changes are the same as the whole", testChangesAreTheWhole},
		{"codes/a code leads to its poll, and to no other", testCodes},
		{"codes/an event is as it was published last", testEvents},
		{"codes/listed polls are found while they are open", testListed},
		{"codes/who has read is told of a change", testNews},
		{"schedule/a poll is open until its time", testClosesInTime},
		{"schedule/a poll shuts by itself, in memory still open", testClosesByItself},
		{"schedule/a time that is over shuts at once, a new one opens", testClosesAnew},
		{"schedule/a retry is answered after the time", testOnceAfterTime},
		{"schedule/a poll that shut by itself is settled once it is published", testSettledAfterTime},
		{"once/a retry is appended once", testOnceRetry},
		{"once/a retry is told to be one", testOnceRepeated},
		{"once/a retry is answered after the gate shut", testOnceAfterShut},
		{"once/an id can't be used for another ballot", testOnceReused},
		{"once/ids of other voters and polls are others", testOnceIndependent},
		{"once/without Once an id means nothing", testOnceOff},
		{"once/a cast that was refused may be repeated", testOnceRefused},
		{"lease/take waits for a vote", testTakeWaits},
		{"lease/take obeys a cancelled context at once", testTakeCancelled},
		{"lease/take without ack hands out the next", testTakeTwice},
		{"lease/ack is idempotent", testAckTwice},
		{"lease/a dead worker's batch is leased again, unchanged", testRedelivery},
		{"lease/many dead workers' batches come oldest first", testRedeliveryOrder},
		{"lease/a batch may be acknowledged by a worker that lost it", testAckByLoser},
		{"lease/a goodbye gives back what was held", testLeave},
		{"lease/refused casts learn why, if they wait to learn", testRefused},
		{"replace/a batch is placed anew, before what has no place yet", testReplace},
		{"replace/several keep their order", testReplaceOrder},
		{"replace/again, late, or of another memory it does nothing", testReplaceIdempotent},
		{"replace/nothing is settled meanwhile", testReplaceSettled},
		{"replace/what a dead worker held", testReplaceDead},
		{"settled/false while a vote waits or is held", testSettled},
		{"settled/acks out of order", testSettledOutOfOrder},
		{"settled/votes for other polls don't delay it", testSettledOtherPoll},
		{"settled/a poll that opens again starts anew", testSettledReopened},
		{"settled/closing then closed keeps the first barrier", testSettledKeepsBarrier},
		{"stats/accepted is acknowledged plus waiting plus held", testStats},
		{"stats/position is that of the last message leased", testPosition},
		{"stats/since is when the oldest that waits was accepted", testSince},
		{"stats/claims counts batches that were taken over", testClaims},
		{"crowd/what all fronts told last is added up", testArrivals},
		{"raw/anything pushed comes out as it is", testPush},
		{"model/random operations", testModel},
		{"model/random misfortunes of workers", testWorkers},
		{"race/no vote slips through a gate that shuts", testGateRace},
		{"race/no vote slips through a gate that shuts by itself", testScheduleRace},
		{"race/every message is delivered once when nobody dies", testConsumers},
		{"race/changes and wholes end in the newest catalog", testChangers},
		{"race/publishers agree on the newest catalog", testPublishers},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(newFixture(t, open(t))) })
	}
}
