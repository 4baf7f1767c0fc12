package i18n

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
	"popeye/vote/definition"
)

// messages are the texts of a file, all forms of a plural as one.
func messages(t *testing.T, file string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(raw, &read); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for code, text := range read {
		all[code] = fmt.Sprint(text)
	}
	return all
}

// uses are the codes that the source has as literals, with the names of the
// arguments that follow: p.Text("a.code", map[string]any{"Name": ...}), or in vote
// invalid("a.code", Args{"Name": ...}). The names are nil where they can't be read.
func uses(t *testing.T) map[string][][]string {
	t.Helper()
	found := map[string][][]string{}
	families := families(t)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasSuffix(d.Name(), "test") || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		usesIn(file, families, found)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// families are what codes begin with, as in "ballot.".
func families(t *testing.T) *regexp.Regexp {
	first := map[string]bool{}
	for code := range messages(t, "en.json") {
		before, _, _ := strings.Cut(code, ".")
		first[before] = true
	}
	return regexp.MustCompile(`^(` + strings.Join(slices.Sorted(maps.Keys(first)), "|") + `)(\.[a-z][a-z0-9_]*)+$`)
}

// filename is for literals that look like a code and are none.
var filename = regexp.MustCompile(`\.(js|css|svg|go|html|sql|lua)$`)

func usesIn(file *ast.File, families *regexp.Regexp, found map[string][][]string) {
	arguments := map[ast.Expr]ast.Expr{} // what follows a literal in a call
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			for i, arg := range n.Args[:max(0, len(n.Args)-1)] {
				arguments[arg] = n.Args[i+1]
			}
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Text" && len(n.Args) == 2 {
				for _, code := range codes(n.Args[0]) { // whatever it looks like
					found[code] = append(found[code], nil)
				}
			}
		case *ast.BinaryExpr: // in vote: what + ".empty"
			if what, ok := n.X.(*ast.Ident); ok && what.Name == "what" {
				for _, half := range codes(n.Y) {
					for _, what := range []string{"question", "label", "note"} {
						found[what+half] = [][]string{nil}
					}
					if half != ".blank" { // a title may be
						found["title"+half] = [][]string{nil}
					}
				}
			}
		case *ast.BasicLit:
			for _, code := range codes(n) {
				if families.MatchString(code) && !filename.MatchString(code) {
					found[code] = append(found[code], names(arguments[n]))
				}
			}
		}
		return true
	})
}

// codes is the text of a string literal, or nothing.
func codes(e ast.Expr) []string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		text, _ := strconv.Unquote(lit.Value)
		return []string{text}
	}
	return nil
}

// names are the keys of an Args literal; none, but not nil, for the word nil.
func names(e ast.Expr) []string {
	if word, ok := e.(*ast.Ident); ok && word.Name == "nil" {
		return []string{}
	}
	args, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	all := []string{}
	for _, pair := range args.Elts {
		if pair, ok := pair.(*ast.KeyValueExpr); ok {
			all = append(all, codes(pair.Key)...)
		}
	}
	return all
}

var gap = regexp.MustCompile(`{{\.(\w+)}}`)

// Every code in the source has its sentence, every sentence is used, and its gaps
// are filled.
func TestEveryCodeHasASentence(t *testing.T) {
	used, english := uses(t), messages(t, "en.json")
	if d := cmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(english))); d != "" {
		t.Errorf("codes (-of the source +of en.json):\n%s", d)
	}
	for code, calls := range used {
		for _, names := range calls {
			for _, hole := range gap.FindAllStringSubmatch(english[code], -1) {
				if names != nil && !slices.Contains(names, hole[1]) && hole[1] != nodeGap {
					t.Errorf("%s: the gap %s is filled by nothing; there are %v", code, hole[1], names)
				}
			}
		}
	}
}

// nodeGap is filled by poll with what stands out on its page.
const nodeGap = "Vote"

// A sentence begins with a capital, a name of the API, a quotation mark or a gap,
// and ends with a full stop. A label, as on a button, has no full stop at all; what
// has no letters stands between others.
func TestSentencesLookLikeSentences(t *testing.T) {
	sentence := regexp.MustCompile(`^(min |✓ |[A-Z“{]).*[.?…]$`)
	label := regexp.MustCompile(`^[^.?!]+$|^x\. x$`)
	for code, text := range messages(t, "en.json") {
		if strings.HasPrefix(text, "map[") || !regexp.MustCompile(`\pL`).MatchString(text) {
			continue
		}
		if !sentence.MatchString(text) && !label.MatchString(gap.ReplaceAllString(text, "x")) {
			t.Errorf("%s: %q", code, text)
		}
	}
}

func TestText(t *testing.T) {
	p := vote.Poll{Kind: vote.Multiple, Min: 1, Max: 1, Options: []vote.Option{{ID: "a", Label: "Tea"}, {ID: "b", Label: "Milk"}}}
	_, one := vote.ParseBallot(p, "a,b")
	p.Min, p.Max = 2, 2
	_, two := vote.ParseBallot(p, "a")
	_, few := definition.NewPoll(definition.Definition{Slug: "q", Question: "Q?", Options: []definition.OptionText{{Label: "A"}}})
	_, unknown := vote.ParseBallot(p, "z,<b>")
	for want, err := range map[string]error{
		"Choose 1 option. You chose 2.":                            one,
		"Choose 2 options. You chose 1.":                           two,
		"“z” is not an option of this poll. Its options are a, b.": fmt.Errorf("read a ballot: %w", unknown),
		"A poll needs 2 to 100 options, not 1.":                    few,
		"the disk is full":                                         errors.New("the disk is full"),
	} {
		if got := English.Error(err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
	if got := English.Text("no.such.code", nil); got != "no.such.code" {
		t.Errorf("an unknown code is %q", got)
	}
}
