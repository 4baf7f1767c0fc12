package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"popeye/admin/form"
	"popeye/admin/pages"
	"popeye/admin/signin"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/joincode"
)

// IsOrganiser reports whether an organiser sent a request.
func (s *Station) IsOrganiser(r *http.Request) bool { return s.gate.Known(r) }

// organiser admits programs that send the token.
func (s *Station) organiser(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		known, err := s.gate.ByToken(r)
		if known {
			return h(w, r.WithContext(store.Acting(r.Context(), store.Act{Who: "token", From: s.gate.Origin(r)})))
		}
		if errors.Is(err, signin.ErrWho) {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		return err
	}
}

// page shows a page to people who have signed in, and to others the way in.
func (s *Station) page(show web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		key, err := s.gate.Session(r)
		switch {
		case err != nil && !signin.IsRefusal(err):
			return err
		case key != nil:
			return show(w, r)
		}
		s.gate.Forget(w, r, err)
		status := http.StatusOK
		if errors.Is(err, signin.ErrSlow) {
			status = signin.ErrSlow.Status
		}
		return s.askIn(w, r, status, pages.SignIn{Next: adminPath(r.URL.RequestURI())})
	}
}

// askIn shows the way in.
func (s *Station) askIn(w http.ResponseWriter, r *http.Request, status int, v pages.SignIn) error {
	v.Say, v.Now, v.Off = printer(r), time.Now(), s.gate.Off()
	w.Header().Set("Cache-Control", "no-store")
	return web.HTML(w, status, s.look.Page(v.Page()))
}

// sent takes the forms of people who have signed in. Others are asked to do
// so, and what they typed is kept meanwhile.
func (s *Station) sent(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		if err := web.ReadForm(w, r, maxForm); err != nil {
			return err
		}
		if s.gate.Off() {
			return s.askIn(w, r, signin.ErrOff.Status, pages.SignIn{})
		}
		typed := form.Sent(r.PostForm)
		switch key, err := s.gate.Session(r); {
		case err != nil && !signin.IsRefusal(err):
			return s.askLater(w, r, typed, err)
		case key == nil:
			s.gate.Forget(w, r, err)
			v := pages.SignIn{Form: typed}
			v.Error = printer(r).Text("admin.signed_out", nil)
			return s.askIn(w, r, signin.ErrWho.Status, v)
		case form.Doubled(r.PostForm, time.Now()):
			w.WriteHeader(http.StatusNoContent) // the browser stays on the page that it has
			return nil
		default:
			return h(w, r.WithContext(store.Acting(r.Context(), store.Act{Who: signin.Name(key), From: s.gate.Origin(r)})))
		}
	}
}

func (s *Station) login(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadForm(w, r, maxForm); err != nil {
		return err
	}
	typed, next := form.Sent(r.PostForm), adminPath(r.PostForm.Get("next"))
	if s.gate.Off() {
		return signin.ErrOff
	}
	if !s.gate.Check(strings.TrimSpace(r.PostForm.Get("token"))) {
		err := s.gate.Refuse(r, "form")
		if errors.Is(err, signin.ErrWho) {
			v := pages.SignIn{Form: typed, Next: next}
			v.Error = printer(r).Text("admin.wrong_token", nil)
			return s.askIn(w, r, signin.ErrWho.Status, v)
		}
		return err
	}
	if err := s.gate.Begin(w, r); err != nil {
		return s.askLater(w, r, typed, err)
	}
	switch {
	case typed["edit"] != "":
		v := pages.Settings{Form: typed}
		v.Frame.Note = printer(r).Text("admin.signed_in_unsaved", nil)
		return s.renderSettings(w, r, typed["edit"], v, http.StatusOK)
	case typed.Typed():
		v := pages.List{Form: typed}
		v.Note = printer(r).Text("admin.signed_in_again", nil)
		return s.renderList(w, r, v, http.StatusOK)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (s *Station) logout(w http.ResponseWriter, r *http.Request) error {
	if web.ReadForm(w, r, maxForm) == nil && form.Doubled(r.PostForm, time.Now()) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := s.gate.End(r); err != nil {
		return err // and the cookie stays, for another try
	}
	s.gate.SignOut(w, r)
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}

// adminPath returns where a person wanted to go, if that is an organiser's page of this
// site; else the first as it begins.
func adminPath(wanted string) string {
	u, err := url.Parse(wanted)
	if err != nil || u.IsAbs() || u.Host != "" {
		return "/admin"
	}
	of, ofPoll := strings.CutPrefix(u.Path, "/admin/polls/")
	slug, part, _ := strings.Cut(of, "/")
	_, known := parts[part]
	ofPoll = ofPoll && vote.ValidateSlug(slug) == nil && (known || of == slug)
	code, run, _ := strings.Cut(strings.TrimPrefix(u.Path, "/admin/events/"), "/")
	ofEvent := u.Path == "/admin/events" || joincode.Is(code) && (run == "" || run == "run")
	if !ofEvent && u.Path != "/admin" && u.Path != "/admin/operator" && !ofPoll {
		return "/admin"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}
