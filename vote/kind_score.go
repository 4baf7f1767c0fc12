package vote

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MaxPoints is the highest number of points in a score poll.
const MaxPoints = 100

const sepPoints = "="

// A ballot of a score poll is the ids in ascending order with their points:
// a=4,b=2. Options that it leaves out are unrated. Min and Max bound the points. A
// form says for each option "score-<id>" with its points.
var score = kindRules{
	rule: "score/1",

	defaults: func(int) (low, high int) { return 0, 5 },
	checkLimits: func(p Poll) error {
		if p.Min < 0 || p.Max <= p.Min || p.Max > MaxPoints {
			return invalid("poll.score.limits", Args{"Most": MaxPoints, "Min": p.Min, "Max": p.Max})
		}
		return nil
	},

	text: func(p Poll, s string) (Ballot, error) {
		given, err := parsePoints(s)
		if err != nil {
			return "", err
		}
		return p.score(given)
	},
	json: func(p Poll, raw json.RawMessage) (Ballot, error) { return p.scoreJSON(raw) },
	form: func(p Poll, fields map[string][]string) (Ballot, error) {
		given, err := p.numbers(fields, "score-")
		if err != nil {
			return "", err
		}
		return p.score(given)
	},

	separator: sepList,
	ascending: true,
	gives:     givesPoints,
	whole:     anyParts,
}

func (p Poll) score(given []number) (Ballot, error) {
	ids := make([]string, len(given))
	for i, g := range given {
		ids[i] = g.id
		if g.n < p.Min || g.n > p.Max {
			return "", invalid("ballot.score.range", Args{"Option": Clip(g.id), "Min": p.Min, "Max": p.Max, "Points": g.n})
		}
	}
	if err := p.checkOptions(ids); err != nil {
		return "", err
	}
	given = slices.Clone(given)
	slices.SortFunc(given, func(a, b number) int { return strings.Compare(a.id, b.id) })
	var b strings.Builder
	for i, g := range given {
		if i > 0 {
			b.WriteString(sepList)
		}
		b.WriteString(g.id + sepPoints + strconv.Itoa(g.n))
	}
	return Ballot(b.String()), nil
}

func (p Poll) scoreJSON(raw json.RawMessage) (Ballot, error) {
	var m map[string]*float64 // null is not 0
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return "", invalid("ballot.score.json", nil)
	}
	var given []number
	for _, id := range slices.Sorted(maps.Keys(m)) { // in order, so that one body has one answer
		n := m[id]
		if n == nil || *n != math.Trunc(*n) || math.Abs(*n) > MaxPoints {
			return "", invalid("ballot.score.whole", Args{"Option": Clip(id), "Min": p.Min, "Max": p.Max})
		}
		given = append(given, number{id, int(*n)})
	}
	return p.score(given)
}

// parsePoints reads "a=4,b=2". Numbers have one spelling: no plus, no leading
// zeros.
func parsePoints(s string) ([]number, error) {
	if s == "" {
		return nil, nil
	}
	var given []number
	for part := range strings.SplitSeq(s, sepList) {
		id, points, ok := strings.Cut(part, sepPoints)
		n, err := strconv.Atoi(points)
		if !ok || err != nil || strconv.Itoa(n) != points {
			return nil, invalid("ballot.score.text", Args{"Part": Clip(part)})
		}
		given = append(given, number{id, n})
	}
	return given, nil
}

// plainNumber reads a decimal without sign or leading zeros, so that every ballot
// has one spelling.
func plainNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	if err != nil || s[0] == '-' || s[0] == '+' || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	return n, true
}
