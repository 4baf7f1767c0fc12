//go:build linux

package drills

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// stopOrders are those that people and machines take: the way of a vote and
// against it, what is needed first, and a host that stops everything at once.
var stopOrders = [][]string{
	{"poll", "worker", "result", "redis", "postgres"},
	{"result", "postgres", "worker", "redis", "poll"},
	{"redis", "postgres", "worker", "poll", "result"},
	{"poll worker result redis postgres"},
}

// Everything is stopped in some order while people vote, and started again: each
// program ends by itself, well and in time, and every vote that was answered is
// stored.
func TestStopInAnyOrder(t *testing.T) {
	t.Parallel()
	lanes(t, stopOrders, func(t *testing.T, order []string, pg *testenv.Postgres) {
		s := onServers(t, testenv.StartRedis(t), pg).start(t)
		crowd := people.NewCrowd(t, s.poll.URL).Minds(6)
		crowd.RecordedMore(t, 60)
		for _, step := range order {
			s.stopAll(t, strings.Fields(step))
		}
		crowd.End()
		for _, name := range []string{"redis", "postgres", "poll", "worker", "result"} {
			s.startOne(t, name)
		}
		s.works(t)
		isStored(t, crowd, s.Database)
	})
}

// stopAll tells all to end and then waits for each.
func (s *stack) stopAll(t *testing.T, names []string) {
	t.Helper()
	servers := make(chan struct{}, len(names))
	var told []*testenv.Program
	for _, name := range names {
		switch name {
		case "redis":
			go func() { s.Redis.Stop(); servers <- struct{}{} }()
		case "postgres":
			go func() { stopFast(s.Postgres); servers <- struct{}{} }()
		default:
			for _, p := range s.programs() {
				if p.Name() == name {
					p.Signal(syscall.SIGTERM)
					told = append(told, p)
				}
			}
		}
	}
	for _, p := range told {
		endsWell(t, p)
	}
	for range len(names) - len(told) {
		<-servers
	}
}

// stopFast stops PostgreSQL as its container does: sessions are ended, what was
// committed is kept.
func stopFast(pg *testenv.Postgres) {
	folder, err := query[string](context.Background(), pg.URL("postgres"), `SHOW data_directory`)
	if err == nil {
		lines, _ := os.ReadFile(filepath.Join(folder, "postmaster.pid"))
		first, _, _ := strings.Cut(string(lines), "\n")
		if pid, err := strconv.Atoi(first); err == nil {
			_ = syscall.Kill(pid, syscall.SIGINT)
		}
	}
	pg.Stop() // asks for less, and waits
}

// What is under way when a program is told to end is finished.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	s := newStack(t).start(t)
	t.Run("poll", s.pollFinishes)
	t.Run("result", s.resultFinishes)
	t.Run("worker", s.workerFinishes)
}

func (s *stack) pollFinishes(t *testing.T) {
	finish := s.beginVote(t, "b")
	s.poll.Signal(syscall.SIGTERM)
	s.poll.Says(t, "draining")
	if got := finish(); !strings.Contains(got, "202 Accepted") || !strings.Contains(got, `"status":"recorded"`) {
		t.Errorf("the vote under way was answered\n%s", got)
	}
	endsWell(t, s.poll)
	shows(t, s.result.URL, "b", 1)
	s.poll.Start(t).Ready(t)
}

func (s *stack) resultFinishes(t *testing.T) {
	unlock := s.lock(t, "tallies")
	status := make(chan int, 1)
	go func() {
		code, _, _ := testenv.Get(t.Context(), s.result.URL+"/api/v1/polls/default/results")
		status <- code
	}()
	s.waitsForLock(t)
	s.result.Signal(syscall.SIGTERM)
	s.result.Says(t, "draining")
	unlock()
	if got := <-status; got != http.StatusOK {
		t.Errorf("the count under way was answered %d", got)
	}
	endsWell(t, s.result)
	s.result.Start(t).Ready(t)
}

func (s *stack) workerFinishes(t *testing.T) {
	unlock := s.lock(t, "ballots")
	people.NewVoter(s.poll.URL).Votes(t, "c")
	s.waitsForLock(t)
	s.worker.Signal(syscall.SIGTERM)
	s.worker.Says(t, "draining")
	unlock()
	endsWell(t, s.worker)
	if n := redisInt(t, s.Redis, "XLEN", "popeye:batches"); n != 0 {
		t.Errorf("%d batches were left for others, though the store had answered", n)
	}
	shows(t, s.result.URL, "c", 1)
}

// Who asks twice does not want to wait; what was under way is not lost by it.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t).start(t)
	unlock := s.lock(t, "ballots")
	people.NewVoter(s.poll.URL).Votes(t, "d")
	s.waitsForLock(t)
	s.worker.Signal(syscall.SIGTERM)
	s.worker.Says(t, "draining")
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for gone := false; !gone; {
		select {
		case <-s.worker.Ended():
			gone = true
		case <-again.C: // its default effect is back a moment after the first one
			s.worker.Signal(syscall.SIGTERM)
		}
	}
	if code := s.worker.Ends(t, drainBound); code != -1 {
		t.Errorf("it ended with %d, and not by the signal", code)
	}
	unlock()
	s.worker.Start(t)
	shows(t, s.result.URL, "d", 1)
}

// beginVote sends the beginning of a vote, and returns once the service reads
// it, which is what 100 Continue says; finish sends the rest and returns the
// answer.
func (s *stack) beginVote(t *testing.T, ballot string) (finish func() string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.poll.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"vote":%q}`, ballot)
	fmt.Fprintf(c, "POST /api/v1/polls/default/votes HTTP/1.1\r\nHost: poll\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", len(body))
	_ = c.SetDeadline(time.Now().Add(testenv.Patience))
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the service answered %q, %v", line, err)
	}
	return func() string {
		defer c.Close()
		if _, err := c.Write([]byte(body)); err != nil {
			return err.Error()
		}
		answer, _ := io.ReadAll(in)
		return string(answer)
	}
}

// lock takes a table away from everybody until unlock.
func (s *stack) lock(t *testing.T, table string) (unlock func()) {
	t.Helper()
	c := testenv.Connect(t, s.Database)
	for _, sql := range []string{`BEGIN`, `LOCK TABLE ` + table + ` IN ACCESS EXCLUSIVE MODE`} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if _, err := c.Exec(t.Context(), `ROLLBACK`); err != nil {
			t.Error(err)
		}
	}
}

// waitsForLock waits until one of our programs waits for a lock.
func (s *stack) waitsForLock(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, "a program waits for the lock", func() error {
		n, err := query[int](t.Context(), s.Database,
			`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'popeye' AND wait_event_type = 'Lock'`)
		if err == nil && n == 0 {
			err = errors.New("none does")
		}
		return err
	})
}

// One process is told to end while people vote, several times: each vote that
// was answered is in its file.
func TestStopOneProcess(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := onePopeye(t, folder)
	crowd := people.NewCrowd(t, p.URL).Minds(6)
	for range 3 {
		crowd.RecordedMore(t, 60)
		stops(t, p.Program)
		p.Start(t)
	}
	crowd.RecordedMore(t, 6)
	crowd.End()
	isIn(t, crowd, folder)
}
