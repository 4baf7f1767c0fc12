// Package polls is the part of storetest that is about what organisers do: polls, events,
// rounds, removal, the catalog that tells of them, and the audit log. What enters is a
// fixture.Case; what leaves is the proof, or the test that says what is wrong.
package polls

import "popeye/store/storetest/internal/fixture"

// Groups has all tests.
func Groups() []fixture.Group {
	return []fixture.Group{
		group("Polls", pollTests),
		group("Catalog", catalogTests),
		group("Events", eventTests),
		group("Once", onceTests),
		group("Remove", removeTests),
		group("Schedule", scheduleTests),
		group("Round", roundTests),
		group("Watch", watchTests),
		group("Audit", auditTests),
		group("Sessions", sessionTests),
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
