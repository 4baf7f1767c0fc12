package poll

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"popeye/internal/apidoc"
	"popeye/internal/follow"
	"popeye/internal/metrics"
	"popeye/internal/ratelimit"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/poll/ballotpage"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote/event"
)

// maxBody bounds a request's body: nearly twice the longest ballot's form.
const maxBody = 8 << 10

const (
	// window is what a voter's votes are limited in. A person who changes their
	// mind is far below; a stuck program is not.
	window = 10 * time.Second
	// maxTracked bounds the memory of the limit: how many voters are counted.
	maxTracked = 200_000
)

// Config is what the station works with.
type Config struct {
	Inbox queue.Inbox
	// CookieKey returns the key that signs voters' cookies: at least 16 bytes,
	// the same on every replica and for as long as a poll lasts. It is asked
	// until it has answered once.
	CookieKey func(context.Context) ([]byte, error)

	PublicURL  string // how people reach this station; "" if as the request says
	ResultURL  string // how people reach the result; "" for the request's host at ResultPort
	ResultPort string // "5001" if empty
	VoteRate   int    // most votes of one voter in ten seconds; 0 for no limit
	NewVoters  int    // most new voters of one network in a minute; 0 for no limit
	MaxConns   int    // most open connections, half of which may follow polls; 0 for no limit

	Crowd   queue.Crowd // is told who came, see Report
	Proxies web.Proxies // whose X-Forwarded-For counts

	Tracer   trace.Tracer // makes the spans of a vote; nil for none
	Log      *slog.Logger
	Registry *metrics.Registry
}

// Station answers voters. Safe for concurrent use.
type Station struct {
	Config
	cookies *voter.Cookies
	limit   *ratelimit.Limiter[string]  // the votes of each voter
	votes   map[string]*metrics.Counter // by result
	look    *ui.Theme
	watch   *follow.Hub
	tooMany *metrics.Counter           // pages that got no stream
	guesses *ratelimit.Limiter[string] // codes that lead nowhere, of each client
}

// New checks the configuration and starts nothing.
func New(c Config) (*Station, error) {
	if c.Inbox == nil || c.CookieKey == nil || c.Log == nil || c.Registry == nil {
		return nil, errors.New("poll: Inbox, CookieKey, Log and Registry are needed")
	}
	if err := ui.CheckLinks(c.PublicURL, c.ResultURL); err != nil {
		return nil, err
	}
	s := &Station{
		Config: c, limit: ratelimit.New[string](c.VoteRate, window, maxTracked),
		cookies: &voter.Cookies{
			Key: voter.NewKey(c.CookieKey), PublicURL: c.PublicURL, Proxies: c.Proxies,
			Newcomers: voter.NewNewcomers(c.NewVoters, c.Log, c.Registry),
		},
		guesses: ratelimit.New[string](maxGuesses, time.Minute, maxTracked),
	}
	s.watch = s.newHub(c.MaxConns, c.Registry)
	var err error
	if s.look, err = ballotpage.Load(); err != nil {
		return nil, err
	}
	s.votes = c.Registry.Counters("popeye_poll_votes_total", "Votes that were offered, by what became of them.", "result", results...)
	return s, nil
}

// Handler returns the station's site: every route, and who calls it.
func (s *Station) Handler() (http.Handler, error) {
	site := &web.Site{
		Log: s.Log, Mux: http.NewServeMux(), ErrorPage: s.errorPage,
		Origins: []string{s.PublicURL}, Requests: web.NewRequests(s.Registry, "poll"), Tracer: s.Tracer,
	}
	site.Handle("GET /{$}", explained(s.showFront))                       // voters: the default poll, or the front page
	site.Handle("POST /{$}", explained(s.takeForm))                       // voters, and the classic form
	site.Handle("GET /p/{slug}", explained(s.showPage))                   // voters: any poll
	site.Handle("POST /p/{slug}", explained(s.takeForm))                  // voters
	site.Handle("GET /p/{slug}/{$}", explained(s.mendAddress))            // voters who typed
	site.Handle("GET /e/{code}", explained(s.showEvent))                  // voters: what an event shows
	site.Handle("GET /e/{code}/{$}", explained(s.mendAddress))            // voters who typed
	site.Handle("POST /e/{code}/p/{slug}", explained(s.takeForm))         // voters: one of the ballots that an event shows together
	site.Handle("GET /e/{code}/p/{slug}", explained(s.showAmong))         // voters who load its answer again
	site.Handle("GET /join", explained(s.join))                           // voters with a code
	site.Handle("GET /{code}", explained(s.followCode))                   //
	site.Handle("GET /api/v1/polls/{slug}", explained(s.showPoll))        // programs
	site.Handle("POST /api/v1/polls/{slug}/votes", explained(s.takeJSON)) // programs
	site.Handle("GET /api/v1/openapi.yaml", apidoc.File)                  // programmers
	site.Handle("GET /api", apidoc.Page(s.look, "poll"))                  //
	site.Handle("GET /api/v1/codes/{code}", explained(s.showCode))        // programs: what a code leads to
	site.HandleStream("GET /e/{code}/follow", explained(s.followEvent))   // our page: an event
	site.HandleStream("GET /events", explained(s.follow))                 // our page: the default poll
	site.HandleStream("GET /p/{slug}/events", explained(s.follow))        // our page: any poll
	site.HandleFiles(s.look.Files)                                        // browsers
	return site.Handler()
}

// Report tells the queue who came, and who follows an event, for organisers to see, until
// ctx ends.
func (s *Station) Report(ctx context.Context) error {
	return s.cookies.Newcomers.Report(ctx, s.Crowd, s.cookies.Key, s.followed)
}

// followed is how many pages follow each event here: of those with most.
func (s *Station) followed() map[string]int64 {
	few, crowds := map[string]int64{}, s.watch.Crowds()
	for _, key := range slices.SortedFunc(maps.Keys(crowds), func(a, b string) int { return crowds[b] - crowds[a] }) {
		if code, ok := event.CutName(key); ok && len(few) < queue.MaxFollowed {
			few[code] = int64(crowds[key])
		}
	}
	return few
}
