package drills

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to look into the one process's database

	"popeye/internal/testenv"
)

// onePopeye starts everything in one process, which keeps its data in a folder.
func onePopeye(t *testing.T, folder string) *program {
	t.Helper()
	p := newProgram(t, "popeye")
	p.env = append(p.env, "POLL_ADDR="+strings.TrimPrefix(p.url, "http://"),
		fmt.Sprintf("RESULT_ADDR=127.0.0.1:%d", testenv.FreePort(t)),
		"DATA_DIR="+folder, "ADMIN_TOKEN="+adminToken, "VOTE_RATE=0")
	p.start(t)
	answers(t, p.url+"/api/v1/polls/default")
	return p
}

// sqlite opens the one process's file beside it.
func sqlite(t *testing.T, folder string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "popeye.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// isIn waits until the one process's file holds every voter's last word.
func (c *crowd) isIn(t *testing.T, folder string) {
	t.Helper()
	db := sqlite(t, folder)
	eventually(t, "every recorded vote is in the file", func() error {
		lost, err := c.missing(rows(t, db), 0)
		if lost > 0 && err == nil {
			err = fmt.Errorf("%d voters have no ballot", lost)
		}
		return err
	})
}

// rows reads the classic relation of a SQLite file.
func rows(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	r, err := db.QueryContext(t.Context(), `SELECT id, vote FROM votes`)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stored := map[string]string{}
	for r.Next() {
		var id, vote string
		if err := r.Scan(&id, &vote); err != nil {
			t.Fatal(err)
		}
		stored[id] = vote
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return stored
}

// The one process's file is copied while people vote. The copy is whole, and
// with the keys beside it another process goes on where it ends.
func TestOneProcessRestored(t *testing.T) {
	t.Parallel()
	folder, copied := t.TempDir(), t.TempDir()
	p := onePopeye(t, folder)
	ann := newPerson(fresh)
	ann.votes(t, p.url, "a")
	people := newCrowd(t, p.url).strangers(6)
	people.recordedMore(t, 60)
	if out, err := p.command("backup", filepath.Join(copied, "popeye.db")).CombinedOutput(); err != nil || !strings.Contains(string(out), "whole and checked") {
		t.Fatalf("popeye backup: %v\n%s", err, out)
	}
	people.recordedMore(t, 60)
	people.end()
	p.kill()
	key, err := os.ReadFile(filepath.Join(folder, "cookie-key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(copied, "cookie-key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}

	again := onePopeye(t, copied)
	lost, err := people.missing(rows(t, sqlite(t, copied)), 1)
	if kept := people.recorded - lost; err != nil || kept < 60 || lost < 30 {
		t.Errorf("%d votes are in the copy, %d are not, %v", kept, lost, err)
	}
	ann.votes(t, again.url, "b")
	if got := rows(t, sqlite(t, copied))[ann.voter]; got != "b" {
		t.Errorf("the voter's ballot is %q", got)
	}
	if out, err := again.command("account").CombinedOutput(); err != nil || !strings.Contains(string(out), "it balances") {
		t.Errorf("popeye account: %v\n%s", err, out)
	}
}
