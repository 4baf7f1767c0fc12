package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"popeye/store"
	"popeye/store/sqlite/internal/failure"
	"popeye/store/storetest"
	"popeye/vote"
)

// many is a batch of n votes for a.
func many(id int64, n int) store.Batch {
	b := store.Batch{ID: id}
	for i := range n {
		b.Votes = append(b.Votes, store.Entry{Position: id + int64(i), Vote: vote.Vote{
			Poll: vote.DefaultSlug, Voter: storetest.Voter(int(id) + i), Ballot: "a",
		}})
	}
	return b
}

// A full disk is an error of Apply; nothing of the batch is stored. When there
// is room again, so is the vote.
func TestFullDisk(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "popeye.db"))
	if _, err := s.Apply(t.Context(), many(1, 10)); err != nil {
		t.Fatal(err)
	}
	room := func(pages int) {
		t.Helper()
		if _, err := s.write.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	room(1) // SQLite takes what the file has already
	for range 2 {
		if _, err := s.Apply(t.Context(), many(1000, 5000)); failure.Code(err) != sqlite3.SQLITE_FULL || !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("applied with %v, the disk is full", err)
		}
		wantVoters(t, s, 10)
	}
	room(1 << 30)
	if r, err := s.Apply(t.Context(), many(1000, 5000)); err != nil || r.Redelivered {
		t.Fatalf("redelivered %t, %v", r.Redelivered, err)
	}
	wantVoters(t, s, 5010)
}

// While someone else holds SQLite's one lock, Apply waits, as long as its
// context lets it, and readers do not.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "popeye.db")
	s, direct := openStore(t, path), byHand(t, path)
	direct.SetMaxOpenConns(1)
	if _, err := direct.Exec(`BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Apply(ctx, many(1, 10)); !errors.Is(err, store.ErrUnavailable) || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("applied with %v while the file was locked; context %v", err, ctx.Err())
	}
	wantVoters(t, s, 0)
	done := make(chan error)
	go func() {
		_, err := s.Apply(t.Context(), many(1, 10))
		done <- err
	}()
	if _, err := direct.Exec(`COMMIT`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantVoters(t, s, 10)
}

// wantVoters checks that n voters are counted, and that the ballots agree.
func wantVoters(t *testing.T, s *Store, n int64) {
	t.Helper()
	tally, err := s.Tally(t.Context(), vote.DefaultSlug)
	if err != nil || tally["a"] != n {
		t.Fatalf("tally %v, %v; want %d", tally, err, n)
	}
	if rows, err := texts(t.Context(), s.read, `SELECT count(*) FROM ballots`); err != nil || rows[0][0] != fmt.Sprint(n) {
		t.Fatalf("%v ballots, %v; want %d", rows, err, n)
	}
}
