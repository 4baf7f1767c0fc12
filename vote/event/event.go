// Package event is an event: an ordered list of polls under one code, of which one is
// shown at a time. What enters is an event as an organiser writes it or a program stored
// it; what leaves is an Event that is sound, or a *vote.Error.
package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"popeye/vote"
)

// The limits of an event.
const (
	MaxTitle = 120 // characters
	MaxPolls = 100
)

// Event is an ordered list of polls under one code: an evening. One of them is shown at
// a time; phones and the wall follow. It is plain data, owned and copied as a vote.Poll is.
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

// Definition is an event as an organiser writes it.
type Definition struct {
	ID       string   `json:"id,omitempty"` // of the request: sent again with the same words, it makes no second event
	Title    string   `json:"title"`
	Polls    []string `json:"polls"`
	Together bool     `json:"together,omitempty"`
}

// Edit is a change of an event: nil fields stay as they are.
type Edit struct {
	Title    *string  `json:"title,omitempty"`
	Polls    []string `json:"polls,omitzero"` // an empty list takes all out
	Together *bool    `json:"together,omitempty"`
}

// New completes and checks a definition. The code is the store's to give. An error
// is a *vote.Error.
func New(d Definition) (Event, error) {
	e := Event{Title: strings.TrimSpace(d.Title), Polls: append([]string{}, d.Polls...), Together: d.Together}
	return e, e.Validate()
}

// Edit returns e changed. A poll that is taken out is not the current one any more.
func (e Event) Edit(c Edit) (Event, error) {
	if c.Title != nil {
		e.Title = strings.TrimSpace(*c.Title)
	}
	if c.Polls != nil {
		e.Polls = append([]string{}, c.Polls...)
	}
	if c.Together != nil {
		e.Together = *c.Together
	}
	if !slices.Contains(e.Polls, e.Current) {
		e.Current = ""
	}
	return e, e.Validate()
}

// Validate reports the first rule that the event breaks, but for its code.
func (e Event) Validate() error {
	if err := vote.ValidateText("title", e.Title, MaxTitle, nil); err != nil {
		return err
	}
	if len(e.Polls) > MaxPolls {
		return vote.Refuse("event.polls", vote.Args{"Max": MaxPolls, "Count": len(e.Polls)})
	}
	for i, slug := range e.Polls {
		if err := vote.ValidateSlug(slug); err != nil {
			return err
		}
		if slices.Contains(e.Polls[:i], slug) {
			return vote.Refuse("event.twice", vote.Args{"Slug": slug})
		}
	}
	if e.Current != "" && !slices.Contains(e.Polls, e.Current) {
		return vote.Refuse("event.not_in", vote.Args{"Slug": vote.Clip(e.Current)})
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
func (e Event) Name() string { return Name(e.Code) }

// Name is the Name of the event with that code.
func Name(code string) string { return "#" + code }

// CutName returns the code of an event's Name; ok is false for any other name.
func CutName(name string) (code string, ok bool) { return strings.CutPrefix(name, "#") }

// Encode returns e as JSON, for programs. Decode reads it.
func Encode(e Event) (json.RawMessage, error) { return json.Marshal(e) }

// Decode reads an event from JSON. As of a poll, no field that is not known is
// passed over: the error is a vote.ErrNewer.
func Decode(raw []byte) (e Event, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err = d.Decode(&e); err != nil && json.Unmarshal(raw, new(Event)) == nil {
		err = fmt.Errorf("%w: %w", vote.ErrNewer, err)
	}
	return e, err
}
