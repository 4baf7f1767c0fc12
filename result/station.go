package result

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"popeye/internal/metrics"
	"popeye/internal/socketio"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/store"
)

const (
	// storeTimeout bounds one step of the store while somebody waits.
	storeTimeout = 3 * time.Second
	// retryAfter is what people are told when the store can't be reached.
	retryAfter = 3 * time.Second
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
	// defaultViewers take about 300 MB, some 20 kB each: less than the memory
	// that a container of this service is given.
	defaultViewers = 15_000
)

// Store is what the station needs of the store.
type Store interface {
	store.Tallies
	store.Watcher
}

// Config is what the station works with.
type Config struct {
	Store     Store
	PublicURL string // how people reach this station; "" if as the request says
	PollURL   string // how people reach the voting page; "" for the request's host at PollPort
	PollPort  string // "5000" if empty
	// OutwardHost is a name of this machine that other devices reach, for the
	// big screen that somebody opened as localhost; "" if there is none.
	OutwardHost string
	Proxies     web.Proxies // whose X-Forwarded-For counts
	MaxViewers  int         // connected at once; one more is told to come later. 15,000 if 0

	Tracer   trace.Tracer // makes the spans of requests and of what viewers are told; nil for none
	Log      *slog.Logger
	Registry *metrics.Registry
}

// Station shows the count. Safe for concurrent use.
type Station struct {
	Config
	hub     *hub
	sockets *socketio.Server
	look    *ui.Theme
	parts   parts
}

//go:embed static
var embedded embed.FS

// New checks the configuration and starts nothing.
func New(c Config) (*Station, error) {
	if c.Store == nil || c.Log == nil || c.Registry == nil {
		return nil, errors.New("result: Store, Log and Registry are needed")
	}
	if err := ui.CheckLinks(c.PollURL, c.PublicURL); err != nil {
		return nil, err
	}
	if c.Tracer == nil {
		c.Tracer = noop.Tracer{}
	}
	s := &Station{Config: c}
	var err error
	s.sockets, err = socketio.New(socketio.Config{
		OnConnect: s.welcome, AllowedOrigins: origins(c.PublicURL), Logger: c.Log,
		PingInterval: pingEvery, PingTimeout: pingTimeout, MaxPayload: maxPacket,
		MaxSockets:  cmp.Or(c.MaxViewers, defaultViewers),
		PollTimeout: viewerPoll, Source: c.source,
		MaxPackets: maxPackets, MaxRooms: maxSubscriptions + 1, // the classic one
	})
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_RESULT_URL: %w", err) // all else is ours
	}
	s.hub = newHub(c.Store, c.Log, c.Tracer, newMeasures(c.Registry, s.sockets.Count), s.sockets.BroadcastLatest)
	if s.look, err = ui.Load(embedded, "screen.css"); err != nil {
		return nil, err
	}
	return s, nil
}

// source returns whom a viewer who has not arrived counts for.
func (c Config) source(r *http.Request) netip.Prefix {
	client := c.Proxies.Client(r)
	if !web.IsPublic(client) {
		return netip.Prefix{} // it may be a proxy
	}
	return web.Customer(client)
}

// Run keeps the figures live until ctx ends.
func (s *Station) Run(ctx context.Context) error { return s.hub.run(ctx) }

// CloseViewers ends every viewer's connection, so that a server can drain;
// their pages connect again by themselves.
func (s *Station) CloseViewers() {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := s.sockets.Shutdown(ctx); err != nil {
		s.Log.Warn("some viewers' connections did not end in time", "error", err)
	}
}

// Site returns the station's site: every route, and who calls it. Others may add
// theirs.
func (s *Station) Site() *web.Site {
	site := &web.Site{
		Log: s.Log, Mux: http.NewServeMux(), Explain: explain, ErrorPage: s.errorPage,
		Origins: []string{s.PublicURL}, Requests: web.NewRequests(s.Registry, "result"), Tracer: s.Tracer,
		Stream: s.sockets, StreamPath: "/socket.io/",
	}
	site.Handle("GET /{$}", s.showPage)                            // audience: the default poll
	site.Handle("GET /p/{slug}", s.showPage)                       // audience: any poll
	site.Handle("GET /p/{slug}/present", s.showBigScreen)          // the room
	site.Handle("GET /api/v1/polls/{slug}/results", s.showResults) // programs
	site.Handle("GET /api/v1/polls/{slug}/results.csv", s.showCSV) // spreadsheets
	site.HandleFiles(s.look.Files)                                 // browsers
	return site
}

func origins(url string) []string {
	if url == "" {
		return nil
	}
	return []string{url}
}
