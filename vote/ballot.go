package vote

import (
	"encoding/json"
	"iter"
	"maps"
	"strconv"
	"strings"
)

// Ballot is what one voter says in one poll, in canonical form: two ballots
// mean the same if and only if they are the same string.
//
//	single    a          the option's id
//	multiple  a,c        ids in ascending order
//	ranked    b>a>c      ids, the most preferred first; the rest is unranked
//	score     a=4,b=2    ids in ascending order with their points; the rest is unrated
//
// Where a poll allows it, options of a ranked ballot share a place, in ascending
// order: b>a=c. Where it allows abstention, a ballot of any kind may be "-".
type Ballot string

// Abstention is the ballot of a voter who chooses nothing, and says so.
const Abstention Ballot = "-"

// MaxBallot is the longest ballot that any valid poll can produce, in bytes.
const MaxBallot = MaxOptions * (MaxOptionID + len("=100,"))

// sepList separates the parts of a ballot that lists options. No option id
// contains it, nor any other separator of a kind.
const sepList = ","

// ParseBallot reads a ballot for p. It accepts ids of multiple and score
// polls in any order and returns the canonical form. An error is an *Error that
// tells the voter what is wrong.
func ParseBallot(p Poll, s string) (Ballot, error) {
	if len(s) > MaxBallot {
		return "", invalid("ballot.long", Args{"Max": MaxBallot})
	}
	rules, err := p.rules()
	if err != nil {
		return "", err
	}
	if s == string(Abstention) && p.Abstain {
		return Abstention, nil
	}
	return rules.text(p, s)
}

// ParseJSON reads a ballot from the value of "vote" in a JSON request:
//
//	single    "a"
//	multiple  ["a","c"]
//	ranked    ["b","a"]
//	score     {"a":4,"b":2}
//
// The canonical string is accepted for every kind. An error is an *Error.
func ParseJSON(p Poll, raw json.RawMessage) (Ballot, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil && len(raw) > 0 && raw[0] == '"' {
		return ParseBallot(p, text)
	}
	rules, err := p.rules()
	if err != nil {
		return "", err
	}
	return rules.json(p, raw)
}

// ParseForm reads a ballot from a browser form. Single and multiple polls send
// the field "vote" once or more; a ranked poll sends for each option
// "rank-<id>" with its place (1 is the best; empty or absent: unranked); a
// score poll sends "score-<id>" with its points (empty or absent: unrated).
// One field "vote" with the canonical form is accepted for every kind. An
// error is an *Error.
func ParseForm(p Poll, form map[string][]string) (Ballot, error) {
	if votes := form["vote"]; len(votes) == 1 { // one id is a canonical form too
		return ParseBallot(p, votes[0])
	}
	rules, err := p.rules()
	if err != nil {
		return "", err
	}
	return rules.form(p, form)
}

// number is what a voter gives to one option: points, or a place.
type number struct {
	id string
	n  int
}

// numbers collects the fields of a form that give a number to an option.
func (p Poll) numbers(form map[string][]string, prefix string) ([]number, error) {
	var given []number
	for _, o := range p.Options {
		values := form[prefix+o.ID]
		if len(values) == 0 || len(values) == 1 && strings.TrimSpace(values[0]) == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(values[0]))
		if err != nil || len(values) > 1 {
			return nil, invalid("ballot.number", Args{"Option": o.Label})
		}
		given = append(given, number{o.ID, n})
	}
	return given, nil
}

// checkOptions reports an empty list, an unknown option, or one named twice.
func (p Poll) checkOptions(ids []string) error {
	if len(ids) == 0 || len(ids) == 1 && ids[0] == "" {
		return invalid("ballot.empty", nil)
	}
	if len(ids) == 1 {
		if _, ok := p.Option(ids[0]); !ok {
			return p.noOption(ids[0])
		}
		return nil
	}
	known := p.places() // a ballot may name a hundred options: none is looked for in the list
	named := make(map[string]bool, len(known))
	for _, id := range ids {
		if _, ok := known[id]; !ok {
			return p.noOption(id)
		}
		if named[id] {
			return invalid("ballot.twice", Args{"Option": Clip(id)})
		}
		named[id] = true
	}
	return nil
}

func (p Poll) noOption(id string) error {
	return invalid("ballot.unknown_option", Args{"Option": Clip(id), "Options": p.optionIDs()})
}

// optionIDs lists the ids for a message, the first few of very many.
func (p Poll) optionIDs() string {
	const most = 8
	var ids []string
	for i, o := range p.Options {
		if i == most {
			ids = append(ids, "...")
			break
		}
		ids = append(ids, o.ID)
	}
	return strings.Join(ids, ", ")
}

// Tally maps each distinct ballot to the number of voters who cast it. It is
// the anonymous record of a poll: anyone can recount from it.
type Tally map[Ballot]int64

// Ballots is a tally that goes by: distinct ballots with their voters, in any
// order.
type Ballots = iter.Seq2[Ballot, int64]

// All returns the ballots of t.
func (t Tally) All() Ballots { return maps.All(t) }
