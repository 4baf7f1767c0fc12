package pages

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"popeye/internal/testenv"
)

// validate runs html-validate over all pages that were kept.
func (l *look) validate(t *testing.T, node string) {
	t.Helper()
	config, err := filepath.Abs(filepath.Join(tools, "htmlvalidate.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "report.json") // it ends before a pipe has taken all
	cmd := exec.CommandContext(t.Context(), testenv.Find(t, "nodejs", "node"), filepath.Join(node, "node_modules/html-validate/bin/html-validate.mjs"),
		"--config", config, "--formatter", "json="+report, l.html)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var files []struct {
		FilePath string
		Messages []struct {
			RuleID, Message, Selector string
			Line                      int
		}
	}
	out, readErr := os.ReadFile(report)
	if readErr == nil {
		readErr = json.Unmarshal(out, &files)
	}
	if readErr != nil || len(files) == 0 && err != nil {
		t.Fatalf("html-validate: %v, %v\n%s", err, readErr, said)
	}
	for _, f := range files {
		for _, m := range f.Messages {
			l.findings.add(filepath.Base(f.FilePath), "html-validate "+m.RuleID+": "+m.Message+" at "+m.Selector)
		}
	}
}
