package admin

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"popeye/internal/web"
	"popeye/vote"
)

// adminForm is a poll as a person types it. ID is the form's own, by which it
// makes one poll however often it is sent.
// Front asks it in place of the default poll.
type adminForm struct{ ID, Question, Kind, Options, OpensAt, ClosesAt, Front, Visibility string }

func readAdminForm(sent url.Values) adminForm {
	get := sent.Get
	return adminForm{get("id"), get("question"), get("kind"), get("options"), get("opens_at"), get("closes_at"), get("front"), get("visibility")}
}

// named returns the form with an id, a new one if it has none.
func (f adminForm) named() adminForm {
	f.ID = cmp.Or(f.ID, rand.Text())
	return f
}

// typed reports whether there is anything in the form to lose.
func (f adminForm) typed() bool { return strings.TrimSpace(f.Question+f.Options) != "" }

// adminCreate makes a poll of what a person typed: one option on each line.
func (s *Station) adminCreate(w http.ResponseWriter, r *http.Request) error {
	form := readAdminForm(r.PostForm)
	d, err := form.definition()
	if r.PostForm.Get("open") != "" {
		d.Status = vote.Open
	}
	ask := s.create
	if form.Front != "" {
		d.Slug, ask = vote.DefaultSlug, s.replace
	}
	var p vote.Poll
	if err == nil {
		p, err = ask(r.Context(), d)
	}
	if err != nil {
		return s.askAgain(w, r, form, err)
	}
	http.Redirect(w, r, "/admin?poll="+p.Slug, http.StatusSeeOther)
	return nil
}

// askAgain shows what was typed, and why it is not a poll. If the store did not
// answer it may have made one: the id of the form finds that again.
func (s *Station) askAgain(w http.ResponseWriter, r *http.Request, form adminForm, err error) error {
	e := web.Report(s.Log, r, explain(err))
	v := adminView{SignedIn: true, Error: e.Message, Form: form}
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
	if !form.typed() {
		return err
	}
	return s.askAgain(w, r, form, err)
}

// definition reads what was typed, as a draft.
func (f adminForm) definition() (d vote.Definition, err error) {
	d = vote.Definition{ID: f.ID, Question: f.Question, Kind: vote.Kind(f.Kind), Status: vote.Draft}
	for line := range strings.Lines(f.Options) {
		if line = strings.TrimSpace(line); line != "" {
			d.Options = append(d.Options, vote.OptionText{Label: line})
		}
	}
	if n := len(d.Options); n > vote.MaxOptions {
		return d, newRefusal(http.StatusUnprocessableEntity, "invalid_poll", "admin.ask.too_many",
			args{"Count": n, "Max": vote.MaxOptions, "Excess": n - vote.MaxOptions})
	}
	if v := vote.Visibility(f.Visibility); v != "" {
		d.Visibility = &v
	}
	if d.OpensAt, err = typedTime(f.OpensAt); err != nil {
		return d, err
	}
	d.ClosesAt, err = typedTime(f.ClosesAt)
	return d, err
}

// changedTime reads a field of a schedule. One that is left as it was shown
// changes nothing: somebody else may have changed it meanwhile.
func changedTime(form url.Values, name string) (vote.Moment, error) {
	text := form.Get(name)
	if text == form.Get("was_"+name) {
		return vote.Moment{}, nil
	}
	return typedTime(text)
}

// fieldTime is how a browser's field shows a time, to the minute and to the
// second. It knows no zone: ours is UTC.
var fieldTime = [2]string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// typedTime reads a time as a browser sends it, in UTC, or with a zone, as the
// page's script does.
func typedTime(text string) (vote.Moment, error) {
	text = strings.TrimSpace(text)
	for _, layout := range fieldTime {
		if t, err := time.Parse(layout, strings.Replace(text, " ", "T", 1)); err == nil {
			return vote.At(t), nil
		}
	}
	return vote.ParseMoment(text)
}

// showTyped returns what a field shows again, after something else was wrong.
func showTyped(text string) string {
	m, _ := typedTime(text)
	return showTime(m.At)
}

// showTime returns what a browser's field shows for a time.
func showTime(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Second() == 0:
		return t.UTC().Format(fieldTime[0])
	default:
		return t.UTC().Format(fieldTime[1])
	}
}
