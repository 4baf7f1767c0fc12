package drills

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"popeye/internal/testenv"
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
	people := newCrowd(t, s.poll.url).minds(6)
	people.recordedMore(t, 30)

	for _, p := range []*program{s.poll, s.worker} {
		if err := redisAs(t, s.redis, p.name, "first-"+p.name, "PING"); err != nil {
			t.Fatal(err)
		}
		s.operates(t, "ACL", "SETUSER", p.name, "resetpass", ">second-"+p.name)
		keys.set(t, "redis_"+p.name+"_password", "second-"+p.name)
		again(t, p)
		people.recordedMore(t, 30)
		if redisAs(t, s.redis, p.name, "first-"+p.name, "PING") == nil {
			t.Errorf("Redis takes the old password of %s", p.name)
		}
	}

	for _, p := range []*program{s.worker, s.result} {
		execute(t, s.db, fmt.Sprintf(`ALTER USER popeye_%[1]s PASSWORD 'second-%[1]s'`, p.name))
		keys.set(t, "postgres_"+p.name+"_password", "second-"+p.name)
		again(t, p)
	}
	execute(t, s.db, `ALTER USER postgres PASSWORD 'second-postgres'`)
	s.db = strings.Replace(s.db, "first-", "second-", 1)

	keys.set(t, "admin_token", "second-admin-token")
	again(t, s.result)
	for token, want := range map[string]int{"first-admin-token": http.StatusUnauthorized, "second-admin-token": http.StatusOK} {
		if got := s.asksAs(t, token); got != want {
			t.Errorf("with %s an organiser is answered %d, want %d", token, got, want)
		}
	}
	people.recordedMore(t, 30)
	people.end().isStored(t, s.db)
	s.rotateCookieKey(t)
}

// rotateCookieKey changes the one secret that people notice: with a new key,
// everybody is a new voter.
func (s *stack) rotateCookieKey(t *testing.T) {
	t.Helper()
	ann := newPerson(fresh)
	ann.votes(t, s.poll.url, "a")
	before := ann.voter
	s.poll.stops(t)
	s.operates(t, "DEL", "popeye:cookie-key")
	s.poll.start(t).ready(t)
	ann.votes(t, s.poll.url, "b")
	if ann.voter == before {
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
		execute(t, s.db, fmt.Sprintf(`ALTER USER popeye_%[1]s PASSWORD 'first-%[1]s'`, user))
	}
	keys.set(t, "admin_token", "first-admin-token")
	execute(t, s.db, `ALTER USER postgres PASSWORD 'first-postgres'`)
	hba := ask[string](t, s.db, `SHOW hba_file`)
	rules, err := os.ReadFile(hba)
	if err == nil {
		err = os.WriteFile(hba, []byte(strings.ReplaceAll(string(rules), "trust", "scram-sha-256")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	execute(t, s.db, `SELECT pg_reload_conf()`)
	queue := func(user string) []string {
		return []string{
			"REDIS_HOST=" + s.redis.Host, fmt.Sprintf("REDIS_PORT=%d", s.redis.Port), "REDIS_USER=" + user,
			"REDIS_PASSWORD_FILE=" + keys.file("redis_"+user+"_password"),
		}
	}
	store := func(user string) []string {
		return []string{
			"POSTGRES_HOST=" + s.pg.Host, fmt.Sprintf("POSTGRES_PORT=%d", s.pg.Port), "POSTGRES_DB=" + filepath.Base(address(t, s.db).Path),
			"POSTGRES_USER=popeye_" + user, "POSTGRES_PASSWORD_FILE=" + keys.file("postgres_"+user+"_password"),
		}
	}
	s.poll = newProgram(t, "poll", append(queue("poll"), "VOTE_RATE=0")...)
	s.worker = newProgram(t, "worker", append(queue("worker"), store("worker")...)...)
	s.result = newProgram(t, "result", append(store("result"), "ADMIN_TOKEN_FILE="+keys.file("admin_token"))...)
	s.db = strings.Replace(s.db, "postgres@", "postgres:first-postgres@", 1)
}

// asksAs returns how an organiser with this token is answered.
func (s *stack) asksAs(t *testing.T, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.result.url+"/api/v1/polls", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// redisPassword is the operator's.
const redisPassword = "of-the-operator"

// operates runs a command as Redis' operator, who has a password sooner or later.
func (s *stack) operates(t *testing.T, command ...string) {
	t.Helper()
	if err := redisAs(t, s.redis, "default", redisPassword, command...); err != nil {
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
