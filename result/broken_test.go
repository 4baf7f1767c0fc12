package result

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/internal/fixture"
	"popeye/internal/testenv"
	"popeye/store/postgres"
	"popeye/vote"
)

// A PostgreSQL that fails in a way nobody expected is no store that is away: the
// fault is answered as one, and logged with the step. Once it is mended the station
// goes on by itself.
func TestATableThatIsGoneIsAFaultAndIsLogged(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	db, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	s := newSite(t, func(c *Config) { c.Store = db })
	s.run()
	g := s.invite()
	g.send(`42["subscribe",{"channel":"default"}]`)
	g.await("tally", `"total":0`)

	exec(`ALTER TABLE tallies RENAME TO tallies_gone`)
	g.await("stale", `"stale":true`, `"as_of":"`)
	for _, path := range []string{"/", "/p/default/present"} {
		a := s.Get(path)
		a.Want(t, http.StatusInternalServerError, "went wrong on our side")
		a.Without(t, "tallies")
	}
	a := s.Get("/api/v1/polls/default/results")
	a.WantError(t, http.StatusInternalServerError, "internal")
	if a.Header.Get("Retry-After") != "" {
		t.Error("programs are told to try again")
	}
	if n := s.Log.Lines("level=ERROR", "a request failed", "read the tally of a poll", "tallies"); n != 3 {
		t.Errorf("3 requests made %d lines that name the step:\n%s", n, s.Log)
	}
	if n := s.Log.Lines("level=ERROR", "viewers get no new figures", "read the tally of a poll"); n != 1 {
		t.Errorf("%d lines for the viewers:\n%s", n, s.Log)
	}

	// At once: a tally that is read between the two would end it before the vote.
	exec(`ALTER TABLE tallies_gone RENAME TO tallies; INSERT INTO votes (id, vote) VALUES ('ann', 'a')`)
	g.await("tally", `"total":1`)
	g.await("stale", `"stale":false`)
	s.Get("/").Want(t, http.StatusOK, "<b>1</b> person has voted")
}

// A tally that can't be read is tried again and again, for each poll: the log tells
// it once in a while.
func TestABrokenTallyIsLoggedOnceInAWhile(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("default")
		w.subscribe("lunch")
		w.take()
		s.lose(errors.New("read the tally of a poll: nobody knows why"))
		pass(complainEvery / 2)
		if got := w.take(); len(got) != 2 || !strings.Contains(got[0].Body, `"stale":true`) || !strings.Contains(got[1].Body, `"stale":true`) {
			t.Errorf("the viewer got %q, want stale for both polls", got)
		}
		if n := h.log.Lines("level=ERROR", "viewers get no new figures", "read the tally of a poll"); n != 1 {
			t.Errorf("%d lines in half a minute", n)
		}
		pass(2 * complainEvery)
		if n := h.log.Lines("level=ERROR"); n < 2 || n > 3 {
			t.Errorf("%d lines in two and a half minutes", n)
		}
		s.lose(nil)
		pass(5 * time.Second)
		if got := w.take(); !strings.Contains(got[len(got)-1].Body, `"stale":false`) {
			t.Errorf("when it is mended, the viewer got %q", got)
		}
	})
}

// A store that is away is no fault of the program: who watches it logs that.
func TestAnAbsentStoreIsNoFault(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		h.enter().subscribe("default")
		s.lose(fixture.ErrAway)
		pass(time.Minute)
		h.get("/")
		if n := h.log.Lines("level=ERROR"); n != 0 {
			t.Errorf("%d errors in the log", n)
		}
	})
}
