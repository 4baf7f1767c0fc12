package postgres

import (
	"errors"
	"testing"

	"popeye/internal/testenv"
	"popeye/store"
	"popeye/store/postgres/internal/failure"
	"popeye/store/storetest"
	"popeye/vote"
)

// Before a worker has migrated the database, it is not there yet for anybody.
func TestWithoutASchemaTheStoreIsUnavailable(t *testing.T) {
	s := openStore(t, testenv.SharedPostgres(t).Database(t))
	if _, err := storetest.ReadCounted(t.Context(), s, vote.DefaultSlug); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Snapshot: %v", err)
	}
	if _, err := s.Catalog(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Catalog: %v", err)
	}
}

func TestABrokenSchemaIsNoUnavailableStore(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	s := openStore(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, breaks := range []string{
		`ALTER TABLE tallies RENAME TO tallies_gone`,
		`ALTER TABLE changes RENAME COLUMN seq TO sequence`,
	} {
		if _, err := byHand(t.Context(), url, breaks); err != nil {
			t.Fatal(err)
		}
		if _, err := storetest.ReadCounted(t.Context(), s, vote.DefaultSlug); err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("after %s: %v", breaks, err)
		}
	}
}

// The server may end a session, or a statement that takes too long for it.
func TestWhatTheServerEndsMakesTheStoreUnavailable(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	s := openStore(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := s.pool.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
	if !failure.IsAway(err) {
		t.Errorf("%v is none of those that say so", err)
	}
	_, err = s.pool.Exec(t.Context(), `SET statement_timeout = '50ms'; SELECT pg_sleep(20)`)
	if !failure.IsAway(err) {
		t.Errorf("a statement that took too long: %v is none of those that say so", err)
	}
}
