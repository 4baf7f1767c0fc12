//go:build unix

package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"popeye/internal/metrics/metricstest"
)

// Deleted under the running program, the database takes no more votes: nobody is
// told "recorded", the program is not ready, and the log says why.
func TestADatabaseThatIsDeletedTakesNoVotes(t *testing.T) {
	for _, name := range []string{"popeye.db", "popeye.db-wal"} {
		t.Run(name, func(t *testing.T) {
			folder, operate := t.TempDir(), metricstest.Addr(t)
			o := openPopeye(t, map[string]string{"DATA_DIR": folder, "METRICS_ADDR": operate})
			o.open(t)
			vote := func() int {
				t.Helper()
				resp, err := http.PostForm("http://"+o.site+"/", url.Values{"vote": {"a"}})
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				return resp.StatusCode
			}
			if got := vote(); got != http.StatusOK {
				t.Fatalf("a vote is answered %d", got)
			}
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
			if got := vote(); got != http.StatusServiceUnavailable {
				t.Errorf("a vote after the database was deleted is answered %d", got)
			}
			resp, err := http.Get("http://" + operate + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("it says that it is ready: %s", resp.Status)
			}
			told := func() bool {
				return strings.Contains(o.said(), "level=ERROR") && strings.Contains(o.said(), "votes are refused: the data folder was changed")
			}
			for deadline := time.Now().Add(10 * time.Second); !told(); <-time.After(intactEvery / 10) {
				if time.Now().After(deadline) {
					t.Fatalf("the log does not tell:\n%s", o.said())
				}
			}
		})
	}
}

// The lock's file may be deleted: the folder stays ours.
func TestAFolderWhoseLockIsDeleted(t *testing.T) {
	path := t.TempDir()
	f, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if err := os.Remove(f.file("lock")); err != nil {
		t.Fatal(err)
	}
	if second, err := openFolder(path); err == nil || !strings.Contains(err.Error(), "another popeye uses the data folder") {
		t.Errorf("a second process is let in: %v, %v", second, err)
	}
}
