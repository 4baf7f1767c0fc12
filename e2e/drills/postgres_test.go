//go:build linux

package drills

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// A backup is a way to copy a database that is in use, and to bring the copy up
// on a server of its own.
type backup struct {
	name    string
	take    func(t *testing.T, s *stack) (from string)
	restore func(t *testing.T, from string) (pg *testenv.Postgres, db string)
}

var backups = []backup{
	{"a dump", takeDump, func(t *testing.T, from string) (*testenv.Postgres, string) {
		pg := testenv.SharedPostgres(t)
		db := pg.Database(t)
		restoreDump(t, db, from)
		return pg, db
	}},
	{"a physical copy", takeCopy, func(t *testing.T, from string) (*testenv.Postgres, string) {
		pg := testenv.StartPostgres(t, "data_directory="+from)
		return pg, pg.URL("test1")
	}},
}

// PostgreSQL is copied while people vote; later its server is lost, and while it
// is, people go on voting. The copy is whole. On it the stack goes on: what
// waited in Redis is stored, the polls of the copy are published although Redis
// knows newer ones, and the account says exactly how many votes went down with
// the old server.
func TestPostgresRestored(t *testing.T) {
	t.Parallel()
	for _, b := range backups {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := onServers(t, testenv.StartRedis(t), testenv.StartPostgres(t)).start(t)
			people.NewOrganiser(s.Results[0].URL).Makes(t, people.OpenPoll("kept", "As copied?", "Yes", "No"))
			before := people.NewCrowd(t, s.poll.URL).Strangers(6)
			before.RecordedMore(t, 60)
			from := b.take(t, s)
			before.RecordedMore(t, 60)
			if _, err := people.NewOrganiser(s.Results[0].URL).ChangePoll(t.Context(), "kept", api.Change{Question: new("As changed after the copy?")}); err != nil {
				t.Fatal(err)
			}
			people.NewOrganiser(s.Results[0].URL).Makes(t, people.OpenPoll("lost", "Made after the copy?", "Yes", "No"))
			testenv.Answers(t, s.poll.URL+"/api/v1/polls/lost")
			isStored(t, before.End(), s.Database)
			stored := s.isWhole(t, s.Database)

			s.Postgres.Kill()
			meanwhile := people.NewCrowd(t, s.poll.URL).Strangers(6)
			meanwhile.RecordedMore(t, 60)
			meanwhile.End()

			pg, db := b.restore(t, from)
			kept := s.isWhole(t, db)
			if kept >= stored {
				t.Fatalf("the copy has %d of %d votes: nothing is lost, so nothing is tried", kept, stored)
			}
			s.worker.Kill()
			s.result.Kill()
			s.moveTo(t, pg, db)
			s.startStored(t)
			isStoredBeside(t, meanwhile, db, kept)
			s.publishesAgain(t)
			s.settles(t, int64(stored-kept))
		})
	}
}

// startStored starts the services that know the store.
func (s *stack) startStored(t *testing.T) {
	t.Helper()
	s.worker.Start(t)
	s.result.Start(t)
	s.works(t)
}

// isWhole demands that a database is of one moment, with nothing counted twice,
// and returns how many ballots it has. Each vote was a stranger's, so there are
// as many ballots as votes.
func (s *stack) isWhole(t *testing.T, db string) (ballots int) {
	t.Helper()
	recount(t, db)
	ballots = ask[int](t, db, `SELECT count(*) FROM ballots`)
	if stored := ask[int](t, db, `SELECT stored FROM accounts`); stored != ballots {
		t.Errorf("the account says %d votes, its ballots are %d", stored, ballots)
	}
	return ballots
}

// publishesAgain demands that voters see the store's polls as they are now, and
// see what the organiser changes from now on.
func (s *stack) publishesAgain(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, "the polls are those of the copy", func() error {
		_, kept, err := testenv.Get(t.Context(), s.poll.URL+"/api/v1/polls/kept")
		if err != nil {
			return err
		}
		status, _, err := testenv.Get(t.Context(), s.poll.URL+"/api/v1/polls/lost")
		if err == nil && (!strings.Contains(string(kept), "As copied?") || status != http.StatusNotFound) {
			err = fmt.Errorf("one is %s; one made after the copy is answered %d", kept, status)
		}
		return err
	})
	people.NewOrganiser(s.Results[0].URL).Makes(t, people.OpenPoll("new", "Made on the copy?", "Yes", "No"))
	testenv.Answers(t, s.poll.URL+"/api/v1/polls/new")
}

// takeDump copies a database as SQL, as of one moment.
func takeDump(t *testing.T, s *stack) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dump.sql")
	command(t, "postgresql-client", "pg_dump", "--file="+file, s.Database)
	return file
}

func restoreDump(t *testing.T, db, file string) {
	t.Helper()
	command(t, "postgresql-client", "psql", "--quiet", "--no-psqlrc", "--single-transaction",
		"--set=ON_ERROR_STOP=1", "--output="+os.DevNull, "--file="+file, db)
}

// takeCopy copies the files of a server, and what is written to them meanwhile.
func takeCopy(t *testing.T, s *stack) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "popeye-copy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	command(t, "postgresql-client", "pg_basebackup", "--pgdata="+folder, "--checkpoint=fast", "--wal-method=stream",
		"--no-sync", "--dbname="+s.Postgres.URL("postgres"))
	asOwnerOf(t, s.Postgres, folder)
	return folder
}

// asOwnerOf gives a folder to the user who runs the server.
func asOwnerOf(t *testing.T, pg *testenv.Postgres, folder string) {
	t.Helper()
	info, err := os.Stat(ask[string](t, pg.URL("postgres"), `SHOW data_directory`))
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := filepath.Walk(folder, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	}); err != nil {
		t.Fatal(err)
	}
}

// command runs a program of a package, and demands that it succeeds.
func command(t testing.TB, pkg, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), testenv.Find(t, pkg, name), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// A worker dies between commit and acknowledgement, a copy is taken, and the
// copy takes the database's place: the batch comes again and is known.
func TestPostgresRestoredKnowsItsBatches(t *testing.T) {
	t.Parallel()
	s := newStack(t).start(t)
	crowd := s.storedAndStillLeased(t)
	file := takeDump(t, s)
	copied := s.Postgres.Database(t)
	restoreDump(t, copied, file)

	s.result.Kill()
	s.moveTo(t, s.Postgres, copied)
	s.startStored(t)
	s.noneIsLeased(t)
	isStored(t, crowd, copied)
	s.isWhole(t, copied)
	s.cameAgain(t)
}

// cameAgain demands that the worker was leased a batch that the store had.
func (s *stack) cameAgain(t *testing.T) {
	t.Helper()
	if n := s.worker.Metric(t, "popeye_worker_redelivered_batches_total"); n < 1 {
		t.Errorf("%v batches came again, want one or more", n)
	}
}

// storedAndStillLeased leaves a batch that is stored, that Redis counts as leased, and
// whose worker is dead. Every vote is a stranger's.
func (s *stack) storedAndStillLeased(t *testing.T) *people.Crowd {
	t.Helper()
	unlock := s.lock(t, "ballots")
	crowd := people.NewCrowd(t, s.poll.URL).Strangers(6)
	crowd.RecordedMore(t, 30)
	crowd.End()
	s.waitsForLock(t)
	s.Redis.Pause() // the acknowledgement will have no answer
	unlock()
	testenv.Eventually(t, "the batch is stored", func() error {
		n, err := query[int](t.Context(), s.Database, `SELECT count(*) FROM ballots`)
		if err == nil && n == 0 {
			err = fmt.Errorf("there are no ballots")
		}
		return err
	})
	s.worker.Kill()
	s.Redis.Resume()
	if n := redisInt(t, s.Redis, "XLEN", "popeye:batches"); n == 0 {
		t.Fatal("nothing is leased, so nothing is tried")
	}
	return crowd
}

// noneIsLeased waits until every batch is acknowledged and nothing waits.
func (s *stack) noneIsLeased(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, "every batch is acknowledged", func() error {
		leased, waiting := redisInt(t, s.Redis, "XLEN", "popeye:batches"), redisInt(t, s.Redis, "LLEN", "votes")
		if leased+waiting > 0 {
			return fmt.Errorf("%d batches are leased, %d votes wait", leased, waiting)
		}
		return nil
	})
}
