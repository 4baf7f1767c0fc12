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

	"popeye/internal/web"
	"popeye/vote"
)

// view is what the voting page shows.
type view struct {
	Poll   vote.Poll // as of Now
	Now    time.Time
	Action string      // where the form goes: this page
	Result string      // where the count is
	Error  *web.Error  // what went wrong with the vote just sent
	Choice vote.Ballot // what was recorded before; "" for nothing
	marks  []vote.Mark // what Choice says
	sent   url.Values  // the form just sent, if it was refused
}

// showPage shows a poll to a voter, who gets the cookie already here: two taps
// at once on a first visit must be one voter.
func (s *Station) showPage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	if _, err := s.voter(w, r, ""); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, view{Poll: p, Choice: remembered(r, p)})
}

// takeForm casts a vote that a browser sends. A recorded vote ends on a
// redirect to the page that shows it, so a refresh does not vote again; one
// that is not ends on the form with the reason.
func (s *Station) takeForm(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadForm(w, r, maxBody); err != nil {
		return err
	}
	voter, err := s.voter(w, r, r.PostForm.Get("id"))
	if err != nil {
		return err
	}
	p, v, err := s.cast(r.Context(), offer{
		slug: slugOf(r), voter: voter, id: r.PostForm.Get("id"), edition: r.PostForm.Get("edition"),
		ballot: func(p vote.Poll) (vote.Ballot, error) { return vote.ParseForm(p, r.PostForm) },
	})
	if err == nil {
		s.remember(w, r, p, v.Ballot)
		http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
		return nil
	}
	var e *web.Error
	if !errors.As(explain(err), &e) || p.Slug == "" {
		return err // nothing to show the form of
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())))
	}
	shown := view{Poll: p, Choice: remembered(r, p), Error: e, sent: r.PostForm}
	if e.Code == errPollChanged.Code {
		shown.sent = nil // it was said about other words
	}
	return s.render(w, r, e.Status, shown)
}

// render shows the voting page.
func (s *Station) render(w http.ResponseWriter, r *http.Request, status int, v view) error {
	v.Now = time.Now()
	v.Poll = asOf(v.Poll, v.Now)
	v.Action, v.Result = r.URL.Path, s.resultURL(r, v.Poll.Slug)
	v.marks = v.Poll.Read(v.Choice)
	w.Header().Set("Cache-Control", "no-store") // it shows one voter's choice
	if v.waits() {
		w.Header().Set("Refresh", "5")
	}
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
	return web.HTML(w, e.Status, s.look.ErrorPage(e))
}

// resultURL returns where a poll's count is shown.
func (s *Station) resultURL(r *http.Request, slug string) string {
	return web.Beside(r, s.ResultURL, cmp.Or(s.ResultPort, "5001")) + pagePath(slug)
}

// pagePath returns where a poll's page is, on this station and on the result.
func pagePath(slug string) string {
	if slug == vote.DefaultSlug {
		return "/"
	}
	return "/p/" + slug
}

// number returns what an option's field is filled with: 1 for chosen, its
// place, or its points; -1 for nothing. That is what is recorded, or what the
// voter just sent, for them to mend; but what a button shows is always recorded.
func (v view) number(id string) int {
	if v.sent != nil && v.Poll.Kind != vote.Single {
		return v.sentNumber(id)
	}
	for _, m := range v.marks {
		if m.ID == id {
			return m.N
		}
	}
	return -1
}

func (v view) sentNumber(id string) int {
	if v.Poll.Kind == vote.Multiple {
		if slices.Contains(v.sent["vote"], id) {
			return 1
		}
		return -1
	}
	n, err := strconv.Atoi(v.sent.Get(v.field(id)))
	if err != nil {
		return -1
	}
	return n
}

// recorded returns what is recorded, in words.
func (v view) recorded() string {
	var words []string
	for _, m := range v.marks {
		switch v.Poll.Kind {
		case vote.Ranked:
			words = append(words, strconv.Itoa(m.N)+". "+m.Label)
		case vote.Score:
			words = append(words, m.Label+": "+strconv.Itoa(m.N))
		default:
			words = append(words, m.Label)
		}
	}
	return strings.Join(words, ", ")
}

// numbers returns the places or points that an option may get.
func (v view) numbers() []int {
	low, high := v.Poll.Min, v.Poll.Max
	if v.Poll.Kind == vote.Ranked {
		low, high = 1, len(v.Poll.Options)
	}
	var all []int
	for n := low; n <= high; n++ {
		all = append(all, n)
	}
	return all
}

// field returns the name of an option's field in the form.
func (v view) field(id string) string {
	if v.Poll.Kind == vote.Ranked {
		return "rank-" + id
	}
	return "score-" + id
}
