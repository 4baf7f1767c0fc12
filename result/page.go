package result

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"popeye/internal/i18n"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
)

const maxBody = 64 << 10

// view is what the live page shows.
type view struct {
	results
	vote.Schedule
	Now     time.Time
	Present bool   // the big screen
	VoteURL string // where to vote
	QR      g.Node // of VoteURL, for the big screen; nil if phones can't reach it
}

// showPage shows a poll's live count.
func (s *Station) showPage(w http.ResponseWriter, r *http.Request) error {
	return s.live(w, r, false)
}

// showBigScreen shows it to a room, with the way to vote.
func (s *Station) showBigScreen(w http.ResponseWriter, r *http.Request) error {
	return s.live(w, r, true)
}

func (s *Station) live(w http.ResponseWriter, r *http.Request, present bool) error {
	res, err := s.read(r)
	if err != nil {
		return err
	}
	v := view{results: res, Now: time.Now(), Present: present, VoteURL: s.voteURL(r, res.Poll)}
	v.Schedule = vote.Poll{Status: res.Status, OpensAt: res.OpensAt, ClosesAt: res.ClosesAt}.Schedule(v.Now)
	if present {
		v.VoteURL = s.invitation(r, res.Poll)
		if reachable(v.VoteURL) {
			v.QR, err = qrCode(v.VoteURL)
		}
		if err != nil {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store") // figures of a moment
	return web.HTML(w, http.StatusOK, s.screenPage(v))
}

// read counts the poll that a request names.
func (s *Station) read(r *http.Request) (results, error) {
	slug := r.PathValue("slug")
	if slug == "" {
		slug = vote.DefaultSlug
	}
	if vote.ValidateSlug(slug) != nil {
		return results{}, store.ErrNoPoll
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	snapshot, err := s.hub.reader.recent(ctx, slug)
	if err != nil {
		return results{}, err
	}
	return newResults(snapshot), nil
}

// voteURL returns where people vote in a poll.
func (s *Station) voteURL(r *http.Request, slug string) string {
	base := web.Beside(r, s.PollURL, s.PublicURL, cmp.Or(s.PollPort, "5000"))
	if slug == vote.DefaultSlug {
		return base + "/"
	}
	return base + "/p/" + slug
}

// invitation returns where others vote. Of a big screen that was opened as
// localhost they would find their own device there: so it names the host that
// they can reach, if we know one.
func (s *Station) invitation(r *http.Request, slug string) string {
	link := s.voteURL(r, slug)
	u, err := url.Parse(link)
	if err != nil || s.PollURL != "" || s.OutwardHost == "" {
		return link
	}
	if !reachable(link) {
		u.Host = net.JoinHostPort(s.OutwardHost, u.Port())
	}
	return u.String()
}

// reachable reports whether a link leads other devices to this machine rather
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

// explain gives each error of the store its status and words. What is not ours
// to know is the store out of reach.
func explain(err error) error {
	var known *web.Error
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &known), errors.As(err, &big):
		return err
	case errors.Is(err, store.ErrNoPoll):
		return web.Errorf(http.StatusNotFound, "no_poll", "There is no poll at this address. Check the link.")
	case errors.Is(err, store.ErrRemoving):
		return web.Errorf(http.StatusConflict, "removing",
			"A deleted poll of that name is still being removed. Try again in a while, or take another slug.")
	case errors.Is(err, store.ErrExists):
		return web.Errorf(http.StatusConflict, "exists", "There is a poll of that name already. Take another slug.")
	case errors.Is(err, store.ErrNewerSchema):
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "newer_schema", Cause: err,
			Message: "This site is older than its database, so it shows the count and changes nothing. Whoever runs it has to upgrade it.",
		}
	case errors.Is(err, vote.ErrFinal):
		return web.Errorf(http.StatusConflict, "closed", "%s", i18n.English.Error(err))
	case errors.Is(err, vote.ErrInvalid):
		return web.Errorf(http.StatusUnprocessableEntity, "invalid_poll", "%s", i18n.English.Error(err))
	default:
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: err,
			Message: "The count can't be reached right now, and nothing can be changed. No vote is lost; please try again in a moment.",
		}
	}
}

// errorPage shows an error to a person. One that passes loads itself again.
func (s *Station) errorPage(w http.ResponseWriter, r *http.Request, e *web.Error) error {
	if e.RetryAfter > 0 && r.Method == http.MethodGet {
		w.Header().Set("Refresh", strconv.Itoa(int(e.RetryAfter.Seconds())))
	}
	return web.HTML(w, e.Status, s.look.ErrorPage(e))
}
