package polls

import (
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

func testSettled(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w, other := f.NewWorker(), f.NewWorker()
	f.Settled("tea", false, "while the poll is open")
	f.Settled("nowhere", false, "for an unknown poll")

	f.CastN("tea", fixture.BatchSize+1)
	leased := f.Take(other)
	f.Publish(fixture.Poll("tea", vote.Closing))
	f.Settled("tea", false, "while a vote waits and others are held")
	waiting := f.Take(w)
	f.Settled("tea", false, "while all are held")
	f.Ack(w, waiting)
	f.Settled("tea", false, "while another worker holds some")
	f.Ack(other, leased)
	f.Settled("tea", true, "when all are acknowledged")
	f.Publish(fixture.Poll("tea", vote.Closed))
	f.Settled("tea", true, "when the poll is closed")
}

func testSettledOutOfOrder(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open))
	w := f.NewWorker()
	f.CastN("tea", 3*fixture.BatchSize)
	first, second, third := f.Take(w), f.Take(w), f.Take(w)
	f.Publish(fixture.Poll("tea", vote.Closing))
	f.Ack(w, third)
	f.Settled("tea", false, "while the first two batches are held")
	f.Ack(w, first)
	f.Settled("tea", false, "while the second batch is held")
	f.Ack(w, second)
	f.Settled("tea", true, "when all are acknowledged")
}

func testSettledOtherPoll(f *fixture.Case) {
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open))
	w := f.NewWorker()
	f.CastN("tea", 1)
	f.Publish(fixture.Poll("tea", vote.Closing), fixture.Poll("lunch", vote.Open))
	f.Ack(w, f.Take(w))
	f.Settled("tea", true, "when its only vote is acknowledged")

	f.CastN("lunch", fixture.BatchSize+1)
	f.Settled("tea", true, "while votes for another poll wait")
	f.Take(w)
	f.Settled("tea", true, "while votes for another poll are held")
	f.Settled("lunch", false, "while the poll is open")
}

func testSettledReopened(f *fixture.Case) {
	w := f.NewWorker()
	f.Publish(fixture.Poll("tea", vote.Open))
	f.Publish(fixture.Poll("tea", vote.Closing))
	f.Settled("tea", true, "when there never was a vote")
	f.Publish(fixture.Poll("tea", vote.Open))
	f.Settled("tea", false, "while the poll is open again")
	f.CastN("tea", 1)
	f.Publish(fixture.Poll("tea", vote.Closing))
	f.Settled("tea", false, "while a vote of the second round waits")
	f.Drain(w)
	f.Settled("tea", true, "when it is acknowledged")
}

// The barrier is where the gate shut, not where it was last published shut.
func testSettledKeepsBarrier(f *fixture.Case) {
	w := f.NewWorker()
	f.Publish(fixture.Poll("tea", vote.Open), fixture.Poll("lunch", vote.Open))
	f.CastN("tea", 1)
	f.Publish(fixture.Poll("tea", vote.Closing), fixture.Poll("lunch", vote.Open))
	f.CastN("lunch", fixture.BatchSize)
	f.Publish(fixture.Poll("tea", vote.Closed), fixture.Poll("lunch", vote.Open))
	f.Ack(w, f.Take(w))
	f.Settled("tea", true, "when what was cast before the gate shut is acknowledged")
}
