package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"popeye/store"
)

// REPLACE, which deletes without a trigger of deletions, is refused like UPDATE
// and DELETE.
func TestAuditRefusesReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "popeye.db")
	s, direct := openStore(t, path), byHand(t, path)
	if err := s.RecordAct(t.Context(), store.Record{Who: "token", What: "sign-in"}); err != nil {
		t.Fatal(err)
	}
	_, err := direct.ExecContext(t.Context(), `INSERT OR REPLACE INTO audit (id, at, who, origin, what, poll) VALUES (1, 0, 'x', '', 'x', '')`)
	if err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("REPLACE: %v", err)
	}
	if records, err := s.Audit(t.Context(), "", 0, 10); err != nil || len(records) != 1 || records[0].Who != "token" {
		t.Errorf("%+v, %v", records, err)
	}
}
