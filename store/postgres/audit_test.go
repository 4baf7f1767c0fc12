package postgres

import (
	"strings"
	"testing"

	"popeye/internal/testenv"
	"popeye/store"
)

// TRUNCATE, which fires no trigger of rows, is refused like UPDATE and DELETE.
func TestAuditRefusesTruncate(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	s := openStore(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.RecordAct(t.Context(), store.Record{Who: "token", What: "sign-in"}); err != nil {
		t.Fatal(err)
	}
	if _, err := byHand(t.Context(), url, `TRUNCATE audit`); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("TRUNCATE: %v", err)
	}
	if records, err := s.Audit(t.Context(), "", 0, 10); err != nil || len(records) != 1 {
		t.Errorf("%d records, %v", len(records), err)
	}
}
