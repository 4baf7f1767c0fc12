package result

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"popeye/internal/web"
	"popeye/vote"
)

// adminView is what the organiser's page shows.
type adminView struct {
	SignedIn bool
	Off      bool // no token is set
	Error    string
	Now      time.Time
	Polls    []adminPoll
	Form     adminForm // what was typed, when it was wrong
	Account  account
}

type adminPoll struct {
	vote.Poll
	vote.Schedule                  // as of now
	now                            time.Time
	VoteURL, ResultURL, PresentURL string
}

// ends returns when the poll closes, should it be open; zero for never, and for
// a time that has come.
func (p adminPoll) ends() time.Time { return p.Renewed(p.now).ClosesAt }

// adminForm is a poll as a person types it.
type adminForm struct{ Question, Kind, Options, OpensAt, ClosesAt string }

// showAdmin shows the organiser's page, or the way to sign in.
func (s *Station) showAdmin(w http.ResponseWriter, r *http.Request) error {
	return s.renderAdmin(w, r, adminView{}, http.StatusOK)
}

func (s *Station) renderAdmin(w http.ResponseWriter, r *http.Request, v adminView, status int) error {
	w.Header().Set("Cache-Control", "no-store")
	v.SignedIn, v.Off, v.Now = s.door.knows(r), s.door.token == "", time.Now()
	if v.SignedIn {
		polls, err := s.board(r.Context())
		if err == nil {
			v.Account, err = s.account(r.Context())
		}
		if err != nil {
			return err
		}
		for _, p := range polls {
			v.Polls = append(v.Polls, s.adminPoll(r, p, v.Now))
		}
	}
	return web.HTML(w, status, s.organisePage(v))
}

func (s *Station) adminPoll(r *http.Request, p vote.Poll, now time.Time) adminPoll {
	path := "/"
	if p.Slug != vote.DefaultSlug {
		path = "/p/" + p.Slug
	}
	return adminPoll{p, p.Schedule(now), now, s.voteURL(r, p.Slug), path, "/p/" + p.Slug + "/present"}
}

func (s *Station) login(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadForm(w, r, maxBody); err != nil {
		return err
	}
	if err := s.door.check(strings.TrimSpace(r.PostForm.Get("token"))); err != nil {
		if errors.Is(err, errWho) {
			return s.renderAdmin(w, r, adminView{Error: "That is not the token."}, errWho.Status)
		}
		return err
	}
	http.SetCookie(w, s.session(r, s.door.cookie, organiserAge))
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}

func (s *Station) logout(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, s.session(r, "", -1))
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}

func (s *Station) session(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: organiserCookie, Value: value, Path: "/admin", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || strings.HasPrefix(s.PublicURL, "https://") ||
			strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https"),
	}
}

// adminCreate makes a poll of what a person typed: one option on each line.
func (s *Station) adminCreate(w http.ResponseWriter, r *http.Request) error {
	get := r.PostForm.Get
	form := adminForm{get("question"), get("kind"), get("options"), get("opens_at"), get("closes_at")}
	d, err := form.definition()
	if get("open") != "" {
		d.Status = vote.Open
	}
	if err == nil {
		_, err = s.create(r.Context(), d)
	}
	return s.backToAdmin(w, r, err, form)
}

// definition reads what was typed, as a draft.
func (f adminForm) definition() (d vote.Definition, err error) {
	d = vote.Definition{Question: f.Question, Kind: vote.Kind(f.Kind), Status: vote.Draft}
	for line := range strings.Lines(f.Options) {
		if line = strings.TrimSpace(line); line != "" {
			d.Options = append(d.Options, vote.OptionText{Label: line})
		}
	}
	if d.OpensAt, err = typedTime(f.OpensAt); err != nil {
		return d, err
	}
	d.ClosesAt, err = typedTime(f.ClosesAt)
	return d, err
}

// adminAct opens, closes, schedules or deletes a poll.
func (s *Station) adminAct(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	var err error
	switch r.PathValue("action") {
	case "open":
		_, err = s.change(r.Context(), slug, opened)
	case "close":
		_, err = s.change(r.Context(), slug, closed)
	case "schedule":
		err = s.reschedule(r, slug)
	case "delete":
		err = s.remove(r.Context(), slug)
	default:
		return web.Errorf(http.StatusNotFound, "not_found", "There is nothing at this address.")
	}
	return s.backToAdmin(w, r, err, adminForm{})
}

// reschedule changes when a poll opens and closes.
func (s *Station) reschedule(r *http.Request, slug string) (err error) {
	var e vote.Edit
	if e.OpensAt, err = changedTime(r.PostForm, "opens_at"); err != nil {
		return err
	}
	if e.ClosesAt, err = changedTime(r.PostForm, "closes_at"); err != nil {
		return err
	}
	_, err = s.change(r.Context(), slug, func(p vote.Poll) (vote.Poll, error) { return edited(p, e, time.Now()) })
	return err
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

// backToAdmin ends a person's step: on the page as it is now, or on the same
// page with the reason why not.
func (s *Station) backToAdmin(w http.ResponseWriter, r *http.Request, err error, form adminForm) error {
	if err == nil {
		http.Redirect(w, r, "/admin", http.StatusSeeOther)
		return nil
	}
	var e *web.Error
	if !errors.As(explain(err), &e) || e.Status >= http.StatusInternalServerError {
		return err
	}
	return s.renderAdmin(w, r, adminView{Error: e.Message, Form: form}, e.Status)
}
