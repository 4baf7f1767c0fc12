package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"popeye/vote"
)

// MaxMessage is the longest message that can become a vote, in bytes. The
// longest that Encode makes is shorter.
const MaxMessage = 16 << 10

// timeFormat is RFC 3339 with microseconds, in UTC.
const timeFormat = "2006-01-02T15:04:05.000000Z07:00"

// maxCreated is the length of the longest vote.Poll.CreatedKey.
const maxCreated = 14

// maxTraceParent is the length of version 00 of W3C Trace Context.
const maxTraceParent = 55

// message is the wire format: a JSON object. voter_id and vote are the classic
// form, which is accepted for ever; the rest is optional. A reader ignores
// fields that it does not know.
type message struct {
	Voter       *string  `json:"voter_id"`
	Vote        *string  `json:"vote"`
	Poll        string   `json:"poll,omitempty"`
	Created     optional `json:"created,omitempty"`
	ID          optional `json:"id,omitempty"`
	At          optional `json:"at,omitempty"`
	TraceParent optional `json:"traceparent,omitempty"`
}

// optional is a text that may as well be missing: what is none reads as "".
type optional string

// UnmarshalJSON never fails.
func (o *optional) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*o = optional(s)
	}
	return nil
}

// Encode writes v as a message.
func Encode(v vote.Vote) ([]byte, error) {
	ballot := string(v.Ballot)
	m := message{Voter: &v.Voter, Vote: &ballot, Poll: v.Poll, Created: optional(v.Created), ID: optional(v.ID), TraceParent: optional(v.TraceParent)}
	if !v.At.IsZero() {
		m.At = optional(v.At.UTC().Format(timeFormat))
	}
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false) // "b>a" should read so in redis-cli
	if err := e.Encode(m); err != nil {
		return nil, err
	}
	if raw.Len() > MaxMessage {
		return nil, fmt.Errorf("the message is longer than %d bytes", MaxMessage)
	}
	return bytes.TrimRight(raw.Bytes(), "\n"), nil
}

// Decode reads a message. Its ballot is what the message says, not yet checked
// against a poll. The error tells a person what is wrong with the message.
// Optional fields that make no sense are dropped: they cost nobody a vote.
func Decode(raw []byte) (vote.Vote, error) {
	if len(raw) > MaxMessage {
		return vote.Vote{}, fmt.Errorf("the message is longer than %d bytes", MaxMessage)
	}
	m, plain := readPlain(raw)
	if !plain {
		var err error
		if m, err = readJSON(raw); err != nil {
			return vote.Vote{}, err
		}
	}
	if m.Voter == nil {
		return vote.Vote{}, errors.New(`the field "voter_id" is missing`)
	}
	if m.Vote == nil {
		return vote.Vote{}, errors.New(`the field "vote" is missing`)
	}
	if err := vote.ValidateVoter(*m.Voter); err != nil {
		return vote.Vote{}, err
	}
	if len(*m.Vote) > vote.MaxBallot {
		return vote.Vote{}, fmt.Errorf("the vote is longer than %d bytes", vote.MaxBallot)
	}
	v := vote.Vote{Poll: m.Poll, Voter: *m.Voter, Ballot: vote.Ballot(*m.Vote), ID: string(m.ID)}
	if len(m.TraceParent) <= maxTraceParent {
		v.TraceParent = string(m.TraceParent)
	}
	if len(m.Created) <= maxCreated {
		v.Created = string(m.Created)
	}
	if v.Poll == "" {
		v.Poll = vote.DefaultSlug
	}
	if at, err := time.Parse(time.RFC3339Nano, string(m.At)); err == nil {
		v.At = at.UTC()
	}
	if vote.ValidateID(v.ID) != nil {
		v.ID = ""
	}
	return v, vote.ValidateSlug(v.Poll)
}

// readJSON reads any message.
func readJSON(raw []byte) (m message, err error) {
	if !utf8.Valid(raw) {
		return message{}, errors.New("the message is not UTF-8 text")
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return message{}, describe(err)
	}
	return m, nil
}

// describe turns a decoder's error into words about the message.
func describe(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return fmt.Errorf("the message is a JSON %s, not an object", wrong.Value)
		}
		return fmt.Errorf("the field %q is a JSON %s, not text", wrong.Field, wrong.Value)
	}
	return fmt.Errorf("the message is not JSON: %w", err)
}
