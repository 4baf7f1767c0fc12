package count

import "popeye/vote"

// plurality gives each voter's vote to the one option that they chose.
var plurality = Rule{Name: "plurality/1", Kinds: []vote.Kind{vote.Single}, count: countMarks}

// countMarks counts for each option the voters who marked it.
func countMarks(p vote.Poll, ballots vote.Ballots) Result {
	return add(p, ballots, func(o *Option, _ vote.Mark, voters int64) { o.Votes += voters })
}
