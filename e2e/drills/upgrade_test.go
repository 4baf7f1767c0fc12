//go:build linux

package drills

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// old is a database as an earlier release left it: schema version 5, with rows.
const old = "../../store/postgres/testdata/v5.sql"

// everything is one text of all that an upgrade must keep: of polls, the words.
const everything = `SELECT concat_ws(E'\n',
	(SELECT string_agg(concat_ws('|', poll, voter, ballot, position, at), E'\n' ORDER BY poll, voter) FROM ballots),
	(SELECT string_agg(concat_ws('|', poll, ballot, voters), E'\n' ORDER BY poll, ballot) FROM tallies),
	(SELECT string_agg(concat_ws('|', slug, %s, %s, status, revision), E'\n' ORDER BY slug) FROM polls WHERE slug <> 'default'),
	(SELECT concat_ws('|', stored, dead) FROM accounts))`

// The services are started on the database and the Redis of an earlier release:
// everything is there, votes go on, and the account balances.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	restoreDump(t, s.Database, old)
	s.Postgres.Users(t, s.Database) // that release had none
	before := ask[string](t, s.Database, fmt.Sprintf(everything, "question", "options"))
	for key, sql := range map[string]string{
		"popeye:moved":    `SELECT stored + dead FROM accounts`,
		"popeye:position": `SELECT max(last) FROM batches`,
		"popeye:revision": `SELECT revision - 1 FROM board`, // what it published is older
	} {
		if err := redisDo(t, s.Redis, "SET", key, fmt.Sprint(ask[int64](t, s.Database, sql))).Error(); err != nil {
			t.Fatal(err)
		}
	}
	s.result.Start(t)
	s.result.Says(t, "its schema is at version 5")

	s.worker.Start(t)
	s.poll.Start(t)
	s.works(t)
	if after := ask[string](t, s.Database, fmt.Sprintf(everything, "definition->>'question'", "definition->'options'")); after != before {
		t.Errorf("before the upgrade there was\n%s\nafter it there is\n%s", before, after)
	}
	s.balances(t)
	// In the old database bob has an older ballot, and nobody one for b.
	if err := redisDo(t, s.Redis, "RPUSH", "votes", `{"voter_id":"bob","vote":"b"}`).Error(); err != nil {
		t.Fatal(err)
	}
	people.NewVoter(s.poll.URL).Votes(t, "b")
	shows(t, s.result.URL, "b", 2)
	recount(t, s.Database)
	s.balances(t)
}

// A database that a newer release has upgraded is left alone by an older one,
// which says what to do.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	const says = "the database's schema is newer than this program: upgrade the program"
	t.Run("services", func(t *testing.T) {
		s := newStack(t).start(t)
		stops(t, s.worker)
		stops(t, s.result)
		execute(t, s.Database, `UPDATE popeye_schema SET version = version + 1`)
		s.worker.Start(t)
		if code := s.worker.Ends(t, drainBound); code != 1 || s.worker.Log().Count(says) == 0 {
			t.Errorf("the worker ended with %d:\n%s", code, s.worker.Log())
		}
		s.result.Start(t)
		s.result.Says(t, says)
		if status, body, err := testenv.Get(t.Context(), "http://"+s.result.Health+"/readyz"); err != nil || status != http.StatusServiceUnavailable || !strings.Contains(string(body), says) {
			t.Errorf("result is asked whether it is ready: %d %s, %v", status, body, err)
		}
	})
	t.Run("one process", func(t *testing.T) {
		folder := t.TempDir()
		p := onePopeye(t, folder)
		stops(t, p.Program)
		if _, err := sqlite(t, folder).ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`); err != nil {
			t.Fatal(err)
		}
		p.Program.Start(t)
		if code := p.Ends(t, drainBound); code != 1 || p.Log().Count(says) == 0 {
			t.Errorf("it ended with %d:\n%s", code, p.Log())
		}
	})
}
