package count

import "popeye/vote"

// firstPreferences gives each voter's vote to the option that they rank first.
var firstPreferences = Rule{
	Name:  "first-preferences/1",
	Kinds: []vote.Kind{vote.Ranked},
	count: func(p vote.Poll, ballots vote.Ballots) Result {
		return add(p, ballots, func(o *Option, m vote.Mark, voters int64) {
			if m.N == 1 {
				o.Votes += voters
			}
		})
	},
}
