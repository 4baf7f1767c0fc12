package vote

import "encoding/json"

// Kind says what a ballot of a poll may hold.
type Kind string

// The kinds of poll. Each has a file of its own, kind_*.go, and a row in kinds.
const (
	Single   Kind = "single"   // one option
	Multiple Kind = "multiple" // between Min and Max options
	Ranked   Kind = "ranked"   // options in order of preference, at least one
	Score    Kind = "score"    // points from Min to Max for one option or more
)

// Kinds lists every kind, the simplest first.
var Kinds = []Kind{Single, Multiple, Ranked, Score}

// kinds is the table of kinds. A kind that is not in it is refused everywhere.
var kinds = map[Kind]kindRules{
	Single:   single,
	Multiple: multiple,
	Ranked:   ranked,
	Score:    score,
}

// kindRules is all that this package knows of one kind.
type kindRules struct {
	// defaults is DefaultLimits for this kind; checkLimits judges those of p.
	defaults    func(options int) (low, high int)
	checkLimits func(p Poll) error

	rule string // the name of the rule that counts it, if its organiser names none

	// text, json and form read a ballot from what people and programs send. A form
	// or a JSON value that holds the canonical text goes to text.
	text func(p Poll, s string) (Ballot, error)
	json func(p Poll, raw json.RawMessage) (Ballot, error)
	form func(p Poll, fields map[string][]string) (Ballot, error)

	// How canonical ballots are read: parts end at separator ("": there is one
	// part), ascending by option id if ascending is set; parts that share a place stand
	// between equal signs, where the poll allows that. A part is an option's id, and
	// gives is what the option gets; whole judges the number of parts.
	separator string
	ascending bool
	gives     given
	whole     func(p Poll, parts int) bool
}

// given is what a part of a ballot gives its option.
type given int

const (
	givesOne    given = iota // the option is chosen
	givesPlace               // the part's place in the order
	givesPoints              // what stands after an equal sign
)

// rules returns those of p's kind, or an error if there is no such kind.
func (p Poll) rules() (kindRules, error) {
	k, ok := kinds[p.Kind]
	if !ok {
		return k, invalid("poll.kind", Args{"Kind": Clip(string(p.Kind))})
	}
	return k, nil
}

// DefaultLimits returns Min and Max of a poll with so many options whose organiser names
// none; 0 and 0 for a kind that there is not.
func DefaultLimits(k Kind, options int) (low, high int) {
	if rules, ok := kinds[k]; ok {
		return rules.defaults(options)
	}
	return 0, 0
}

// noLimits is for kinds without Min and Max.
func noLimits(int) (low, high int) { return 0, 0 }

func checkNoLimits(p Poll) error {
	if p.Min != 0 || p.Max != 0 {
		return invalid("poll.no_limits", nil)
	}
	return nil
}

// anyParts is for kinds whose ballots may have any number of parts.
func anyParts(Poll, int) bool { return true }
