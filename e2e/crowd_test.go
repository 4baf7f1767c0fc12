package e2e

import (
	"database/sql"
	"fmt"
	"testing"

	_ "modernc.org/sqlite" // to look into the one process's database

	"popeye/internal/testenv/people"
	"popeye/vote"
)

// A crowd votes and changes its mind while the one process is killed again and
// again. Whoever does not hear "recorded" tries again with the same id until they
// do. In the end the store holds each voter's last word, and nothing else. What
// is broken in the services, and how they are judged, is in e2e/chaos.
func TestOneProcessUnderCrashes(t *testing.T) {
	t.Parallel()
	const minds, kills, between = 100, 16, 600
	dir := t.TempDir()
	p, poll, result := onePopeye(t, "DATA_DIR="+dir, "VOTE_RATE=0")
	crowd := people.NewCrowd(t, poll).Minds(minds)
	for range kills {
		crowd.RecordedMore(t, between)
		p.Kill()
		p.Start(t)
	}
	crowd.RecordedMore(t, between)
	crowd.End()
	t.Logf("MEASURED %d votes of %d voters, each tried until recorded, through %d crashes", crowd.Recorded(), minds, kills)

	db, err := sql.Open("sqlite", "file:"+dir+"/popeye.db?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stored := rowsOf(t, db)
	if lost, err := crowd.Missing(stored, 0); err != nil || lost > 0 {
		t.Errorf("%d voters have no ballot; %v", lost, err)
	}
	counts := map[vote.Ballot]int{}
	for _, choice := range stored {
		counts[choice]++
	}
	shows(t, result, "default", fmt.Sprintf("a:%d b:%d c:%d d:%d", counts["a"], counts["b"], counts["c"], counts["d"]))
}

// rowsOf reads the classic relation of the one process's database.
func rowsOf(t *testing.T, db *sql.DB) map[string]vote.Ballot {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT id, vote FROM votes`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	stored := map[string]vote.Ballot{}
	for rows.Next() {
		var id string
		var choice vote.Ballot
		if err := rows.Scan(&id, &choice); err != nil {
			t.Fatal(err)
		}
		stored[id] = choice
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return stored
}
