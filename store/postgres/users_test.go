package postgres

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3/lock"

	"popeye/internal/testenv"
	"popeye/store/postgres/internal/failure"
)

// Who brings the users by hand and a worker that begins give rights at the same moment:
// both have the lock of migrations.
func TestUsersAreBroughtUnderTheLockOfMigrations(t *testing.T) {
	script, err := os.ReadFile("../../deploy/postgres/users.psql")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("SELECT pg_advisory_xact_lock(%d);", lock.DefaultLockID); !strings.Contains(string(script), want) {
		t.Errorf("no %s in users.psql", want)
	}
}

// Whoever breaks result holds the rights of its user: it makes no ballot, changes
// no figure, no trace and no schema, and is nothing to the server beneath. Nor is
// the worker. That each has what it needs shows TestStore.
func TestUsersHaveNoMoreThanTheyNeed(t *testing.T) {
	const insufficientPrivilege = "42501"
	server := testenv.SharedPostgres(t)
	url := server.Database(t)
	worker, result := server.Users(t, url)
	if err := openStore(t, worker).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := byHand(t.Context(), url, `INSERT INTO votes VALUES ('ann', 'a')`); err != nil {
		t.Fatal(err)
	}
	beneath := []string{
		`COPY catalog FROM PROGRAM 'id'`, `COPY catalog TO PROGRAM 'cat'`, `COPY catalog FROM '/etc/passwd'`, `SELECT pg_read_file('/etc/passwd')`,
		`SELECT lo_import('/etc/passwd')`, `ALTER SYSTEM SET fsync = off`, `CREATE ROLE guest SUPERUSER`, `CREATE EXTENSION file_fdw`,
		`ALTER ROLE postgres PASSWORD 'x'`, `SET ROLE postgres`, `SELECT pg_authid FROM pg_authid`, `CREATE TEMP TABLE t (x int)`,
		`CREATE DATABASE mine`, `SET session_replication_role = replica`,
	}
	for _, u := range []struct {
		name, url string
		queries   []string
	}{
		{"worker", worker, beneath},
		{"result", result, append([]string{
			`INSERT INTO ballots (voter, ballot) VALUES ('bob', 'b')`, `INSERT INTO votes VALUES ('bob', 'b')`, `UPDATE ballots SET ballot = 'b'`,
			`UPDATE ballots SET poll = 'other'`, `TRUNCATE ballots`, `INSERT INTO tallies VALUES ('default', 'x', 'b', 9)`, `UPDATE tallies SET voters = 9`,
			`SELECT popeye_retally('{default}', '{b}', '{9}')`, `UPDATE batches SET votes = 9`, `DELETE FROM dead_letters`, `SELECT raw FROM dead_letters`,
			`UPDATE last_account SET stored = 9`, `UPDATE audit SET who = 'x'`, `DELETE FROM audit`, `TRUNCATE audit`, `DROP TABLE audit`,
			`ALTER TABLE audit DISABLE TRIGGER ALL`, `ALTER TABLE ballots DISABLE TRIGGER ALL`, `CREATE TABLE mine (x int)`,
			`CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`, `UPDATE popeye_schema SET version = 99`, `SET ROLE popeye_worker`,
			`SELECT popeye_grant()`,
		}, beneath...)},
	} {
		t.Logf("MEASURED %s tries %d queries", u.name, len(u.queries))
		for _, query := range u.queries {
			c, err := pgx.Connect(t.Context(), u.url)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Exec(t.Context(), query)
			if failure.State(err) != insufficientPrivilege {
				t.Errorf("%s may %s: %v", c.Config().User, query, err)
			}
			if err := c.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	// What moves a poll's ballots to another name adds none to a poll that has some.
	if _, err := byHand(t.Context(), result, `SELECT popeye_move_ballots('other', 'default')`); err == nil {
		t.Error("ballots are moved to those of another poll")
	}
	rows, err := byHand(t.Context(), url, `SELECT id || vote FROM votes`)
	if err != nil || len(rows) != 1 || rows[0][0] != "anna" {
		t.Errorf("the ballots are %v, %v", rows, err)
	}
}
