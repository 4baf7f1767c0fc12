package events

import (
	"context"
	"errors"
	"net/http"

	"popeye/api"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/event"
)

// maxSeconds bounds a countdown: a day.
const maxSeconds = 24 * 60 * 60

var (
	errNoStep = refusal(http.StatusConflict, "no_step", "admin.error.no_step")
	errNoAct  = refusal(http.StatusNotFound, "not_found", "admin.error.no_act")
)

func isGone(err error) bool { return errors.Is(err, store.ErrNoPoll) }

// Show makes another poll the current one; "" shows none.
func (d *Service) Show(ctx context.Context, typed, slug string) (api.OwnEvent, error) {
	return d.change(ctx, typed, "show", func(e event.Event) (event.Event, error) { return e.Show(slug) })
}

// Step does what a presenter's button says: next and previous move on, the others do
// something to the current poll. If s.From names another poll than the current one, it
// does nothing: so a second click, or a request that comes again, takes no second step.
func (d *Service) Step(ctx context.Context, typed, name string, s api.Step) (api.OwnEvent, error) {
	switch {
	case !IsStep(name):
		return api.OwnEvent{}, errNoAct
	case s.Seconds < 0 || s.Seconds > maxSeconds || name == "countdown" && s.Seconds == 0:
		return api.OwnEvent{}, vote.Refuse("event.seconds", vote.Args{"Min": 1, "Max": maxSeconds})
	case name == "next":
		return d.move(ctx, typed, name, s, event.Event.Next)
	case name == "previous":
		return d.move(ctx, typed, name, s, event.Event.Previous)
	}
	return d.act(ctx, typed, name, s)
}

func (d *Service) move(ctx context.Context, typed, name string, s api.Step, to func(event.Event) event.Event) (api.OwnEvent, error) {
	return d.change(ctx, typed, name, func(e event.Event) (event.Event, error) {
		if elsewhere(e, s) {
			return e, nil
		}
		return to(e), nil
	})
}

// elsewhere reports whether the presenter saw another poll than the current one.
func elsewhere(e event.Event, s api.Step) bool { return s.From != nil && *s.From != e.Current }

// act does something to the current poll. Between reading which that is and the act
// somebody may move on: the act is then done to the poll that was current, which is what
// the presenter saw.
func (d *Service) act(ctx context.Context, typed, name string, s api.Step) (api.OwnEvent, error) {
	reading, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	e, err := d.event(reading, typed)
	switch {
	case err != nil:
		return api.OwnEvent{}, err
	case elsewhere(e, s):
		return d.whole(reading, e)
	case e.Current == "":
		return api.OwnEvent{}, errNoStep
	}
	if err := d.Act(ctx, e.Current, name, int(s.Seconds)); err != nil {
		return api.OwnEvent{}, err
	}
	return d.Event(ctx, typed)
}
