package poll

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"popeye/internal/links"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/poll/ballotpage"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
)

// The answers to a form bear a mark: what stands between us and a voter, such as
// the sign-in page of a network, may answer in our place. poll.js takes only an
// answer with the mark for one.
const (
	answerHeader = "Popeye-Answer"
	recordedMark = "recorded"
	refusedMark  = "refused"
	// scriptHeader is in the requests of poll.js, which wants <main> alone, and at once,
	// not by a redirect: whatever redirects its vote is not us.
	scriptHeader = "Popeye-Script"
)

// showPage shows a poll to a voter.
func (s *Station) showPage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	small := strings.ToLower(slugOf(r))
	if errors.Is(err, queue.ErrNoPoll) && small != slugOf(r) && vote.ValidateSlug(small) == nil {
		return s.mendAddress(w, r)
	}
	if err != nil {
		return err
	}
	event := s.eventOf(r, r.URL.Query().Get(ballotpage.EventField), p.Slug)
	if event.shows() && r.Header.Get(scriptHeader) == "" {
		return redirect(w, r, event.ballotPath(p.Slug))
	}
	return s.showTo(w, r, sight{poll: p, event: event})
}

// showTo shows a poll to a voter, with what they have recorded in it.
func (s *Station) showTo(w http.ResponseWriter, r *http.Request, v sight) error {
	by, err := s.cookies.Asks(r, "")
	if err != nil {
		return err
	}
	if wait := s.cookies.Introduce(w, r, by); wait > 0 {
		return tooManyNew(wait)
	}
	v = s.known(r, by, v)
	if v.event.shows() && v.choice != "" { // the event's page does not know of it yet
		places := s.cookies.Places(w, r, v.poll, v.event.Code)
		s.cookies.Remember(w, r, by.Key, v.poll, v.choice, places)
		if v.pass != "" {
			s.cookies.Prove(w, r, by, v.poll, places)
		}
	}
	return s.render(w, r, http.StatusOK, v)
}

// known adds what the browser keeps of its vote in the poll.
func (s *Station) known(r *http.Request, by voter.Asker, v sight) sight {
	v.choice, v.pass, v.key = voter.Remembered(r, by.Key, v.poll), s.cookies.PassOf(r, by, v.poll), by.Key
	return v
}

// takeForm casts a vote that a browser sends. A recorded vote ends on a
// redirect to the page that shows it, so a refresh does not vote again; one
// that is not ends on the form with the reason.
func (s *Station) takeForm(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadForm(w, r, maxBody); err != nil {
		return err
	}
	sent := r.PostForm.Get
	var repeated bool
	a, err := s.cast(r.Context(), offer{
		slug: slugOf(r), id: sent("id"), edition: sent(ballotpage.EditionField), cookie: sent(ballotpage.CookieField), repeated: &repeated,
		who:    func(vote.Poll) (voter.Asker, error) { return s.cookies.Asks(r, sent("id")) },
		ballot: func(p vote.Poll) (vote.Ballot, error) { return vote.ParseForm(p, abstaining(p, r.PostForm)) },
	})
	p, by := a.poll, a.by
	if err == nil {
		event := s.eventOf(r, sent(ballotpage.EventField), p.Slug)
		places := s.cookies.Places(w, r, p, event.copyFor())
		pass := ""
		if by.Known || !repeated { // else whoever sends a used id would become its voter
			s.cookies.Keep(w, r, by)
			if !a.before { // else nobody has voted in the poll as it is
				pass = s.cookies.Prove(w, r, by, p, places)
			}
		}
		choice := vote.Ballot("")
		if !a.before {
			choice = a.vote.Ballot
			s.cookies.Remember(w, r, by.Key, p, choice, places)
		}
		return s.showRecorded(w, r, sight{poll: p, choice: choice, pass: pass, key: by.Key, event: event})
	}
	var e *web.Error
	if !errors.As(explain(err), &e) || p.Slug == "" {
		return err // nothing to show the form of
	}
	if e.Code != codeTooMany { // there may be too many new ones
		s.cookies.Introduce(w, r, by) // without a cookie the page says what is wrong all the same
	}
	mark(w, e)
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())))
	}
	show := s.known(r, by, sight{poll: p, err: e, sent: r.PostForm})
	show.event = s.eventOf(r, sent(ballotpage.EventField), p.Slug)
	if e.Code == errPollChanged.Code {
		show.sent = nil // it was said about other words
	}
	if show.event.shows() && r.Header.Get(scriptHeader) == "" {
		return s.renderTogether(w, r, e.Status, show.event, by, show)
	}
	return s.render(w, r, e.Status, show)
}

// abstaining takes an abstention for the whole of a form: whoever ticks a box and then
// taps the button that abstains sends both.
func abstaining(p vote.Poll, form url.Values) url.Values {
	abstention := string(vote.Abstention)
	if !p.Abstain || !slices.Contains(form["vote"], abstention) {
		return form
	}
	return url.Values{"vote": {abstention}}
}

// showRecorded ends a form on the page that shows what was recorded.
func (s *Station) showRecorded(w http.ResponseWriter, r *http.Request, v sight) error {
	w.Header().Set(answerHeader, recordedMark)
	if r.Header.Get(scriptHeader) != "" {
		return s.render(w, r, http.StatusOK, v)
	}
	to := r.URL.Path
	switch {
	case v.event.shows():
		to = v.event.ballotPath(v.poll.Slug)
	case v.event != nil:
		to = v.event.PollPath(v.poll.Slug)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// mark lets the script know that a refusal is ours. An error of ours is no
// answer: the vote is sent again.
func mark(w http.ResponseWriter, e *web.Error) {
	if e.Status < http.StatusInternalServerError {
		w.Header().Set(answerHeader, refusedMark)
	}
}

// noCookie answers the form of a page whose cookie did not come back.
func (s *Station) noCookie() error {
	if strings.HasPrefix(s.PublicURL, "https://") {
		return newRefusal(http.StatusForbidden, "no_cookie", "poll_error.no_cookie_tls", map[string]any{"URL": s.PublicURL})
	}
	return newRefusal(http.StatusForbidden, "no_cookie", "poll_error.no_cookie", nil)
}

// sight is what a page shows of a poll to whoever asks.
type sight struct {
	poll   vote.Poll
	choice vote.Ballot // what was recorded
	pass   string      // shows at the results that they have voted; "" where that is of no use
	key    []byte      // of the cookies
	err    *web.Error  // what went wrong with the vote just sent
	sent   url.Values  // the form just sent, if it was refused
	event  *eventPage  // in which it is shown; nil for none
	asks   bool        // whether to ask for the code of another poll
}

// render shows the voting page.
func (s *Station) render(w http.ResponseWriter, r *http.Request, status int, v sight) error {
	view := s.view(r, v)
	page, err := ballotpage.Page(s.look, view)
	if r.Header.Get(scriptHeader) != "" {
		page, err = ballotpage.Fragment(view)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // it shows one voter's choice
	return web.HTML(w, status, page)
}

// view is what a ballot shows of a sight, now.
func (s *Station) view(r *http.Request, v sight) ballotpage.View {
	now := time.Now()
	p := asOf(v.poll, now)
	view := ballotpage.View{
		Poll: p, State: stateOf(p), Now: now, Action: r.URL.Path, AsksCode: v.asks, URL: s.pageURL(r), Result: voter.WithPass(s.resultURL(r, p.Slug), v.pass),
		Error: v.err, Choice: v.choice, Sent: v.sent, CookieTag: voter.Tag(v.key), Say: printer(r),
	}
	if v.event != nil {
		view.Event, view.State, view.Action = &v.event.Event, v.event.state, ui.PagePath(p.Slug)
	}
	if v.event.shows() { // there the cookies of the other ballots come to: a refusal shows them too
		view.Action, view.Among = v.event.Path()+"/p/"+p.Slug, true
	}
	return view
}

// pageURL is the page's own address, as people reach it.
func (s *Station) pageURL(r *http.Request) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/") + r.URL.Path
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + r.URL.Path
}

// asOf returns p as it is for voters at a moment: the gate shuts on time,
// whether or not a worker has said so yet.
func asOf(p vote.Poll, now time.Time) vote.Poll {
	if p.Status == vote.Open {
		p, _ = p.Due(now)
	}
	return p
}

// errorPage shows an error where there is no poll to show. One that passes
// loads itself again.
func (s *Station) errorPage(w http.ResponseWriter, r *http.Request, e *web.Error) error {
	if e.RetryAfter > 0 && r.Method == http.MethodGet {
		w.Header().Set("Refresh", strconv.Itoa(int(e.RetryAfter.Seconds())))
	}
	mark(w, e)
	if ballotpage.IsMissing(e) {
		return web.HTML(w, e.Status, ballotpage.Missing(s.look, printer(r), e))
	}
	return web.HTML(w, e.Status, s.look.ErrorPage(printer(r), e))
}

// resultURL returns where a poll's count is shown.
func (s *Station) resultURL(r *http.Request, slug string) string {
	return links.Beside(r, s.ResultURL, s.PublicURL, cmp.Or(s.ResultPort, "5001")) + ui.PagePath(slug)
}
