package vote

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ErrInvalid is matched by every error that says a definition or a ballot breaks
// a rule of this package: each is an *Error.
var ErrInvalid = errors.New("invalid")

// ErrFinal is matched, beside ErrInvalid, by the error that says a poll is over
// and can't be changed any more.
var ErrFinal = errors.New("the poll is over")

// codeFinal is the code of ErrFinal.
const codeFinal = "poll.final"

// Args fill the gaps of a message, by name.
type Args map[string]any

// Error says which rule is broken. Code names the sentence that tells a person,
// Args fill it; the sentences are in internal/i18n, one file a language.
type Error struct {
	Code string
	Args Args
}

// Message returns what tells a person.
func (e *Error) Message() (code string, args map[string]any) { return e.Code, e.Args }

// Error returns the code with its arguments, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("invalid: " + e.Code)
	for _, name := range slices.Sorted(maps.Keys(e.Args)) {
		fmt.Fprintf(&b, " %s=%q", name, fmt.Sprint(e.Args[name]))
	}
	return b.String()
}

// Is makes errors.Is find ErrInvalid, and ErrFinal where that is meant.
func (e *Error) Is(target error) bool {
	return target == ErrInvalid || target == ErrFinal && e.Code == codeFinal
}

// invalid returns an Error. A pointer to it is an error only if it is not nil, so
// functions return the interface.
func invalid(code string, args Args) error { return &Error{code, args} }

// Refuse returns the error of a rule that another package knows, as an *Error: a poll
// that nothing here can count, for one.
func Refuse(code string, args Args) error { return invalid(code, args) }

// Clip makes what a stranger sent fit for a message: short, on one line, and with
// what can't be printed written as an escape.
func Clip(s string) string {
	const most = 40
	more := ""
	if len(s) > most {
		s, more = strings.ToValidUTF8(s[:most], ""), "..."
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`) + more
}
