package admin

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"popeye/admin/events"
	"popeye/admin/signin"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
)

const (
	// storeTimeout bounds one step of the store while somebody waits.
	storeTimeout = 3 * time.Second
	// roundTimeout bounds the beginning of a new round, which moves all ballots; it
	// is below the time that a site gives an answer.
	roundTimeout = 50 * time.Second
	// retryAfter is what people are told when the store can't be reached.
	retryAfter = 3 * time.Second
	// maxBody bounds the body of a program's request: several times the largest poll.
	maxBody = 128 << 10
)

// Store is what organisers need of the store.
type Store interface {
	store.Polls
	store.Events
	store.Audit
	store.Sessions
	// Snapshot is that of store.Tallies.
	Snapshot(ctx context.Context, slug string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error)
	// Account is that of store.Ledger: the one recorded last.
	Account(ctx context.Context) (store.Account, error)
}

// Config is what organising works with.
type Config struct {
	Store Store
	// Token is the organiser's secret, of 16 characters or more; "" turns
	// organising off.
	Token     string
	PublicURL string // how people reach this site; "" if as the request says
	PollURL   string // how people reach the voting page; "" for the request's host at PollPort
	PollPort  string // "5000" if empty
	// OutwardHost is a name of this machine that other devices reach, for an organiser who
	// came by localhost; "" if there is none.
	OutwardHost string
	Proxies     web.Proxies // whose X-Forwarded-For counts
	Log         *slog.Logger
}

// Station is where organisers work. Safe for concurrent use.
type Station struct {
	Config
	gate   *signin.Gate
	look   *ui.Theme
	votes  votes
	events *events.Service
}

//go:embed static
var embedded embed.FS

// New checks the configuration and starts nothing.
func New(c Config) (*Station, error) {
	if c.Store == nil || c.Log == nil {
		return nil, errors.New("admin: Store and Log are needed")
	}
	if err := ui.CheckLinks(c.PollURL, c.PublicURL); err != nil {
		return nil, err
	}
	s := &Station{Config: c, votes: votes{store: c.Store, log: c.Log}}
	s.events = events.New(events.Config{Store: c.Store, Act: s.act, Request: requestOf, Log: c.Log})
	var err error
	s.gate, err = signin.New(signin.Config{Sessions: c.Store, Token: c.Token, PublicURL: c.PublicURL, Proxies: c.Proxies, Log: c.Log})
	if err != nil {
		return nil, err
	}
	s.look, err = ui.Load(embedded, "admin.css")
	return s, err
}

// AddTo adds the organisers' routes to a site: every one, and who calls it.
func (s *Station) AddTo(shared *web.Site) {
	site := shared.Explained(explain)
	site.Handle("GET /api/v1/polls", s.organiser(s.listPolls))                 // organisers' programs
	site.Handle("POST /api/v1/polls", s.organiser(s.createPoll))               //
	site.Handle("GET /api/v1/polls/{slug}", s.organiser(s.showPoll))           //
	site.Handle("PATCH /api/v1/polls/{slug}", s.organiser(s.changePoll))       //
	site.Handle("PUT /api/v1/polls/{slug}", s.organiser(s.replacePoll))        //
	site.Handle("DELETE /api/v1/polls/{slug}", s.organiser(s.deletePoll))      //
	site.Handle("POST /api/v1/polls/{slug}/open", s.organiser(s.openPoll))     //
	site.Handle("POST /api/v1/polls/{slug}/close", s.organiser(s.closePoll))   //
	site.Handle("POST /api/v1/polls/{slug}/reveal", s.organiser(s.revealPoll)) //
	site.Handle("POST /api/v1/polls/{slug}/hide", s.organiser(s.hidePoll))     //
	site.Handle("GET /api/v1/polls/{slug}/audit", s.organiser(s.showAudit))    //
	site.Handle("POST /api/v1/polls/{slug}/duplicate", s.organiser(s.duplicatePoll))
	site.Handle("POST /api/v1/polls/{slug}/rounds", s.organiser(s.beginRound)) //
	site.Handle("GET /api/v1/polls/{slug}/rounds", s.organiser(s.listRounds))  //
	s.events.AddTo(site, s.organiser)
	site.Handle("GET /api/v1/account", s.organiser(s.showAccount))           // operators' programs
	site.Handle("GET /admin", s.page(s.showList))                            // organisers
	site.Handle("GET /admin/", s.toAdmin)                                    //
	site.Handle("GET /admin/operator", s.page(s.showOperator))               // operators
	site.Handle("GET /admin/events", s.page(s.showEvents))                   // organisers of an evening
	site.Handle("POST /admin/events", s.sent(s.createEvent))                 //
	site.Handle("GET /admin/events/{code}", s.page(s.showEvent))             //
	site.Handle("POST /admin/events/{code}/{action}", s.sent(s.changeEvent)) //
	site.Handle("GET /admin/events/{code}/run", s.page(s.showPresenter))     // presenters
	site.Handle("POST /admin/events/{code}/run/{step}", s.sent(s.present))   //
	site.Handle("GET /admin/polls/{slug}", s.page(s.showRun))                // organisers
	site.Handle("GET /admin/polls/{slug}/{part}", s.showPart)                //
	site.Handle("POST /admin/login", s.login)                                //
	site.Handle("POST /admin/logout", s.logout)                              //
	site.Handle("POST /admin/polls", s.sent(s.adminCreate))                  //
	site.Handle("POST /admin/polls/{slug}/{action}", s.sent(s.adminAct))
	shared.HandleFiles(s.look.Files) // browsers
}

// voteURL returns where others vote in a poll.
func (s *Station) voteURL(r *http.Request, slug string) string {
	link := web.Beside(r, s.PollURL, s.PublicURL, cmp.Or(s.PollPort, "5000")) + ui.PagePath(slug)
	if s.PollURL != "" {
		return link
	}
	return web.Outward(link, s.OutwardHost)
}

// joinURL returns where people join an event.
func (s *Station) joinURL(r *http.Request, code string) string {
	link := web.Beside(r, s.PollURL, s.PublicURL, cmp.Or(s.PollPort, "5000")) + "/e/" + code
	if s.PollURL != "" {
		return link
	}
	return web.Outward(link, s.OutwardHost)
}
