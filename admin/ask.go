package admin

import (
	"net/http"
	"strconv"
	"time"

	"popeye/admin/form"
	"popeye/admin/pages"
	"popeye/internal/web"
	"popeye/vote"
)

// adminCreate makes a poll of what a person typed: one option on each line.
func (s *Station) adminCreate(w http.ResponseWriter, r *http.Request) error {
	typed := form.Sent(r.PostForm)
	d, err := typed.Read(nil)
	if r.PostForm.Get("open") != "" {
		d.Status = vote.Open
	}
	ask := s.create
	if typed["front"] != "" {
		d.Slug, ask = vote.DefaultSlug, s.replace
	}
	var p vote.Poll
	if err == nil {
		p, err = ask(r.Context(), d.Definition)
	}
	if err != nil {
		return s.askAgain(w, r, typed, err)
	}
	http.Redirect(w, r, pages.Poll{Poll: p}.Path()+"?asked=1", http.StatusSeeOther)
	return nil
}

// askAgain shows what was typed, and why it is not a poll, beside the field that is
// wrong. If the store did not answer it may have made one: the id of the form finds
// that again.
func (s *Station) askAgain(w http.ResponseWriter, r *http.Request, typed form.Form, err error) error {
	e := web.Report(s.Log, r, explain(err))
	v := pages.List{Form: typed, Wrong: form.Mistake{Field: form.FieldOf(err), Message: e.Message}}
	v.Error = e.Message
	if e.Status >= http.StatusInternalServerError {
		v.Blind, v.Error = true, printer(r).Text(blindError(e), nil)
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter/time.Second)))
	}
	return s.renderList(w, r, v, e.Status)
}

// blindError is the message that says why the page shows nothing but what was typed.
func blindError(e *web.Error) string {
	if e.Status == http.StatusInternalServerError {
		return "admin.blind.error"
	}
	return "admin.blind.unavailable"
}

// askLater is for somebody whose session the store can't look up: what they typed
// is kept.
func (s *Station) askLater(w http.ResponseWriter, r *http.Request, typed form.Form, err error) error {
	if !typed.Typed() || typed["edit"] != "" {
		return err
	}
	return s.askAgain(w, r, typed, err)
}
