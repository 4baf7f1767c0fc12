package result

import (
	"errors"
	"net/http"
	"strings"

	"popeye/internal/web"
	"popeye/vote"
)

// adminView is what the organiser's page shows.
type adminView struct {
	SignedIn bool
	Off      bool // no token is set
	Error    string
	Polls    []adminPoll
	Form     adminForm // what was typed, when it was wrong
	Kinds    []vote.Kind
}

type adminPoll struct {
	vote.Poll
	VoteURL, ResultURL, PresentURL string
}

// adminForm is a poll as a person types it.
type adminForm struct{ Question, Kind, Options string }

// showAdmin shows the organiser's page, or the way to sign in.
func (s *Station) showAdmin(w http.ResponseWriter, r *http.Request) error {
	return s.renderAdmin(w, r, adminView{}, http.StatusOK)
}

func (s *Station) renderAdmin(w http.ResponseWriter, r *http.Request, v adminView, status int) error {
	w.Header().Set("Cache-Control", "no-store")
	v.SignedIn, v.Off, v.Kinds = s.door.knows(r), s.door.token == "", vote.Kinds
	if v.SignedIn {
		polls, err := s.board(r.Context())
		if err != nil {
			return err
		}
		for _, p := range polls {
			path := "/"
			if p.Slug != vote.DefaultSlug {
				path = "/p/" + p.Slug
			}
			v.Polls = append(v.Polls, adminPoll{p, s.voteURL(r, p.Slug), path, "/p/" + p.Slug + "/present"})
		}
	}
	return web.HTML(w, status, s.pages, "admin.html", v)
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
	form := adminForm{r.PostForm.Get("question"), r.PostForm.Get("kind"), r.PostForm.Get("options")}
	d := vote.Definition{Question: form.Question, Kind: vote.Kind(form.Kind), Status: vote.Draft}
	if r.PostForm.Get("open") != "" {
		d.Status = vote.Open
	}
	for line := range strings.Lines(form.Options) {
		if line = strings.TrimSpace(line); line != "" {
			d.Options = append(d.Options, vote.OptionText{Label: line})
		}
	}
	_, err := s.create(r.Context(), d)
	return s.backToAdmin(w, r, err, form)
}

// adminAct opens, closes or deletes a poll.
func (s *Station) adminAct(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	var err error
	switch r.PathValue("action") {
	case "open":
		_, err = s.change(r.Context(), slug, opened)
	case "close":
		_, err = s.change(r.Context(), slug, closed)
	case "delete":
		err = s.remove(r.Context(), slug)
	default:
		return web.Errorf(http.StatusNotFound, "not_found", "There is nothing at this address.")
	}
	return s.backToAdmin(w, r, err, adminForm{})
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
