//go:build linux

package drills

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"popeye/client"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// secrets are files, as the services get them.
type secrets struct{ folder string }

func (k secrets) file(name string) string { return filepath.Join(k.folder, name) }

func (k secrets) set(t *testing.T, name, secret string) {
	t.Helper()
	if err := os.WriteFile(k.file(name), []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every secret is changed while people vote: first the server is told, then the
// file, then what reads it is started again. No recorded vote is lost, and the
// old secret is of no use any more.
func TestSecretsRotated(t *testing.T) {
	t.Parallel()
	keys := secrets{t.TempDir()}
	s := onServers(t, testenv.StartRedis(t), testenv.StartPostgres(t))
	s.guard(t, keys)
	s.start(t)
	crowd := people.NewCrowd(t, s.poll.URL).Minds(6)
	crowd.RecordedMore(t, 30)

	for _, p := range []*testenv.Program{s.poll, s.worker} {
		if err := redisAs(t, s.Redis, p.Name(), "first-"+p.Name(), "PING"); err != nil {
			t.Fatal(err)
		}
		s.operates(t, "ACL", "SETUSER", p.Name(), "resetpass", ">second-"+p.Name())
		keys.set(t, "redis_"+p.Name()+"_password", "second-"+p.Name())
		again(t, p)
		crowd.RecordedMore(t, 30)
		if redisAs(t, s.Redis, p.Name(), "first-"+p.Name(), "PING") == nil {
			t.Errorf("Redis takes the old password of %s", p.Name())
		}
	}

	for _, p := range []*testenv.Program{s.worker, s.result} {
		execute(t, s.Database, fmt.Sprintf(`ALTER USER popeye_%[1]s PASSWORD 'second-%[1]s'`, p.Name()))
		keys.set(t, "postgres_"+p.Name()+"_password", "second-"+p.Name())
		again(t, p)
	}
	execute(t, s.Database, `ALTER USER postgres PASSWORD 'second-postgres'`)
	s.Database = strings.Replace(s.Database, "first-", "second-", 1)

	keys.set(t, "admin_token", "second-admin-token")
	again(t, s.result)
	for token, want := range map[string]int{"first-admin-token": http.StatusUnauthorized, "second-admin-token": http.StatusOK} {
		if got := s.asksAs(t, token); got != want {
			t.Errorf("with %s an organiser is answered %d, want %d", token, got, want)
		}
	}
	crowd.RecordedMore(t, 30)
	isStored(t, crowd.End(), s.Database)
	s.rotateCookieKey(t)
}

// rotateCookieKey changes the one secret that people notice: with a new key,
// everybody is a new voter.
func (s *stack) rotateCookieKey(t *testing.T) {
	t.Helper()
	ann := people.NewVoter(s.poll.URL)
	ann.Votes(t, "a")
	before := ann.VoterID()
	stops(t, s.poll)
	s.operates(t, "DEL", "popeye:cookie-key")
	s.poll.Start(t).Ready(t)
	ann.Votes(t, "b")
	if ann.VoterID() == before {
		t.Error("a cookie signed with the old key is still good")
	}
}

// guard makes the servers ask for passwords, and the services read them, and the
// organiser's token, from files.
func (s *stack) guard(t *testing.T, keys secrets) {
	t.Helper()
	for _, user := range []string{"poll", "worker"} {
		keys.set(t, "redis_"+user+"_password", "first-"+user)
		s.operates(t, "ACL", "SETUSER", user, "resetpass", ">first-"+user)
	}
	s.operates(t, "CONFIG", "SET", "requirepass", redisPassword)
	for _, user := range []string{"worker", "result"} {
		keys.set(t, "postgres_"+user+"_password", "first-"+user)
		execute(t, s.Database, fmt.Sprintf(`ALTER USER popeye_%[1]s PASSWORD 'first-%[1]s'`, user))
	}
	keys.set(t, "admin_token", "first-admin-token")
	execute(t, s.Database, `ALTER USER postgres PASSWORD 'first-postgres'`)
	hba := ask[string](t, s.Database, `SHOW hba_file`)
	rules, err := os.ReadFile(hba)
	if err == nil {
		err = os.WriteFile(hba, []byte(strings.ReplaceAll(string(rules), "trust", "scram-sha-256")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	execute(t, s.Database, `SELECT pg_reload_conf()`)
	queue := func(user string) []string {
		return []string{
			"REDIS_HOST=" + s.Redis.Host, fmt.Sprintf("REDIS_PORT=%d", s.Redis.Port), "REDIS_USER=" + user,
			"REDIS_PASSWORD_FILE=" + keys.file("redis_"+user+"_password"),
		}
	}
	store := func(user string) []string {
		return []string{
			"POSTGRES_HOST=" + s.Postgres.Host, fmt.Sprintf("POSTGRES_PORT=%d", s.Postgres.Port), "POSTGRES_DB=" + filepath.Base(address(t, s.Database).Path),
			"POSTGRES_USER=popeye_" + user, "POSTGRES_PASSWORD_FILE=" + keys.file("postgres_"+user+"_password"),
		}
	}
	s.poll = testenv.NewProgram(t, bin+"/poll", append(queue("poll"), "VOTE_RATE=0")...)
	s.worker = testenv.NewProgram(t, bin+"/worker", append(queue("worker"), store("worker")...)...)
	s.result = testenv.NewProgram(t, bin+"/result", append(store("result"), "ADMIN_TOKEN_FILE="+keys.file("admin_token"))...)
	s.Database = strings.Replace(s.Database, "postgres@", "postgres:first-postgres@", 1)
}

// asksAs returns how an organiser with this token is answered.
func (s *stack) asksAs(t *testing.T, token string) int {
	t.Helper()
	_, err := client.New(client.Config{URL: s.result.URL, Token: token, Transport: testenv.Network}).Polls(t.Context())
	if err == nil {
		return http.StatusOK
	}
	return client.StatusOf(err)
}

// redisPassword is the operator's.
const redisPassword = "of-the-operator"

// operates runs a command as Redis' operator, who has a password sooner or later.
func (s *stack) operates(t *testing.T, command ...string) {
	t.Helper()
	if err := redisAs(t, s.Redis, "default", redisPassword, command...); err != nil {
		t.Fatal(err)
	}
}

// redisAs runs a command as a user.
func redisAs(t *testing.T, r *testenv.Redis, user, password string, command ...string) error {
	t.Helper()
	c, err := redisClient(r, user, password)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Do(t.Context(), c.B().Arbitrary(command...).Build()).Error()
}
