package e2e

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// tool runs an operator's command and returns what it prints and its exit code.
func tool(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, args[0]), args[1:]...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// account is what `popeye account --json` prints.
type account struct {
	Accepted, Stored, Waiting, Dead, Difference int64
	Balanced                                    bool
}

func accountOf(t *testing.T, env []string) (a account, code int) {
	t.Helper()
	out, errs, code := tool(t, env, "popeye", "account", "--json")
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatalf("the account is %q, %q: %v", out, errs, err)
	}
	return a, code
}

// letter is what `popeye dead list --json` prints on each line.
type deadLetter struct {
	Position int64
	Reason   string
	Raw      []byte
}

func deadLetters(t *testing.T, env []string) (found []deadLetter) {
	t.Helper()
	out, errs, code := tool(t, env, "popeye", "dead", "list", "--json", "--limit=0")
	if code != 0 {
		t.Fatalf("dead list: %s", errs)
	}
	for line := range strings.Lines(out) {
		var l deadLetter
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		found = append(found, l)
	}
	return found
}

// An operator looks at what went wrong, mends it, and replays.
func TestOperatorOfServices(t *testing.T) {
	s := newStack(t, 1).Start(t)
	redis := redisClient(t, s)
	env := []string{"REDIS_URL=" + s.Redis.URL(), "DATABASE_URL=" + s.Database}
	push := func(messages ...string) {
		if err := redis.Do(t.Context(), redis.B().Rpush().Key("votes").Element(messages...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	early, late := `{"voter_id":"ann","vote":"b","poll":"lunch"}`, `{"voter_id":"bob","vote":"b","poll":"lunch"}`
	push(early, late, "rub\x00bish")
	testenv.Eventually(t, "three dead letters", func() error { return waitingIsOver(t, env, 3) })
	found := deadLetters(t, env)
	if len(found) != 3 || string(found[2].Raw) != "rub\x00bish" || !strings.Contains(found[0].Reason, `no poll "lunch"`) {
		t.Fatalf("the letters are %+v", found)
	}
	position := func(i int) string { return strconv.FormatInt(found[i].Position, 10) }
	if out, _, code := tool(t, env, "popeye", "dead", "show", position(2)); code != 0 || !strings.Contains(out, `"rub\x00bish"`) {
		t.Errorf("show: %d %q", code, out)
	}
	if out, _, _ := tool(t, env, "worker", "dead", "show", "--raw", position(2)); out != "rub\x00bish" {
		t.Errorf("show --raw, by the worker's program: %q", out)
	}

	// The poll that the votes were for is made after all; Ann has voted there since.
	people.NewOrganiser(s.Results[0].URL).Makes(t, people.OpenPoll("lunch", "Where to?", "Pizza", "Sushi"))
	push(`{"voter_id":"ann","vote":"a","poll":"lunch"}`)
	shows(t, s.Results[0].URL, "lunch", "a:1 b:0")
	for range 2 { // to do it again changes nothing
		if out, errs, code := tool(t, env, "popeye", "dead", "replay", "--all"); code == 0 || !strings.Contains(errs, "1 dead letters stay") {
			t.Errorf("replay: %d %q %q", code, out, errs)
		}
		shows(t, s.Results[0].URL, "lunch", "a:1 b:1")
	}
	if out, _, code := tool(t, env, "popeye", "dead", "replay", position(0)); code != 0 || !strings.Contains(out, "not there") {
		t.Errorf("replay once more: %d %q", code, out)
	}
	if out, _, code := tool(t, env, "popeye", "dead", "drop", position(2)); code != 0 || !strings.Contains(out, "dropped") {
		t.Errorf("drop: %d %q", code, out)
	}
	if left := deadLetters(t, env); len(left) != 0 {
		t.Errorf("there are letters left: %+v", left)
	}
	if a, code := accountOf(t, env); code != 0 || a != (account{Accepted: 4, Stored: 3, Dead: 1, Balanced: true}) {
		t.Errorf("the account is %+v, exit code %d", a, code)
	}
	t.Run("an account that does not balance", func(t *testing.T) { unbalanced(t, s, redis, env) })
}

// waitingIsOver asks whether nothing waits, and so many messages are dead.
func waitingIsOver(t *testing.T, env []string, dead int64) error {
	if a, _ := accountOf(t, env); a.Waiting != 0 || a.Dead != dead {
		return fmt.Errorf("the account is %+v", a)
	}
	return nil
}

// unbalanced loses Redis' data, and settles.
func unbalanced(t *testing.T, s *testenv.Stack, redis rueidis.Client, env []string) {
	if err := redis.Do(t.Context(), redis.B().Flushall().Build()).Error(); err != nil {
		t.Fatal(err)
	}
	a, code := accountOf(t, env)
	if code != 1 || a.Balanced || a.Difference != -4 {
		t.Errorf("the account is %+v, exit code %d", a, code)
	}
	testenv.Eventually(t, "the organiser is told", func() error {
		a, err := people.NewOrganiser(s.Results[0].URL).Account(t.Context())
		if err == nil && (a.Balanced || a.Difference != -4) {
			err = fmt.Errorf("%+v", a)
		}
		return err
	})
	if out, errs, code := tool(t, env, "worker", "account", "--settle"); code != 0 || !strings.Contains(out, "balances again") {
		t.Errorf("settle: %d %q %q", code, out, errs)
	}
	testenv.Eventually(t, "a vote after it", func() error { return people.NewVoter(s.Polls[0].URL).Submit(t.Context(), "", "a") })
	testenv.Eventually(t, "the account balances", func() error {
		if a, code := accountOf(t, env); code != 0 || !a.Balanced || a.Stored < 4 {
			return fmt.Errorf("it is %+v, exit code %d", a, code)
		}
		return nil
	})
}

// The same in one process, while it runs.
func TestOperatorOfOneProcess(t *testing.T) {
	dir := t.TempDir()
	_, poll, result := onePopeye(t, "DATA_DIR="+dir)
	testenv.Answers(t, poll+"/")
	testenv.Answers(t, result+"/")
	env := []string{"DATA_DIR=" + dir}
	if err := people.NewVoter(poll).Submit(t.Context(), "", "a"); err != nil {
		t.Fatal(err)
	}
	if a, code := accountOf(t, env); code != 0 || a != (account{Accepted: 1, Stored: 1, Balanced: true}) {
		t.Errorf("the account is %+v, exit code %d", a, code)
	}
	if out, _, code := tool(t, env, "popeye", "dead", "list"); code != 0 || !strings.Contains(out, "no dead letters") {
		t.Errorf("dead list: %d %q", code, out)
	}

	db, err := sql.Open("sqlite", "file:"+dir+"/popeye.db?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE tallies SET voters = voters + 1`); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := tool(t, env, "popeye", "account"); code != 1 || !strings.Contains(errs, "1 tallies differ from a recount") {
		t.Errorf("a tally that was tampered with: %d %q %q", code, out, errs)
	}
	if _, errs, code := tool(t, nil, "popeye", "account", "--data", t.TempDir()); code != 1 || !strings.Contains(errs, "there is no data in") {
		t.Errorf("an empty folder: %d %q", code, errs)
	}
}
