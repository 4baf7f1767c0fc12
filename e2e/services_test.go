package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// The services run apart, two of each: people see the same as with one process.
func TestServices(t *testing.T) {
	s := newStack(t, 2).Start(t)
	chromium := browser(t)
	screen := person(t, chromium, s.Results[0].URL+"/")
	other := person(t, chromium, s.Results[1].URL+"/")
	voteAndWatch(t, s.Polls[0].URL, screen, person(t, chromium, s.Polls[0].URL+"/"), person(t, chromium, s.Polls[1].URL+"/"))
	other.seesVotes("b", 2)

	t.Run("one voter on two replicas", func(t *testing.T) {
		ann := people.NewVoter(s.Polls[0].URL)
		for i, choice := range []vote.Ballot{"a", "d"} {
			// The cookies are the same everywhere, as for one host behind a proxy.
			if err := ann.At(s.Polls[i].URL).Submit(t.Context(), "", choice); err != nil {
				t.Fatal(err)
			}
		}
		screen.seesVotes("d", 1)
		screen.seesVotes("a", 0)
	})
	t.Run("crashes lose nothing", func(t *testing.T) { crashes(t, s, screen) })
	t.Run("they end when told to", func(t *testing.T) {
		for _, p := range s.Programs() {
			if err := p.Stop(); err != nil {
				t.Errorf("%s: %v", p.Name(), err)
			}
		}
	})
}

// crashes kills every process in turn; each time a vote before it and a vote
// after it are counted.
func crashes(t *testing.T, s *testenv.Stack, screen tab) {
	votes := 0
	castOne := func() {
		votes++
		testenv.Eventually(t, "a vote is recorded", func() error { return people.NewVoter(s.Polls[0].URL).Submit(t.Context(), "", "c") })
	}
	for _, p := range []*testenv.Program{s.Workers[0], s.Workers[1], s.Results[0], s.Polls[0]} {
		castOne()
		p.Kill()
		p.Start(t)
		castOne()
	}
	castOne()
	s.Redis.Kill()
	s.Redis.Start(t)
	castOne()
	s.Postgres.Kill()
	castOne() // recorded although the store is away
	s.Postgres.Start(t)
	castOne()
	screen.seesVotes("c", votes)
	screen.sees("the screen is live", `document.querySelector("#stale").hidden`)
}

// What is pushed or written by hand is counted, and the classic programs' own
// statements behave as they always did.
func TestByHand(t *testing.T) {
	s := newStack(t, 1).Start(t)
	redis := redisClient(t, s)
	push := func(messages ...string) {
		t.Helper()
		if err := redis.Do(t.Context(), redis.B().Rpush().Key("votes").Element(messages...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	result := s.Results[0].URL
	push(`{"voter_id": "x", "vote": "a"}`)
	shows(t, result, "default", "a:1 b:0 c:0 d:0")

	db := testenv.Connect(t, s.Database)
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
		testenv.Eventually(t, "ten dead letters", func() error {
			_, body, err := testenv.Get(t.Context(), "http://"+s.Workers[0].Health+"/metrics")
			if err == nil && !strings.Contains(string(body), "popeye_account_messages{state=\"dead\"} 10\n") {
				err = errors.New("the metric does not say so")
			}
			return err
		})
	})
	t.Run("the classic worker's queue", func(t *testing.T) {
		if err := s.Workers[0].Stop(); err != nil {
			t.Fatal(err)
		}
		if err := people.NewVoter(s.Polls[0].URL).Submit(t.Context(), "", "b"); err != nil {
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
	if out, err := s.Workers[0].Command("publish").CombinedOutput(); err != nil {
		t.Fatalf("worker publish: %v\n%s", err, out)
	}
	s.Polls[0].Start(t).Ready(t)
	s.Results[0].Start(t).Ready(t)
	redis, db := redisClient(t, s), testenv.Connect(t, s.Database)
	execute(t, db, `CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)`)
	ann := people.NewVoter(s.Polls[0].URL)
	for i, choice := range []vote.Ballot{"a", "b"} {
		if err := ann.Submit(t.Context(), "", choice); err != nil {
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
	shows(t, s.Results[0].URL, "default", "a:0 b:1 c:0 d:0")
}

// A closed poll is final: what was recorded before is in, nothing comes after,
// and it may open again.
func TestClosing(t *testing.T) {
	s := newStack(t, 1).Start(t)
	poll, result := s.Polls[0].URL, s.Results[0].URL
	organiser := people.NewOrganiser(s.Results[0].URL)
	organiser.Makes(t, people.OpenPoll("lunch", "Where to?", "Pizza", "Sushi"))
	site := poll + "/p/lunch"
	testenv.Answers(t, site)

	s.Workers[0].Kill() // the last votes wait in the queue
	for range 5 {
		if err := people.NewVoter(site).Submit(t.Context(), "", "a"); err != nil {
			t.Fatal(err)
		}
	}
	organiser.Closes(t, "lunch")
	if c, err := results(result, "lunch"); err != nil || c.Status != "closing" {
		t.Fatalf("status %q, %v: closed is only shown when every vote is stored", c.Status, err)
	}
	s.Workers[0].Start(t)
	testenv.Eventually(t, "the poll is closed", func() error {
		c, err := results(result, "lunch")
		if err == nil && c.Status != "closed" {
			err = errors.New(string(c.Status))
		}
		return err
	})
	shows(t, result, "lunch", "a:5 b:0")
	if err := people.NewVoter(site).Submit(t.Context(), "", "b"); err == nil {
		t.Error("a closed poll took a vote")
	}
	redis := redisClient(t, s)
	if err := redis.Do(t.Context(), redis.B().Rpush().Key("votes").
		Element(`{"poll":"lunch","voter_id":"late","vote":"b"}`).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	organiser.Opens(t, "lunch")
	testenv.Eventually(t, "a vote after reopening", func() error { return people.NewVoter(site).Submit(t.Context(), "", "b") })
	testenv.Eventually(t, "the count after reopening", func() error {
		c, err := results(result, "lunch")
		// The late push may be judged before or after the reopening; never lost in between.
		if err == nil && totals(c) != "a:5 b:1" && totals(c) != "a:5 b:2" {
			err = errors.New(totals(c))
		}
		return err
	})
}

// Services start before what they need, say that they wait, and work once it
// is there.
func TestAnyOrder(t *testing.T) {
	s := newStack(t, 1)
	s.Redis.Kill()
	s.Postgres.Kill()
	for _, p := range s.Programs() {
		p.Start(t)
	}
	for _, p := range s.Programs() {
		testenv.Answers(t, "http://"+p.Health+"/healthz")
		if p.IsReady(t.Context()) == nil {
			t.Errorf("%s says that it is ready without its backends", p.Name())
		}
	}
	polite(t, s.Polls[0].URL+"/")
	polite(t, s.Results[0].URL+"/")
	testenv.Eventually(t, "the log says what is missing", func() error {
		for p, want := range map[*testenv.Program]string{
			s.Polls[0]: "waiting for the queue", s.Workers[0]: "waiting for the store", s.Results[0]: "waiting for the store",
		} {
			if p.Log().Count(want) == 0 {
				return fmt.Errorf("%s does not say %q", p.Name(), want)
			}
		}
		return nil
	})
	s.Postgres.Start(t)
	s.Redis.Start(t)
	for _, p := range s.Programs() {
		p.Ready(t)
	}
	testenv.Eventually(t, "a vote is recorded", func() error { return people.NewVoter(s.Polls[0].URL).Submit(t.Context(), "", "a") })
	shows(t, s.Results[0].URL, "default", "a:1 b:0 c:0 d:0")
}

// polite: a page that can't be served now says so, with 503 and Retry-After.
func polite(t *testing.T, url string) {
	t.Helper()
	resp, err := http.Get(url)
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
	s := newStack(t, 1).Start(t)
	chromium := browser(t)
	screen := person(t, chromium, s.Results[0].URL+"/")
	if err := people.NewVoter(s.Polls[0].URL).Submit(t.Context(), "", "a"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("a", 1)

	t.Run("the store hangs", func(t *testing.T) {
		s.Postgres.Pause()
		defer s.Postgres.Resume()
		screen.sees("the figures are said to be old", `/These figures are from \d/.test(document.querySelector("#stale").innerText)`)
		screen.photograph("result-stale")
		screen.seesVotes("a", 1)
		if err := people.NewVoter(s.Polls[0].URL).Submit(t.Context(), "", "b"); err != nil {
			t.Errorf("a vote needs no store: %v", err)
		}
	})
	screen.seesVotes("b", 1)
	screen.sees("live again", `document.querySelector("#stale").hidden`)

	t.Run("the queue is away", func(t *testing.T) {
		ann := person(t, chromium, s.Polls[0].URL+"/")
		s.Redis.Kill()
		testenv.Eventually(t, "poll notices", func() error {
			if s.Polls[0].IsReady(t.Context()) == nil {
				return errors.New("it is ready")
			}
			return nil
		})
		ann.do("tap", chromedp.Click(chromedp.CSS("button[value=c]")))
		ann.sees("the page says that it is not recorded", `document.querySelector("[data-line=sending]").innerText.includes("not recorded yet")`)
		ann.photograph("poll-waiting")
		s.Redis.Start(t)
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
		s := newStack(t, 1).Start(t)
		measure(t, s.Polls[0].URL, s.Results[0].URL, votes)
	})
}

func redisClient(t *testing.T, s *testenv.Stack) rueidis.Client {
	t.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Redis.Addr()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func execute(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
