package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pagePackages hold what people see.
var pagePackages = []string{"poll", "result", "admin", "internal/ui", "internal/apidoc"}

// spokenCalls show their text: of Aria and Attr the second one.
var spokenCalls = map[string]int{"Text": 0, "Title": 0, "TitleEl": 0, "Alt": 0, "Placeholder": 0, "Aria": 1, "Attr": 1}

// spokenAttributes are those whose value people read or hear.
var spokenAttributes = []string{"label", "description", "roledescription", "valuetext", "title", "alt", "aria-label", "placeholder"}

// sameInAll are texts that every language has as they are, and what they are.
var sameInAll = map[string]string{
	"https://example.org": "an address",
	"UTC":                 "the name of a zone",
	"popeye account":      "a command",
	"popeye dead list":    "a command",
}

var wordLike = regexp.MustCompile(`\pL{2,}`)

// What a page shows comes from the message files: no text, and no attribute that is read,
// is written in the code. A code of a message has dots and no spaces.
func TestNoWordsAreWrittenIntoAPage(t *testing.T) {
	seen := 0
	for _, dir := range pagePackages {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "styleguide" { // for developers, in English
				return fs.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			seen++
			for _, text := range writtenWords(file) {
				if _, ok := sameInAll[text]; !ok {
					t.Errorf("%s: %q belongs into internal/i18n", path, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 50 {
		t.Errorf("only %d files were read", seen)
	}
}

func TestWrittenWordsAreFound(t *testing.T) {
	const source = `package p
	var a = g.Text("Hello")
	var b = h.Aria("label", "Close it")
	var c = h.Aria("hidden", "true")
	var d = g.Attr("title", "Two words")
	var e = g.Text(say.Text("a.code", nil))
	var f = h.Placeholder("Name")
	var k = g.Attr("http-equiv", "refresh")
	var l = g.Text(" + ")`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(writtenWords(file), "|"); got != "Hello|Close it|Two words|Name" {
		t.Errorf("found %s", got)
	}
}

// writtenWords returns the literals that a file shows to people.
func writtenWords(file *ast.File) (found []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := f.X.(*ast.Ident)
		at, speaks := spokenCalls[f.Sel.Name]
		if !ok || of.Name != "g" && of.Name != "h" || !speaks || len(call.Args) <= at {
			return true
		}
		if at == 1 && !slices.Contains(spokenAttributes, literal(call.Args[0])) {
			return true
		}
		if text := literal(call.Args[at]); wordLike.MatchString(text) {
			found = append(found, text)
		}
		return true
	})
	return found
}

// literal returns the text of a string literal; "" of anything else.
func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		text, _ := strconv.Unquote(lit.Value)
		return text
	}
	return ""
}
