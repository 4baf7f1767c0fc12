package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"popeye/internal/socketio"
	"popeye/result/audience"
	"popeye/store"
)

// maxFeeds bounds the polls that are watched at once, should strangers ask for
// names at random while the store can't say which exist.
const maxFeeds = 10_000

// ComplainEvery is how long the log is spared after an error that nobody expected:
// each feed meets it at each try.
const ComplainEvery = time.Minute

var errTooManyFeeds = errors.New("too many polls are watched at once")

// hub wakes the feed of each poll that has viewers when the store says that
// the poll changed.
type hub struct {
	watcher   store.Watcher
	polls     func() // called when a poll or an event has changed; may be nil
	reader    *audience.Reader
	tracer    trace.Tracer
	measures  *measures
	log       *slog.Logger
	broadcast func(room, key string, packets ...socketio.Packet)

	mu         sync.Mutex
	complained time.Time // when complain last wrote; zero if never

	paces paces

	feeds map[string]*feed // by slug; one for each poll with viewers
	life  context.Context  // of run; nil before and after
	group sync.WaitGroup   // the goroutines of feeds
}

// run listens to the store until ctx ends, and ends when every feed has.
func (h *hub) run(ctx context.Context) error {
	h.reader.SetLinger(true)
	defer h.reader.SetLinger(false)
	h.mu.Lock()
	h.life = ctx
	for _, f := range h.feeds { // of viewers that came before
		h.start(f)
	}
	h.mu.Unlock()

	g, ctx := errgroup.WithContext(ctx)
	for topic, changed := range map[store.Topic]func(string){store.TalliesChanged: h.wake, store.PollsChanged: h.pollChanged} {
		g.Go(func() error {
			_ = store.Follow(ctx, h.log, h.watcher, topic, changed) // ends with ctx alone
			return nil
		})
	}
	err := g.Wait()
	h.mu.Lock() // whoever starts a feed holds it: now no more are started
	h.life = nil
	h.mu.Unlock()
	h.group.Wait()
	return err
}

// complain logs why a tally can't be read, if that is a fault of the program or of
// the database. A store that is away is logged by who watches it.
func (h *hub) complain(slug string, err error) {
	if audience.IsAway(err) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); now.Sub(h.complained) >= ComplainEvery {
		h.complained = now
		h.log.Error("viewers get no new figures", "poll", slug, "error", err)
	}
}

// pollChanged wakes a poll's feed, and tells who else wants to know.
func (h *hub) pollChanged(news string) {
	h.wake(news)
	if h.polls != nil {
		h.polls()
	}
}

// wake tells a poll's feed, or with "" every feed, to look.
func (h *hub) wake(news string) {
	slug, traceParent := store.SplitNews(news)
	h.mu.Lock()
	defer h.mu.Unlock()
	if slug != "" {
		if f := h.feeds[slug]; f != nil {
			f.follow(traceParent)
			f.wake()
		}
		return
	}
	for _, f := range h.feeds {
		f.wake()
	}
}

// follow adds a viewer to a poll's feed, which lives while it has any. Each
// follow is ended by one leave.
func (h *hub) follow(slug string) (*feed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.feeds[slug]
	if f == nil {
		if len(h.feeds) >= maxFeeds {
			return nil, fmt.Errorf("follow a poll: %w", errTooManyFeeds)
		}
		f = newFeed(slug, h)
		h.feeds[slug] = f
		h.start(f)
	}
	f.viewers++
	return f, nil
}

// leave takes a viewer off.
func (h *hub) leave(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.viewers--; f.viewers == 0 {
		delete(h.feeds, f.slug)
		f.end()
	}
}

// start runs a feed, if the hub runs. The caller holds mu.
func (h *hub) start(f *feed) {
	if life := h.life; life != nil {
		h.group.Go(func() { f.run(life) })
	}
}
