package poll

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"popeye/internal/look"
	"popeye/internal/web"
	"popeye/queue"
)

// maxBody bounds a request's body: far more than the longest ballot.
const maxBody = 32 << 10

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

	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Station answers voters. Safe for concurrent use.
type Station struct {
	Config
	key   cookieKey
	limit *limiter
	votes *prometheus.CounterVec
	pages *template.Template
	files *web.Static
}

//go:embed templates static
var embedded embed.FS

// New checks the configuration and starts nothing.
func New(c Config) (*Station, error) {
	if c.Inbox == nil || c.CookieKey == nil || c.Log == nil || c.Registry == nil {
		return nil, errors.New("poll: Inbox, CookieKey, Log and Registry are needed")
	}
	s := &Station{Config: c, limit: newLimiter(c.VoteRate), key: cookieKey{load: c.CookieKey}}
	var err error
	if s.files, s.pages, err = look.Load(embedded, nil); err != nil {
		return nil, err
	}
	s.votes = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "popeye_poll_votes_total", Help: "Votes that were offered, by what became of them.",
	}, []string{"result"})
	c.Registry.MustRegister(s.votes)
	return s, nil
}

// Handler returns the station's site: every route, and who calls it.
func (s *Station) Handler() (http.Handler, error) {
	site := &web.Site{
		Log: s.Log, Mux: http.NewServeMux(), Explain: explain, ErrorPage: s.errorPage,
		Origins: []string{s.PublicURL}, Requests: web.NewRequests(s.Registry, "poll"),
	}
	site.Handle("GET /{$}", s.showPage)                        // voters: the default poll
	site.Handle("POST /{$}", s.takeForm)                       // voters, and the classic form
	site.Handle("GET /p/{slug}", s.showPage)                   // voters: any poll
	site.Handle("POST /p/{slug}", s.takeForm)                  // voters
	site.Handle("GET /api/v1/polls/{slug}", s.showPoll)        // programs
	site.Handle("POST /api/v1/polls/{slug}/votes", s.takeJSON) // programs
	site.Mux.Handle("GET /static/", s.files)                   // browsers
	return site.Handler()
}
