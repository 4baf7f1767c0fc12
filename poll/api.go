package poll

import (
	"errors"
	"net/http"
	"time"

	"popeye/api"
	"popeye/internal/web"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
)

// takeJSON casts a vote that a program sends.
func (s *Station) takeJSON(w http.ResponseWriter, r *http.Request) error {
	var body api.Cast
	if err := web.ReadJSON(w, r, maxBody, &body); err != nil {
		return err
	}
	if body.Vote == nil {
		return newRefusal(http.StatusBadRequest, "malformed", "poll_error.no_vote", nil)
	}
	var repeated bool
	a, err := s.cast(r.Context(), offer{
		slug: r.PathValue("slug"), id: body.ID, edition: body.Edition, repeated: &repeated,
		who:    func(vote.Poll) (voter.Asker, error) { return s.cookies.Asks(r, body.ID) },
		ballot: func(p vote.Poll) (vote.Ballot, error) { return vote.ParseJSON(p, body.Vote) },
	})
	if err != nil {
		return err
	}
	pass := ""
	if a.by.Known || !repeated { // else whoever sends a used id would become its voter
		s.cookies.Keep(w, r, a.by)
		if !a.before { // else nobody has voted in the poll as it is
			places := s.cookies.Places(w, r, a.poll, "")
			pass = s.cookies.Prove(w, r, a.by, a.poll, places)
			s.cookies.Remember(w, r, a.by.Key, a.poll, a.vote.Ballot, places) // for the page, if the same browser opens it
		}
	}
	return web.JSON(w, http.StatusAccepted, api.Receipt{
		Status: api.Recorded, Poll: a.vote.Poll, Vote: a.vote.Ballot, ID: a.vote.ID, Pass: pass,
	})
}

// showPoll tells a program what can be voted on.
func (s *Station) showPoll(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if errors.Is(err, queue.ErrNoPoll) {
		w.Header().Set(stateHeader, goneState)
	}
	if err != nil {
		return err
	}
	p = asOf(p, time.Now())
	edition := p.Edition()
	if p.Status == vote.Draft {
		edition = "" // a digest of what is not told yet
		p.Options, p.Withdrawn, p.LotSeed = []vote.Option{}, nil, ""
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set(stateHeader, stateOf(p))
	return web.JSON(w, http.StatusOK, api.Poll{
		Slug: p.Slug, Code: p.Code, Question: p.Question, Kind: p.Kind, Options: p.Options, Min: p.Min, Max: p.Max,
		Status: p.Status, OpensAt: p.OpensAt, ClosesAt: p.ClosesAt, TimeZone: p.TimeZone,
		Rule: p.CountedBy(), Seats: max(1, p.Seats), EqualRanks: p.EqualRanks, Abstain: p.Abstain, Withdrawn: p.Withdrawn, LotSeed: p.LotSeed,
		Edition: edition, Corrections: p.Corrections, Reopenings: p.Reopenings,
	})
}

// published returns the poll that the request is about.
func (s *Station) published(r *http.Request) (vote.Poll, error) {
	slug := slugOf(r)
	if vote.ValidateSlug(slug) != nil {
		return vote.Poll{}, queue.ErrNoPoll
	}
	return s.Inbox.Poll(r.Context(), slug)
}

// slugOf names the poll of a request: that of the path, or the default one.
func slugOf(r *http.Request) string {
	if slug := r.PathValue("slug"); slug != "" {
		return slug
	}
	return vote.DefaultSlug
}
