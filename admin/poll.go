package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"popeye/admin/form"
	"popeye/admin/pages"
	"popeye/count"
	"popeye/count/rules"
	"popeye/internal/qrcode"
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

// parts are the pages of one poll, by the end of their address.
var parts = map[string]func(s *Station, w http.ResponseWriter, r *http.Request) error{
	"settings": func(s *Station, w http.ResponseWriter, r *http.Request) error {
		return s.renderSettings(w, r, r.PathValue("slug"), pages.Settings{}, http.StatusOK)
	},
	"rounds": func(s *Station, w http.ResponseWriter, r *http.Request) error {
		return s.renderRounds(w, r, r.PathValue("slug"), pages.Rounds{}, http.StatusOK)
	},
	"trail":   (*Station).showTrail,
	"minutes": (*Station).showMinutes,
}

// showPart shows one of the pages of a poll. Another address is that of a form.
func (s *Station) showPart(w http.ResponseWriter, r *http.Request) error {
	show, ok := parts[r.PathValue("part")]
	if !ok {
		return s.toAdmin(w, r)
	}
	return s.page(func(w http.ResponseWriter, r *http.Request) error { return show(s, w, r) })(w, r)
}

// showRun shows the page from which a poll is run.
func (s *Station) showRun(w http.ResponseWriter, r *http.Request) error {
	return s.renderRun(w, r, r.PathValue("slug"), pages.Run{Fresh: r.URL.Query().Has("asked")}, http.StatusOK)
}

func (s *Station) renderRun(w http.ResponseWriter, r *http.Request, slug string, v pages.Run, status int) (err error) {
	if v.Frame, v.Poll, err = s.read(r, slug, v.Frame); err != nil {
		return err
	}
	var result count.Result
	v.Poll, v.Totals, result = s.countPoll(r, v.Poll)
	v.ID, v.Best, v.Behind = form.Form(nil).Named()["id"], winners(v.Poll.Poll, result), s.lately(r).Waiting
	if r.Method == http.MethodGet && unchanged(w, r, tag(r, v.Revision, v.Counted, v.Totals, v.Best, v.Behind)) {
		return nil
	}
	if v.QR, err = qrcode.Draw(v.VoteURL, v.Frame.Say.Text("result.qr", nil)); err != nil {
		return err
	}
	return web.HTML(w, status, s.look.Page(v.Page()))
}

// read reads the poll that a page is about.
func (s *Station) read(r *http.Request, slug string, f pages.Frame) (pages.Frame, pages.Poll, error) {
	p, err := s.poll(r.Context(), slug)
	f.Say, f.Now = printer(r), time.Now()
	return f, s.shownPoll(r, p, f.Now), err
}

func (s *Station) renderSettings(w http.ResponseWriter, r *http.Request, slug string, v pages.Settings, status int) (err error) {
	w.Header().Set("Cache-Control", "no-store")
	if v.Frame, v.Poll, err = s.read(r, slug, v.Frame); err != nil {
		return err
	}
	if v.Form == nil {
		v.Form = form.Of(v.Poll.Poll)
	}
	v.Form["revision"] = form.Revision(v.Poll.Poll)
	return web.HTML(w, status, s.look.Page(v.Page()))
}

func (s *Station) renderRounds(w http.ResponseWriter, r *http.Request, slug string, v pages.Rounds, status int) (err error) {
	if v.Frame, v.Poll, err = s.read(r, slug, v.Frame); err != nil {
		return err
	}
	polls, err := s.catalog(r.Context())
	if err != nil {
		return err
	}
	v.ID = form.Form(nil).Named()["id"]
	family := rounds(polls, v.Poll.Poll)
	at := slices.IndexFunc(family, func(q vote.Poll) bool { return q.Slug == slug })
	for _, q := range family[max(0, at+1-roundsShown):min(len(family), at+roundsShown)] {
		p, _, result := s.countPoll(r, s.shownPoll(r, q, v.Frame.Now))
		if q.Slug == slug && p.Votes > 0 {
			v.Best = leading(result)
		}
		v.Rounds = append(v.Rounds, pages.Round{Poll: p, Winners: winners(q, result)})
	}
	return web.HTML(w, status, s.look.Page(v.Page()))
}

// countPoll counts a poll that has opened, if the store answers in time.
func (s *Station) countPoll(r *http.Request, p pages.Poll) (pages.Poll, count.Totals, count.Result) {
	var totals count.Totals
	var result count.Result
	if p.Status == vote.Draft {
		return p, totals, result
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	var wrong error
	_, err := s.Store.Snapshot(ctx, p.Slug, func(q vote.Poll, ballots vote.Ballots) {
		totals, result, wrong = rules.Count(q, ballots)
	})
	if err != nil || wrong != nil {
		s.Log.Warn("a poll is shown without its count", "poll", p.Slug, "error", errors.Join(err, wrong))
		return p, count.Totals{}, count.Result{}
	}
	p.Votes, p.Counted = totals.Voters+totals.Abstained+totals.Invalid, true
	return p, totals, result
}

// running is the count of those still in the running.
func running(result count.Result) count.Result {
	if result.Without != nil {
		return *result.Without
	}
	return result
}

// winners are the labels of who won; nil where nobody voted.
func winners(p vote.Poll, result count.Result) (labels []string) {
	if result.Voters == 0 {
		return nil
	}
	for _, id := range running(result).Winners {
		o, _ := p.Option(id)
		labels = append(labels, o.Label)
	}
	return labels
}

// leading are the ids of the two that lead.
func leading(result count.Result) []string {
	first := slices.Concat(running(result).Order...)
	return first[:min(2, len(first))]
}

// showTrail shows what organisers did to a poll.
func (s *Station) showTrail(w http.ResponseWriter, r *http.Request) (err error) {
	var v pages.Trail
	if v.Frame, v.Poll, err = s.read(r, r.PathValue("slug"), v.Frame); err != nil {
		return err
	}
	if v.Records, err = s.audit(r, v.Slug, recordsShown+1); err != nil {
		return err
	}
	if len(v.Records) > recordsShown {
		v.Records = v.Records[:recordsShown]
		v.Older = v.Path("trail") + "?before=" + strconv.FormatInt(v.Records[recordsShown-1].ID, 10) + "#audit"
	}
	return web.HTML(w, http.StatusOK, s.look.Page(v.Page()))
}

// showMinutes shows a page to print.
func (s *Station) showMinutes(w http.ResponseWriter, r *http.Request) (err error) {
	var v pages.Minutes
	if v.Frame, v.Poll, err = s.read(r, r.PathValue("slug"), v.Frame); err != nil {
		return err
	}
	v.Poll, v.Totals, v.Result = s.countPoll(r, v.Poll)
	v.Winners = winners(v.Poll.Poll, v.Result)
	if v.Records, err = s.audit(r, v.Slug, store.MaxAudit); err != nil {
		return err
	}
	slices.Reverse(v.Records)
	return web.HTML(w, http.StatusOK, s.look.Page(v.Page()))
}
