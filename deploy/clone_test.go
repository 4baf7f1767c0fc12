package deploy

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// In a clone on Windows, where Git turns line endings, everything that is carried
// into a container has those of Unix: else its shell looks for "sh\r".
func TestCloneOnWindowsKeepsLineEndings(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	repo, clone := filepath.Join(t.TempDir(), "repo"), filepath.Join(t.TempDir(), "clone")
	git(t, "init", "-q", "--bare", repo)
	git(t, "--git-dir="+repo, "--work-tree="+root, "add", "-A", ".") // the tree as it is now
	git(t, "--git-dir="+repo, "--work-tree="+root, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-qm", "now")
	git(t, "clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", repo, clone)

	var seen []string
	err = filepath.WalkDir(clone, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		raw, err := os.ReadFile(path)
		name := strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(clone)+"/")
		seen = append(seen, name)
		if !bytes.Contains(raw, []byte{0}) && bytes.Contains(raw, []byte("\r\n")) {
			t.Errorf("%s has carriage returns", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"docker-compose.yml", "deploy/secrets.sh", "poll/Dockerfile", "store/postgres/migrations/00001_polls.sql", "deploy/tls/Caddyfile", "Makefile",
	} {
		if !slices.Contains(seen, name) {
			t.Errorf("the clone has no %s", name)
		}
	}
}

// git runs git as on a machine where nobody has set it up.
func git(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	for _, name := range []string{"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"} { // a hook's
		cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
}
