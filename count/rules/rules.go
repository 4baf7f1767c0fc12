// Package rules counts polls by rules that have names. What enters is a poll and its tally,
// one distinct ballot after the other; what leaves is the totals of its options and a
// count.Result.
//
// A rule is one file and one row in the table. It is a pure function: its result depends
// on the election and the ballots alone, whatever the order in which they come. It has a
// name with a version, as in plurality/1: should a rule ever count differently, it gets
// another version, and old results stay true.
package rules

import (
	"fmt"
	"slices"
	"strings"

	"popeye/count"
	"popeye/vote"
)

// Rule is one way to count.
type Rule struct {
	Name       string
	Message    string    // the code of its name as people read it
	Meaning    string    // the code of a sentence that says what it does
	Kind       vote.Kind // whose ballots it counts
	EqualRanks bool      // it counts ballots on which options share a place
	OneSeat    bool      // it elects one option, and no more
	// count counts ballots that go by once. It fills in what is its own: the winners,
	// the order and what shows how it came to them.
	count func(e count.Election, ballots count.Marked) count.Result
}

// table has every rule.
var table = []Rule{
	plurality,
	approval,
	irv,
	stv,
	score,
	schulze,
	rankedPairs,
	borda,
	median,
	star,
}

// Lookup returns the rule of a name.
func Lookup(name string) (Rule, error) {
	i := slices.IndexFunc(table, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, fmt.Errorf("there is no counting rule %q", name)
	}
	return table[i], nil
}

// Names returns the rules for a kind, its own first.
func Names(k vote.Kind) (names []string) {
	for _, r := range table {
		if r.Kind == k {
			names = append(names, r.Name)
		}
	}
	return names
}

// Check says whether p's rule can count it. The error is a *vote.Error.
func Check(p vote.Poll) error {
	r, err := For(p)
	switch {
	case err != nil || r.Kind != p.Kind:
		names := strings.Join(Names(p.Kind), ", ")
		return vote.Refuse("poll.rule", vote.Args{"Rule": p.Rule, "Rules": names})
	case p.EqualRanks && !r.EqualRanks:
		return vote.Refuse("poll.rule_equal_ranks", vote.Args{"Rule": r.Name})
	case p.Seats > 1 && r.OneSeat:
		return vote.Refuse("poll.rule_one_seat", vote.Args{"Rule": r.Name})
	}
	return nil
}

// For returns the rule that counts p. An error says that a newer program made p, since
// each refuses a rule that it does not know.
func For(p vote.Poll) (Rule, error) { return Lookup(p.CountedBy()) }
