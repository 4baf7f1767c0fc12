package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what the go command knows of a package.
type pkg struct {
	ImportPath string
	Name       string
	Doc        string
	Standard   bool
	Imports    []string
	Deps       []string

	GoFiles, IgnoredGoFiles []string
}

// listed returns the packages of this tree.
func listed(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Doc,Standard,Imports,Deps,GoFiles,IgnoredGoFiles", "popeye/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// rule forbids packages to reach others.
type rule struct {
	from  string   // a package, or with a final /... also what is below
	never []string // import paths, the same
	why   string
}

var (
	stations        = []string{"popeye/poll", "popeye/worker", "popeye/result", "popeye/admin"}
	implementations = []string{"popeye/queue/redisqueue", "popeye/queue/memqueue", "popeye/store/postgres", "popeye/store/sqlite"}
	drivers         = []string{"github.com/jackc/pgx/v5/...", "modernc.org/sqlite/...", "github.com/pressly/goose/v3/..."}
)

func rules() []rule {
	all := []rule{
		{"popeye/count/...", append([]string{"popeye/internal/..."}, append(stations, implementations...)...), "a rule counts what it is given"},
		{"popeye/queue", append([]string{"popeye/store/..."}, implementations...), "a contract knows no technology"},
		{"popeye/store", append([]string{"popeye/queue/..."}, implementations...), "a contract knows no technology"},
		{"popeye/internal/web", append([]string{"popeye/vote", "popeye/queue/...", "popeye/store/..."}, stations...), "it knows nothing of votes"},
		{"popeye/admin/...", []string{"popeye/queue/...", "popeye/internal/socketio"}, "organisers' changes go into the store and nowhere else"},
		{"popeye/cmd/poll", append([]string{"popeye/store/..."}, drivers...), "the public front must not be able to reach a database"},
		{"popeye/result/audience", []string{"popeye/internal/web", "popeye/internal/socketio"}, "what may be seen is no matter of how it is sent"},
		{"popeye/cmd/...", []string{"popeye/internal/fixture"}, "it is for tests"},
		{"popeye/cmd/result", []string{"popeye/queue/...", "github.com/redis/rueidis/..."}, "the result reads the store and nothing else"},
	}
	for _, s := range stations {
		others := slices.DeleteFunc(slices.Clone(stations), func(o string) bool { return o == s })
		all = append(all, rule{s, append(others, implementations...), "mains wire stations to implementations; stations know contracts"})
	}
	return all
}

func TestImports(t *testing.T) {
	all := listed(t)
	for _, r := range rules() {
		found := false
		for _, p := range all {
			if !matches(p.ImportPath, r.from) {
				continue
			}
			found = true
			for _, dep := range p.Deps {
				if i := slices.IndexFunc(r.never, func(n string) bool { return dep != p.ImportPath && matches(dep, n) }); i >= 0 {
					t.Errorf("%s reaches %s: %s", p.ImportPath, dep, r.why)
				}
			}
		}
		if !found {
			t.Errorf("a rule speaks of %s, which is not there", r.from)
		}
	}
}

// leaves import the standard library and these packages alone: the language, what
// another program takes over to speak our API, and what knows a protocol only.
var leaves = map[string][]string{
	"popeye/vote":                       {"popeye/vote/internal/idtable", "popeye/vote/internal/origin", "popeye/vote/lookalike"},
	"popeye/vote/catalog":               {"popeye/vote", "popeye/vote/event"},
	"popeye/vote/definition":            {"popeye/vote", "popeye/vote/lookalike"},
	"popeye/vote/event":                 {"popeye/vote"},
	"popeye/vote/internal/idtable":      nil,
	"popeye/vote/internal/origin":       nil,
	"popeye/vote/joincode":              {"popeye/vote", "popeye/vote/event"},
	"popeye/vote/lookalike":             {"golang.org/x/text/unicode/norm"},
	"popeye/count":                      {"popeye/vote"},
	"popeye/count/internal/order":       {"popeye/count"},
	"popeye/count/internal/pairwise":    {"popeye/vote"},
	"popeye/count/internal/pile":        {"popeye/vote"},
	"popeye/count/internal/stages":      {"popeye/count", "popeye/count/internal/pile"},
	"popeye/count/rules":                {"popeye/count", "popeye/count/internal/order", "popeye/count/internal/pairwise", "popeye/count/internal/pile", "popeye/count/internal/stages", "popeye/vote"},
	"popeye/export":                     {"popeye/count", "popeye/vote"},
	"popeye/api":                        {"popeye/count", "popeye/vote", "popeye/vote/definition", "popeye/vote/event"},
	"popeye/internal/socketio":          {"github.com/coder/websocket", "golang.org/x/time/rate", "popeye/internal/socketio/arrivals", "popeye/internal/socketio/origins", "popeye/internal/socketio/wsconn"},
	"popeye/internal/socketio/arrivals": nil,
	"popeye/internal/socketio/origins":  nil,
	"popeye/internal/socketio/wsconn":   {"github.com/coder/websocket"},
	"popeye/client":                     {"popeye/api", "popeye/vote", "popeye/vote/event"},
}

func TestLeavesAreStandardOnly(t *testing.T) {
	found := 0
	for _, p := range listed(t) {
		may, leaf := leaves[p.ImportPath]
		if !leaf {
			continue
		}
		found++
		for _, i := range p.Imports {
			if first, _, _ := strings.Cut(i, "/"); (strings.Contains(first, ".") || first == "popeye") && !slices.Contains(may, i) {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
	if found != len(leaves) {
		t.Errorf("%d of %d leaves are there", found, len(leaves))
	}
}

// isForTests reports whether a package is of use to tests alone: the environment, the
// fixture of sites, the suites and fakes beside what they test, and all of e2e.
func isForTests(path string) bool {
	return matches(path, "popeye/internal/testenv/...") || path == "popeye/internal/fixture" || strings.HasPrefix(path, "popeye/e2e/") ||
		strings.HasPrefix(path, "popeye/") && strings.Contains(path+"/", "test/")
}

// Nothing that is for tests is linked into anything else.
func TestTestsStayOutOfPrograms(t *testing.T) {
	all := listed(t)
	if !slices.ContainsFunc(all, func(p pkg) bool { return isForTests(p.ImportPath) }) {
		t.Fatal("no package is for tests")
	}
	for _, p := range all {
		if isForTests(p.ImportPath) {
			continue
		}
		if i := slices.IndexFunc(p.Deps, isForTests); i >= 0 {
			t.Errorf("%s reaches %s, which is for tests", p.ImportPath, p.Deps[i])
		}
	}
}

func TestIsForTests(t *testing.T) {
	for path, want := range map[string]bool{
		"popeye/internal/testenv": true, "popeye/internal/fixture": true, "popeye/queue/queuetest": true, "popeye/e2e/chaos": true, "popeye/vote": false,
		"net/http/httptest": false, "popeye/store/storetest/internal/votes": true, "popeye/client": false,
	} {
		if isForTests(path) != want {
			t.Errorf("%s: want %t", path, want)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range listed(t) {
		start := "Package " + p.Name + " "
		if p.Name == "main" {
			start = "Command " + p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:] + " "
		}
		if !strings.HasPrefix(p.Doc, start) {
			t.Errorf("%s: the package comment does not begin with %q", p.ImportPath, start)
		}
	}
}

// matches reports whether a path is the pattern, or with a final /... below it.
func matches(path, pattern string) bool {
	root, below := strings.CutSuffix(pattern, "/...")
	return path == root || below && strings.HasPrefix(path, root+"/")
}

// A rule that can't convict is none.
func TestMatches(t *testing.T) {
	for path, want := range map[string]bool{
		"popeye/store": true, "popeye/store/postgres": true, "popeye/storefront": false, "popeye/vote": false,
	} {
		if matches(path, "popeye/store/...") != want {
			t.Errorf("%s: want %t", path, want)
		}
	}
}
