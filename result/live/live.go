package live

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"

	"popeye/internal/i18n"
	"popeye/internal/metrics"
	"popeye/internal/socketio"
	"popeye/result/audience"
	"popeye/store"
)

const (
	// A viewer whose connection is silent for pingEvery + pingTimeout is told
	// by its own page that the figures may be old.
	pingEvery   = 8 * time.Second
	pingTimeout = 6 * time.Second
	// viewerPoll is how long a viewer may be without a poll and a websocket in hand. On
	// a line with a round trip of 400 ms, 0.7 s is enough; TLS, or a lost packet, takes
	// a second or two more.
	viewerPoll = 5 * time.Second
	// maxPacket bounds what a viewer may send: a subscription, no more. Each of very
	// many can make the server hold so much.
	maxPacket = 4 << 10
	// defaultViewers take about 150 MB, some 10 kB each: less than the memory
	// that a container of this service is given.
	defaultViewers = 15_000
)

// Config is what viewers are kept up to date with.
type Config struct {
	Watcher store.Watcher
	// PollsChanged is called when a poll or an event has changed; may be nil.
	PollsChanged func()
	Reader       *audience.Reader
	Origins      []string // of pages that may connect, beside the server's own
	MaxViewers   int      // connected at once; one more is told to come later. 15,000 if 0
	// Source returns whom a viewer who has not arrived counts for.
	Source func(*http.Request) netip.Prefix
	// IsOrganiser reports whether a request is an organiser's.
	IsOrganiser func(*http.Request) bool

	Tracer   trace.Tracer
	Log      *slog.Logger
	Registry *metrics.Registry
}

// Live keeps viewers up to date. Safe for concurrent use.
type Live struct {
	hub     *hub
	sockets *socketio.Server
}

// New checks the configuration and starts nothing. An error is about the origins.
func New(c Config) (*Live, error) {
	l := &Live{}
	var err error
	l.sockets, err = socketio.New(socketio.Config{
		OnConnect: l.welcome, AllowedOrigins: c.Origins, Logger: c.Log,
		PingInterval: pingEvery, PingTimeout: pingTimeout, MaxPayload: maxPacket,
		MaxSockets:  cmp.Or(c.MaxViewers, defaultViewers),
		PollTimeout: viewerPoll, Source: c.Source, Know: func(r *http.Request) any { return opener{c.IsOrganiser(r), i18n.For(r)} },
		MaxPackets: MaxPackets, MaxRooms: MaxSubscriptions + 1, // the classic one
	})
	if err != nil {
		return nil, err
	}
	l.hub = &hub{
		watcher: c.Watcher, polls: c.PollsChanged, reader: c.Reader, measures: newMeasures(c.Registry, l.sockets.Count), log: c.Log, tracer: c.Tracer,
		broadcast: l.sockets.BroadcastLatest, feeds: map[string]*feed{},
	}
	return l, nil
}

// ServeHTTP answers the requests of Socket.IO.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.sockets.ServeHTTP(w, r) }

// Run keeps viewers up to date until ctx ends.
func (l *Live) Run(ctx context.Context) error { return l.hub.run(ctx) }

// Shutdown ends every viewer's connection, so that a server can drain.
func (l *Live) Shutdown(ctx context.Context) error { return l.sockets.Shutdown(ctx) }

// Viewers returns how many are connected.
func (l *Live) Viewers() int { return l.sockets.Count() }

// Polls returns how many polls have viewers.
func (l *Live) Polls() int {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	return len(l.hub.feeds)
}
