// Package published is the form in which a catalog lies in Redis. What enters is a change of
// it, or what was read; what leaves is the fields to be written, or a poll.
package published

import (
	"fmt"
	"strconv"

	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// What lies in the hash popeye:polls:
//
//	<slug>       the poll's definition in JSON, a space, and its code; a reader of JSON
//	             stops before the space, as the build before does
//	#<code>      what the code leads to: the slug of a poll, or an event in JSON
//	#listed      the slugs of the polls that are listed and open, sorted, by spaces
//	#revision    the revision that all of this is of; the build before writes none
//
// It is one key, so that a change of any of it is one step, needs no right that a program
// of the build before has not, and makes Redis tell every replica that has read it.
// How the fields begin, or are called, that hold no poll.
const (
	CodePrefix = "#"
	Listed     = "#listed"
)

// Fields are the arguments of publish.lua from the fifth on.
func Fields(c catalog.Change) ([]string, error) {
	gone := append([]string{}, c.Deleted...)
	for _, code := range c.DeletedEvents {
		gone = append(gone, CodePrefix+code)
	}
	var codes, polls []string
	for _, e := range c.Events {
		raw, err := event.Encode(e)
		if err != nil {
			return nil, fmt.Errorf("publish event %s: %w", e.Code, err)
		}
		codes = append(codes, e.Code, string(raw))
	}
	for _, p := range c.Polls {
		definition, err := vote.EncodePoll(p)
		if err != nil {
			return nil, fmt.Errorf("publish poll %q: %w", p.Slug, err)
		}
		text, listed := string(definition), ""
		if p.Code != "" {
			text += " " + p.Code
			codes = append(codes, p.Code, p.Slug)
		}
		if p.Found() {
			listed = "1"
		}
		polls = append(polls, p.Slug, gateOf(p), text, listed)
	}
	fields := append([]string{strconv.Itoa(len(gone)), strconv.Itoa(len(codes) / 2)}, gone...)
	return append(append(fields, codes...), polls...), nil
}

// decode reads the definition of a poll with its code.
func decode(raw []byte) (vote.Poll, error) {
	code := ""
	if i := len(raw) - joincode.Digits - 1; i > 0 && raw[i] == ' ' {
		raw, code = raw[:i], string(raw[i+1:])
	}
	p, err := vote.DecodePoll(raw)
	p.Code = code
	return p, err
}

// gateOf is what a poll's gate says: "<status> <revision>", and if the poll closes
// by itself also when, in microseconds since 1970.
func gateOf(p vote.Poll) string {
	gate := string(p.Status) + " " + strconv.FormatInt(p.Revision, 10)
	if !p.ClosesAt.IsZero() {
		gate += " " + strconv.FormatInt(max(p.ClosesAt.UnixMicro(), 0), 10)
	}
	return gate
}
