package sqlite

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"popeye/store"
	"popeye/vote"
)

// some is a batch of votes of the default poll, and of a letter of 16 KB: more than
// a hundred of them are more than one step of a backup.
func some(id int64) store.Batch {
	noise := make([]byte, store.MaxDeadLetter)
	_, _ = rand.NewChaCha8([32]byte{byte(id)}).Read(noise) // never fails
	b := store.Batch{ID: id, Dead: []store.Dead{{Position: id + 2, Reason: "noise", Raw: noise}}}
	for i := range int64(2) {
		b.Votes = append(b.Votes, store.Entry{Position: id + i, Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: fmt.Sprintf("v%d", id+i), Ballot: "a"}})
	}
	return b
}

// filled is a store of batches 100, 200 ... with the default poll.
func filled(t *testing.T, batches int64) (s *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "popeye.db")
	s = openStore(t, path)
	for i := range batches {
		if _, err := s.Apply(t.Context(), some(100*(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	return s, path
}

// only checks that a folder has this file and no other, for its owner only.
func only(t *testing.T, path string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 || files[0].Name() != filepath.Base(path) {
		t.Fatalf("the folder has %v, %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode() != 0o600 {
		t.Errorf("the copy has the mode %v, %v", info.Mode(), err)
	}
}

// A copy that is taken while votes come in is of one moment: it has every vote that
// was stored before, and the account of what it has. The votes go on.
func TestBackupWhileVotesComeIn(t *testing.T) {
	const before, during = 350, 10 // 6 MB: three steps
	s, path := filled(t, before)
	to := filepath.Join(t.TempDir(), "copy #1 100%?.db")
	steps, next := 0, int64(100*(before+1))
	c, err := Backup(t.Context(), path, to, func(float64) {
		steps++
		for range during {
			if _, err := s.Apply(t.Context(), some(next)); err != nil {
				t.Error(err)
			}
			next += 100
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	only(t, to)
	want := Copy{Bytes: c.Bytes, Version: version, Counted: true, Polls: 1, Ballots: 2 * before, Stored: 2 * before, Dead: before}
	if c != want || steps < 3 || c.Bytes < before*store.MaxDeadLetter {
		t.Errorf("after %d steps: %+v, want %+v", steps, c, want)
	}
	live, err := s.Sum(t.Context(), math.MaxInt64, nil)
	if err != nil || live.Stored != int64(2*(before+steps*during)) {
		t.Errorf("%d votes are in the database, %v", live.Stored, err)
	}

	again := openStore(t, to)
	if sums, err := again.Sum(t.Context(), math.MaxInt64, nil); err != nil || sums.Stored != c.Stored || sums.Dead != c.Dead {
		t.Errorf("the copy has %+v, %v", sums, err)
	}
	for id, redelivered := range map[int64]bool{100 * before: true, 100 * (before + 1): false} {
		if r, err := again.Apply(t.Context(), some(id)); err != nil || r.Redelivered != redelivered {
			t.Errorf("batch %d in the copy: %+v, %v", id, r, err)
		}
	}
}

// What is not a whole copy is no file at all, and what was there stays.
func TestBackupLeavesNothingBehind(t *testing.T) {
	_, path := filled(t, 150)
	ctx, stop := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		ctx      context.Context
		from, to string
		progress func(float64)
		err      string
	}{
		"broken off":    {ctx, path, "copy.db", func(float64) { stop() }, "context canceled"},
		"not there":     {t.Context(), path + ".gone", "copy.db", nil, "no such file"},
		"no database":   {t.Context(), writeFile(t, "popeye.db", strings.Repeat("no database ", 1000)), "copy.db", nil, "not a database"},
		"another kind":  {t.Context(), writeFile(t, "popeye.db", ""), "copy.db", nil, "no database of popeye"},
		"damaged":       {t.Context(), damaged(t, path), "copy.db", nil, "damaged"},
		"wrong tallies": {t.Context(), tampered(t), "copy.db", nil, "tallies of the copy differ"},
		"no folder":     {t.Context(), path, "nowhere/copy.db", nil, "no such file"},
	} {
		if c.progress == nil {
			c.progress = func(float64) {}
		}
		folder := t.TempDir()
		if _, err := Backup(c.ctx, c.from, filepath.Join(folder, c.to), c.progress); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", name, err, c.err)
		}
		if files, err := os.ReadDir(folder); err != nil || len(files) > 0 {
			t.Errorf("%s: the folder has %v, %v", name, files, err)
		}
	}
}

func TestBackupOverwritesNothing(t *testing.T) {
	_, path := filled(t, 1)
	kept := func(to, what string) {
		t.Helper()
		if raw, err := os.ReadFile(to); err != nil || string(raw) != what {
			t.Errorf("the file is now %.20q, %v", raw, err)
		}
	}
	to := writeFile(t, "copy.db", "kept")
	if _, err := Backup(t.Context(), path, to, func(float64) {}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("got %v", err)
	}
	kept(to, "kept")
	to = filepath.Join(t.TempDir(), "copy.db")
	_, err := Backup(t.Context(), path, to, func(done float64) { // the name is taken meanwhile
		if err := os.WriteFile(to, []byte("late"), 0o600); err != nil {
			t.Error(err)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("got %v", err)
	}
	kept(to, "late")
	if _, err := Backup(t.Context(), path, path, func(float64) {}); err == nil {
		t.Error("a database was copied onto itself")
	}
}

// An old database, or a newer one, is copied as it is.
func TestBackupOfAnotherVersion(t *testing.T) {
	s, path := filled(t, 1)
	if _, err := s.write.Exec(`DELETE FROM goose_db_version WHERE version_id > 5`); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	c, err := Backup(t.Context(), path, to, func(float64) {})
	if err != nil || c.Version != 5 || c.Counted || c.Bytes == 0 {
		t.Errorf("%+v, %v", c, err)
	}
	only(t, to)
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// damaged is a copy of a database with holes in it.
func damaged(t *testing.T, path string) string {
	t.Helper()
	whole := filepath.Join(t.TempDir(), "popeye.db")
	if _, err := Backup(t.Context(), path, whole, func(float64) {}); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(whole, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for page := int64(300); page < 400; page++ {
		if _, err := f.WriteAt(make([]byte, 4000), page*4096); err != nil {
			t.Fatal(err)
		}
	}
	return whole
}

// tampered is a database whose tallies are wrong.
func tampered(t *testing.T) string {
	t.Helper()
	s, path := filled(t, 1)
	if _, err := s.write.Exec(`UPDATE tallies SET voters = voters + 1`); err != nil {
		t.Fatal(err)
	}
	return path
}
