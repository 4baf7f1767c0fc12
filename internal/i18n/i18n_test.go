package i18n

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
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

// rules are the codes of vote with the names of their arguments, as its source has
// them: invalid("a.code", Args{"Name": ...}). In validateText the first half of a
// code is an argument.
func rules(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	files, _ := filepath.Glob("../../vote/*.go")
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "invalid" {
				for _, code := range codes(call.Args[0]) {
					found[code] = names(call.Args[1])
				}
			}
			return true
		})
	}
	return found
}

// codes are what the first argument of invalid can be.
func codes(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		code, _ := strconv.Unquote(e.Value)
		return []string{code}
	case *ast.BinaryExpr: // what + ".empty"
		var all []string
		for _, what := range []string{"question", "label"} {
			all = append(all, what+codes(e.Y)[0])
		}
		return all
	default: // a constant
		return []string{"poll.final"}
	}
}

// names are the keys of an Args literal.
func names(e ast.Expr) []string {
	var all []string
	if args, ok := e.(*ast.CompositeLit); ok {
		for _, pair := range args.Elts {
			name, _ := strconv.Unquote(pair.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value)
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

var gap = regexp.MustCompile(`{{\.(\w+)}}`)

// Every rule of vote that can be broken has its sentence, every sentence belongs to
// a rule, and its gaps are filled.
func TestEveryRuleHasASentence(t *testing.T) {
	rules, english := rules(t), messages(t, "en.json")
	if d := cmp.Diff(slices.Sorted(maps.Keys(rules)), slices.Sorted(maps.Keys(english))); d != "" {
		t.Errorf("codes (-of vote +of en.json):\n%s", d)
	}
	for code, names := range rules {
		if strings.HasPrefix(code, "question.") || strings.HasPrefix(code, "label.") {
			continue // their arguments are put together
		}
		for _, used := range gap.FindAllStringSubmatch(english[code], -1) {
			if !slices.Contains(names, used[1]) {
				t.Errorf("%s: the gap %s is filled by nothing; there are %v", code, used[1], names)
			}
		}
	}
}

// A sentence begins with a capital, a name of the API, a quotation mark or a gap,
// and ends with a full stop.
func TestSentencesLookLikeSentences(t *testing.T) {
	for code, text := range messages(t, "en.json") {
		if strings.HasPrefix(text, "map[") {
			continue
		}
		if !regexp.MustCompile(`^(min |[A-Z“{]).*\.$`).MatchString(text) {
			t.Errorf("%s: %q", code, text)
		}
	}
}

func TestText(t *testing.T) {
	p := vote.Poll{Kind: vote.Multiple, Min: 1, Max: 1, Options: []vote.Option{{ID: "a", Label: "Tea"}, {ID: "b", Label: "Milk"}}}
	_, one := vote.ParseBallot(p, "a,b")
	p.Min, p.Max = 2, 2
	_, two := vote.ParseBallot(p, "a")
	_, few := vote.NewPoll(vote.Definition{Slug: "q", Question: "Q?", Options: []vote.OptionText{{Label: "A"}}})
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
