package poll

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"popeye/internal/traces"
	"popeye/internal/web"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
)

const (
	// castTimeout bounds how long a voter waits for an answer.
	castTimeout = 5 * time.Second
	// retryAfter is what a voter is told when the queue can't take a vote.
	retryAfter = 3 * time.Second
	// maxTries bounds how often a ballot is checked anew because the poll changed.
	maxTries = 4
)

// offer is a vote as a voter offers it, before it is checked.
type offer struct {
	slug    string
	id      string // chosen by the client, "" for none
	edition string // of the poll that the voter was shown, "" if nobody says
	cookie  string // the tag of the instance whose cookie the form's page set, "" if nobody says

	who      func(vote.Poll) (voter.Asker, error) // says who offers it, given the poll
	ballot   func(vote.Poll) (vote.Ballot, error) // reads it, given the poll
	repeated *bool                                // set to true if an earlier cast of the id was recorded
}

// attempt is how far an offer came. It is empty if there is no such poll, nobody who
// may vote in it, or somebody who votes too often.
type attempt struct {
	poll vote.Poll // as published
	by   voter.Asker
	vote vote.Vote
	// before is set for a retry of what was recorded under words that the poll has no
	// more: perhaps in a poll that had this name before.
	before bool
}

// cast checks an offer against the published poll and casts it. The vote is recorded
// if the error is nil.
func (s *Station) cast(ctx context.Context, o offer) (attempt, error) {
	ctx, cancel := context.WithTimeout(ctx, castTimeout)
	defer cancel()
	ctx, end := s.traced(ctx)
	a, err := s.tryCast(ctx, o)
	outcome := resultOf(err)
	end(a.poll.Slug, outcome)
	s.votes[outcome].Inc()
	return a, err
}

// traced begins the span of a cast, if there are spans. The caller ends it.
func (s *Station) traced(ctx context.Context) (_ context.Context, end func(poll, outcome string)) {
	if s.Tracer == nil {
		return ctx, func(string, string) {}
	}
	ctx, span := s.Tracer.Start(ctx, "cast", trace.WithSpanKind(trace.SpanKindProducer))
	return ctx, func(poll, outcome string) {
		span.SetAttributes(attribute.String("popeye.poll", poll), attribute.String("popeye.outcome", outcome))
		span.End()
	}
}

// tryCast goes from the poll to the voter, to the ballot, to the queue: who may vote
// is a matter of the poll.
func (s *Station) tryCast(ctx context.Context, o offer) (attempt, error) {
	if err := checkOffer(o); err != nil {
		return attempt{}, err
	}
	p, err := s.Inbox.Poll(ctx, o.slug)
	if err != nil {
		return attempt{}, err
	}
	by, err := o.who(p)
	if err != nil {
		return attempt{}, err
	}
	if wait := s.limit.Allow(by.ID, time.Now()); wait > 0 {
		return attempt{}, tooMany(wait)
	}
	a := attempt{poll: p, by: by, vote: vote.Vote{Poll: o.slug, Voter: by.ID, ID: o.id, TraceParent: traces.Text(ctx)}}
	if a.vote.ID == "" {
		a.vote.ID = uuid.Must(uuid.NewV7()).String()
	}
	welcome := by.Known
	for try := 1; ; try++ {
		err = s.castIn(ctx, o, &a, &welcome)
		if !errors.Is(err, queue.ErrChanged) || try == maxTries {
			return a, err
		}
		if a.poll, err = s.Inbox.Poll(ctx, o.slug); err != nil {
			return a, err
		}
	}
}

// castIn casts an offer in the poll as it was read. welcome is whether the voter is
// known, or counted as a new one: once, however often the poll changes.
func (s *Station) castIn(ctx context.Context, o offer, a *attempt, welcome *bool) (err error) {
	p, v := a.poll, &a.vote
	once := o.id != "" // a retry may have been recorded while the poll was open
	switch {
	case p.Status == vote.Draft || p.Status != vote.Open && !once:
		return notOpen(p)
	case o.cookie != "" && !a.by.Known && o.cookie == voter.Tag(a.by.Key):
		return s.noCookie()
	case o.edition != "" && o.edition != p.Edition():
		return s.retried(ctx, o, a)
	}
	if v.Ballot, err = o.ballot(p); err != nil {
		return err
	}
	if !*welcome {
		if wait := s.cookies.Newcomers.Admit(a.by.From, time.Now()); wait > 0 {
			return tooManyNew(wait)
		}
		*welcome = true
	}
	v.Created, v.At = p.CreatedKey(), time.Now()
	return s.Inbox.Cast(ctx, queue.Cast{Vote: *v, Revision: p.Revision, Once: once, Repeated: o.repeated})
}

// noRevision is that of no poll: nothing can be appended under it.
const noRevision = 0

// retried answers an offer whose voter was shown other words than the poll has
// now. It is not recorded, unless it is a retry of what was recorded while the
// poll had those words: then it still is, and the queue remembers.
func (s *Station) retried(ctx context.Context, o offer, a *attempt) error {
	ballot, err := o.ballot(a.poll)
	if o.id == "" || err != nil {
		return errPollChanged
	}
	a.vote.Ballot, a.vote.At, a.before = ballot, time.Now(), true
	err = s.Inbox.Cast(ctx, queue.Cast{Vote: a.vote, Revision: noRevision, Once: true, Repeated: o.repeated})
	if errors.Is(err, queue.ErrChanged) {
		return errPollChanged
	}
	return err
}

func checkOffer(o offer) error {
	if vote.ValidateSlug(o.slug) != nil {
		return queue.ErrNoPoll
	}
	if o.id == "" {
		return nil
	}
	if err := vote.ValidateID(o.id); err != nil {
		return &web.Error{Status: http.StatusBadRequest, Code: "malformed", Cause: err}
	}
	return nil
}

const codeTooMany = "too_many"

// tooMany is the answer to a voter whose next vote is taken after a wait.
func tooMany(wait time.Duration) error {
	return &web.Error{Status: http.StatusTooManyRequests, Code: codeTooMany, Message: "poll_error.too_many_votes", RetryAfter: wait}
}

// tooManyNew is the answer to a new voter whose network has brought very many.
func tooManyNew(wait time.Duration) error {
	return &web.Error{Status: http.StatusTooManyRequests, Code: codeTooMany, Message: "poll_error.too_many_new", RetryAfter: wait}
}

var errPollChanged = newRefusal(http.StatusConflict, "poll_changed", "poll_error.changed", nil)

// notOpen says why a poll takes no vote now.
func notOpen(p vote.Poll) error {
	if p.Status == vote.Draft {
		return newRefusal(http.StatusConflict, "not_open", "poll_error.draft", nil)
	}
	return newRefusal(http.StatusConflict, "not_open", "poll_error.closed", nil)
}

// results are what may become of an offer: "recorded", why it was not, "left" if
// the voter did not wait for the answer, and "internal" for a fault of ours.
var results = []string{
	"recorded", "malformed", "invalid_vote", "no_poll", "not_open", "poll_changed", "id_reused", "refused", "too_many", "no_cookie", "left", "unavailable", "internal",
}

// resultOf names what became of an offer, one of results.
func resultOf(err error) string {
	switch {
	case err == nil:
		return "recorded"
	case errors.Is(err, context.Canceled): // not "unavailable", which wakes somebody up
		return "left"
	}
	var e *web.Error
	if errors.As(explain(err), &e) && slices.Contains(results, e.Code) {
		return e.Code
	}
	return "internal"
}
