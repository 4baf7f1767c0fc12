package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"popeye/admin/form"
	"popeye/admin/operator"
	"popeye/admin/pages"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/vote"
)

// maxForm bounds what a person sends: room for the longest poll in any script,
// whose letters a form writes with up to nine characters each.
const maxForm = 256 << 10

// maxSearch bounds what a person looks for.
const maxSearch = 100

// showList shows all polls.
func (s *Station) showList(w http.ResponseWriter, r *http.Request) error {
	return s.renderList(w, r, pages.List{Form: form.From(printer(r), r.URL.Query().Get("template"))}, http.StatusOK)
}

// toAdmin is for somebody who loads the address of a form: that of a page which
// said what was wrong.
func (s *Station) toAdmin(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}

func (s *Station) renderList(w http.ResponseWriter, r *http.Request, v pages.List, status int) error {
	w.Header().Set("Cache-Control", "no-store")
	v.Say, v.Now, v.Form = printer(r), time.Now(), v.Form.Named()
	if search := r.URL.Query().Get("q"); len(search) <= maxSearch {
		v.Search = search
	}
	if !v.Blind {
		err := s.readList(r, &v)
		if v.Blind = err != nil; v.Blind && !v.Form.Typed() {
			return err
		}
		if v.Blind { // the page keeps what was typed, and says what is wrong with that
			_ = web.Report(s.Log, r, explain(err))
		}
		if r.Method == http.MethodGet && unchanged(w, r, listTag(r, v)) {
			return nil
		}
	}
	return web.HTML(w, status, s.look.Page(v.Page()))
}

// readList reads what the page shows of the store.
func (s *Station) readList(r *http.Request, v *pages.List) error {
	polls, err := s.catalog(r.Context())
	if err != nil {
		return err
	}
	if v.Account, err = s.account(r.Context()); err != nil {
		return err
	}
	votes := s.votes.Of(r.Context(), polls)
	for _, p := range slices.Backward(polls) {
		shown := s.shownPoll(r, p, v.Now)
		shown.Votes, shown.Counted = votes(p.Slug)
		if p.Archived {
			v.Archived = append(v.Archived, shown)
		} else {
			v.Polls = append(v.Polls, shown)
		}
	}
	return nil
}

// listTag names what the list shows, so that one who follows it is told of changes
// only.
func listTag(r *http.Request, v pages.List) string {
	seen := []any{v.Account.Difference, v.Account.Old()}
	for _, p := range slices.Concat(v.Polls, v.Archived) {
		seen = append(seen, p.Slug, p.Revision, p.Votes, p.Counted)
	}
	return tag(r, seen...)
}

// tag names what a page shows.
func tag(r *http.Request, seen ...any) string {
	h := sha256.New()
	fmt.Fprintln(h, r.Host, r.URL.RequestURI())
	fmt.Fprintln(h, seen...)
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

// shownPoll is a poll as organisers see it, without its votes.
func (s *Station) shownPoll(r *http.Request, p vote.Poll, now time.Time) pages.Poll {
	return pages.Poll{
		Say: printer(r), Poll: p, Schedule: p.Schedule(now), Now: now,
		VoteURL: s.voteURL(r, p.Slug), ResultURL: ui.PagePath(p.Slug), PresentURL: "/p/" + p.Slug + "/present",
		EmbedURL: s.address(r) + "/embed/" + p.Slug,
	}
}

// address is where this site is for other sites, without a final slash.
func (s *Station) address(r *http.Request) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	if s.gate.Secure(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// showOperator shows what operators look at.
func (s *Station) showOperator(w http.ResponseWriter, r *http.Request) (err error) {
	v := pages.Operator{Frame: pages.Frame{Say: printer(r), Now: time.Now()}}
	if v.Account, err = s.account(r.Context()); err != nil {
		return err
	}
	if unchanged(w, r, tag(r, v.Account.AsOf.UnixMicro(), v.Account.Old())) {
		return nil
	}
	return web.HTML(w, http.StatusOK, s.look.Page(v.Page()))
}

// account reads the account that a worker recorded last.
func (s *Station) account(ctx context.Context) (operator.Account, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	a, err := s.Store.Account(ctx)
	if err != nil {
		return operator.Account{}, err
	}
	return operator.New(a, time.Now()), nil
}

var errNoAccount = &web.Error{
	Status: http.StatusServiceUnavailable, Code: "no_account", RetryAfter: retryAfter,
	Message: "admin.error.no_account",
}

// showAccount tells it to a program.
func (s *Station) showAccount(w http.ResponseWriter, r *http.Request) error {
	a, err := s.account(r.Context())
	if err != nil {
		return err
	}
	if !a.Recorded() {
		return errNoAccount
	}
	return web.JSON(w, http.StatusOK, a)
}
