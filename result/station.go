package result

import (
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

	"popeye/internal/apidoc"
	"popeye/internal/follow"
	"popeye/internal/metrics"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/result/audience"
	"popeye/result/live"
	"popeye/result/picture"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/event"
)

const (
	// retryAfter is what people are told when the store can't be reached.
	retryAfter = 3 * time.Second
)

// Store is what the station needs of the store.
type Store interface {
	store.Tallies
	store.Watcher
	// Poll is that of store.Polls, Event that of store.Events, Account that of store.Ledger.
	Poll(ctx context.Context, slug string) (vote.Poll, error)
	Event(ctx context.Context, code string) (event.Event, error)
	Account(ctx context.Context) (store.Account, error)
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
	// IsOrganiser reports whether an organiser sent a request: they see what the poll
	// hides. Nil if nobody is one.
	IsOrganiser func(*http.Request) bool
	Proxies     web.Proxies // whose X-Forwarded-For counts
	MaxViewers  int         // connected at once; one more is told to come later. 15,000 if 0

	Tracer   trace.Tracer // makes the spans of requests and of what viewers are told; nil for none
	Log      *slog.Logger
	Registry *metrics.Registry
}

// Station shows the count. Safe for concurrent use.
type Station struct {
	Config
	reader   *audience.Reader
	viewers  *live.Live
	look     *ui.Theme
	parts    parts
	walls    *follow.Hub // pages that follow events
	news     follow.News // that a poll or an event has changed
	previews picture.Kept
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
	if c.IsOrganiser == nil {
		c.IsOrganiser = func(*http.Request) bool { return false }
	}
	s := &Station{Config: c, reader: audience.NewReader(c.Store, c.Registry)}
	s.walls = follow.New(maxWalls, lookEvery, s.lookAtEvent, s.news.Next)
	c.Registry.GaugeFunc("popeye_result_event_followers", "Pages of the result that follow events by a stream.", func() float64 {
		return float64(s.walls.Followers())
	})
	var err error
	s.viewers, err = live.New(live.Config{
		Watcher: c.Store, PollsChanged: s.news.Tell, Reader: s.reader, Origins: origins(c.PublicURL), MaxViewers: c.MaxViewers, Source: c.source, IsOrganiser: c.IsOrganiser,
		Tracer: c.Tracer, Log: c.Log, Registry: c.Registry,
	})
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_RESULT_URL: %w", err) // all else is ours
	}
	if s.look, err = ui.Load(embedded); err != nil {
		return nil, err
	}
	if err = s.look.Files.Bundle(pageScript, pageScripts...); err != nil {
		return nil, fmt.Errorf("result: %w", err)
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
func (s *Station) Run(ctx context.Context) error { return s.viewers.Run(ctx) }

// CloseViewers ends every viewer's connection, so that a server can drain;
// their pages connect again by themselves.
func (s *Station) CloseViewers() {
	s.walls.End()
	ctx, cancel := context.WithTimeout(context.Background(), audience.StoreTimeout)
	defer cancel()
	if err := s.viewers.Shutdown(ctx); err != nil {
		s.Log.Warn("some viewers' connections did not end in time", "error", err)
	}
}

// Site returns the station's site: every route, and who calls it. Others may add
// theirs.
func (s *Station) Site() *web.Site {
	site := &web.Site{
		Log: s.Log, Mux: http.NewServeMux(), Explain: explain, ErrorPage: s.errorPage,
		Origins: []string{s.PublicURL}, Requests: web.NewRequests(s.Registry, "result"), Tracer: s.Tracer,
		Stream: s.viewers, StreamPath: "/socket.io/",
	}
	site.Handle("GET /{$}", s.showPage)                                        // audience: the default poll
	site.Handle("GET /p/{slug}", s.showPage)                                   // audience: any poll
	site.Handle("GET /p/{slug}/present", s.showBigScreen)                      // the room
	site.Handle("GET /p/{slug}/preview.png", s.showPreview)                    // programs that show links
	site.Handle("GET /p/{slug}/qr.png", s.showQR)                              // slides, posters
	site.Handle("GET /p/{slug}/qr.svg", s.showQR)                              //
	site.Handle("GET /e/{code}", s.showEvent)                                  // audience of an event
	site.Handle("GET /e/{code}/present", s.showEventScreen)                    // its room
	site.Handle("GET /embed/{slug}", s.showEmbedded)                           // other sites' pages, in a frame
	site.Handle("GET /api/v1/polls/{slug}/results", s.showResults)             // programs
	site.Handle("GET /api/v1/polls/{slug}/results.csv", s.showCSV)             // spreadsheets
	site.Handle("GET /api/v1/polls/{slug}/ballots.json", s.serve(ballotsJSON)) // whoever counts again
	site.Handle("GET /api/v1/polls/{slug}/ballots.csv", s.serve(ballotsCSV))   //
	site.Handle("GET /api/v1/polls/{slug}/ballots.blt", s.serve(ballotsBLT))   //
	site.HandleStream("GET /api/v1/events/{code}/follow", s.followEvent)       // our page: an event
	site.Handle("GET /api/v1/openapi.yaml", apidoc.File)                       // programmers
	site.Handle("GET /api", apidoc.Page(s.look, "result"))                     //
	site.HandleFiles(s.look.Files)                                             // browsers
	return site
}

func origins(url string) []string {
	if url == "" {
		return nil
	}
	return []string{url}
}
