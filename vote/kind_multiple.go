package vote

import (
	"encoding/json"
	"slices"
	"strings"
)

// A ballot of a poll with several choices is the ids in ascending order: a,c.
// Min and Max say how many.
var multiple = kindRules{
	rule: "approval/1",

	defaults: func(options int) (low, high int) { return 1, options },
	checkLimits: func(p Poll) error {
		if p.Min < 1 || p.Max < p.Min || p.Max > len(p.Options) {
			return invalid("poll.multiple.limits", Args{"Options": len(p.Options), "Min": p.Min, "Max": p.Max})
		}
		return nil
	},

	text: func(p Poll, s string) (Ballot, error) { return p.multiple(strings.Split(s, sepList)) },
	json: func(p Poll, raw json.RawMessage) (Ballot, error) {
		ids, err := listOfIDs(p, raw)
		if err != nil {
			return "", err
		}
		return p.multiple(ids)
	},
	form: func(p Poll, fields map[string][]string) (Ballot, error) { return p.multiple(fields["vote"]) },

	separator: sepList,
	ascending: true,
	gives:     givesOne,
	whole:     func(p Poll, parts int) bool { return parts >= p.Min && parts <= p.Max },
}

func (p Poll) multiple(ids []string) (Ballot, error) {
	if err := p.checkOptions(ids); err != nil {
		return "", err
	}
	if len(ids) < p.Min || len(ids) > p.Max {
		if p.Min == p.Max {
			return "", invalid("ballot.multiple.exactly", Args{"Count": p.Max, "Chosen": len(ids)})
		}
		return "", invalid("ballot.multiple.between", Args{"Min": p.Min, "Count": p.Max, "Chosen": len(ids)})
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return Ballot(strings.Join(ids, sepList)), nil
}

// listOfIDs reads a JSON list, for the kinds whose ballots are one.
func listOfIDs(p Poll, raw json.RawMessage) (ids []string, err error) {
	if json.Unmarshal(raw, &ids) != nil {
		return nil, invalid("ballot.list.json", Args{"Kind": string(p.Kind)})
	}
	return ids, nil
}
