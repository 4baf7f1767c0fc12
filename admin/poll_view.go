package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"popeye/count"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
)

const (
	// recordsShown is how many records of the audit trail a page has.
	recordsShown = 25
	// roundsShown is how many rounds are compared: each is counted for it.
	roundsShown = 5
)

// pollView is what the organiser's page of one poll shows.
type pollView struct {
	adminPoll
	ID     string    // of the forms that make another poll
	Error  string    // what was refused
	Note   string    // what went well
	Form   adminForm // what was typed, when it was wrong
	Wrong  mistake
	Rounds []roundView // with this one; at least one
	Best   []string    // the two that lead, by their ids; nil if that is not known
	Trail  []store.Record
	Older  string // where older records are; "" if there are none
}

// roundView is one round beside the others.
type roundView struct {
	adminPoll
	Voters  int64
	Winners []string // labels
	Counted bool
}

// showAdminPoll shows one poll to an organiser, or the way to sign in.
func (s *Station) showAdminPoll(w http.ResponseWriter, r *http.Request) error {
	key, err := s.session(r)
	if err != nil && !isRefusal(err) {
		return err
	}
	if key == nil {
		s.forget(w, r, err)
		status := http.StatusOK
		if errors.Is(err, errSlow) {
			status = errSlow.Status
		}
		return s.renderAdmin(w, r, adminView{Next: adminPath(r.URL.RequestURI())}, status)
	}
	return s.renderPoll(w, r, r.PathValue("slug"), pollView{}, http.StatusOK)
}

// editAgain shows somebody who had to sign in what they had typed of a poll.
func (s *Station) editAgain(w http.ResponseWriter, r *http.Request, form adminForm) error {
	v := pollView{Form: form, Note: printer(r).Text("admin.signed_in_unsaved", nil)}
	return s.renderPoll(w, r, form["edit"], v, http.StatusOK)
}

func (s *Station) renderPoll(w http.ResponseWriter, r *http.Request, slug string, v pollView, status int) error {
	w.Header().Set("Cache-Control", "no-store")
	p, err := s.poll(r.Context(), slug)
	if err != nil {
		return err
	}
	polls, err := s.catalog(r.Context())
	if err != nil {
		return err
	}
	v.adminPoll, v.ID = s.adminPoll(r, p, time.Now()), adminForm(nil).named()["id"]
	if v.Form == nil {
		v.Form = formOf(p)
	}
	v.Form["revision"] = strconv.FormatInt(p.Revision, 10)
	if v.Trail, err = s.audit(r, slug, recordsShown+1); err != nil {
		return err
	}
	if len(v.Trail) > recordsShown {
		v.Trail = v.Trail[:recordsShown]
		v.Older = v.pagePath() + "?before=" + strconv.FormatInt(v.Trail[recordsShown-1].ID, 10) + "#audit"
	}
	family := rounds(polls, p)
	at := slices.IndexFunc(family, func(q vote.Poll) bool { return q.Slug == slug })
	for _, q := range family[max(0, at+1-roundsShown):min(len(family), at+roundsShown)] {
		round, best := s.round(r, q, v.now)
		if q.Slug == slug {
			v.Best = best
		}
		v.Rounds = append(v.Rounds, round)
	}
	return web.HTML(w, status, s.pollPage(v))
}

// round counts a poll, if the store answers in time, and returns who won beside the two
// that lead among those still in the running.
func (s *Station) round(r *http.Request, p vote.Poll, now time.Time) (v roundView, best []string) {
	v = roundView{adminPoll: s.adminPoll(r, p, now)}
	if p.Status == vote.Draft {
		return v, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	var result count.Result
	var wrong error
	_, err := s.Store.Snapshot(ctx, p.Slug, func(q vote.Poll, ballots vote.Ballots) {
		_, result, wrong = count.Poll(q, ballots)
	})
	if err != nil || wrong != nil {
		s.Log.Warn("a poll is shown without its count", "poll", p.Slug, "error", errors.Join(err, wrong))
		return v, nil
	}
	v.Voters, v.Counted = result.Voters, true
	if result.Without != nil {
		result = *result.Without
	}
	if v.Voters == 0 {
		return v, nil
	}
	for _, id := range result.Winners {
		o, _ := p.Option(id)
		v.Winners = append(v.Winners, o.Label)
	}
	first := slices.Concat(result.Order...)
	return v, first[:min(2, len(first))]
}
