// Package votes is the part of queuetest on what goes inward: casts, their order and
// positions, batches that workers lease, lose and acknowledge, and the stats of all that. A
// Case enters; what leaves is the proof, or a test that ends.
package votes

import "popeye/queue/queuetest/internal/fixture"

// Tests returns those of this part.
func Tests() []fixture.Test {
	return []fixture.Test{
		{Name: "order/casts keep their order across batches", Run: testOrder},
		{Name: "order/a batch is named by its first position", Run: testBatchID},
		{Name: "order/positions are near the clock", Run: testPositionsNearClock},
		{Name: "order/a fence lifts the positions to come", Run: testFence},
		{Name: "order/batches form a chain", Run: testChain},
		{Name: "once/a retry is appended once", Run: testOnceRetry},
		{Name: "once/a retry is told to be one", Run: testOnceRepeated},
		{Name: "once/a retry is answered after the gate shut", Run: testOnceAfterShut},
		{Name: "once/an id can't be used for another ballot", Run: testOnceReused},
		{Name: "once/ids of other voters and polls are others", Run: testOnceIndependent},
		{Name: "once/without Once an id means nothing", Run: testOnceOff},
		{Name: "once/a cast that was refused may be repeated", Run: testOnceRefused},
		{Name: "lease/take waits for a vote", Run: testTakeWaits},
		{Name: "lease/take obeys a cancelled context at once", Run: testTakeCancelled},
		{Name: "lease/take without ack hands out the next", Run: testTakeTwice},
		{Name: "lease/ack is idempotent", Run: testAckTwice},
		{Name: "lease/a dead worker's batch is leased again, unchanged", Run: testRedelivery},
		{Name: "lease/many dead workers' batches come oldest first", Run: testRedeliveryOrder},
		{Name: "lease/a batch may be acknowledged by a worker that lost it", Run: testAckByLoser},
		{Name: "lease/a goodbye gives back what was held", Run: testLeave},
		{Name: "lease/refused casts learn why, if they wait to learn", Run: testRefused},
		{Name: "replace/a batch is placed anew, before what has no place yet", Run: testReplace},
		{Name: "replace/several keep their order", Run: testReplaceOrder},
		{Name: "replace/again, late, or of another memory it does nothing", Run: testReplaceIdempotent},
		{Name: "replace/nothing is settled meanwhile", Run: testReplaceSettled},
		{Name: "replace/what a dead worker held", Run: testReplaceDead},
		{Name: "stats/accepted is acknowledged plus waiting plus held", Run: testStats},
		{Name: "stats/position is that of the last message leased", Run: testPosition},
		{Name: "stats/since is when the oldest that waits was accepted", Run: testSince},
		{Name: "stats/claims counts batches that were taken over", Run: testClaims},
		{Name: "crowd/what all fronts told last is added up", Run: testArrivals},
		{Name: "raw/anything pushed comes out as it is", Run: testPush},
		{Name: "model/random operations", Run: testModel},
		{Name: "model/random misfortunes of workers", Run: testWorkers},
	}
}
