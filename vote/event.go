package vote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The limits of an event.
const (
	MaxTitle      = 120 // characters
	MaxEventPolls = 100
)

// Event is an ordered list of polls under one code: an evening. One of them is shown at
// a time; phones and the wall follow. It is plain data, owned and copied as a Poll is.
// What a poll is, and whether it is open, its own definition says: an event adds an
// order and a pointer.
type Event struct {
	Code  string   `json:"code"` // given by the store, for as long as the event is there
	Title string   `json:"title"`
	Polls []string `json:"polls"` // slugs, each once, in the order of the evening
	// Current is the slug of the poll that is shown; "" before the first and between two.
	Current string `json:"current"`
	// Together shows all polls of the event that are open on one page of each phone. The
	// wall still shows the current one.
	Together bool `json:"together"`

	// Revision is one of the catalog's, as a poll's.
	Revision  int64     `json:"revision"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
}

// EventDefinition is an event as an organiser writes it.
type EventDefinition struct {
	ID       string   `json:"id,omitempty"` // of the request: sent again with the same words, it makes no second event
	Title    string   `json:"title"`
	Polls    []string `json:"polls"`
	Together bool     `json:"together,omitempty"`
}

// EventEdit is a change of an event: nil fields stay as they are.
type EventEdit struct {
	Title    *string  `json:"title,omitempty"`
	Polls    []string `json:"polls,omitzero"` // an empty list takes all out
	Together *bool    `json:"together,omitempty"`
}

// NewEvent completes and checks a definition. The code is the store's to give. An error
// is an *Error.
func NewEvent(d EventDefinition) (Event, error) {
	e := Event{Title: strings.TrimSpace(d.Title), Polls: append([]string{}, d.Polls...), Together: d.Together}
	return e, e.Validate()
}

// Edit returns e changed. A poll that is taken out is not the current one any more.
func (e Event) Edit(c EventEdit) (Event, error) {
	if c.Title != nil {
		e.Title = strings.TrimSpace(*c.Title)
	}
	if c.Polls != nil {
		e.Polls = append([]string{}, c.Polls...)
	}
	choose(&e.Together, c.Together)
	if !slices.Contains(e.Polls, e.Current) {
		e.Current = ""
	}
	return e, e.Validate()
}

// Validate reports the first rule that the event breaks, but for its code.
func (e Event) Validate() error {
	if err := validateText("title", e.Title, MaxTitle, nil); err != nil {
		return err
	}
	if len(e.Polls) > MaxEventPolls {
		return invalid("event.polls", Args{"Max": MaxEventPolls, "Count": len(e.Polls)})
	}
	for i, slug := range e.Polls {
		if err := ValidateSlug(slug); err != nil {
			return err
		}
		if slices.Contains(e.Polls[:i], slug) {
			return invalid("event.twice", Args{"Slug": slug})
		}
	}
	if e.Current != "" && !slices.Contains(e.Polls, e.Current) {
		return invalid("event.not_in", Args{"Slug": Clip(e.Current)})
	}
	return nil
}

// Show returns the event with another current poll; "" shows none.
func (e Event) Show(slug string) (Event, error) {
	e.Current = slug
	return e, e.Validate()
}

// Next returns the event one poll further: at the first, if none is shown. At the last
// it stays.
func (e Event) Next() Event { return e.step(+1) }

// Previous returns the event one poll back. At the first it stays.
func (e Event) Previous() Event { return e.step(-1) }

func (e Event) step(by int) Event {
	if len(e.Polls) == 0 {
		return e
	}
	at := slices.Index(e.Polls, e.Current)
	if at < 0 {
		e.Current = e.Polls[0]
		return e
	}
	e.Current = e.Polls[max(0, min(at+by, len(e.Polls)-1))]
	return e
}

// Position is the place of the current poll, from 1; 0 if none is shown.
func (e Event) Position() int { return slices.Index(e.Polls, e.Current) + 1 }

// Without returns the event without a poll, which is deleted.
func (e Event) Without(slug string) Event {
	e.Polls = slices.DeleteFunc(slices.Clone(e.Polls), func(s string) bool { return s == slug })
	if e.Current == slug {
		e.Current = ""
	}
	return e
}

// Name is how the catalog's log and the store's news call the event: no poll has such a
// name.
func (e Event) Name() string { return EventName(e.Code) }

// EventName is the Name of the event with that code.
func EventName(code string) string { return "#" + code }

// CutEventName returns the code of an event's Name; ok is false for any other name.
func CutEventName(name string) (code string, ok bool) { return strings.CutPrefix(name, "#") }

// EncodeEvent returns e as JSON, for programs. DecodeEvent reads it.
func EncodeEvent(e Event) (json.RawMessage, error) { return json.Marshal(e) }

// DecodeEvent reads an event from JSON. As of a poll, no field that is not known is
// passed over: the error is an ErrNewer.
func DecodeEvent(raw []byte) (e Event, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err = d.Decode(&e); err != nil && json.Unmarshal(raw, new(Event)) == nil {
		err = fmt.Errorf("%w: %w", ErrNewer, err)
	}
	return e, err
}

// ErrNoCode says that a code leads nowhere.
var ErrNoCode = errors.New("no such code")

// Target is what a code leads to: a poll or an event.
type Target struct {
	Poll  string // its slug; "" for an event
	Event Event
}
