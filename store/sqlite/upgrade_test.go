package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"popeye/store/storetest"
)

// gooseAt5 is what goose had noted in a file of version 5.
const gooseAt5 = `
	CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
	INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)`

// An old file is brought up to date when it is opened, and nothing is lost.
func TestUpgrade(t *testing.T) {
	old, err := os.ReadFile("testdata/v5.sql")
	if err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]string{"made by the program": gooseAt5, "made by hand": ""} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "popeye.db")
			direct := byHand(t, path)
			if _, err := direct.Exec(string(old) + more); err != nil {
				t.Fatal(err)
			}
			if err := openStore(t, path).Close(); err != nil { // the second time there is nothing to do
				t.Fatal(err)
			}
			storetest.Upgraded(t, fixtureOf(t, path))
		})
	}
}

// A file of the last program that kept definitions in columns is brought up to date.
func TestUpgradeOfDefinitions(t *testing.T) {
	old, err := os.ReadFile("testdata/v14.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "popeye.db")
	if _, err := byHand(t, path).Exec(string(old)); err != nil {
		t.Fatal(err)
	}
	storetest.UpgradedDefinitions(t, fixtureOf(t, path))
}
