package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"popeye/vote"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// ErrNoEvent says that no event has that code.
var ErrNoEvent = errors.New("no such event")

// Events keeps the events. Safe for concurrent use, also by other processes. A change of
// an event is one of the catalog, as that of a poll is: it has a revision of the same
// sequence, leaves by CatalogSince, and those who watch PollsChanged are told the
// event's Name.
//
// An event has no poll that there is not: DeletePoll takes the poll out of all events,
// in its transaction. A poll that begins a round takes the name of the other, and so its
// place in events.
type Events interface {
	// Events returns every event, in the order of creation.
	Events(ctx context.Context) ([]event.Event, error)

	// Event returns one, or ErrNoEvent.
	Event(ctx context.Context, code string) (event.Event, error)

	// CreateEvent adds a valid event and returns it with a code that no poll and no
	// other event has, revision and times filled in. A request that comes again gets
	// the event that it made, as for CreateOnce. If one of its polls is none, that is an
	// error which wraps vote.ErrInvalid.
	CreateEvent(ctx context.Context, request string, e event.Event) (event.Event, error)

	// ChangeEvent replaces an event by what change makes of it, as ChangePoll does.
	ChangeEvent(ctx context.Context, code string, change func(event.Event) (event.Event, error)) (event.Event, error)

	// DeleteEvent removes an event, or returns ErrNoEvent. Its polls stay.
	DeleteEvent(ctx context.Context, code string) error
}

// The rules of a change of an event that every implementation shares.

// ReviseEvent returns what change makes of old, where it may. An error is the caller's
// own refusal.
func ReviseEvent(old event.Event, change func(event.Event) (event.Event, error)) (event.Event, error) {
	given := old
	given.Polls = slices.Clone(old.Polls)
	e, err := change(given)
	if err != nil {
		return event.Event{}, err
	}
	e.Code, e.Revision, e.CreatedAt, e.ChangedAt = old.Code, old.Revision, old.CreatedAt, old.ChangedAt
	return e, e.Validate()
}

// SameEvent reports whether nothing was changed.
func SameEvent(e, f event.Event) bool {
	return e.Title == f.Title && e.Current == f.Current && e.Together == f.Together && slices.Equal(e.Polls, f.Polls)
}

// NoPollOf is the refusal of an event with a poll that there is not.
func NoPollOf(slug string) error { return vote.Refuse("event.no_poll", vote.Args{"Slug": slug}) }

// drawTries is how many codes are drawn before a store gives up: with half of all codes
// taken, one in 2^40 that it does.
const drawTries = 40

// DrawCode returns a code that taken does not know. The caller changes the catalog, and
// nobody else does so meanwhile.
func DrawCode(taken func(code string) (bool, error)) (string, error) {
	for range drawTries {
		code := joincode.New()
		if known, err := taken(code); err != nil || !known {
			return code, err
		}
	}
	return "", fmt.Errorf("no free code after %d tries: delete old polls and events", drawTries)
}

// storedEvent is an event as it is stored. Beside it stand, in columns of their own,
// what a database is asked by.
type storedEvent struct {
	Title    string   `json:"title"`
	Polls    []string `json:"polls"`
	Current  string   `json:"current,omitempty"`
	Together bool     `json:"together,omitempty"`
}

// EncodeEvent returns e as JSON, without what has a column.
func EncodeEvent(e event.Event) (json.RawMessage, error) {
	return json.Marshal(storedEvent{e.Title, append([]string{}, e.Polls...), e.Current, e.Together})
}

// DecodeEvent returns the event of a stored definition, without what has a column. A
// field that is not known is an ErrNewerSchema, as of a poll.
func DecodeEvent(definition json.RawMessage) (event.Event, error) {
	e, err := event.Decode(definition)
	if errors.Is(err, vote.ErrNewer) {
		err = fmt.Errorf("%w: %w", ErrNewerSchema, err)
	}
	return e, err
}
