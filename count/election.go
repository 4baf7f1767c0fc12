package count

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"slices"
	"strings"

	"popeye/vote"
)

// Election is what a rule counts, beside the ballots: a poll, or a file of another
// program. It may have more options than a poll.
type Election struct {
	Kind     vote.Kind
	Options  []vote.Option
	Min, Max int   // score: the fewest and the most points
	Seats    int   // how many options win; at least 1
	Quorum   int64 // score: options with fewer raters come last
	// Lot is every option's place in Options, in the order of the lot: of those that
	// nothing else parts the first in it wins, or stays.
	Lot []int
}

// Marked is ballots that go by, each as what it says of options, with its voters. The
// marks of a ranked ballot are in order, and their N is the place: 1, 2, 3 ... without
// gaps, the same for options that share one. A ballot without marks is of a voter whose
// options have all withdrawn. What is yielded is good until the next ballot.
type Marked = iter.Seq2[[]vote.Mark, int64]

// ElectionOf returns the election that a poll is.
func ElectionOf(p vote.Poll) Election {
	e := Election{Kind: p.Kind, Options: named(p.Options), Min: p.Min, Max: p.Max, Seats: max(1, p.Seats), Quorum: p.Quorum}
	e.Lot = drawLot(p.Options, p.LotSeed)
	return e
}

// named returns options without their notes: a count tells of an option again and again,
// and names it by its label.
func named(options []vote.Option) []vote.Option {
	plain := slices.Clone(options)
	for i := range plain {
		plain[i].Note = ""
	}
	return plain
}

// drawLot returns the order of the lot: by the lower-case hexadecimal SHA-256 of the
// seed, a line feed and the option's id. Without a seed it is the order of options.
func drawLot(options []vote.Option, seed string) []int {
	lot, drawn := make([]int, len(options)), make([]string, len(options))
	for i, o := range options {
		lot[i] = i
		if seed != "" {
			digest := sha256.Sum256([]byte(seed + "\n" + o.ID))
			drawn[i] = hex.EncodeToString(digest[:])
		}
	}
	slices.SortStableFunc(lot, func(a, b int) int { return strings.Compare(drawn[a], drawn[b]) })
	return lot
}

// WithLot returns e with the lot that a seed draws.
func (e Election) WithLot(seed string) Election {
	e.Lot = drawLot(e.Options, seed)
	return e
}

// without returns e without options that have withdrawn, and what takes them off a
// ballot. The places of a ranked ballot are closed up.
func (e Election) without(withdrawn []string) (Election, func(Marked) Marked) {
	left := e
	left.Options, left.Lot = nil, nil
	place := make([]int, len(e.Options)) // where an option stands among those left; -1: nowhere
	for i, o := range e.Options {
		if place[i] = -1; !slices.Contains(withdrawn, o.ID) {
			place[i] = len(left.Options)
			left.Options = append(left.Options, o)
		}
	}
	for _, i := range e.Lot {
		if place[i] >= 0 {
			left.Lot = append(left.Lot, place[i])
		}
	}
	left.Seats = min(e.Seats, len(left.Options))
	ranked := e.Kind == vote.Ranked
	return left, func(ballots Marked) Marked {
		return func(yield func([]vote.Mark, int64) bool) {
			var kept []vote.Mark
			for marks, voters := range ballots {
				kept = kept[:0]
				was, n := 0, 0
				for _, m := range marks {
					if place[m.Place] < 0 {
						continue
					}
					if m.N != was {
						was, n = m.N, n+1
					}
					if ranked {
						m.N = n
					}
					kept = append(kept, vote.Mark{Place: place[m.Place], N: m.N})
				}
				if !yield(kept, voters) {
					return
				}
			}
		}
	}
}
