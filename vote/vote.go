// Package vote is Popeye's language: what a poll is, and what a voter may say in
// it.
//
// What enters: polls, as package definition or a store makes them, and the words of a
// voter, as text or JSON. What leaves: a ballot in canonical form, or an Error: a code
// and arguments, for which internal/i18n has the sentence.
//
// Everything here is plain data and pure functions over it. Queue and store
// carry ballots as opaque strings; only this package knows what they mean, and
// count/rules what they add up to.
//
//   - poll.go: Poll, Option, and what makes a definition valid
//   - settings.go: what an organiser decides beside words, kind and times
//   - definition: a poll as an organiser writes it, completed into a Poll
//   - event: an ordered list of polls; joincode: the codes that lead to either
//   - catalog: all polls and events together, and a change of these
//   - status.go: which status may follow which, by hand and by the schedule
//   - history.go: what keeps a ballot's words: corrections, reopenings, editions
//   - vote.go: Vote, one ballot of one voter on its way
//   - ballot.go: Ballot, the canonical form, from text, JSON or a form; distinct ones
//     with their voters
//   - kind.go: the table of kinds; kind_*.go have all that is one kind's own
//   - read.go: what a canonical ballot says
//   - lookalike: which texts show nothing, or look the same
package vote

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits of a vote on its way.
const (
	MaxVoter = 255 // bytes, as the classic table has it
	MaxID    = 64  // bytes
)

// Vote is one ballot of one voter in one poll, on its way from the poll
// station to the store.
type Vote struct {
	Poll        string    // slug
	Created     string    // CreatedKey of the poll that it was cast in; "" when the producer did not say
	Voter       string    // opaque; at most MaxVoter bytes
	Ballot      Ballot    // canonical
	ID          string    // unique per cast, "" when the producer gave none
	At          time.Time // when it was accepted; zero when the producer did not say
	TraceParent string    // W3C trace context, "" for none
}

// ValidateVoter reports whether s can identify a voter: printable UTF-8 text
// that every store keeps as it is. U+FFFD is refused because decoders put it
// where bytes were lost, and two voters must never become one.
func ValidateVoter(s string) error {
	switch {
	case s == "":
		return invalid("voter.empty", nil)
	case len(s) > MaxVoter:
		return invalid("voter.long", Args{"Max": MaxVoter})
	case !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError):
		return invalid("voter.utf8", nil)
	case strings.ContainsFunc(s, unicode.IsControl):
		return invalid("voter.control", nil)
	}
	return nil
}

// ValidateID reports whether s can identify a cast: up to MaxID visible ASCII
// characters.
func ValidateID(s string) error {
	if s == "" || len(s) > MaxID {
		return invalid("id.length", Args{"Max": MaxID})
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' {
			return invalid("id.characters", nil)
		}
	}
	return nil
}
