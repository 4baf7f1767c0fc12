package queue

import "strings"

// readPlain reads a message that is written as Encode writes it and has nothing in it
// that JSON escapes. Almost all are so, and a JSON decoder takes ten times as long. Of
// every other it reports false: the decoder says what that means, if anything.
func readPlain(raw []byte) (m message, plain bool) {
	for _, c := range raw {
		if c < ' ' || c > '~' || c == '\\' {
			return message{}, false
		}
	}
	rest := string(raw)
	field := func(before string) (value string, found bool) {
		after, found := strings.CutPrefix(rest, before)
		if found {
			value, rest, found = strings.Cut(after, `"`)
		}
		return value, found
	}
	option := func(before string) optional {
		value, _ := field(before)
		return optional(value)
	}
	voter, hasVoter := field(`{"voter_id":"`)
	ballot, hasBallot := field(`,"vote":"`)
	m = message{
		Voter: &voter, Vote: &ballot, Poll: string(option(`,"poll":"`)), Created: option(`,"created":"`),
		ID: option(`,"id":"`), At: option(`,"at":"`), TraceParent: option(`,"traceparent":"`),
	}
	return m, hasVoter && hasBallot && rest == "}"
}
