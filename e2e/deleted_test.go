package e2e

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	_ "modernc.org/sqlite"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// What a poll leaves behind once it is deleted: nothing but its audit trail, which
// nobody can change, and its name where it is told that it is gone. Nobody has to do
// anything for that but wait.
const traceSlug, traceQuestion, traceLabel = "quagga-tarpan", "Quagga or tarpan at dawn?", "Tarpan of the steppe"

// traces looks for the poll in texts, by where each was found. Its name may be where
// changes are counted and told: that it is gone is one.
func traces(found map[string]string) error {
	for where, text := range found {
		for _, trace := range []string{traceSlug, traceQuestion, traceLabel} {
			told := trace == traceSlug && (where == "catalog_log" || where == "changes")
			if strings.Contains(text, trace) && !told {
				at := strings.Index(text, trace)
				return fmt.Errorf("%s still has %q: ...%.200s", where, trace, text[max(0, at-50):])
			}
		}
	}
	return nil
}

// leaves makes a poll with votes, and deletes it.
func leaves(t *testing.T, poll, result string) {
	t.Helper()
	o := people.NewOrganiser(result)
	o.Makes(t, people.OpenPoll(traceSlug, traceQuestion, "Quagga", traceLabel))
	l := life{t: t, organiser: o, poll: poll, kind: vote.Single}
	l.votes(traceSlug, "a", "b", "b")
	l.closes(traceSlug)
	o.Deletes(t, traceSlug)
}

func TestADeletedPollLeavesNoTrace(t *testing.T) {
	t.Run("services", func(t *testing.T) {
		s := newStack(t, 1).Start(t)
		client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Redis.Addr()}, DisableCache: true})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		db := testenv.Connect(t, s.Database)
		tables := func() (map[string]string, error) {
			found := map[string]string{}
			rows, err := db.Query(t.Context(), `SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
			if err != nil {
				return nil, err
			}
			var names []string
			for rows.Next() {
				var name string
				if err := rows.Scan(&name); err != nil {
					return nil, err
				}
				names = append(names, name)
			}
			for _, name := range names {
				var all string
				if err := db.QueryRow(t.Context(), `SELECT coalesce(string_agg(t::text, E'\n'), '') FROM `+name+` t`).Scan(&all); err != nil {
					return nil, err
				}
				_, table, _ := strings.Cut(name, ".")
				found[table] = all
			}
			return found, rows.Err()
		}
		wantsNoTrace(t, s.Polls[0].URL, s.Results[0].URL, func() (map[string]string, error) {
			found, err := tables()
			if err != nil {
				return nil, err
			}
			redis, err := everyKey(t.Context(), client)
			for key, value := range redis {
				found["Redis "+key] = value
			}
			return found, err
		})
	})
	t.Run("one process", func(t *testing.T) {
		folder := t.TempDir()
		p := testenv.NewPopeye(t, bin, folder).Start(t)
		db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "popeye.db")+"?mode=ro")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		wantsNoTrace(t, p.URL, p.Result, func() (map[string]string, error) { return everyTable(t.Context(), db) })
	})
}

// wantsNoTrace checks that the poll is seen by read while it is there, and then is not.
func wantsNoTrace(t *testing.T, poll, result string, read func() (map[string]string, error)) {
	t.Helper()
	before := people.NewOrganiser(result)
	before.Makes(t, people.OpenPoll("control", traceQuestion, "A", "B"))
	testenv.Eventually(t, "what is there is found", func() error {
		found, err := read()
		if err == nil && traces(exceptAudit(found)) == nil {
			err = errors.New("nothing has the question")
		}
		return err
	})
	if _, err := before.ClosePoll(t.Context(), "control"); err != nil {
		t.Fatal(err)
	}
	life{t: t, organiser: before, poll: poll}.closes("control")
	before.Deletes(t, "control")
	leaves(t, poll, result)
	testenv.Eventually(t, "the poll is nowhere", func() error {
		found, err := read()
		if err != nil {
			return err
		}
		if !strings.Contains(found["audit"], traceSlug) {
			return errors.New("the audit trail does not tell of it")
		}
		return traces(exceptAudit(found))
	})
}

// exceptAudit leaves out the audit trail.
func exceptAudit(found map[string]string) map[string]string {
	rest := map[string]string{}
	for where, text := range found {
		if where != "audit" {
			rest[where] = text
		}
	}
	return rest
}

// everyKey dumps a Redis: each value as the server writes it down.
func everyKey(ctx context.Context, client rueidis.Client) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	keys, err := client.Do(ctx, client.B().Keys().Pattern("*").Build()).AsStrSlice()
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, key := range keys {
		kind, err := client.Do(ctx, client.B().Type().Key(key).Build()).ToString()
		if err != nil {
			return nil, err
		}
		if kind == "none" { // it has expired since
			continue
		}
		read := map[string]rueidis.Completed{
			"string": client.B().Get().Key(key).Build(), "hash": client.B().Hgetall().Key(key).Build(),
			"list": client.B().Lrange().Key(key).Start(0).Stop(-1).Build(), "stream": client.B().Xrange().Key(key).Start("-").End("+").Build(),
			"set": client.B().Smembers().Key(key).Build(), "zset": client.B().Zrange().Key(key).Min("0").Max("-1").Build(),
		}[kind]
		value, err := client.Do(ctx, read).ToAny()
		if err != nil && !rueidis.IsRedisNil(err) {
			return nil, err
		}
		found[key] = key + " " + fmt.Sprint(value)
	}
	return found, nil
}

// everyTable dumps a SQLite database.
func everyTable(ctx context.Context, db *sql.DB) (map[string]string, error) {
	names, err := texts(ctx, db, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, name := range names {
		columns, err := texts(ctx, db, `SELECT name FROM pragma_table_info('`+name+`')`)
		if err != nil {
			return nil, err
		}
		var parts []string
		for _, c := range columns {
			parts = append(parts, `coalesce(CAST("`+c+`" AS TEXT), '')`)
		}
		rows, err := texts(ctx, db, `SELECT `+strings.Join(parts, ` || ' ' || `)+` FROM "`+name+`"`)
		if err != nil {
			return nil, err
		}
		found[name] = strings.Join(rows, "\n")
	}
	return found, nil
}

func texts(ctx context.Context, db *sql.DB, query string) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
