package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
	"popeye/store"
	"popeye/store/storetest"
	"popeye/vote"
)

// runFiles runs the migrations as the db container's init scripts.
func runFiles(t *testing.T, url string) {
	t.Helper()
	runUpTo(t, url, Version)
}

// runUpTo runs those of an older program.
func runUpTo(t *testing.T, url string, last int) {
	t.Helper()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if newest := fmt.Sprintf("migrations/%05d_", Version); err != nil || len(names) != Version || !strings.HasPrefix(names[len(names)-1], newest) {
		t.Fatalf("%q, %v; want the last to be %s", names, err, newest)
	}
	for _, name := range names[:last] {
		content, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := byHand(t.Context(), url, string(content)+"\n; SELECT version FROM popeye_schema")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if version := rows[0][0]; fmt.Sprintf("migrations/%05s", version) < name[:len("migrations/00000")] {
			t.Errorf("%s leaves the schema at version %s", name, version)
		}
	}
}

// The db container runs the files, then a worker migrates, then another, then
// someone runs the files again over a vote that has begun: nothing is lost.
func TestInitScriptsThenMigrate(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	s := openStore(t, url)
	runFiles(t, url)
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("after the init scripts: %v", err)
	}
	applyOne(t, s, 100, "ann", "a")
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		applyOne(t, s, 200, "bob", "b")
		if _, err := s.ChangePoll(t.Context(), vote.DefaultSlug, func(p vote.Poll) (vote.Poll, error) {
			p.Question = "Lunch?"
			return p, nil
		}); err != nil {
			t.Fatal(err)
		}
		runFiles(t, url)
	}
	snapshot, err := storetest.ReadCounted(t.Context(), s, vote.DefaultSlug)
	if options := snapshot.Count.Options; err != nil || options[0].Votes != 1 || options[1].Votes != 1 || snapshot.Poll.Question != "Lunch?" {
		t.Errorf("snapshot %+v, %v", snapshot, err)
	}
}

// The init scripts run again under a later schema and make tables of older names for a
// moment. An older worker that still runs may dead-letter a message there: the letter is kept,
// the catalog stays as it is, and those tables go.
func TestTablesOfOlderNamesGoWithoutLoss(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	s := openStore(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := s.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	runUpTo(t, url, 17)
	if _, err := byHand(t.Context(), url, `INSERT INTO letters (position, batch, reason, size, raw) VALUES (7, 5, 'no such poll', 3, 'raw')`); err != nil {
		t.Fatal(err)
	}
	runFiles(t, url)
	if l, err := s.DeadLetter(t.Context(), 7); err != nil || l.Reason != "no such poll" || string(l.Raw) != "raw" {
		t.Errorf("dead letter %+v, %v", l, err)
	}
	if after, err := s.Catalog(t.Context()); err != nil || after.Revision != before.Revision || after.Mark != before.Mark {
		t.Errorf("catalog %d %q, %v; want %d %q", after.Revision, after.Mark, err, before.Revision, before.Mark)
	}
	rows, err := byHand(t.Context(), url, `SELECT coalesce(to_regclass('board'), to_regclass('letters')) IS NULL`)
	if err != nil || rows[0][0] != "t" {
		t.Errorf("an older table is left: %v, %v", rows, err)
	}
}

// Several replicas start at the same moment on an empty database.
func TestMigrateAtOnce(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	if err := openStore(t, url).Ready(t.Context()); err == nil {
		t.Error("ready without a schema")
	}
	var g errgroup.Group
	for range 4 {
		s := openStore(t, url)
		g.Go(func() error {
			if err := s.Migrate(t.Context()); err != nil {
				return err
			}
			return s.Ready(t.Context())
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// An old program must not touch what a newer one has made, however it knows.
func TestNewerSchema(t *testing.T) {
	for _, newer := range []string{
		`UPDATE popeye_schema SET version = 99`,
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`,
	} {
		url := testenv.SharedPostgres(t).Database(t)
		s := openStore(t, url)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := byHand(t.Context(), url, newer); err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(t.Context()); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("after %s: Migrate returned %v", newer, err)
		}
		if err := s.Ready(t.Context()); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("after %s: Ready returned %v", newer, err)
		}
	}
}

// Where the original stack ran, its votes are taken over and its table is kept.
func TestClassicTable(t *testing.T) {
	for _, table := range []string{
		`CREATE TABLE votes (id text PRIMARY KEY, vote text NOT NULL)`,
		`CREATE TABLE votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)`,
		`CREATE TABLE votes (id text, vote text); INSERT INTO votes VALUES ('ann', 'a'), (NULL, 'x'), ('y', NULL)`,
	} {
		url := testenv.SharedPostgres(t).Database(t)
		if _, err := byHand(t.Context(), url, table+`; INSERT INTO votes VALUES ('ann', 'a'), ('bob', 'a'), ('cid', 'b')`); err != nil {
			t.Fatal(err)
		}
		s := openStore(t, url)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		applyOne(t, s, 100, "bob", "b") // a queued vote is later than what was stored
		tally, err := s.Tally(t.Context(), vote.DefaultSlug)
		if err != nil || len(tally) != 2 || tally["a"] != 1 || tally["b"] != 2 {
			t.Errorf("%s: tally %v, %v", table, tally, err)
		}
		runFiles(t, url)
		if _, err := byHand(t.Context(), url, `UPDATE votes SET vote = 'c' WHERE id = 'ann'; SELECT id FROM votes_classic`); err != nil {
			t.Error(err)
		}
		if high, err := s.HighWater(t.Context()); err != nil || high != 100 {
			t.Errorf("high water %d, %v", high, err)
		}
	}
}

// applyOne stores one vote, or has stored it before.
func applyOne(t *testing.T, s *Store, id int64, voter, ballot string) {
	t.Helper()
	b := store.Batch{ID: id, Votes: []store.Entry{{Position: id, Vote: vote.Vote{
		Poll: vote.DefaultSlug, Voter: voter, Ballot: vote.Ballot(ballot),
	}}}}
	if _, err := s.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// A program that was started before a newer one migrated the database goes on to
// show it, and changes no poll.
func TestNothingIsChangedUnderANewerSchema(t *testing.T) {
	h := newFixture(t)
	s := h.Store
	before, err := s.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Exec(t.Context(), fmt.Sprintf("UPDATE popeye_schema SET version = %d", Version+1)); err != nil {
		t.Fatal(err)
	}
	slug := before.Polls[0].Slug
	for name, change := range map[string]func() error{
		"create": func() error {
			_, err := s.CreatePoll(t.Context(), vote.Poll{
				Slug: "x", Question: "x", Kind: vote.Single, Status: vote.Open,
				Options: []vote.Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}},
			})
			return err
		},
		"change": func() error {
			_, err := s.ChangePoll(t.Context(), slug, func(p vote.Poll) (vote.Poll, error) { p.Question = "x"; return p, nil })
			return err
		},
		"delete": func() error { return s.DeletePoll(t.Context(), slug, func(vote.Poll) error { return nil }) },
		"begin a round": func() error {
			_, _, err := s.BeginRound(t.Context(), slug, store.NewRound{
				Next: before.Polls[0], Keep: func(vote.Poll) (string, error) { return "kept", nil },
			})
			return err
		},
	} {
		if err := change(); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after, err := s.Catalog(t.Context()); err != nil || after.Revision != before.Revision || len(after.Polls) != len(before.Polls) {
		t.Errorf("%+v, %v; want %+v", after, err, before)
	}
}

// The page for operators says how a store recovers that a build of before has given
// a position that nothing can follow.
func TestAPositionThatNothingCanFollowIsMended(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "### A position that nothing can follow")
	section, _, _ = strings.Cut(section, "\n## ")
	statements := regexp.MustCompile(`-c "([^"]+)"`).FindAllStringSubmatch(section, -1)
	if len(statements) == 0 {
		t.Fatal("the page does not say how")
	}
	h := newFixture(t)
	s := h.Store
	cast := func(id int64, ballot vote.Ballot) store.Batch {
		return store.Batch{ID: id, Chained: true, Digest: []byte{byte(id)}, Votes: []store.Entry{
			{Position: id, Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: "ann", Ballot: ballot}},
		}}
	}
	do := func(sql string) {
		t.Helper()
		if err := h.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Apply(t.Context(), cast(100, "a")); err != nil {
		t.Fatal(err)
	}
	do(`INSERT INTO batches (id, last, votes) VALUES (9000000000000000000, 9000000000000000000, 1)`)
	do(`UPDATE ballots SET position = 9000000000000000000`)
	do(`UPDATE compacted SET last = 9000000000000000001`)
	for _, statement := range statements {
		do(statement[1])
	}
	if high, err := s.HighWater(t.Context()); err != nil || high != 100 {
		t.Errorf("high water %d, %v", high, err)
	}
	if _, err := s.Apply(t.Context(), cast(200, "b")); err != nil {
		t.Fatal(err)
	}
	if tally, err := s.Tally(t.Context(), vote.DefaultSlug); err != nil || len(tally) != 1 || tally["b"] != 1 {
		t.Errorf("tally %v, %v", tally, err)
	}
}
