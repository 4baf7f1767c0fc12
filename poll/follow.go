package poll

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"popeye/internal/follow"
	"popeye/internal/metrics"
	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
	"popeye/vote/event"
)

// maxFollowers bounds the pages that follow their polls or events by a stream, in one
// process; they never take more than half of the connections there may be. The others ask
// every ten seconds.
const maxFollowers = 10_000

// lookEvery is how often a followed poll is looked at, in the queue's memory, without news.
const lookEvery = 250 * time.Millisecond

// stateHeader and the streams tell the state of a poll: our page looks again when
// it is another one than its own.
const stateHeader = "Popeye-State"

// stateOf names what a poll is to voters; p is as of now. Every change gives it
// another name.
func stateOf(p vote.Poll) string {
	return strconv.FormatInt(p.Revision, 10) + "." + string(p.Status)
}

// goneState is that of a poll that was deleted.
const goneState = "gone"

// follow tells a page of every change of its poll.
func (s *Station) follow(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	return s.serveFollower(w, r, p.Slug, saidOf(p))
}

// serveFollower gives a page the stream of a poll's slug or an event's Name.
func (s *Station) serveFollower(w http.ResponseWriter, r *http.Request, key string, first follow.Said) error {
	err := s.watch.Serve(w, r, key, first)
	switch {
	case errors.Is(err, follow.ErrEnded):
		return queue.ErrUnavailable
	case errors.Is(err, follow.ErrFull):
		s.tooMany.Inc()
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: codeTooMany, Message: "poll_error.too_many_pages", RetryAfter: follow.BeatEvery,
		}
	}
	return err
}

// EndStreams ends every stream, so that the server can drain.
func (s *Station) EndStreams() { s.watch.End() }

func (s *Station) newHub(maxConns int, r *metrics.Registry) *follow.Hub {
	most := maxFollowers
	if maxConns > 0 {
		most = min(most, maxConns/2)
	}
	hub := follow.New(most, lookEvery, s.lookAt, s.Inbox.News)
	s.tooMany = r.Counter("popeye_poll_followers_refused_total", "Ballot pages that got no stream because of the limit; they ask every ten seconds instead.")
	r.GaugeFunc("popeye_poll_followers", "Ballot pages that follow their polls or events by a stream.", func() float64 {
		return float64(hub.Followers())
	})
	return hub
}

// lookAt says how a poll or an event is, in the memory of the queue. While that is away,
// it is as it was.
func (s *Station) lookAt(ctx context.Context, key string, followers int) (follow.Said, bool) {
	if code, ok := event.CutName(key); ok {
		return s.lookAtEvent(ctx, code, followers)
	}
	p, err := s.Inbox.Poll(ctx, key)
	switch {
	case err == nil:
		return saidOf(p), true
	case errors.Is(err, queue.ErrNoPoll):
		return follow.Said{State: goneState, Data: goneState}, true
	}
	return follow.Said{}, false
}

func saidOf(p vote.Poll) follow.Said {
	state := stateOf(asOf(p, time.Now()))
	return follow.Said{State: state, Data: state}
}
