package poll

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// speaking are the calls and fields whose text people read.
var speaking = map[string]bool{"Text": true, "Errorf": true, "Message": true, "gateNotice": true}

var twoWords = regexp.MustCompile(`\pL+[\s,:]+\pL+`)

// What voters read is in internal/i18n, not in the code.
func TestNoSentenceIsLeftInTheCode(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source is found", err)
	}
	below, err := filepath.Glob("*/*.go")
	if err != nil || len(below) == 0 {
		t.Fatal("no source is found below", err)
	}
	files = append(files, below...)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range spoken(file) {
			t.Errorf("%s: %q belongs into internal/i18n", name, text)
		}
	}
}

func TestSpokenFindsSentences(t *testing.T) {
	const source = `package p
	var a = g.Text("Two words")
	var b = web.Errorf(400, "bad", "Two words: %s", why)
	var c = &web.Error{Code: "bad", Message: "Look " + "there is more"}
	var d = g.Text(p.Text("a.code", nil))
	var e = fmt.Errorf("open a poll: %w", err)`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "found", strings.Join(spoken(file), "|"), "Two words|Two words: %s|there is more")
}

// spoken returns the texts of two words or more that file gives to people.
func spoken(file *ast.File) []string {
	var found []string
	collect := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, _ := strconv.Unquote(lit.Value); twoWords.MatchString(text) {
					found = append(found, text)
				}
			}
			return true
		})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if speaks(n.Fun) {
				for _, arg := range n.Args {
					collect(arg)
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && speaking[key.Name] {
				collect(n.Value)
			}
		}
		return true
	})
	return found
}

// speaks reports whether what a function is given is read by people; an error of fmt
// is for the log.
func speaks(f ast.Expr) bool {
	switch f := f.(type) {
	case *ast.Ident:
		return speaking[f.Name]
	case *ast.SelectorExpr:
		of, ok := f.X.(*ast.Ident)
		return speaking[f.Sel.Name] && !(ok && of.Name == "fmt")
	}
	return false
}
