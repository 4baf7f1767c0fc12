package archtest

import (
	"flag"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var lower = flag.Bool("lower", false, "take what was retired out of testdata/retired.txt")

// retired are words that mean several things in this tree, or that its field does
// not use, each with the word for new code.
var retired = map[string]string{
	"board": "catalog", "boards": "catalogs", "books": "ledger",
	"letters": "dead letters", "bury": "dead-letter", "graveyard": "dead letters",
	"loan": "lease", "loans": "leases", "lend": "lease", "lends": "leases", "lender": "lease", "lent": "leased", "held": "leased",
	"figures": "stats, metrics, tally or count",
	"crew":    "workers", "hall": "fixture", "office": "fixture", "world": "fixture", "desk": "fixture",
	"booth": "fixture", "court": "fixture", "hand": "fixture", "harness": "fixture",
	"taste": "preferences", "deed": "action", "things": "what they are", "ways": "what they are", "standing": "what it is",
	"door": "what it is", "outrun": "AdvanceRevision", "renewed": "transition", "born": "created",
}

// proper are pairs in which a retired word is the right one.
var proper = map[string]bool{"dead letters": true, "by hand": true}

var wordOf = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)

// retiredIn returns the retired words of an identifier or of a file's name.
func retiredIn(name string) (found []string) {
	before := ""
	for _, w := range wordOf.FindAllString(name, -1) {
		w = strings.ToLower(w)
		if retired[w] != "" && !proper[before+" "+w] {
			found = append(found, w)
		}
		before = w
	}
	return found
}

func TestRetiredIn(t *testing.T) {
	for name, want := range map[string]string{
		"Books": "books", "newFigures": "figures", "loans.go": "loans", "DeadLetters": "", "maxLetters": "letters",
		"byHand": "", "boards_held": "boards held", "keyboard": "", "handler": "",
	} {
		if got := strings.Join(retiredIn(name), " "); got != want {
			t.Errorf("%s has %q, want %q", name, got, want)
		}
	}
}

// No identifier of Go, SQL or Lua, and no name of such a file, takes up a retired word.
// What still stands is in testdata/retired.txt, and may only become less: the names
// that older migrations gave stay, since databases may be at any of them.
func TestRetiredWords(t *testing.T) {
	stands, err := os.ReadFile("testdata/retired.txt")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]int{}
	for line := range strings.Lines(string(stands)) {
		var n int
		var file, word string
		if _, err := fmt.Sscan(line, &n, &file, &word); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		allowed[file+" "+word] = n
	}
	found := usesOfRetired(t)
	for use, n := range found {
		if n > allowed[use] {
			_, word, _ := strings.Cut(use, " ")
			t.Errorf("%s: %d times, %d may stand; say %s", use, n, allowed[use], retired[word])
		}
	}
	var less strings.Builder
	for _, use := range slices.Sorted(maps.Keys(allowed)) {
		if n := min(found[use], allowed[use]); n > 0 {
			fmt.Fprintln(&less, n, use)
		}
	}
	switch {
	case less.String() == string(stands):
	case *lower:
		err = os.WriteFile("testdata/retired.txt", []byte(less.String()), 0o644)
	default:
		t.Error("less stands than testdata/retired.txt says: go test ./internal/archtest -run TestRetiredWords -lower")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// usesOfRetired counts the retired words by file and word.
func usesOfRetired(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "bin" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		names, known := map[string]func([]byte) []string{".go": identifiers, ".sql": words, ".lua": words}[filepath.Ext(path)]
		if !known || filepath.Ext(path) == ".sql" && strings.Contains(path, "testdata") { // a database of an older program
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		for _, name := range append(names(src), filepath.Base(path)) {
			for _, w := range retiredIn(name) {
				found[rel+" "+w]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var (
	remark = regexp.MustCompile(`--[^\n]*|'[^'\n]*'`) // and texts
	word   = regexp.MustCompile(`\w+`)
)

// words returns those of a file of SQL or Lua, without its remarks.
func words(src []byte) []string {
	return word.FindAllString(remark.ReplaceAllString(string(src), ""), -1)
}

// identifiers returns those of a Go file, as often as they stand there.
func identifiers(src []byte) (names []string) {
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(src)), src, nil, 0)
	for {
		switch _, tok, lit := s.Scan(); tok {
		case token.EOF:
			return names
		case token.IDENT:
			names = append(names, lit)
		default: // no name
		}
	}
}
