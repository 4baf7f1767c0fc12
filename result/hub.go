package result

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"popeye/internal/retry"
	"popeye/internal/socketio"
	"popeye/store"
)

// maxFeeds bounds the polls that are watched at once, should strangers ask for
// names at random while the store can't say which exist.
const maxFeeds = 10_000

var errTooManyFeeds = errors.New("too many polls are watched at once")

// hub wakes the feed of each poll that has viewers when the store says that
// the poll changed.
type hub struct {
	store     Store
	log       *slog.Logger
	broadcast func(room, key string, packets ...socketio.Packet)
	reads     *prometheus.CounterVec

	mu    sync.Mutex
	feeds map[string]*feed // by slug; one for each poll with viewers
	life  context.Context  // nil until run, ends with it
	group sync.WaitGroup   // the goroutines of feeds
}

func newHub(s Store, log *slog.Logger, broadcast func(room, key string, packets ...socketio.Packet)) *hub {
	return &hub{
		store: s, log: log, broadcast: broadcast, feeds: map[string]*feed{},
		reads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "popeye_result_reads_total", Help: "Reads of a tally for live viewers, by outcome.",
		}, []string{"outcome"}),
	}
}

// run listens to the store until ctx ends, and ends when every feed has.
func (h *hub) run(ctx context.Context) error {
	h.mu.Lock()
	h.life = ctx
	for _, f := range h.feeds { // of viewers that came before
		h.start(f)
	}
	h.mu.Unlock()

	g, ctx := errgroup.WithContext(ctx)
	for _, topic := range []store.Topic{store.TalliesChanged, store.PollsChanged} {
		g.Go(func() error { return h.listen(ctx, topic) })
	}
	err := g.Wait()
	h.group.Wait()
	return err
}

// listen wakes feeds; a connection that is lost is made again.
func (h *hub) listen(ctx context.Context, topic store.Topic) error {
	for ctx.Err() == nil {
		_ = retry.Do(ctx, h.log, "listen to the store", func(ctx context.Context) error {
			listening := false
			err := h.store.Watch(ctx, topic, func(slug string) { listening = true; h.wake(slug) })
			if listening && ctx.Err() == nil {
				h.log.Warn("the store was lost: the figures may be old until it is back", "error", err)
				h.wake("")
				return nil
			}
			return err
		})
	}
	return nil
}

// wake tells a poll's feed, or with "" every feed, to look.
func (h *hub) wake(slug string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slug != "" {
		if f := h.feeds[slug]; f != nil {
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
		close(f.left)
	}
}

// start runs a feed, if the hub runs. The caller holds mu.
func (h *hub) start(f *feed) {
	if h.life == nil || h.life.Err() != nil {
		return
	}
	h.group.Add(1)
	go func() {
		defer h.group.Done()
		f.run(h.life)
	}()
}
