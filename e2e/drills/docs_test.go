//go:build linux

package drills

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// meta are tests of the drills themselves.
var meta = []string{"TestMain", "TestStartOrdersCover", "TestThePageNamesEveryDrill"}

// The page for operators names every drill, and no other.
func TestThePageNamesEveryDrill(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(page), -1)
	drills := tests(t)
	for _, name := range drills {
		if !slices.Contains(named, name) {
			t.Errorf("docs/operations.md does not name %s", name)
		}
	}
	for _, name := range named {
		if !slices.Contains(drills, name) {
			t.Errorf("docs/operations.md names %s, which is no drill", name)
		}
	}
}

// tests returns the names of the drills.
func tests(t *testing.T) (names []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && !slices.Contains(meta, f.Name.Name) {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}
