package sqlite

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"popeye/store/sqlite/internal/files"
	"popeye/store/storetest"
)

// Nothing is called stored that went into a file which the next start won't find.
// When the same file is back, so are the votes: each is counted once.
func TestAFileThatIsTakenAwayTakesNoVotes(t *testing.T) {
	for _, name := range []string{"popeye.db", "popeye.db-wal"} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			s := openStore(t, filepath.Join(folder, "popeye.db"))
			if _, err := s.Apply(t.Context(), many(1, 10)); err != nil {
				t.Fatal(err)
			}
			file, aside := filepath.Join(folder, name), filepath.Join(folder, "aside")
			move := func(from, to string) {
				t.Helper()
				if err := os.Rename(from, to); err != nil {
					t.Fatal(err)
				}
			}
			refused := func(when string) {
				t.Helper()
				if _, err := s.Apply(t.Context(), many(100, 10)); !errors.Is(err, files.ErrGone) || !errors.Is(s.Intact(), files.ErrGone) {
					t.Errorf("%s: Apply returned %v", when, err)
				}
			}
			move(file, aside)
			refused("moved away")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			refused("another file is there")
			move(aside, file)
			if r, err := s.Apply(t.Context(), many(100, 10)); err != nil || r.Stored() != 10 {
				t.Errorf("back again: %v, %d stored", err, r.Stored())
			}
			votes, err := storetest.ReadCounted(t.Context(), s, "default")
			if err != nil || votes.Count.Voters != 20 {
				t.Errorf("%d votes are counted, %v", votes.Count.Voters, err)
			}
		})
	}
}

// A file that goes while a batch is stored: the commit is not believed.
func TestAFileThatGoesWithTheCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "popeye.db")
	s := openStore(t, path)
	for _, n := range []int64{1, 100} {
		b := many(n, 1)
		err := s.change(t.Context(), func(tx *sql.Tx) error {
			if _, _, err := apply(t.Context(), tx, b); err != nil {
				return err
			}
			return os.Remove(path)
		})
		if !errors.Is(err, files.ErrGone) {
			t.Errorf("stored in a file that is deleted: %v", err)
		}
	}
}

// Others may open and close the database beside us: that takes nothing away.
func TestIntactBesideOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "popeye.db")
	s := openStore(t, path)
	for i := range int64(3) {
		other, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Apply(t.Context(), many(1+100*i, 10)); err != nil {
			t.Fatal(err)
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Intact(); err != nil {
			t.Fatal(err)
		}
	}
}
