package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// toolTimeout bounds a run of one of the tools.
const toolTimeout = 5 * time.Minute

// The file, and the tools that try it.
var openAPI, openAPITools = absolute("../api/openapi.yaml"), absolute("../tools/openapi")

func absolute(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		panic(err) // without a working folder no test can run
	}
	return path
}

// The OpenAPI file keeps every rule of the linter, those that are only advice too.
func TestOpenAPIIsWellFormed(t *testing.T) {
	redocly := filepath.Join(testenv.NodeModules(t, openAPITools), "node_modules", ".bin", "redocly")
	out, err := runTool(t, redocly, "lint", "--config", openAPITools+"/redocly.yaml", openAPI)
	if err != nil {
		t.Errorf("redocly lint: %v\n%s", err, out)
	}
}

// Each server answers each of its operations as the OpenAPI file says, whatever
// is sent: with no other status, header or field, and what breaks the file's
// rules is refused.
func TestServersAnswerAsOpenAPISays(t *testing.T) {
	t.Parallel()
	python := testenv.Python(t, openAPITools)
	_, poll, result := onePopeye(t, "VOTE_RATE=0", "LOG_LEVEL=warn")
	for slug, kind := range map[string]vote.Kind{"some": vote.Multiple, "order": vote.Ranked, "points": vote.Score, "draft": vote.Single} {
		d := people.OpenPoll(slug, "Where to?", "Pizza", "Sushi", "Salad")
		if d.Kind = kind; slug == "draft" {
			d.Status = vote.Draft
		}
		people.NewOrganiser(result).Makes(t, d)
		testenv.Answers(t, poll+"/p/"+slug)
	}
	for _, c := range []struct {
		name, server, url, token string
		operations               int
	}{
		{"poll", "http://{host}:5000", poll, "", 3},
		{"result", "http://{host}:5001", result, testenv.AdminToken, 15},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, n := servedBy(t, c.server)
			if n < c.operations {
				t.Fatalf("%s has %d operations, want %d or more", c.server, n, c.operations)
			}
			args := []string{
				"-m", "schemathesis.cli", "--config-file", openAPITools + "/schemathesis.toml",
				"run", file, "--url", c.url, "--no-color",
			}
			if c.token != "" {
				args = append(args, "--header", "Authorization: Bearer "+c.token)
			}
			out, err := runTool(t, python, args...)
			if err != nil {
				t.Fatalf("schemathesis: %v\n%s", err, out)
			}
			for line := range strings.Lines(out) {
				if strings.Contains(line, "generated") {
					t.Logf("MEASURED %s answered as the OpenAPI file says: %s", c.name, strings.TrimSpace(line))
				}
			}
		})
	}
}

// runTool returns what a tool says, and an error if it is not content. It runs in
// a folder of its own: some leave notes there.
func runTool(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), toolTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "PYTHONIOENCODING=utf-8")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// servedBy writes the part of the OpenAPI file that a server answers, and
// returns how many operations that is. In it the objects of answers have no
// other field than those that are named: the file itself leaves clients free to
// meet new ones.
func servedBy(t *testing.T, server string) (file string, operations int) {
	t.Helper()
	doc := readOpenAPI(t)
	paths := doc["paths"].(map[string]any)
	for name, path := range paths {
		item, left := path.(map[string]any), 0
		for method, operation := range item {
			if op, ok := operation.(map[string]any); !ok || op["responses"] == nil {
				continue // what its operations have in common
			} else if op["operationId"] == "getAuditOfEvent" {
				delete(item, method) // a step's path fits its too, so Allow names POST
				continue
			} else if content := at(doc, "paths", name, method, "responses", "200", "content"); content["text/event-stream"] != nil {
				delete(item, method) // it has no end, which schemathesis would wait for
				continue
			} else if !serves(server, op["servers"], item["servers"]) {
				delete(item, method)
				continue
			}
			left++
		}
		if left == 0 {
			delete(paths, name)
		}
		operations += left
	}
	file = filepath.Join(t.TempDir(), "openapi.json")
	out, err := json.Marshal(doc)
	if err == nil {
		err = os.WriteFile(file, out, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file, operations
}

// serves reports whether a server is among those of an operation, or of its
// path if it names none.
func serves(server string, lists ...any) bool {
	for _, list := range lists {
		if servers, ok := list.([]any); ok {
			return slices.ContainsFunc(servers, func(s any) bool { return s.(map[string]any)["url"] == server })
		}
	}
	return false
}
