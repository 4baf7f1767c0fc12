package result

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// patience is how long a test with the real store waits for what must happen.
const patience = 30 * time.Second

// run lets the site's station be live.
func (s *site) run() {
	s.T.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.station.Run(ctx) }()
	s.T.Cleanup(sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.T.Errorf("Run: %v", err)
		}
	}))
}

// guest is a viewer of a site.
type guest struct {
	t    testing.TB
	ctx  context.Context
	conn *websocket.Conn
}

func (s *site) invite() *guest {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	conn, _, err := websocket.Dial(ctx, s.URL+"/socket.io/?EIO=4&transport=websocket", &websocket.DialOptions{HTTPClient: s.Client})
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = conn.CloseNow(); cancel() })
	g := &guest{s.T, ctx, conn}
	g.send("40")
	return g
}

func (g *guest) send(packet string) {
	g.t.Helper()
	if err := g.conn.Write(g.ctx, websocket.MessageText, []byte(packet)); err != nil {
		g.t.Fatal(err)
	}
}

// await reads until an event comes that holds the words, and returns those
// before it.
func (g *guest) await(name string, words ...string) []heard {
	g.t.Helper()
	var before []heard
	for {
		_, packet, err := g.conn.Read(g.ctx)
		if err != nil {
			g.t.Fatalf("waiting for %s %q after %q: %v", name, words, before, err)
		}
		e, ok := decode(string(packet))
		if !ok {
			continue
		}
		match := e.Name == name
		for _, w := range words {
			match = match && strings.Contains(e.Body, w)
		}
		if match {
			return before
		}
		before = append(before, e)
	}
}

func TestAVoteThatIsStoredReachesTheScreen(t *testing.T) {
	s := newSite(t, nil)
	s.run()
	g := s.invite()
	if before := g.await("scores", `{"a":0,"b":0}`); len(before) != 1 || before[0] != welcome {
		t.Errorf("before the scores came %q", before)
	}
	s.Vote("default", "b", "a", "b")
	g.await("scores", `{"a":1,"b":2}`)
}

// in is a time so far from now, as stores keep it.
func in(d time.Duration) time.Time { return time.Now().UTC().Add(d).Truncate(time.Microsecond) }

// edit changes a poll as the store has it, whoever asked for it.
func (s *site) edit(slug string, change func(*vote.Poll)) {
	s.T.Helper()
	_, err := s.DB.ChangePoll(context.Background(), slug, func(p vote.Poll) (vote.Poll, error) { change(&p); return p, nil })
	if err != nil {
		s.T.Fatal(err)
	}
}

// A poll's whole life, as its audience sees it.
func TestThePollOfAnOrganiserReachesItsAudience(t *testing.T) {
	s := newSite(t, nil)
	s.run()
	s.Make(definition.Definition{Slug: "lunch", Question: "Where too?", Kind: vote.Multiple, Options: fixture.Labels("Pizza", "Sushi")})
	g := s.invite()
	g.send(`421["subscribe",{"channel":"lunch"}]`)
	g.await("tally", `"status":"draft"`, `"options":[]`)
	g.await("ack", "subscribed")
	s.Become("lunch", vote.Open)
	g.await("tally", `"status":"open"`, "Pizza")
	s.Vote("lunch", "a,b", "b")
	g.await("tally", `"total":2`, `"label":"Pizza","votes":1`, `"label":"Sushi","votes":2`)
	s.edit("lunch", func(p *vote.Poll) { p.Question = "Where to?" })
	g.await("tally", `"question":"Where to?"`)
	s.Become("lunch", vote.Closing)
	g.await("tally", `"status":"closing"`)
	s.Become("lunch", vote.Closed)
	g.await("tally", `"status":"closed"`, `"total":2`)
	if err := s.DB.DeletePoll(t.Context(), "lunch", func(vote.Poll) error { return nil }); err != nil {
		t.Fatal(err)
	}
	g.await("gone", "lunch")
}

func TestAStoreThatIsLostAndBackIsSeenByAudienceAndPages(t *testing.T) {
	s := newSite(t, nil)
	s.run()
	g := s.invite()
	g.send(`42["subscribe",{"channel":"default"}]`)
	g.await("tally", `"total":0`)
	s.Store.Away.Store(true)
	s.Vote("default", "a") // by others: the news wakes the station, which can't read
	g.await("stale", `"stale":true`, `"as_of":"`)
	s.Get("/").Want(t, http.StatusServiceUnavailable)
	s.Store.Away.Store(false)
	g.await("scores", `{"a":1,"b":0}`)
	g.await("stale", `"stale":false`)
	s.Get("/").Want(t, http.StatusOK, "<b>1</b> person has voted")
}

func TestAPageOfAnotherOriginCanNotWatchUnlessItIsOurs(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PublicURL = "https://result.example.org" })
	for origin, want := range map[string]int{
		"": http.StatusOK, s.URL: http.StatusOK, "https://result.example.org": http.StatusOK, "https://evil.example": http.StatusForbidden,
	} {
		if a := s.Do("GET", "/socket.io/?EIO=4&transport=polling", "", "Origin", origin); a.StatusCode != want {
			t.Errorf("from %q: %s, want %d", origin, a.Status, want)
		}
	}
}

func TestAStationNeedsItsParts(t *testing.T) {
	good := newSite(t, nil).station.Config
	for name, spoil := range map[string]func(*Config){
		"no store": func(c *Config) { c.Store = nil }, "no log": func(c *Config) { c.Log = nil },
		"no registry": func(c *Config) { c.Registry = nil }, "no URL": func(c *Config) { c.PublicURL = "result.example.org" },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: New is content", name)
		}
	}
}
