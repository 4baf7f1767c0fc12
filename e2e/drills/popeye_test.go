//go:build linux

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
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// onePopeye starts everything in one process, which keeps its data in a folder.
func onePopeye(t *testing.T, folder string) *testenv.Popeye {
	t.Helper()
	return testenv.NewPopeye(t, bin, folder, "VOTE_RATE=0").Start(t)
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
func isIn(t *testing.T, c *people.Crowd, folder string) {
	t.Helper()
	db := sqlite(t, folder)
	testenv.Eventually(t, "every recorded vote is in the file", func() error {
		lost, err := c.Missing(rows(t, db), 0)
		if lost > 0 && err == nil {
			err = fmt.Errorf("%d voters have no ballot", lost)
		}
		return err
	})
}

// rows reads the classic relation of a SQLite file.
func rows(t *testing.T, db *sql.DB) map[string]vote.Ballot {
	t.Helper()
	r, err := db.QueryContext(t.Context(), `SELECT id, vote FROM votes`)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stored := map[string]vote.Ballot{}
	for r.Next() {
		var id string
		var choice vote.Ballot
		if err := r.Scan(&id, &choice); err != nil {
			t.Fatal(err)
		}
		stored[id] = choice
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
	ann := people.NewVoter(p.URL)
	ann.Votes(t, "a")
	crowd := people.NewCrowd(t, p.URL).Strangers(6)
	crowd.RecordedMore(t, 60)
	if out, err := p.Command("backup", filepath.Join(copied, "popeye.db")).CombinedOutput(); err != nil || !strings.Contains(string(out), "whole and checked") {
		t.Fatalf("popeye backup: %v\n%s", err, out)
	}
	crowd.RecordedMore(t, 60)
	crowd.End()
	p.Kill()
	key, err := os.ReadFile(filepath.Join(folder, "cookie-key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(copied, "cookie-key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}

	again := onePopeye(t, copied)
	lost, err := crowd.Missing(rows(t, sqlite(t, copied)), 1)
	if kept := crowd.Recorded() - lost; err != nil || kept < 60 || lost < 30 {
		t.Errorf("%d votes are in the copy, %d are not, %v", kept, lost, err)
	}
	ann.At(again.URL).Votes(t, "b")
	if got := rows(t, sqlite(t, copied))[ann.VoterID()]; got != "b" {
		t.Errorf("the voter's ballot is %q", got)
	}
	if out, err := again.Command("account").CombinedOutput(); err != nil || !strings.Contains(string(out), "it balances") {
		t.Errorf("popeye account: %v\n%s", err, out)
	}
}
