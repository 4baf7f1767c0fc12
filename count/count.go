// Package count counts polls. What enters is a poll and its tally, one distinct
// ballot after the other; what leaves is a Result.
//
// A counting rule is one file and one row in rules. It is a pure function: its
// result depends on the poll and the tally alone, whatever the order in which
// ballots come. It has a name with a version, as in plurality/1: should a rule
// ever count differently, it gets another version, and old results stay true.
package count

import (
	"fmt"
	"slices"

	"popeye/vote"
)

// Rule is one way to count.
type Rule struct {
	Name  string
	Kinds []vote.Kind // whose ballots it counts
	// count counts all of the ballots and keeps none.
	count func(p vote.Poll, ballots vote.Ballots) Result
}

// rules is the table of rules. The first one for a kind is that kind's own.
var rules = []Rule{
	plurality,
	approval,
	firstPreferences,
	sum,
}

// Result is what a rule makes of a tally.
type Result struct {
	Rule    string   `json:"rule"`
	Voters  int64    `json:"voters"`  // with a ballot that is valid for the poll
	Invalid int64    `json:"invalid"` // with another: hand-made rows, or options taken away since
	Options []Option `json:"options"` // every option, in the poll's order, zero included
}

// Option is the figure of one option. Votes are its voters (single), its
// approvals (multiple), its first preferences (ranked) or the sum of its
// points (score).
type Option struct {
	vote.Option
	Votes    int64 `json:"votes"`
	*Ratings       // of a score poll, else nil
}

// Lookup returns the rule of a name.
func Lookup(name string) (Rule, error) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, fmt.Errorf("there is no counting rule %q", name)
	}
	return rules[i], nil
}

// For returns the rule that counts p. A kind without a rule is refused where polls
// are made, so that here it counts as one with no valid ballot.
func For(p vote.Poll) Rule {
	i := slices.IndexFunc(rules, func(r Rule) bool { return slices.Contains(r.Kinds, p.Kind) })
	return rules[max(0, i)]
}

// Count counts a tally.
func (r Rule) Count(p vote.Poll, ballots vote.Ballots) Result {
	result := r.count(p, ballots)
	result.Rule = r.Name
	return result
}

// add counts what is the same in every rule that adds up: who voted, and for each
// valid ballot what add makes of its marks.
func add(p vote.Poll, ballots vote.Ballots, add func(o *Option, m vote.Mark, voters int64)) Result {
	r := Result{Options: make([]Option, len(p.Options))}
	for i, o := range p.Options {
		r.Options[i].Option = o
	}
	reader := p.Reader()
	for ballot, voters := range ballots {
		marks := reader.Read(ballot)
		if len(marks) == 0 {
			r.Invalid += voters
			continue
		}
		r.Voters += voters
		for _, m := range marks {
			add(&r.Options[m.Place], m, voters)
		}
	}
	return r
}
