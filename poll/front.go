package poll

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/poll/ballotpage"
	"popeye/poll/joinpage"
	"popeye/queue"
	"popeye/vote"
	"popeye/vote/joincode"
)

// showFront shows the default poll while it is open, and then the front page. Our script
// asks for the poll itself: nobody's receipt may vanish under their eyes.
func (s *Station) showFront(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get(scriptHeader) != "" || r.URL.Query().Has(ballotpage.EventField) {
		return s.showPage(w, r)
	}
	p, err := s.published(r)
	if err != nil && !errors.Is(err, queue.ErrNoPoll) {
		return err
	}
	if err == nil && asOf(p, time.Now()).Status == vote.Open {
		return s.showTo(w, r, sight{poll: p, asks: true})
	}
	front := joinpage.Front{Say: printer(r), URL: s.pageURL(r)}
	if err == nil {
		p = asOf(p, time.Now())
		front.State = stateOf(p)
		if p.Status != vote.Draft {
			front.Last = p.Question
		}
	}
	if front.Listed, err = s.listed(r); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.HTML(w, http.StatusOK, joinpage.FrontPage(s.look, front))
}

// listed are the open polls that everybody may find.
func (s *Station) listed(r *http.Request) (polls []joinpage.Listed, err error) {
	slugs, err := s.Inbox.Listed(r.Context())
	if err != nil {
		return nil, err
	}
	for _, slug := range slugs {
		p, err := s.Inbox.Poll(r.Context(), slug)
		if errors.Is(err, queue.ErrNoPoll) || err == nil && asOf(p, time.Now()).Status != vote.Open {
			continue
		}
		if err != nil {
			return nil, err
		}
		polls = append(polls, joinpage.Listed{Question: p.Question, Path: ui.PagePath(slug)})
	}
	return polls, nil
}

// join takes a code that somebody typed, or asks for one.
func (s *Station) join(w http.ResponseWriter, r *http.Request) error {
	view := joinpage.Join{Say: printer(r), Typed: r.URL.Query().Get(ballotpage.CodeField)}
	if len(view.Typed) > ballotpage.MaxTyped {
		view.Typed = ""
	}
	status := http.StatusOK
	if view.Typed != "" {
		code, t, err := s.lead(r, view.Typed)
		if err == nil {
			return redirect(w, r, pathOf(code, t))
		}
		var e *web.Error
		if !errors.As(explain(err), &e) {
			return err
		}
		mark(w, e)
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())))
		}
		view.Wrong, status = e.In(view.Say), e.Status
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.HTML(w, status, joinpage.JoinPage(s.look, view))
}

// followCode leads on who has typed a code as the address. Nothing else is there.
func (s *Station) followCode(w http.ResponseWriter, r *http.Request) error {
	if _, err := joincode.Parse(r.PathValue("code")); err != nil {
		return web.NewError(http.StatusNotFound, "not_found", "poll_error.nothing_here", nil)
	}
	code, t, err := s.lead(r, r.PathValue("code"))
	if err != nil {
		return err
	}
	return redirect(w, r, pathOf(code, t))
}

// mendAddress leads on who has typed a poll's address with capitals, or a slash at the end.
func (s *Station) mendAddress(w http.ResponseWriter, r *http.Request) error {
	return redirect(w, r, strings.ToLower(strings.TrimRight(r.URL.EscapedPath(), "/")))
}

// pathOf is where a code leads to.
func pathOf(code string, t joincode.Target) string {
	if t.Poll != "" {
		return ui.PagePath(t.Poll)
	}
	return ui.EventPath(code)
}

// redirect leads to a path of this site.
func redirect(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
