package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
)

// maxForm bounds what a person sends: room for the longest poll in any script,
// whose letters a form writes with up to nine characters each.
const maxForm = 256 << 10

// adminView is what the organiser's page shows.
type adminView struct {
	say *i18n.Printer

	SignedIn bool
	Off      bool   // no token is set
	Next     string // where to go after signing in
	Error    string
	Note     string // what went well
	Now      time.Time
	Polls    []adminPoll // newest first, Fresh not among them
	Fresh    *adminPoll  // the one that was just made; nil for none
	Archived []adminPoll // newest first
	Form     adminForm   // what was typed, when it was wrong
	Wrong    mistake     // what is wrong with it
	About    string      // the poll whose schedule Form and Wrong are; "" if they are a new poll's
	Account  account
	Blind    bool // the store does not answer: there are no Polls and no Account
}

type adminPoll struct {
	say *i18n.Printer
	vote.Poll
	vote.Schedule                  // as of now
	now                            time.Time
	typed                          adminForm // as its schedule, and is wrong; nil for nothing
	wrong                          mistake
	VoteURL, ResultURL, PresentURL string
	EmbedURL                       string // whole: it stands on pages of other sites
}

// ends returns when the poll closes, should it be open; zero for never, and for
// a time that has come.
func (p adminPoll) ends() time.Time { return p.WithoutPastClose(p.now).ClosesAt }

// showAdmin shows the organiser's page, or the way to sign in.
func (s *Station) showAdmin(w http.ResponseWriter, r *http.Request) error {
	v, status := adminView{Next: adminPath(r.URL.RequestURI())}, http.StatusOK
	key, err := s.session(r)
	if err != nil && !isRefusal(err) {
		return err
	}
	if errors.Is(err, errSlow) {
		status = errSlow.Status
	}
	s.forget(w, r, err)
	v.SignedIn = key != nil
	return s.renderAdmin(w, r, v, status)
}

// toAdmin is for somebody who loads the address of a form: that of a page which
// said what was wrong.
func (s *Station) toAdmin(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}

func (s *Station) renderAdmin(w http.ResponseWriter, r *http.Request, v adminView, status int) error {
	w.Header().Set("Cache-Control", "no-store")
	v.say, v.Off, v.Now, v.Form = printer(r), s.gate.token == "", time.Now(), v.Form.named()
	if v.SignedIn && !v.Blind {
		err := s.readShown(r, &v)
		if v.Blind = err != nil; v.Blind && !v.Form.typed() {
			return err
		}
		if v.Blind { // the page keeps what was typed, and says what is wrong with that
			_ = web.Report(s.Log, r, explain(err))
		}
		if r.Method == http.MethodGet && unchanged(w, r, v.tag(r)) {
			return nil
		}
	}
	return web.HTML(w, status, s.organisePage(v))
}

// readShown reads what the page shows of the store.
func (s *Station) readShown(r *http.Request, v *adminView) error {
	polls, err := s.catalog(r.Context())
	if err != nil {
		return err
	}
	if v.Account, err = s.account(r.Context()); err != nil {
		return err
	}
	fresh := r.URL.Query().Get("poll")
	for _, p := range slices.Backward(polls) {
		shown := s.adminPoll(r, p, v.Now)
		if p.Slug == v.About {
			shown.typed, shown.wrong = v.Form, v.Wrong
		}
		switch {
		case p.Slug == fresh:
			v.Fresh = &shown
		case p.Archived:
			v.Archived = append(v.Archived, shown)
		default:
			v.Polls = append(v.Polls, shown)
		}
	}
	return nil
}

// tag names what a signed-in page shows, so that one who follows it is told of
// changes only.
func (v adminView) tag(r *http.Request) string {
	h := sha256.New()
	fmt.Fprintln(h, v.say.Tag(), r.Host, r.URL.RawQuery, v.Account.AsOf.UnixMicro(), v.Account.old())
	for _, p := range slices.Concat(v.Polls, v.Archived) {
		fmt.Fprintln(h, p.Slug, p.Revision)
	}
	if v.Fresh != nil {
		fmt.Fprintln(h, "fresh", v.Fresh.Slug, v.Fresh.Revision)
	}
	return `"` + hex.EncodeToString(h.Sum(nil)[:16]) + `"`
}

// unchanged answers one who has what the tag names already.
func unchanged(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") != tag {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

func (s *Station) adminPoll(r *http.Request, p vote.Poll, now time.Time) adminPoll {
	return adminPoll{
		say: printer(r), Poll: p, Schedule: p.Schedule(now), now: now,
		VoteURL: s.voteURL(r, p.Slug), ResultURL: ui.PagePath(p.Slug), PresentURL: "/p/" + p.Slug + "/present",
		EmbedURL: s.address(r) + "/embed/" + p.Slug,
	}
}

// address is where this site is for other sites, without a final slash.
func (s *Station) address(r *http.Request) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	if s.secure(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// secure reports whether the other side speaks TLS, with us or with a proxy of ours.
func (s *Station) secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.PublicURL, "https://") ||
		strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func (s *Station) login(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadForm(w, r, maxForm); err != nil {
		return err
	}
	form, next := readAdminForm(r.PostForm), adminPath(r.PostForm.Get("next"))
	if s.gate.token == "" {
		return errOff
	}
	if !s.gate.check(strings.TrimSpace(r.PostForm.Get("token"))) {
		err := s.refuse(r, "form")
		if errors.Is(err, errWho) {
			return s.renderAdmin(w, r, adminView{Error: printer(r).Text("admin.wrong_token", nil), Form: form, Next: next}, errWho.Status)
		}
		return err
	}
	if err := s.begin(w, r); err != nil {
		return s.askLater(w, r, form, err)
	}
	if form["edit"] != "" {
		return s.editAgain(w, r, form)
	}
	if form.typed() {
		return s.renderAdmin(w, r, adminView{
			SignedIn: true, Form: form, Note: printer(r).Text("admin.signed_in_again", nil),
		}, http.StatusOK)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// adminPath returns where a person wanted to go, if that is the organiser's page
// of this site, or that of one poll; else the first as it begins.
func adminPath(wanted string) string {
	u, err := url.Parse(wanted)
	if err != nil || u.IsAbs() || u.Host != "" {
		return "/admin"
	}
	slug, ofPoll := strings.CutPrefix(u.Path, "/admin/polls/")
	if u.Path != "/admin" && !(ofPoll && vote.ValidateSlug(slug) == nil) {
		return "/admin"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

func (s *Station) logout(w http.ResponseWriter, r *http.Request) error {
	if web.ReadForm(w, r, maxForm) == nil && doubled(r.PostForm, time.Now()) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := s.end(r); err != nil {
		return err // and the cookie stays, for another try
	}
	s.signOut(w, r)
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}

// end ends the session of a request, everywhere at once.
func (s *Station) end(r *http.Request) error {
	key, err := s.session(r)
	if isRefusal(err) || key == nil && err == nil {
		return nil // it has none
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
		defer cancel()
		ctx = store.Acting(ctx, store.Act{Who: short(key), From: s.origin(r), What: "sign-out"})
		err = s.Store.EndSession(ctx, key)
		s.did(ctx, "", err)
	}
	return err
}

// cookie is the organiser's cookie. It goes to the whole site: an organiser sees the
// results that a poll hides. Lax: it comes along when somebody follows a
// link from a chat to this page, and with nothing else that another site makes a
// browser send. No GET changes anything, and forms from other sites are refused
// (web.Site) even without that.
func (s *Station) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: organiserCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   s.secure(r),
	}
}

// adminAct does with a poll what a button says.
func (s *Station) adminAct(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	act, ok := adminActs[r.PathValue("action")]
	if !ok {
		return newRefusal(http.StatusNotFound, "not_found", "admin.error.not_found")
	}
	to, err := act(s, r, slug)
	if err == nil {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	return s.refused(w, r, slug, err)
}

// refused says on the page that somebody came from why nothing was done.
func (s *Station) refused(w http.ResponseWriter, r *http.Request, slug string, err error) error {
	var e *web.Error
	if !errors.As(explain(err), &e) || e.Status >= http.StatusInternalServerError {
		return err
	}
	says := e.In(printer(r))
	if r.PostForm.Get("page") == "poll" && !errors.Is(err, store.ErrNoPoll) {
		v := pollView{Error: says}
		if form := readAdminForm(r.PostForm); form["edit"] != "" {
			v.Form, v.Wrong = form, mistake{fieldOf(err), says}
		}
		return s.renderPoll(w, r, slug, v, e.Status)
	}
	v := adminView{SignedIn: true, Error: says}
	if r.PathValue("action") == "schedule" {
		v.Form, v.Wrong, v.About = readAdminForm(r.PostForm), mistake{fieldOf(err), says}, slug
	}
	return s.renderAdmin(w, r, v, e.Status)
}
