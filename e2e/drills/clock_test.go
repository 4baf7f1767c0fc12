//go:build linux

package drills

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// serversClock is what Redis and PostgreSQL take for the time. Our own programs
// keep the true time, as on another machine.
type serversClock struct{ *testenv.Clock }

// jumpingClock makes the servers that this test starts live by a clock of their
// own, which shows the true time at first.
func jumpingClock(t *testing.T) serversClock {
	t.Helper()
	c := testenv.NewClock(t)
	for _, set := range c.Env() {
		name, value, _ := strings.Cut(set, "=")
		t.Setenv(name, value)
	}
	return serversClock{c}
}

// set sets the clock so far from the true time.
func (c serversClock) set(t *testing.T, by time.Duration) {
	t.Helper()
	if err := c.Set(by); err != nil {
		t.Fatal(err)
	}
}

// jump sets the clock and demands that both servers go by it.
func (c serversClock) jump(t *testing.T, s *stack, by time.Duration) {
	t.Helper()
	c.set(t, by)
	answer, err := redisDo(t, s.Redis, "TIME").AsIntSlice()
	if err != nil {
		t.Fatal(err)
	}
	for server, seconds := range map[string]int64{
		"Redis":      answer[0],
		"PostgreSQL": ask[int64](t, s.Database, `SELECT extract(epoch FROM clock_timestamp())::bigint`),
	} {
		if off := time.Until(time.Unix(seconds, 0)) - by; off.Abs() > time.Minute {
			t.Fatalf("the clock of %s is off by %s", server, off)
		}
	}
}

// The clock of Redis and PostgreSQL jumps an hour ahead, back, and another hour
// back, while people vote and change their minds. No vote is refused for that;
// each voter ends with their last choice; and each vote is counted once, also
// those that a worker holds at each jump, and those whose worker dies just
// before one.
func TestClockJumps(t *testing.T) {
	clock := jumpingClock(t)
	s := onServers(t, testenv.StartRedis(t), testenv.StartPostgres(t)).start(t)
	second := testenv.NewProgram(t, bin+"/worker", s.worker.Env[2:]...).Start(t).Ready(t)
	crowd := people.NewCrowd(t, s.poll.URL).Minds(6)
	crowd.RecordedMore(t, 60)
	for _, by := range []time.Duration{time.Hour, 0, -time.Hour} {
		unlock := s.lock(t, "ballots")
		crowd.RecordedMore(t, 30)
		s.waitsForLock(t)
		clock.jump(t, s, by)
		crowd.RecordedMore(t, 30)
		unlock()
		crowd.RecordedMore(t, 30)
	}

	unlock := s.lock(t, "ballots")
	crowd.RecordedMore(t, 30)
	s.waitsForLock(t)
	s.worker.Kill()
	second.Kill()
	s.dropSessions(t)
	clock.jump(t, s, -2*time.Hour)
	unlock()
	s.worker.Start(t).Ready(t)

	crowd.RecordedMore(t, 30)
	isStored(t, crowd.End(), s.Database)
	if said := refused(crowd); len(said) > 0 {
		t.Errorf("voters were answered %v", said)
	}
	s.noneIsLeased(t)
	s.balances(t)
	unanswered := int64(crowd.Failed()[0] + crowd.Failed()[http.StatusServiceUnavailable])
	if a, _ := s.account(t); a.Stored < int64(crowd.Recorded()) || a.Stored > int64(crowd.Recorded())+unanswered {
		t.Errorf("%d votes are stored, %d were recorded, %d had no answer", a.Stored, crowd.Recorded(), unanswered)
	}
}

// dropSessions ends the sessions that killed workers left waiting.
func (s *stack) dropSessions(t *testing.T) {
	t.Helper()
	execute(t, s.Database, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'popeye' AND wait_event_type = 'Lock'`)
}
