package admin

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"popeye/internal/web"
	"popeye/vote"
	"popeye/vote/definition"
)

// adminCreate makes a poll of what a person typed: one option on each line.
func (s *Station) adminCreate(w http.ResponseWriter, r *http.Request) error {
	form := readAdminForm(r.PostForm)
	d, err := form.read(nil)
	if r.PostForm.Get("open") != "" {
		d.Status = vote.Open
	}
	ask := s.create
	if form["front"] != "" {
		d.Slug, ask = vote.DefaultSlug, s.replace
	}
	var p vote.Poll
	if err == nil {
		p, err = ask(r.Context(), d.Definition)
	}
	if err != nil {
		return s.askAgain(w, r, form, err)
	}
	http.Redirect(w, r, "/admin?poll="+p.Slug, http.StatusSeeOther)
	return nil
}

// askAgain shows what was typed, and why it is not a poll, beside the field that is
// wrong. If the store did not answer it may have made one: the id of the form finds
// that again.
func (s *Station) askAgain(w http.ResponseWriter, r *http.Request, form adminForm, err error) error {
	e := web.Report(s.Log, r, explain(err))
	v := adminView{SignedIn: true, Error: e.In(printer(r)), Form: form}
	v.Wrong = mistake{fieldOf(err), v.Error}
	if e.Status >= http.StatusInternalServerError {
		v.Blind, v.Error = true, printer(r).Text(blindError(e), nil)
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter/time.Second)))
	}
	return s.renderAdmin(w, r, v, e.Status)
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
func (s *Station) askLater(w http.ResponseWriter, r *http.Request, form adminForm, err error) error {
	if !form.typed() || form["edit"] != "" {
		return err
	}
	return s.askAgain(w, r, form, err)
}

// typedTime reads a time as a browser's field sends it, in a zone, or as a program
// writes it.
func typedTime(text string, zone *time.Location) (definition.Moment, error) {
	text = strings.TrimSpace(text)
	if t, ok, err := definition.ClockTime(strings.Replace(text, " ", "T", 1), zone); ok {
		return definition.At(t), err
	}
	return definition.ParseMoment(text)
}

// showTyped returns what a field shows again, after something was wrong.
func showTyped(text string, zone *time.Location) string {
	if _, ok, err := definition.ClockTime(strings.Replace(strings.TrimSpace(text), " ", "T", 1), zone); ok && err != nil {
		return text // there is no such time, which is said beside it
	}
	m, _ := typedTime(text, zone)
	return showTime(m.At, zone)
}
