// Package queuetest is the conformance suite of the queue's contract. A fresh
// queue of any implementation enters; what leaves is the proof, or the promise
// that it breaks.
package queuetest

import (
	"slices"
	"testing"

	"popeye/queue/queuetest/internal/fixture"
	"popeye/queue/queuetest/internal/polls"
	"popeye/queue/queuetest/internal/votes"
)

// BatchSize is the most messages of a batch that a Fixture's queue may take:
// small, so that a few votes make several batches.
const BatchSize = fixture.BatchSize

// Fixture is a fresh, empty queue, and the ways to reach it.
type Fixture = fixture.Data

// Worker is a Consumer that can be killed.
type Worker = fixture.Worker

// Run checks that the queues which open makes keep the contract.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for _, test := range slices.Concat(votes.Tests(), polls.Tests()) {
		t.Run(test.Name, func(t *testing.T) { test.Run(fixture.New(t, open(t))) })
	}
}
