// Package joincode draws, reads and writes the codes that lead a stranger to a poll or
// an event. What enters is what somebody typed; what leaves is a code, or a *vote.Error.
package joincode

import (
	"crypto/rand"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"popeye/vote"
	"popeye/vote/event"
)

// A code leads a stranger to a poll or an event: six digits that are read from a wall,
// typed or said aloud. It is no secret. Polls and events draw theirs from the same
// numbers, so that one field takes both. The first digit is no zero: spreadsheets and
// people drop those.
const (
	Digits    = 6
	firstCode = 100_000
	numCodes  = 900_000

	// maxTyped bounds what is looked at of what somebody typed: more than an address.
	maxTyped = 300
)

// ErrUnknown says that a code leads nowhere.
var ErrUnknown = errors.New("no such code")

// Target is what a code leads to: a poll or an event.
type Target struct {
	Poll  string // its slug; "" for an event
	Event event.Event
}

// New draws a code. Whether it is free knows the store.
func New() string {
	n, err := rand.Int(rand.Reader, big.NewInt(numCodes))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return strconv.FormatInt(firstCode+n.Int64(), 10)
}

// Is reports whether s is a code as it is stored.
func Is(s string) bool {
	if len(s) != Digits || s[0] == '0' {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || '9' < s[i] {
			return false
		}
	}
	return true
}

// Parse reads a code as people type it: in groups, with spaces or hyphens, in the
// digits of any script, with a letter that looks like a digit, or as the address that
// ends with it. An error is an *Error.
func Parse(typed string) (string, error) {
	text := typed[:min(len(typed), maxTyped)]
	text = strings.TrimRight(strings.TrimFunc(text, filler), "/")
	if i := strings.LastIndexByte(text, '/'); i >= 0 {
		text = text[i+1:]
	}
	var code strings.Builder
	for _, r := range text {
		switch d := digitOf(r); {
		case d >= 0:
			code.WriteByte(byte('0' + d))
		case !filler(r):
			return "", vote.Refuse("code.digits", vote.Args{"Digits": Digits, "Code": vote.Clip(typed)})
		}
	}
	if !Is(code.String()) {
		return "", vote.Refuse("code.digits", vote.Args{"Digits": Digits, "Code": vote.Clip(typed)})
	}
	return code.String(), nil
}

// Spaced returns a code in two groups, for people to read.
func Spaced(code string) string {
	if !Is(code) {
		return code
	}
	return code[:Digits/2] + " " + code[Digits/2:]
}

// filler reports what people and keyboards put between digits.
func filler(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || strings.ContainsRune(".,·_#", r)
}

// digitOf returns the value of a digit of any script, or of what looks like one; -1 for
// any other. Unicode keeps the ten digits of each script together, zero first.
func digitOf(r rune) int {
	switch r {
	case 'O', 'o':
		return 0
	case 'l', 'I', '|':
		return 1
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	return -1
}
