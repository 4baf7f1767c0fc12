package vote

import (
	"fmt"
	"slices"
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
type Ballot string

// MaxBallot is the longest ballot that any valid poll can produce, in bytes.
const MaxBallot = MaxOptions * (MaxOptionID + len("=100,"))

// The separators of the canonical form. No option id contains one.
const (
	sepMultiple = ","
	sepRanked   = ">"
	sepPoints   = "="
)

// ParseBallot reads a ballot for p. It accepts ids of multiple and score
// polls in any order and returns the canonical form. An error wraps ErrInvalid
// and says what is wrong in words for the voter.
func ParseBallot(p Poll, s string) (Ballot, error) {
	if len(s) > MaxBallot {
		return "", fmt.Errorf("%w: the vote is longer than %d bytes", ErrInvalid, MaxBallot)
	}
	switch p.Kind {
	case Multiple:
		return p.multiple(strings.Split(s, sepMultiple))
	case Ranked:
		return p.ranked(strings.Split(s, sepRanked))
	case Score:
		points, err := parsePoints(s)
		if err != nil {
			return "", err
		}
		return p.score(points)
	default:
		return p.single(s)
	}
}

func (p Poll) single(id string) (Ballot, error) {
	if err := p.checkOptions([]string{id}); err != nil {
		return "", err
	}
	return Ballot(id), nil
}

func (p Poll) multiple(ids []string) (Ballot, error) {
	if err := p.checkOptions(ids); err != nil {
		return "", err
	}
	if len(ids) < p.Min || len(ids) > p.Max {
		return "", fmt.Errorf("%w: choose %s, not %d", ErrInvalid, between(p.Min, p.Max, "option"), len(ids))
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return Ballot(strings.Join(ids, sepMultiple)), nil
}

func (p Poll) ranked(ids []string) (Ballot, error) {
	if err := p.checkOptions(ids); err != nil {
		return "", err
	}
	return Ballot(strings.Join(ids, sepRanked)), nil
}

// points is what a voter gives to one option.
type points struct {
	id string
	n  int
}

func (p Poll) score(given []points) (Ballot, error) {
	ids := make([]string, len(given))
	for i, g := range given {
		ids[i] = g.id
		if g.n < p.Min || g.n > p.Max {
			return "", fmt.Errorf("%w: give option %q from %d to %d points, not %d", ErrInvalid, clip(g.id), p.Min, p.Max, g.n)
		}
	}
	if err := p.checkOptions(ids); err != nil {
		return "", err
	}
	given = slices.Clone(given)
	slices.SortFunc(given, func(a, b points) int { return strings.Compare(a.id, b.id) })
	var b strings.Builder
	for i, g := range given {
		if i > 0 {
			b.WriteString(sepMultiple)
		}
		b.WriteString(g.id + sepPoints + strconv.Itoa(g.n))
	}
	return Ballot(b.String()), nil
}

// checkOptions reports an empty list, an unknown option, or one named twice.
func (p Poll) checkOptions(ids []string) error {
	if len(ids) == 0 || len(ids) == 1 && ids[0] == "" {
		return fmt.Errorf("%w: nothing is chosen", ErrInvalid)
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
			return fmt.Errorf("%w: option %q is named twice", ErrInvalid, id)
		}
		named[id] = true
	}
	return nil
}

func (p Poll) noOption(id string) error {
	return fmt.Errorf("%w: %q is not an option of this poll; its options are %s", ErrInvalid, clip(id), p.optionIDs())
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

// parsePoints reads "a=4,b=2". Numbers are plain decimals without sign or
// leading zeros, so that every ballot has one spelling.
func parsePoints(s string) ([]points, error) {
	if s == "" {
		return nil, nil
	}
	var given []points
	for part := range strings.SplitSeq(s, sepMultiple) {
		id, number, ok := strings.Cut(part, sepPoints)
		n, err := strconv.Atoi(number)
		if !ok || err != nil || strconv.Itoa(n) != number {
			return nil, fmt.Errorf("%w: %q does not say how many points an option gets, as in a=4", ErrInvalid, clip(part))
		}
		given = append(given, points{id, n})
	}
	return given, nil
}

func between(low, high int, thing string) string {
	plural := thing + "s"
	if high == 1 {
		plural = thing
	}
	if low == high {
		return fmt.Sprintf("%d %s", low, plural)
	}
	return fmt.Sprintf("%d to %d %s", low, high, plural)
}
