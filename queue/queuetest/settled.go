package queuetest

import "popeye/vote"

func testSettled(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w, other := f.NewWorker(), f.NewWorker()
	f.settled("tea", false, "while the poll is open")
	f.settled("nowhere", false, "for an unknown poll")

	f.castN("tea", BatchSize+1)
	leased := f.take(other)
	f.publish(poll("tea", vote.Closing))
	f.settled("tea", false, "while a vote waits and others are held")
	waiting := f.take(w)
	f.settled("tea", false, "while all are held")
	f.ack(w, waiting)
	f.settled("tea", false, "while another worker holds some")
	f.ack(other, leased)
	f.settled("tea", true, "when all are acknowledged")
	f.publish(poll("tea", vote.Closed))
	f.settled("tea", true, "when the poll is closed")
}

func testSettledOutOfOrder(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	f.castN("tea", 3*BatchSize)
	first, second, third := f.take(w), f.take(w), f.take(w)
	f.publish(poll("tea", vote.Closing))
	f.ack(w, third)
	f.settled("tea", false, "while the first two batches are held")
	f.ack(w, first)
	f.settled("tea", false, "while the second batch is held")
	f.ack(w, second)
	f.settled("tea", true, "when all are acknowledged")
}

func testSettledOtherPoll(f *fixture) {
	f.publish(poll("tea", vote.Open), poll("lunch", vote.Open))
	w := f.NewWorker()
	f.castN("tea", 1)
	f.publish(poll("tea", vote.Closing), poll("lunch", vote.Open))
	f.ack(w, f.take(w))
	f.settled("tea", true, "when its only vote is acknowledged")

	f.castN("lunch", BatchSize+1)
	f.settled("tea", true, "while votes for another poll wait")
	f.take(w)
	f.settled("tea", true, "while votes for another poll are held")
	f.settled("lunch", false, "while the poll is open")
}

func testSettledReopened(f *fixture) {
	w := f.NewWorker()
	f.publish(poll("tea", vote.Open))
	f.publish(poll("tea", vote.Closing))
	f.settled("tea", true, "when there never was a vote")
	f.publish(poll("tea", vote.Open))
	f.settled("tea", false, "while the poll is open again")
	f.castN("tea", 1)
	f.publish(poll("tea", vote.Closing))
	f.settled("tea", false, "while a vote of the second round waits")
	f.drain(w)
	f.settled("tea", true, "when it is acknowledged")
}

// The barrier is where the gate shut, not where it was last published shut.
func testSettledKeepsBarrier(f *fixture) {
	w := f.NewWorker()
	f.publish(poll("tea", vote.Open), poll("lunch", vote.Open))
	f.castN("tea", 1)
	f.publish(poll("tea", vote.Closing), poll("lunch", vote.Open))
	f.castN("lunch", BatchSize)
	f.publish(poll("tea", vote.Closed), poll("lunch", vote.Open))
	f.ack(w, f.take(w))
	f.settled("tea", true, "when what was cast before the gate shut is acknowledged")
}
