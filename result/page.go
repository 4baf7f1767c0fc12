package result

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"popeye/internal/i18n"
	"popeye/internal/links"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/result/audience"
	"popeye/result/countview"
	"popeye/result/live"
	"popeye/store"
	"popeye/vote"
)

// printer writes in the language of whoever sent r.
func printer(r *http.Request) *i18n.Printer { return i18n.For(r) }

// args fill the gaps of a message.
type args = map[string]any

// results is what a request may see of a poll's count.
type results struct{ audience.Results }

// view is what the live page shows.
type view struct {
	countview.View
	vote.Schedule
	Now     time.Time
	Came    live.Pace   // how many had voted lately
	Pass    string      // what the request brought to show that a voter sent it; "" if it does not
	VoteURL string      // where to vote
	Event   *shownEvent // in which the poll is shown; nil for none
	SiteURL string      // how people reach this station
}

// showPage shows a poll's live count.
func (s *Station) showPage(w http.ResponseWriter, r *http.Request) error {
	return s.showPageIn(w, r, nil)
}

// showPageIn shows it as a part of an event, nil for none.
func (s *Station) showPageIn(w http.ResponseWriter, r *http.Request, e *shownEvent) error {
	if r.URL.Query().Get("part") == partCount {
		return s.showPart(w, r, false)
	}
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return err
	}
	v := s.view(r, s.seen(r, counted, false))
	if v.Event = e; e != nil {
		v.VoteURL = e.join
	}
	if !v.HideTotal {
		v.Came = s.viewers.Pace(v.Poll)
	}
	v.SiteURL = s.siteURL(r)
	w.Header().Set("Cache-Control", "no-store") // figures of a moment
	return web.HTML(w, http.StatusOK, s.audiencePage(v))
}

// read returns what the one who sent a request may see of the poll that it names.
func (s *Station) read(r *http.Request) (results, error) {
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return results{}, err
	}
	return s.seen(r, counted, false), nil
}

// seen is what the one who sent a request may see. A page for a room shows no more than
// the room may see: it is an organiser who opens it.
func (s *Station) seen(r *http.Request, c audience.Counted, room bool) results {
	return results{c.For(s.asker(r, c, room))}
}

// asker returns who sent a request. Where anyone may see the results, nobody is asked.
func (s *Station) asker(r *http.Request, c audience.Counted, room bool) audience.Asker {
	switch pass := passOf(r); {
	case c.Shows(audience.Anyone):
		return audience.Anyone
	case !room && s.IsOrganiser(r):
		return audience.Organiser
	case pass != "" && c.Poll().CheckPass(pass, time.Now()):
		return audience.Voter
	default:
		return audience.Anyone
	}
}

// passOf returns what a request brings to show that a voter sent it: see package poll.
func passOf(r *http.Request) string { return r.URL.Query().Get("pass") }

// snapshot asks read for the poll that a request names.
func (s *Station) snapshot(r *http.Request, read func(context.Context, string) (audience.Counted, error)) (audience.Counted, error) {
	slug := r.PathValue("slug")
	if slug == "" {
		slug = vote.DefaultSlug
	}
	if vote.ValidateSlug(slug) != nil {
		return audience.Counted{}, store.ErrNoPoll
	}
	ctx, cancel := context.WithTimeout(r.Context(), audience.StoreTimeout)
	defer cancel()
	return read(ctx, slug)
}

// siteURL returns how people reach this station; "" if only the other's address is
// configured: the host of a request is what its sender likes.
func (s *Station) siteURL(r *http.Request) string {
	switch {
	case s.PublicURL != "":
		return strings.TrimSuffix(s.PublicURL, "/")
	case s.PollURL != "":
		return ""
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// voteURL returns where people vote in a poll.
func (s *Station) voteURL(r *http.Request, slug string) string {
	return s.voteSite(r) + ui.PagePath(slug)
}

func (s *Station) voteSite(r *http.Request) string {
	return links.Beside(r, s.PollURL, s.PublicURL, cmp.Or(s.PollPort, "5000"))
}

// invitation returns where others vote. Of a big screen that was opened as
// localhost they would find their own device there: so it names the host that
// they can reach, if we know one.
func (s *Station) invitation(r *http.Request, slug string) string {
	return s.outward(s.voteURL(r, slug))
}

// joinEvent is where people come to an event.
func (s *Station) joinEvent(r *http.Request, code string) string {
	return s.outward(s.voteSite(r) + "/e/" + code)
}

// outward is a link with a name of this machine that other devices reach.
func (s *Station) outward(link string) string {
	if s.PollURL != "" {
		return link
	}
	return links.Outward(link, s.OutwardHost)
}

// than to themselves.
func reachable(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host != "localhost" && !strings.HasSuffix(host, ".localhost")
	}
	return !ip.Unmap().IsLoopback() && !ip.Unmap().IsUnspecified()
}

// explain gives each error of the store its status and words. Any other error is
// a fault of ours, which the site answers with 500 and logs.
func explain(err error) error {
	var known *web.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, store.ErrNoPoll):
		return &web.Error{Status: http.StatusNotFound, Code: "no_poll", Message: "result.error.no_poll"}
	case errors.Is(err, store.ErrNewerSchema):
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "newer_schema", Cause: err,
			Message: "result.error.newer_schema",
		}
	case audience.IsAway(err):
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: err,
			Message: "result.error.unavailable",
		}
	default:
		return err
	}
}

// errorPage shows an error to a person. One that passes loads itself again.
func (s *Station) errorPage(w http.ResponseWriter, r *http.Request, e *web.Error) error {
	if e.RetryAfter > 0 && r.Method == http.MethodGet {
		w.Header().Set("Refresh", strconv.Itoa(int(e.RetryAfter.Seconds())))
	}
	return web.HTML(w, e.Status, s.look.ErrorPage(printer(r), e))
}
