// Package polls is the part of queuetest on what goes outward: polls and events as they are
// published, codes, gates and schedules. A Case enters; what leaves is the proof, or a
// test that ends.
package polls

import "popeye/queue/queuetest/internal/fixture"

// Tests returns those of this part.
func Tests() []fixture.Test {
	return []fixture.Test{
		{Name: "gate/nothing published is not the same as no such poll", Run: testNothingPublished},
		{Name: "gate/only an open poll takes votes", Run: testGateStatus},
		{Name: "gate/a ballot checked against an old definition is sent back", Run: testChanged},
		{Name: "gate/a deleted poll is gone, its votes are not", Run: testDeletedPoll},
		{Name: "gate/a definition comes out as it went in", Run: testDefinition},
		{Name: "catalog/what is not newer does nothing", Run: testOldCatalog},
		{Name: "catalog/a change leaves the other polls alone", Run: testChange},
		{Name: "catalog/a change from another version does nothing, and says so", Run: testOtherVersion},
		{Name: "catalog/a poll deleted and made again begins anew", Run: testMadeAgain},
		{Name: "catalog/a round takes the name at once", Run: testRound},
		{Name: "catalog/a change shuts a gate, and another opens it", Run: testSettledByChanges},
		{Name: "catalog/random changes are the same as the whole", Run: testChangesAreTheWhole},
		{Name: "codes/a code leads to its poll, and to no other", Run: testCodes},
		{Name: "codes/an event is as it was published last", Run: testEvents},
		{Name: "codes/listed polls are found while they are open", Run: testListed},
		{Name: "codes/who has read is told of a change", Run: testNews},
		{Name: "schedule/a poll is open until its time", Run: testClosesInTime},
		{Name: "schedule/a poll shuts by itself, in memory still open", Run: testClosesByItself},
		{Name: "schedule/a time that is over shuts at once, a new one opens", Run: testClosesAnew},
		{Name: "schedule/a retry is answered after the time", Run: testOnceAfterTime},
		{Name: "schedule/a poll that shut by itself is settled once it is published", Run: testSettledAfterTime},
		{Name: "settled/false while a vote waits or is held", Run: testSettled},
		{Name: "settled/acks out of order", Run: testSettledOutOfOrder},
		{Name: "settled/votes for other polls don't delay it", Run: testSettledOtherPoll},
		{Name: "settled/a poll that opens again starts anew", Run: testSettledReopened},
		{Name: "settled/closing then closed keeps the first barrier", Run: testSettledKeepsBarrier},
		{Name: "race/no vote slips through a gate that shuts", Run: testGateRace},
		{Name: "race/no vote slips through a gate that shuts by itself", Run: testScheduleRace},
		{Name: "race/every message is delivered once when nobody dies", Run: testConsumers},
		{Name: "race/changes and wholes end in the newest catalog", Run: testChangers},
		{Name: "race/publishers agree on the newest catalog", Run: testPublishers},
	}
}
