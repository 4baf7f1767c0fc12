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

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/vote"
)

// view is what the voting page shows.
type view struct {
	Poll   vote.Poll // as of Now
	Now    time.Time
	Action string      // where the form goes: this page
	Result string      // where the count is
	Pass   string      // shows there that the voter has voted; "" where that is of no use
	Error  *web.Error  // what went wrong with the vote just sent
	Choice vote.Ballot // what was recorded before; "" for nothing
	marks  []vote.Mark // what Choice says
	sent   url.Values  // the form just sent, if it was refused
	key    []byte      // of the cookies
	widget widget      // of the poll's kind
	say    *i18n.Printer
}

// The answers to a form bear a mark: what stands between us and a voter, such as
// the sign-in page of a network, may answer in our place. poll.js takes only an
// answer with the mark for one.
const (
	answerHeader = "Popeye-Answer"
	recordedMark = "recorded"
	refusedMark  = "refused"
	// scriptHeader is in the requests of poll.js, which wants the page at once, not
	// by a redirect: whatever redirects its vote is not us.
	scriptHeader = "Popeye-Script"
)

// cookieField is in our form, and says which instance's cookie its page set.
const cookieField = "cookie"

// showPage shows a poll to a voter.
func (s *Station) showPage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	by, err := s.asks(r, "")
	if err != nil {
		return err
	}
	if err := s.introduce(w, r, by); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, view{Poll: p, Choice: remembered(r, by.key, p), Pass: s.passOf(r, by, p), key: by.key})
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
		slug: slugOf(r), id: sent("id"), edition: sent("edition"), cookie: sent(cookieField), repeated: &repeated,
		who:    func(vote.Poll) (asker, error) { return s.asks(r, sent("id")) },
		ballot: func(p vote.Poll) (vote.Ballot, error) { return vote.ParseForm(p, abstaining(p, r.PostForm)) },
	})
	p, by := a.poll, a.by
	if err == nil {
		pass := ""
		if by.known || !repeated { // else whoever sends a used id would become its voter
			s.keep(w, r, by)
			if !a.before { // else nobody has voted in the poll as it is
				pass = s.prove(w, r, by, p)
			}
		}
		choice := vote.Ballot("")
		if !a.before {
			choice = a.vote.Ballot
			s.remember(w, r, by.key, p, choice)
		}
		return s.showRecorded(w, r, view{Poll: p, Choice: choice, Pass: pass, key: by.key})
	}
	var e *web.Error
	if !errors.As(explain(err), &e) || p.Slug == "" {
		return err // nothing to show the form of
	}
	if e.Code != codeTooMany { // there may be too many new ones
		_ = s.introduce(w, r, by) // without a cookie the page says what is wrong all the same
	}
	mark(w, e)
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())))
	}
	shown := view{Poll: p, Choice: remembered(r, by.key, p), Pass: s.passOf(r, by, p), Error: e, sent: r.PostForm, key: by.key}
	if e.Code == errPollChanged.Code {
		shown.sent = nil // it was said about other words
	}
	return s.render(w, r, e.Status, shown)
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
func (s *Station) showRecorded(w http.ResponseWriter, r *http.Request, v view) error {
	w.Header().Set(answerHeader, recordedMark)
	if r.Header.Get(scriptHeader) != "" {
		return s.render(w, r, http.StatusOK, v)
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
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

// render shows the voting page.
func (s *Station) render(w http.ResponseWriter, r *http.Request, status int, v view) (err error) {
	if v.widget, err = widgetOf(v.Poll.Kind); err != nil {
		return err
	}
	v.say = printer(r)
	v.Now = time.Now()
	v.Poll = asOf(v.Poll, v.Now)
	v.Action, v.Result = r.URL.Path, withPass(s.resultURL(r, v.Poll.Slug), v.Pass)
	v.marks = v.Poll.Read(v.Choice)
	w.Header().Set("Cache-Control", "no-store") // it shows one voter's choice
	return web.HTML(w, status, s.ballotPage(v))
}

// asOf returns p as it is for voters at a moment: the gate shuts on time,
// whether or not a worker has said so yet.
func asOf(p vote.Poll, now time.Time) vote.Poll {
	if p.Status == vote.Open {
		p, _ = p.Due(now)
	}
	return p
}

// schedule returns what to tell of when the poll opens and closes.
func (v view) schedule() vote.Schedule { return v.Poll.Schedule(v.Now) }

// waits reports whether the page looks again by itself, because the poll may
// open any moment: a draft, or one that opens again within the hour.
func (v view) waits() bool {
	opens := v.schedule().Opens
	return v.Poll.Status == vote.Draft || !opens.IsZero() && opens.Sub(v.Now) < time.Hour
}

// shut reports whether the vote just sent came too late.
func (v view) shut() bool { return v.Error != nil && v.Error.Code == "not_open" }

// errorPage shows an error where there is no poll to show. One that passes
// loads itself again.
func (s *Station) errorPage(w http.ResponseWriter, r *http.Request, e *web.Error) error {
	if e.RetryAfter > 0 && r.Method == http.MethodGet {
		w.Header().Set("Refresh", strconv.Itoa(int(e.RetryAfter.Seconds())))
	}
	mark(w, e)
	return web.HTML(w, e.Status, s.look.ErrorPage(printer(r), e))
}

// resultURL returns where a poll's count is shown.
func (s *Station) resultURL(r *http.Request, slug string) string {
	return web.Beside(r, s.ResultURL, s.PublicURL, cmp.Or(s.ResultPort, "5001")) + ui.PagePath(slug)
}

// number returns what an option's field is filled with: 1 for chosen, its
// place, or its points; -1 for nothing. That is what is recorded, or what the
// voter just sent, for them to mend.
func (v view) number(id string) int {
	if v.sent != nil && v.widget.sent != nil {
		return v.widget.sent(v, id)
	}
	for _, m := range v.marks {
		if v.Poll.Options[m.Place].ID == id {
			return m.N
		}
	}
	return -1
}

// recorded tells what is recorded.
func (v view) recorded() g.Node {
	if v.Poll.Abstains(v.Choice) {
		return h.Strong(g.Text(v.say.Text("voting.recorded.abstained", nil)))
	}
	var words g.Group
	for i, m := range v.marks {
		switch {
		case i == 0:
		case v.together(i):
			words = append(words, g.Text(v.say.Text("voting.recorded.together", nil)), label(v, m))
			continue
		default:
			words = append(words, g.Text(v.say.Text("voting.recorded.separator", nil)))
		}
		words = append(words, v.widget.recorded(v, m))
	}
	return h.Strong(words)
}

// together reports whether a mark of a ranked ballot shares the place of the one before.
func (v view) together(i int) bool {
	return v.Poll.Kind == vote.Ranked && v.marks[i].N == v.marks[i-1].N
}
