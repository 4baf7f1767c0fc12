//go:build linux

package drills

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// startOrders are few of the 120, chosen so that every three of the five come in
// every order of the three: whoever waits for somebody does so whichever third
// one is there already.
var startOrders = [][]string{
	{"poll", "worker", "redis", "postgres", "result"},
	{"redis", "worker", "result", "postgres", "poll"},
	{"postgres", "result", "poll", "redis", "worker"},
	{"result", "worker", "redis", "poll", "postgres"},
	{"worker", "poll", "result", "postgres", "redis"},
	{"postgres", "worker", "redis", "poll", "result"},
	{"redis", "poll", "result", "postgres", "worker"},
}

func TestStartOrdersCover(t *testing.T) {
	seen := map[[3]string]bool{}
	for _, order := range startOrders {
		for i := range order {
			for j := i + 1; j < len(order); j++ {
				for k := j + 1; k < len(order); k++ {
					seen[[3]string{order[i], order[j], order[k]}] = true
				}
			}
		}
	}
	if want := 5 * 4 * 3; len(seen) != want {
		t.Errorf("%d of %d orders of three are tried", len(seen), want)
	}
}

// needs says which servers a program waits for, by the names it uses for them.
var needs = map[string]map[string]string{
	"poll":   {"redis": "queue"},
	"worker": {"redis": "queue", "postgres": "store"},
	"result": {"postgres": "store"},
}

// Everything starts in any order. Who is there says what is missing, in its
// readiness and once in its log, and works when it has come.
func TestStartInAnyOrder(t *testing.T) {
	t.Parallel()
	lanes(t, startOrders, func(t *testing.T, order []string, pg *testenv.Postgres) {
		s := onServers(t, testenv.StartRedis(t), pg)
		s.Redis.Stop()
		s.Postgres.Kill()
		there := map[string]bool{}
		for _, name := range order {
			s.startOne(t, name)
			there[name] = true
			for _, p := range s.programs() {
				if there[p.Name()] {
					tells(t, p, there)
				}
			}
		}
		s.works(t)
		voter := people.NewVoter(s.poll.URL)
		voter.Votes(t, "b")
		shows(t, s.result.URL, "b", 1)
	})
}

// lanes runs a drill for each order: one after the other on one PostgreSQL, which
// takes a while to make, and on two of these at the same time.
func lanes(t *testing.T, orders [][]string, drill func(t *testing.T, order []string, pg *testenv.Postgres)) {
	const n = 2
	for lane := range n {
		t.Run(fmt.Sprint("lane ", lane+1), func(t *testing.T) {
			t.Parallel()
			pg := testenv.StartPostgres(t)
			for i := lane; i < len(orders); i += n {
				t.Run(strings.Join(orders[i], ", "), func(t *testing.T) { drill(t, orders[i], pg) })
			}
		})
	}
}

func (s *stack) startOne(t *testing.T, name string) {
	t.Helper()
	switch name {
	case "redis":
		s.Redis.Start(t)
	case "postgres":
		s.Postgres.Start(t)
	default:
		for _, p := range s.programs() {
			if p.Name() == name {
				p.Start(t)
			}
		}
	}
}

// tells demands that a program lives, and that its readiness and its log say
// which of the servers it needs are not there.
func tells(t *testing.T, p *testenv.Program, there map[string]bool) {
	t.Helper()
	testenv.Answers(t, "http://"+p.Health+"/healthz")
	for server, name := range needs[p.Name()] {
		if there[server] {
			continue
		}
		p.Says(t, "waiting for the "+name)
		status, body, err := testenv.Get(t.Context(), "http://"+p.Health+"/readyz")
		if err != nil || status != http.StatusServiceUnavailable || !strings.Contains(string(body), name+": ") ||
			strings.Contains(string(body), name+": ok") {
			t.Errorf("%s is asked whether it is ready without its %s: %d %s, %v", p.Name(), name, status, body, err)
		}
	}
	repeatsItself(t, p)
}

const (
	// remindEvery is how often a program that waits may say so again.
	remindEvery = 30 * time.Second
	// listens is how many parts of a program may say the same: the result
	// service listens for two things.
	listens = 2
)

// repeatsItself fails the test if a program says the same thing more often than
// it takes a person to know.
func repeatsItself(t *testing.T, p *testenv.Program) {
	t.Helper()
	times := map[string][]time.Time{}
	for line := range strings.Lines(p.Log().String()) {
		stamp, rest, _ := strings.Cut(strings.TrimPrefix(line, "time="), " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil || !strings.Contains(rest, "level=WARN") {
			continue
		}
		message, _, _ := strings.Cut(rest, " error=")
		said := append(times[message], at)
		if n := len(said); n > listens && at.Sub(said[n-1-listens]) < remindEvery/2 {
			t.Errorf("%s says %d times within %s: %s", p.Name(), listens+1, at.Sub(said[n-1-listens]), message)
		}
		times[message] = said
	}
}

// shows waits until the audience sees so many votes for an option.
func shows(t testing.TB, result, option string, want int64) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprintf("the count of %s is %d", option, want), func() error {
		count, err := tally(result)
		if err == nil && count[option] != want {
			err = fmt.Errorf("the count is %v", count)
		}
		return err
	})
}

// tally reads the default poll's count from the result service.
func tally(result string) (map[string]int64, error) {
	r, err := people.NewOrganiser(result).Results(context.Background(), vote.DefaultSlug)
	count := map[string]int64{}
	for _, o := range r.Options {
		count[o.ID] = o.Votes
	}
	return count, err
}
