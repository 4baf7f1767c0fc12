package vote

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ParseJSON reads a ballot from the value of "vote" in a JSON request:
//
//	single    "a"
//	multiple  ["a","c"]
//	ranked    ["b","a"]
//	score     {"a":4,"b":2}
//
// The canonical string is accepted for every kind. An error wraps ErrInvalid.
func ParseJSON(p Poll, raw json.RawMessage) (Ballot, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil && len(raw) > 0 && raw[0] == '"' {
		return ParseBallot(p, text)
	}
	switch p.Kind {
	case Multiple, Ranked:
		var ids []string
		if err := json.Unmarshal(raw, &ids); err != nil {
			return "", fmt.Errorf(`%w: in a %s poll "vote" is a list of option ids, as in ["a","b"]`, ErrInvalid, p.Kind)
		}
		if p.Kind == Ranked {
			return p.ranked(ids)
		}
		return p.multiple(ids)
	case Score:
		return p.scoreJSON(raw)
	default:
		return "", fmt.Errorf(`%w: in a single-choice poll "vote" is one option id, as in "a"`, ErrInvalid)
	}
}

func (p Poll) scoreJSON(raw json.RawMessage) (Ballot, error) {
	var m map[string]*float64 // null is not 0
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return "", fmt.Errorf(`%w: in a score poll "vote" gives points to options, as in {"a":4}`, ErrInvalid)
	}
	var given []points
	for _, id := range slices.Sorted(maps.Keys(m)) { // in order, so that one body has one answer
		n := m[id]
		if n == nil || *n != math.Trunc(*n) || math.Abs(*n) > MaxPoints {
			return "", fmt.Errorf("%w: give option %q from %d to %d whole points", ErrInvalid, clip(id), p.Min, p.Max)
		}
		given = append(given, points{id, int(*n)})
	}
	return p.score(given)
}

// ParseForm reads a ballot from a browser form. Single and multiple polls send
// the field "vote" once or more; a ranked poll sends for each option
// "rank-<id>" with its place (1 is the best; empty or absent: unranked); a
// score poll sends "score-<id>" with its points (empty or absent: unrated).
// One field "vote" with the canonical form is accepted for every kind. An
// error wraps ErrInvalid.
func ParseForm(p Poll, form map[string][]string) (Ballot, error) {
	votes := form["vote"]
	if len(votes) == 1 { // one id is a canonical form too
		return ParseBallot(p, votes[0])
	}
	switch p.Kind {
	case Multiple:
		return p.multiple(votes)
	case Ranked:
		places, err := p.numbers(form, "rank-")
		if err != nil {
			return "", err
		}
		return p.rankedByPlace(places)
	case Score:
		given, err := p.numbers(form, "score-")
		if err != nil {
			return "", err
		}
		return p.score(given)
	default:
		if len(votes) > 1 {
			return "", fmt.Errorf("%w: choose one option only", ErrInvalid)
		}
		return p.single("")
	}
}

// numbers collects the fields of a form that give a number to an option.
func (p Poll) numbers(form map[string][]string, prefix string) ([]points, error) {
	var given []points
	for _, o := range p.Options {
		values := form[prefix+o.ID]
		if len(values) == 0 || len(values) == 1 && strings.TrimSpace(values[0]) == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(values[0]))
		if err != nil || len(values) > 1 {
			return nil, fmt.Errorf("%w: %q needs one whole number", ErrInvalid, o.Label)
		}
		given = append(given, points{o.ID, n})
	}
	return given, nil
}

// rankedByPlace orders options by the place a voter gave them. Gaps are fine
// (1st and 3rd), the same place twice is not: a ranking has no ties.
func (p Poll) rankedByPlace(given []points) (Ballot, error) {
	slices.SortFunc(given, func(a, b points) int { return cmp.Compare(a.n, b.n) })
	ids := make([]string, len(given))
	for i, g := range given {
		if g.n < 1 || g.n > len(p.Options) {
			return "", fmt.Errorf("%w: places go from 1 to %d, not %d", ErrInvalid, len(p.Options), g.n)
		}
		if i > 0 && given[i-1].n == g.n {
			return "", fmt.Errorf("%w: two options share place %d; give each a place of its own", ErrInvalid, g.n)
		}
		ids[i] = g.id
	}
	return p.ranked(ids)
}
