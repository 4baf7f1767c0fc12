package vote

import "encoding/json"

// A ballot of a single-choice poll is an option's id: a.
var single = kindRules{
	rule: "plurality/1",

	defaults:    noLimits,
	checkLimits: checkNoLimits,

	text: func(p Poll, s string) (Ballot, error) { return p.single(s) },
	json: func(Poll, json.RawMessage) (Ballot, error) { return "", invalid("ballot.single.json", nil) },
	form: func(p Poll, fields map[string][]string) (Ballot, error) {
		if len(fields["vote"]) > 1 {
			return "", invalid("ballot.single.many", nil)
		}
		return p.single("")
	},

	gives: givesOne,
	whole: anyParts,
}

func (p Poll) single(id string) (Ballot, error) {
	if err := p.checkOptions([]string{id}); err != nil {
		return "", err
	}
	return Ballot(id), nil
}
