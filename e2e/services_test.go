package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"
)

// The services run apart, two of each: people see the same as with one process.
func TestServices(t *testing.T) {
	s := newStack(t, 2).startAll(t)
	chromium := browser(t)
	screen := person(t, chromium, s.results[0].url+"/")
	other := person(t, chromium, s.results[1].url+"/")
	voteAndWatch(t, s.polls[0].url, screen, person(t, chromium, s.polls[0].url+"/"), person(t, chromium, s.polls[1].url+"/"))
	other.seesVotes("b", 2)

	t.Run("one voter on two replicas", func(t *testing.T) {
		ann := newVoter()
		for i, ballot := range []string{"a", "d"} {
			// One cookie jar holds for all of loopback, as for one host behind a proxy.
			if err := ann.vote(s.polls[i].url, ballot); err != nil {
				t.Fatal(err)
			}
		}
		screen.seesVotes("d", 1)
		screen.seesVotes("a", 0)
	})
	t.Run("crashes lose nothing", func(t *testing.T) { crashes(t, s, screen) })
	t.Run("they end when told to", func(t *testing.T) {
		for _, p := range s.all() {
			if err := p.stop(); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
		}
	})
}

// crashes kills every process in turn; each time a vote before it and a vote
// after it are counted.
func crashes(t *testing.T, s *stack, screen tab) {
	votes := 0
	castOne := func() {
		votes++
		eventually(t, "a vote is recorded", func() error { return newVoter().vote(s.polls[0].url, "c") })
	}
	for _, p := range []*program{s.workers[0], s.workers[1], s.results[0], s.polls[0]} {
		castOne()
		p.kill()
		p.start(t)
		castOne()
	}
	castOne()
	s.redis.Kill()
	s.redis.Start(t)
	castOne()
	s.pg.Kill()
	castOne() // recorded although the store is away
	s.pg.Start(t)
	castOne()
	screen.seesVotes("c", votes)
	screen.sees("the screen is live", `document.querySelector("#stale").hidden`)
}

// What is pushed or written by hand is counted, and the classic programs' own
// statements behave as they always did.
func TestByHand(t *testing.T) {
	s := newStack(t, 1).startAll(t)
	redis := redisClient(t, s)
	push := func(messages ...string) {
		t.Helper()
		if err := redis.Do(t.Context(), redis.B().Rpush().Key("votes").Element(messages...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	result := s.results[0].url
	push(`{"voter_id": "x", "vote": "a"}`)
	shows(t, result, "default", "a:1 b:0 c:0 d:0")

	db := connect(t, s.db)
	execute(t, db, `INSERT INTO votes VALUES ('y', 'b')`)
	shows(t, result, "default", "a:1 b:1 c:0 d:0")

	t.Run("the classic worker's statements", func(t *testing.T) {
		_, err := db.Exec(t.Context(), `INSERT INTO votes (id, vote) VALUES ($1, $2)`, "x", "c")
		if err == nil || !strings.Contains(err.Error(), "23505") {
			t.Fatalf("a second row for one voter: %v, want a unique violation", err)
		}
		execute(t, db, `UPDATE votes SET vote = 'c' WHERE id = 'x'`)
		shows(t, result, "default", "a:0 b:1 c:1 d:0")
	})
	t.Run("the classic result's statement", func(t *testing.T) {
		rows, err := db.Query(t.Context(), `SELECT vote, COUNT(id) AS count FROM votes GROUP BY vote ORDER BY vote`)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var vote string
		var count int64
		if _, err := pgx.ForEachRow(rows, []any{&vote, &count}, func() error {
			got = append(got, fmt.Sprintf("%s:%d", vote, count))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if want := "b:1 c:1"; strings.Join(got, " ") != want {
			t.Errorf("counts %v, want %s", got, want)
		}
	})
	t.Run("what is no vote blocks nothing", func(t *testing.T) {
		push("not JSON", `{"vote":"a"}`, `{"voter_id":"z"}`, `{"voter_id":"z","vote":"nope"}`,
			`{"voter_id":"z","vote":"a","poll":"nowhere"}`, "\x00\xff", `{"voter_id":"z\u0000","vote":"a"}`,
			`{"voter_id":"`+strings.Repeat("z", 1000)+`","vote":"a"}`, `[]`, `{"voter_id":1,"vote":"a"}`)
		push(`{"voter_id":"good","vote":"d"}`)
		shows(t, result, "default", "a:0 b:1 c:1 d:1")
		eventually(t, "ten dead letters", func() error {
			_, body, err := get("http://" + s.workers[0].ops + "/metrics")
			if err == nil && !strings.Contains(string(body), "popeye_account_messages{state=\"dead\"} 10\n") {
				err = errors.New("the metric does not say so")
			}
			return err
		})
	})
	t.Run("the classic worker's queue", func(t *testing.T) {
		if err := s.workers[0].stop(); err != nil {
			t.Fatal(err)
		}
		if err := newVoter().vote(s.polls[0].url, "b"); err != nil {
			t.Fatal(err)
		}
		popped, err := redis.Do(t.Context(), redis.B().Blpop().Key("votes").Timeout(5).Build()).AsStrSlice()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(popped[1], `"voter_id":"`) || !strings.Contains(popped[1], `"vote":"b"`) {
			t.Errorf("the message is %s", popped[1])
		}
	})
}

// The classic worker in the place of ours, from a fresh start: polls are
// published once, votes are moved by its statements alone.
func TestClassicWorker(t *testing.T) {
	s := newStack(t, 1)
	publish := exec.Command(filepath.Join(bin, "worker"), "publish")
	publish.Env = s.workers[0].env
	if out, err := publish.CombinedOutput(); err != nil {
		t.Fatalf("worker publish: %v\n%s", err, out)
	}
	s.polls[0].start(t).ready(t)
	s.results[0].start(t).ready(t)
	redis, db := redisClient(t, s), connect(t, s.db)
	execute(t, db, `CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)`)
	ann := newVoter()
	for i, ballot := range []string{"a", "b"} {
		if err := ann.vote(s.polls[0].url, ballot); err != nil {
			t.Fatal(err)
		}
		popped, err := redis.Do(t.Context(), redis.B().Blpop().Key("votes").Timeout(5).Build()).AsStrSlice()
		if err != nil {
			t.Fatal(err)
		}
		var message struct {
			Voter string `json:"voter_id"`
			Vote  string `json:"vote"`
		}
		if err := json.Unmarshal([]byte(popped[1]), &message); err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec(t.Context(), `INSERT INTO votes (id, vote) VALUES ($1, $2)`, message.Voter, message.Vote)
		if taken := err != nil; taken != (i > 0) {
			t.Fatalf("insert %d: %v", i, err)
		}
		if err != nil {
			_, err = db.Exec(t.Context(), `UPDATE votes SET vote = $1 WHERE id = $2`, message.Vote, message.Voter)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	shows(t, s.results[0].url, "default", "a:0 b:1 c:0 d:0")
}

// A closed poll is final: what was recorded before is in, nothing comes after,
// and it may open again.
func TestClosing(t *testing.T) {
	s := newStack(t, 1).startAll(t)
	poll, result := s.polls[0].url, s.results[0].url
	status, body := organise(t, adminToken, "POST", result+"/api/v1/polls",
		`{"slug":"lunch","question":"Where to?","options":["Pizza","Sushi"],"status":"open"}`)
	if status != http.StatusCreated {
		t.Fatalf("create: %d %s", status, body)
	}
	site := poll + "/p/lunch"
	answersPath(t, site)

	s.workers[0].kill() // the last votes wait in the queue
	for range 5 {
		if err := newVoter().vote(site, "a"); err != nil {
			t.Fatal(err)
		}
	}
	organise(t, adminToken, "POST", result+"/api/v1/polls/lunch/close", "")
	if c, err := results(result, "lunch"); err != nil || c.Status != "closing" {
		t.Fatalf("status %q, %v: closed is only shown when every vote is stored", c.Status, err)
	}
	s.workers[0].start(t)
	eventually(t, "the poll is closed", func() error {
		c, err := results(result, "lunch")
		if err == nil && c.Status != "closed" {
			err = errors.New(c.Status)
		}
		return err
	})
	shows(t, result, "lunch", "a:5 b:0")
	if err := newVoter().vote(site, "b"); err == nil {
		t.Error("a closed poll took a vote")
	}
	redis := redisClient(t, s)
	if err := redis.Do(t.Context(), redis.B().Rpush().Key("votes").
		Element(`{"poll":"lunch","voter_id":"late","vote":"b"}`).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	organise(t, adminToken, "POST", result+"/api/v1/polls/lunch/open", "")
	eventually(t, "a vote after reopening", func() error { return newVoter().vote(site, "b") })
	eventually(t, "the count after reopening", func() error {
		c, err := results(result, "lunch")
		// The late push may be judged before or after the reopening; never lost in between.
		if err == nil && c.String() != "a:5 b:1" && c.String() != "a:5 b:2" {
			err = errors.New(c.String())
		}
		return err
	})
}

// Services start before what they need, say that they wait, and work once it
// is there.
func TestAnyOrder(t *testing.T) {
	s := newStack(t, 1)
	s.redis.Kill()
	s.pg.Kill()
	for _, p := range s.all() {
		p.start(t)
	}
	for _, p := range s.all() {
		eventually(t, p.name+" lives", func() error {
			status, _, err := get("http://" + p.ops + "/healthz")
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("status %d", status)
			}
			return err
		})
		if p.isReady() == nil {
			t.Errorf("%s says that it is ready without its backends", p.name)
		}
	}
	polite(t, s.polls[0].url+"/")
	polite(t, s.results[0].url+"/")
	eventually(t, "the log says what is missing", func() error {
		for p, want := range map[*program]string{
			s.polls[0]: "waiting for the queue", s.workers[0]: "waiting for the store", s.results[0]: "waiting for the store",
		} {
			if !strings.Contains(p.log.String(), want) {
				return fmt.Errorf("%s does not say %q", p.name, want)
			}
		}
		return nil
	})
	s.pg.Start(t)
	s.redis.Start(t)
	for _, p := range s.all() {
		p.ready(t)
	}
	eventually(t, "a vote is recorded", func() error { return newVoter().vote(s.polls[0].url, "a") })
	shows(t, s.results[0].url, "default", "a:1 b:0 c:0 d:0")
}

// polite: a page that can't be served now says so, with 503 and Retry-After.
func polite(t *testing.T, url string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Error(err)
		return
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s answered %d, Retry-After %q", url, resp.StatusCode, resp.Header.Get("Retry-After"))
	}
}

// Backends that are lost at run time: the voter is told and loses nothing, the
// screen says that it is old, and everything goes on when they are back.
func TestBackendsAway(t *testing.T) {
	s := newStack(t, 1).startAll(t)
	chromium := browser(t)
	screen := person(t, chromium, s.results[0].url+"/")
	if err := newVoter().vote(s.polls[0].url, "a"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("a", 1)

	t.Run("the store hangs", func(t *testing.T) {
		s.pg.Pause()
		defer s.pg.Resume()
		screen.sees("the figures are said to be old", `/These figures are from \d/.test(document.querySelector("#stale").innerText)`)
		screen.photograph("result-stale")
		screen.seesVotes("a", 1)
		if err := newVoter().vote(s.polls[0].url, "b"); err != nil {
			t.Errorf("a vote needs no store: %v", err)
		}
	})
	screen.seesVotes("b", 1)
	screen.sees("live again", `document.querySelector("#stale").hidden`)

	t.Run("the queue is away", func(t *testing.T) {
		ann := person(t, chromium, s.polls[0].url+"/")
		s.redis.Kill()
		eventually(t, "poll notices", func() error {
			if s.polls[0].isReady() == nil {
				return errors.New("it is ready")
			}
			return nil
		})
		ann.do("tap", chromedp.Click(chromedp.CSS("button[value=c]")))
		ann.sees("the page says that it is not recorded", `document.querySelector("#sending").innerText.includes("not recorded yet")`)
		ann.photograph("poll-waiting")
		s.redis.Start(t)
		ann.sees("the page sent it again by itself", `document.querySelector(".notice.good")?.innerText.includes("Recorded: Puppet") ?? false`)
	})
	screen.seesVotes("c", 1)
}

// How long a vote takes from the voter to a viewer's screen, at rest. Measured,
// not promised.
func TestMeasureVoteToScreen(t *testing.T) {
	const votes = 101
	t.Run("one process", func(t *testing.T) {
		_, poll, result := onePopeye(t)
		measure(t, poll, result, votes)
	})
	t.Run("services", func(t *testing.T) {
		s := newStack(t, 1).startAll(t)
		measure(t, s.polls[0].url, s.results[0].url, votes)
	})
}

func redisClient(t *testing.T, s *stack) rueidis.Client {
	t.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.redis.Addr()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.Close(ctx)
	})
	return c
}

func execute(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
