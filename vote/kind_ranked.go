package vote

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// Between two options of a ranked ballot: the next place, or the same.
const (
	sepRanks  = ">"
	sepEqual  = "="
	equalSign = '='
)

// A ballot of a ranked poll is the ids, the most preferred first: b>a>c. Options
// that it leaves out are unranked. A form says for each option "rank-<id>" with
// its place, 1 for the best. Where the poll allows equal ranks, options that share a
// place are in ascending order: b>a=c, in JSON ["b",["a","c"]].
var ranked = kindRules{
	rule: "irv/1",

	defaults:    noLimits,
	checkLimits: checkNoLimits,

	text: func(p Poll, s string) (Ballot, error) {
		var places [][]string
		for _, place := range strings.Split(s, sepRanks) {
			if p.EqualRanks {
				places = append(places, strings.Split(place, sepEqual))
			} else {
				places = append(places, []string{place})
			}
		}
		return p.ranked(places)
	},
	json: func(p Poll, raw json.RawMessage) (Ballot, error) {
		places, err := p.rankedJSON(raw)
		if err != nil {
			return "", err
		}
		return p.ranked(places)
	},
	form: func(p Poll, fields map[string][]string) (Ballot, error) {
		places, err := p.numbers(fields, "rank-")
		if err != nil {
			return "", err
		}
		return p.rankedByPlace(places)
	},

	separator: sepRanks,
	gives:     givesPlace,
	whole:     anyParts,
}

// ranked writes the ballot of places, each with the options that share it.
func (p Poll) ranked(places [][]string) (Ballot, error) {
	if err := p.checkOptions(slices.Concat(places...)); err != nil {
		return "", err
	}
	parts := make([]string, len(places))
	for i, ids := range places {
		if len(ids) > 1 && !p.EqualRanks {
			return "", invalid("ballot.ranked.shared", Args{"Place": i + 1})
		}
		parts[i] = strings.Join(slices.Sorted(slices.Values(ids)), sepEqual)
	}
	return Ballot(strings.Join(parts, sepRanks)), nil
}

// rankedJSON reads a list whose entries are options, or lists of those that share a
// place.
func (p Poll) rankedJSON(raw json.RawMessage) ([][]string, error) {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return nil, invalid("ballot.list.json", Args{"Kind": string(p.Kind)})
	}
	places := make([][]string, len(entries))
	for i, e := range entries {
		var id string
		switch {
		case json.Unmarshal(e, &id) == nil && !bytes.Equal(e, []byte("null")):
			places[i] = []string{id}
		case !p.EqualRanks || json.Unmarshal(e, &places[i]) != nil || len(places[i]) == 0:
			return nil, invalid("ballot.list.json", Args{"Kind": string(p.Kind)})
		}
	}
	return places, nil
}

// rankedByPlace orders options by the place a voter gave them. Gaps are fine
// (1st and 3rd); two at the same place only where the poll allows equal ranks.
func (p Poll) rankedByPlace(given []number) (Ballot, error) {
	slices.SortStableFunc(given, func(a, b number) int { return cmp.Compare(a.n, b.n) })
	var places [][]string
	for i, g := range given {
		if g.n < 1 || g.n > len(p.Options) {
			return "", invalid("ballot.ranked.place", Args{"Max": len(p.Options), "Place": g.n})
		}
		if i > 0 && given[i-1].n == g.n {
			if !p.EqualRanks {
				return "", invalid("ballot.ranked.shared", Args{"Place": g.n})
			}
			places[len(places)-1] = append(places[len(places)-1], g.id)
			continue
		}
		places = append(places, []string{g.id})
	}
	return p.ranked(places)
}
