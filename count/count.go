// Package count counts polls. What enters is a poll and its tally, one distinct
// ballot after the other; what leaves is the totals of its options and a Result.
//
// A counting rule is one file and one row in rules. It is a pure function: its
// result depends on the election and the ballots alone, whatever the order in which
// they come. It has a name with a version, as in plurality/1: should a rule
// ever count differently, it gets another version, and old results stay true.
package count

import (
	"fmt"
	"slices"
	"strings"

	"popeye/count/internal/pile"
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
	count func(e Election, ballots Marked) Result
}

// rules is the table of rules.
var rules = []Rule{
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
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, fmt.Errorf("there is no counting rule %q", name)
	}
	return rules[i], nil
}

// Names returns the rules for a kind, its own first.
func Names(k vote.Kind) (names []string) {
	for _, r := range rules {
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

// Poll counts a poll: its totals, and by its rule. Without ballots for the rule, which
// another program knows, there are still the totals.
func Poll(p vote.Poll, ballots vote.Ballots) (Totals, Result, error) {
	e := ElectionOf(p)
	totals := newTotals(e)
	marked := totals.tee(p.Kind, read(p, ballots, &totals))
	rule, err := For(p)
	if err != nil {
		for range marked { //nolint:revive // the tee adds them up
		}
		totals.place()
		return totals, Result{}, err
	}
	result := rule.With(e, marked, p.Withdrawn)
	result.Voters, result.Invalid, result.Abstained = totals.Voters, totals.Invalid, totals.Abstained
	if result.Without != nil {
		result.Without.Voters, result.Without.Invalid, result.Without.Abstained = totals.Voters, totals.Invalid, totals.Abstained
	}
	totals.place()
	return totals, result, nil
}

// Count counts an election. Voters, Invalid and Abstained are the caller's to fill in.
func (r Rule) Count(e Election, ballots Marked) Result {
	return r.count(e, ballots).complete(r.Name, e)
}

// With is Count with, beside it, the count without options that have withdrawn.
func (r Rule) With(e Election, ballots Marked, withdrawn []string) Result {
	if len(withdrawn) == 0 {
		return r.Count(e, ballots)
	}
	kept := pile.Keep(ballots)
	result := r.Count(e, kept.All())
	without := r.Without(e, kept.All(), withdrawn)
	result.Withdrawn, result.Without = withdrawn, &without
	return result
}

// Without is Count without options that have withdrawn.
func (r Rule) Without(e Election, ballots Marked, withdrawn []string) Result {
	left, off := e.without(withdrawn)
	return r.Count(left, off(ballots))
}

// read returns the valid ballots of p as what they say, and counts the others.
func read(p vote.Poll, ballots vote.Ballots, t *Totals) Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		reader := p.Reader()
		for ballot, voters := range ballots {
			marks := reader.Read(ballot)
			switch {
			case len(marks) > 0:
				if !yield(marks, voters) {
					return
				}
			case p.Abstains(ballot):
				t.Abstained += voters
			default:
				t.Invalid += voters
			}
		}
	}
}
