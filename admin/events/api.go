package events

import (
	"errors"
	"net/http"
	"strconv"

	"popeye/api"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// AddTo adds the routes for organisers' programs to a site; organiser admits those.
func (d *Service) AddTo(site web.Routes, organiser func(web.Handler) web.Handler) {
	handle := func(pattern string, h web.Handler) { site.Handle(pattern, organiser(explained(h))) }
	handle("GET /api/v1/events", d.list)
	handle("POST /api/v1/events", d.create)
	handle("GET /api/v1/events/{code}", d.show)
	handle("PATCH /api/v1/events/{code}", d.edit)
	handle("DELETE /api/v1/events/{code}", d.remove)
	handle("GET /api/v1/events/{code}/audit", d.audit)
	handle("POST /api/v1/events/{code}/current", d.setCurrent)
	handle("POST /api/v1/events/{code}/{step}", d.step)
}

// explained gives the errors that only events have their status and words.
func explained(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return Explain(h(w, r)) }
}

// Explain gives the errors that only events have their status and words, and leaves all
// others to package admin.
func Explain(err error) error {
	if errors.Is(err, store.ErrNoEvent) {
		return ErrNoEvent
	}
	return err
}

func (d *Service) list(w http.ResponseWriter, r *http.Request) error {
	events, err := d.List(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, api.Events{Events: append([]event.Event{}, events...)})
}

func (d *Service) create(w http.ResponseWriter, r *http.Request) error {
	var def api.NewEvent
	if err := web.ReadJSON(w, r, maxBody, &def); err != nil {
		return err
	}
	e, err := d.Create(r.Context(), def)
	if err != nil {
		return err
	}
	all, err := d.whole(r.Context(), e)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/api/v1/events/"+e.Code)
	return web.JSON(w, http.StatusCreated, all)
}

func (d *Service) show(w http.ResponseWriter, r *http.Request) error {
	return answer(w)(d.Event(r.Context(), r.PathValue("code")))
}

func (d *Service) edit(w http.ResponseWriter, r *http.Request) error {
	var c api.EventChange
	if err := web.ReadJSON(w, r, maxBody, &c); err != nil {
		return err
	}
	return answer(w)(d.Edit(r.Context(), r.PathValue("code"), c))
}

func (d *Service) remove(w http.ResponseWriter, r *http.Request) error {
	if err := d.Delete(r.Context(), r.PathValue("code")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Service) setCurrent(w http.ResponseWriter, r *http.Request) error {
	var to api.ShowPoll
	if err := web.ReadJSON(w, r, maxBody, &to); err != nil {
		return err
	}
	return answer(w)(d.Show(r.Context(), r.PathValue("code"), to.Poll))
}

func (d *Service) step(w http.ResponseWriter, r *http.Request) error {
	var s api.Step
	if r.ContentLength != 0 {
		if err := web.ReadJSON(w, r, maxBody, &s); err != nil {
			return err
		}
	}
	return answer(w)(d.Step(r.Context(), r.PathValue("code"), r.PathValue("step"), s))
}

// lastRecord is the greatest id of a record that every program can read in JSON.
const lastRecord = 1<<53 - 1

// audit tells what organisers did to an event, newest first; also to one that is deleted.
func (d *Service) audit(w http.ResponseWriter, r *http.Request) error {
	code, err := joincode.Parse(r.PathValue("code"))
	if err != nil {
		return store.ErrNoEvent
	}
	from := "0" // the newest
	if asked := r.URL.Query(); asked.Has("before") {
		from = asked.Get("before")
	}
	before, err := strconv.ParseInt(from, 10, 64)
	if err != nil || before < 0 || before > lastRecord {
		return refusal(http.StatusBadRequest, "malformed", "admin.error.before")
	}
	records, err := d.Store.Audit(r.Context(), event.Name(code), before, store.MaxAudit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string][]store.Record{"audit": append([]store.Record{}, records...)})
}

// answer writes an event, or returns the error.
func answer(w http.ResponseWriter) func(api.OwnEvent, error) error {
	return func(e api.OwnEvent, err error) error {
		if err != nil {
			return err
		}
		return web.JSON(w, http.StatusOK, e)
	}
}
