// Package votes is the part of storetest that is about ballots: how batches of them are
// applied, refused, kept as dead letters, replayed, counted and accounted for. What enters
// is a fixture.Case; what leaves is the proof, or the test that says what is wrong.
package votes

import "popeye/store/storetest/internal/fixture"

// Groups has all tests.
func Groups() []fixture.Group {
	return []fixture.Group{
		group("Apply", applyTests),
		group("Refuse", refuseTests),
		group("Batches", batchTests),
		group("Misplaced", misplacedTests),
		group("DeadLetters", deadLetterTests),
		group("Replay", replayTests),
		group("Ledger", ledgerTests),
		group("Snapshot", snapshotTests),
		group("ByHand", byHandTests),
		group("Crowd", crowdTests),
		group("Unavailable", unavailableTests),
	}
}

// kit is a Case, with what tests of this package ask beside.
type kit struct{ fixture.Case }

// test is one test of the suite; the comment above its function says why.
type test struct {
	name string
	run  func(h kit)
}

func group(name string, tests []test) fixture.Group {
	g := fixture.Group{Name: name}
	for _, t := range tests {
		g.Tests = append(g.Tests, fixture.Test{Name: t.name, Run: func(c fixture.Case) { t.run(kit{c}) }})
	}
	return g
}
