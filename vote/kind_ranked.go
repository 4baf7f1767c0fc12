package vote

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

const sepRanks = ">"

// A ballot of a ranked poll is the ids, the most preferred first: b>a>c. Options
// that it leaves out are unranked. A form says for each option "rank-<id>" with
// its place, 1 for the best.
var ranked = kindRules{
	defaults:    noLimits,
	checkLimits: checkNoLimits,

	text: func(p Poll, s string) (Ballot, error) { return p.ranked(strings.Split(s, sepRanks)) },
	json: func(p Poll, raw json.RawMessage) (Ballot, error) {
		ids, err := listOfIDs(p, raw)
		if err != nil {
			return "", err
		}
		return p.ranked(ids)
	},
	form: func(p Poll, fields map[string][]string) (Ballot, error) {
		places, err := p.numbers(fields, "rank-")
		if err != nil {
			return "", err
		}
		return p.rankedByPlace(places)
	},

	separator: sepRanks,
	mark:      func(_ Poll, place int, part string) (id string, n int, ok bool) { return part, place, true },
	whole:     anyParts,
}

func (p Poll) ranked(ids []string) (Ballot, error) {
	if err := p.checkOptions(ids); err != nil {
		return "", err
	}
	return Ballot(strings.Join(ids, sepRanks)), nil
}

// rankedByPlace orders options by the place a voter gave them. Gaps are fine
// (1st and 3rd), the same place twice is not: a ranking has no ties.
func (p Poll) rankedByPlace(given []number) (Ballot, error) {
	slices.SortFunc(given, func(a, b number) int { return cmp.Compare(a.n, b.n) })
	ids := make([]string, len(given))
	for i, g := range given {
		if g.n < 1 || g.n > len(p.Options) {
			return "", invalid("ballot.ranked.place", Args{"Max": len(p.Options), "Place": g.n})
		}
		if i > 0 && given[i-1].n == g.n {
			return "", invalid("ballot.ranked.shared", Args{"Place": g.n})
		}
		ids[i] = g.id
	}
	return p.ranked(ids)
}
