// Package events is how organisers make events and step through them: what enters is
// their requests as JSON, or calls of the pages of package admin; what leaves goes into
// the store, as a change of an event or, by admin's own rules, of its current poll.
//
// events.go holds the acts, steps.go those of a presenter, api.go the routes.
package events

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"popeye/api"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

const (
	// storeTimeout bounds one step of the store while somebody waits.
	storeTimeout = 3 * time.Second
	// maxBody bounds the body of a program's request: several times the longest list.
	maxBody = 64 << 10
)

// Store is what events need of the store.
type Store interface {
	store.Events
	Poll(ctx context.Context, slug string) (vote.Poll, error)
	Audit(ctx context.Context, subject string, before int64, limit int) ([]store.Record, error)
}

// Config is what this works with.
type Config struct {
	Store Store
	// Act does something to a poll, by the rules of package admin: open, close, reveal,
	// hide or countdown. seconds is when it closes, from now on; 0 for none.
	Act func(ctx context.Context, slug, what string, seconds int) error
	// Request names a request for the store, by its id and words.
	Request func(id string, asked any) string
	Log     *slog.Logger
}

// Service is where events are made and led. Safe for concurrent use.
type Service struct{ Config }

// New starts nothing.
func New(c Config) *Service { return &Service{c} }

// ErrNoEvent is answered where a code is no event's.
var ErrNoEvent = refusal(http.StatusNotFound, "no_event", "admin.error.no_event")

func refusal(status int, code, message string) *web.Error {
	return &web.Error{Status: status, Code: code, Message: message}
}

// List returns all events, the newest last.
func (d *Service) List(ctx context.Context) ([]event.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return d.Store.Events(ctx)
}

// Event returns an event with its polls, whose code somebody typed.
func (d *Service) Event(ctx context.Context, typed string) (api.OwnEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	e, err := d.event(ctx, typed)
	if err != nil {
		return api.OwnEvent{}, err
	}
	return d.whole(ctx, e)
}

func (d *Service) event(ctx context.Context, typed string) (event.Event, error) {
	code, err := joincode.Parse(typed)
	if err != nil {
		return event.Event{}, store.ErrNoEvent
	}
	return d.Store.Event(ctx, code)
}

// whole adds to e what a presenter needs to know of its polls.
func (d *Service) whole(ctx context.Context, e event.Event) (api.OwnEvent, error) {
	all := api.OwnEvent{Event: e, Steps: []api.EventStep{}}
	for _, slug := range e.Polls {
		p, err := d.Store.Poll(ctx, slug)
		if err == nil {
			all.Steps = append(all.Steps, api.EventStep{
				Slug: slug, Code: p.Code, Question: p.Question, Kind: p.Kind, Status: p.Status,
				Visibility: p.Visibility, Revealed: p.Revealed, ClosesAt: p.ClosesAt, Revision: p.Revision,
			})
		} else if !isGone(err) { // deleted since e was read
			return all, err
		}
	}
	return all, nil
}

// Create makes an event. A request with an id may come again.
func (d *Service) Create(ctx context.Context, def event.Definition) (made event.Event, err error) {
	ctx = store.Doing(ctx, "create")
	defer func() { d.did(ctx, made.Code, err) }()
	e, err := event.New(def)
	if err != nil {
		return e, err
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return d.Store.CreateEvent(ctx, d.Request(def.ID, []any{"event", def}), e)
}

// Edit changes an event's title, its list, or how it is shown.
func (d *Service) Edit(ctx context.Context, typed string, c event.Edit) (api.OwnEvent, error) {
	return d.change(ctx, typed, "edit", func(e event.Event) (event.Event, error) { return e.Edit(c) })
}

// Delete removes an event. Its polls stay.
func (d *Service) Delete(ctx context.Context, typed string) (err error) {
	ctx = store.Doing(ctx, "delete")
	defer func() { d.did(ctx, typed, err) }()
	code, err := joincode.Parse(typed)
	if err != nil {
		return store.ErrNoEvent
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return d.Store.DeleteEvent(ctx, code)
}

// change changes an event and returns it with its polls.
func (d *Service) change(ctx context.Context, typed, what string, change func(event.Event) (event.Event, error)) (all api.OwnEvent, err error) {
	ctx = store.Doing(ctx, what)
	defer func() { d.did(ctx, typed, err) }()
	code, err := joincode.Parse(typed)
	if err != nil {
		return all, store.ErrNoEvent
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	e, err := d.Store.ChangeEvent(ctx, code, change)
	if err != nil {
		return all, err
	}
	return d.whole(ctx, e)
}

// did logs what an organiser did to an event.
func (d *Service) did(ctx context.Context, code string, err error) {
	act, _ := store.ActOf(ctx)
	log := d.Log.With("what", act.What, "event", code[:min(len(code), 40)], "who", act.Who, "from", act.From)
	if err != nil {
		log.Info("an organiser's act failed", "error", err)
		return
	}
	log.Info("an organiser's act")
}

// names are the steps there are.
var names = []string{"next", "previous", "open", "close", "reveal", "hide", "countdown"}

// IsStep reports whether there is a step of that name.
func IsStep(name string) bool { return slices.Contains(names, name) }
