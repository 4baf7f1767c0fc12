package poll

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
)

// castRequest is the body of a vote by a program.
type castRequest struct {
	Vote json.RawMessage `json:"vote"`
	ID   string          `json:"id"` // optional; the same id makes a retry harmless
	// Edition is that of the poll as the voter was shown it; optional.
	Edition string `json:"edition"`
}

// castAnswer says that a vote is recorded, and as what.
type castAnswer struct {
	Status string      `json:"status"`
	Poll   string      `json:"poll"`
	Vote   vote.Ballot `json:"vote"`
	ID     string      `json:"id"`
}

// takeJSON casts a vote that a program sends.
func (s *Station) takeJSON(w http.ResponseWriter, r *http.Request) error {
	var body castRequest
	if err := web.ReadJSON(w, r, maxBody, &body); err != nil {
		return err
	}
	if body.Vote == nil {
		return web.Errorf(http.StatusBadRequest, "malformed", `The field "vote" is missing.`)
	}
	var repeated bool
	a, err := s.cast(r.Context(), offer{
		slug: r.PathValue("slug"), id: body.ID, edition: body.Edition, repeated: &repeated,
		who:    func(vote.Poll) (asker, error) { return s.asks(r, body.ID) },
		ballot: func(p vote.Poll) (vote.Ballot, error) { return vote.ParseJSON(p, body.Vote) },
	})
	if err != nil {
		return err
	}
	if a.by.known || !repeated { // else whoever sends a used id would become its voter
		s.keep(w, r, a.by)
		s.remember(w, r, a.by.key, a.poll, a.vote.Ballot) // for the page, if the same browser opens it
	}
	return web.JSON(w, http.StatusAccepted, castAnswer{"recorded", a.vote.Poll, a.vote.Ballot, a.vote.ID})
}

// publicPoll is what anyone may know of a poll. A draft does not show its
// options: it may be a quiz.
type publicPoll struct {
	Slug     string        `json:"slug"`
	Question string        `json:"question"`
	Kind     vote.Kind     `json:"kind"`
	Options  []vote.Option `json:"options"`
	Min      int           `json:"min"`
	Max      int           `json:"max"`
	Status   vote.Status   `json:"status"`
	OpensAt  time.Time     `json:"opens_at,omitzero"`
	ClosesAt time.Time     `json:"closes_at,omitzero"`

	Edition     string            `json:"edition,omitempty"` // for a vote to say what its voter was shown
	Corrections []vote.Correction `json:"corrections,omitempty"`
	Reopenings  []vote.Reopening  `json:"reopenings,omitempty"`
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
		p.Options = []vote.Option{}
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set(stateHeader, stateOf(p))
	return web.JSON(w, http.StatusOK, publicPoll{
		p.Slug, p.Question, p.Kind, p.Options, p.Min, p.Max, p.Status, p.OpensAt, p.ClosesAt,
		edition, p.Corrections, p.Reopenings,
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
