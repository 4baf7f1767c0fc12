package archtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// limit is a line of docs/limits.md: a figure, and what in the tree sets it.
type limit struct{ what, value, by string }

var limitLine = regexp.MustCompile("^\\| ([^|]+) \\| ([^|]+) \\| `([^`|]+)` \\|")

func documentedLimits(t *testing.T) (all []limit) {
	t.Helper()
	raw, err := os.ReadFile(root + "/docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| limit |") || strings.HasPrefix(line, "|---") {
			continue
		}
		m := limitLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("docs/limits.md does not say what sets this limit: %s", line)
			continue
		}
		all = append(all, limit{m[1], m[2], m[3]})
	}
	return all
}

// Each figure of the page is the one that the code has.
func TestLimitsAreThoseOfTheCode(t *testing.T) {
	code := loadTree(t)
	limits := documentedLimits(t)
	if len(limits) == 0 {
		t.Fatal("the page has no limits")
	}
	for _, l := range limits {
		want, err := code.find(l.by)
		if err != nil {
			t.Errorf("%s: %v", l.what, err)
			continue
		}
		if got, err := readFigure(l.value, want.duration); err != nil || got != want.n {
			t.Errorf("%s: the page says %s, %s is %s (%v)", l.what, l.value, l.by, want, err)
		}
	}
}

// What is named as a limit in the code is on the page.
func TestEveryLimitIsDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, l := range documentedLimits(t) {
		documented[l.by] = true
	}
	named := regexp.MustCompile(`^[mM]ax[A-Z]|Timeout$`)
	seen := 0
	for _, p := range loadTree(t).packages {
		if slices.ContainsFunc(beside, func(b string) bool { return matches(p.path, b) }) {
			continue
		}
		for _, name := range p.Scope().Names() {
			if _, ok := p.Scope().Lookup(name).(*types.Const); !ok || !named.MatchString(name) {
				continue
			}
			seen++
			if by := p.Name() + "." + name; !documented[by] {
				t.Errorf("%s is a limit that docs/limits.md does not tell", by)
			}
		}
	}
	if seen == 0 {
		t.Error("the code has no limits")
	}
}

// beside are packages that nothing from outside reaches, or no part of the
// system.
var beside = []string{"popeye/hello", "popeye/e2e/...", "popeye/deploy/...", "popeye/internal/testenv/...", "popeye/internal/health", "popeye/client", "popeye/internal/load", "time"}

// figure is a number, of nanoseconds if it is a duration.
type figure struct {
	n        int64
	duration bool
}

func (f figure) String() string {
	if f.duration {
		return time.Duration(f.n).String()
	}
	return strconv.FormatInt(f.n, 10)
}

var units = map[bool]map[string]int64{
	true:  {"ms": int64(time.Millisecond), "s": int64(time.Second), "min": int64(time.Minute), "h": int64(time.Hour)},
	false: {"": 1, "bytes": 1, "characters": 1, "seconds": 1, "times": 1, "KiB": 1 << 10, "MiB": 1 << 20},
}

// readFigure reads what a person reads: "4,096", "16 KiB", "10 s".
func readFigure(text string, duration bool) (int64, error) {
	number, unit, _ := strings.Cut(text, " ")
	factor, ok := units[duration][unit]
	if !ok {
		return 0, fmt.Errorf("%q is no unit for it", unit)
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(number, ",", ""), 10, 64)
	return n * factor, err
}

// tree is the packages of this tree and package time, read as far as their constants need.
type tree struct {
	fset     *token.FileSet
	packages []*source
}

type source struct {
	*types.Package
	path, dir string
	names     []string // of files
	files     []*ast.File
}

func loadTree(t *testing.T) *tree {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles", "popeye/...", "time").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	code := &tree{fset: token.NewFileSet()}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir string
			GoFiles         []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			code.packages = append(code.packages, &source{path: p.ImportPath, dir: p.Dir, names: p.GoFiles})
		}
	}
	for _, p := range code.packages {
		if _, err := code.Import(p.path); err != nil {
			t.Fatal(err)
		}
	}
	return code
}

// Import implements types.Importer. Constants are made of this tree's and of
// package time's; of other packages nothing is known but the name.
func (c *tree) Import(path string) (*types.Package, error) {
	i := slices.IndexFunc(c.packages, func(p *source) bool { return p.path == path })
	if i < 0 {
		empty := types.NewPackage(path, filepath.Base(path))
		empty.MarkComplete()
		return empty, nil
	}
	p := c.packages[i]
	if p.Package != nil {
		return p.Package, nil
	}
	for _, name := range p.names {
		file, err := parser.ParseFile(c.fset, filepath.Join(p.dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, file)
	}
	lenient := types.Config{Importer: c, IgnoreFuncBodies: true, Error: func(error) {}}
	p.Package, _ = lenient.Check(path, c.fset, p.files, nil) // what it does not know makes errors
	return p.Package, nil
}

// find returns the figure that a text of the third column stands for.
func (c *tree) find(by string) (figure, error) {
	if file, option, ok := strings.Cut(by, " "); ok {
		return optionOf(file, option)
	}
	if name, ok := strings.CutPrefix(by, "$"); ok {
		return c.settingOf(name)
	}
	pkg, name, _ := strings.Cut(by, ".")
	for _, p := range c.packages {
		if p.Name() != pkg {
			continue
		}
		if field, ok := strings.CutPrefix(name, "Config."); ok {
			return c.defaultOf(p, field)
		}
		if k, ok := p.Scope().Lookup(name).(*types.Const); ok {
			return newFigure(k.Type(), k.Val())
		}
	}
	return figure{}, fmt.Errorf("there is no %s", by)
}

func newFigure(t types.Type, v constant.Value) (figure, error) {
	n, exact := constant.Int64Val(constant.ToInt(v))
	if !exact {
		return figure{}, fmt.Errorf("%s is no whole number", v)
	}
	return figure{n, t.String() == "time.Duration"}, nil
}

// defaultOf returns the last argument of the call that gets the field's
// address: that is how defaults are set in this tree.
func (c *tree) defaultOf(p *source, field string) (f figure, err error) {
	err = fmt.Errorf("nothing in %s sets the default of %s", p.path, field)
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !slices.ContainsFunc(call.Args, func(a ast.Expr) bool { return isAddressOf(a, field) }) {
				return true
			}
			last := call.Args[len(call.Args)-1]
			var v types.TypeAndValue
			if v, err = types.Eval(c.fset, p.Package, file.End(), types.ExprString(last)); err == nil {
				f, err = newFigure(v.Type, v.Value)
			}
			return false
		})
	}
	return f, err
}

func isAddressOf(e ast.Expr, field string) bool {
	address, ok := e.(*ast.UnaryExpr)
	if !ok || address.Op != token.AND {
		return false
	}
	selected, ok := address.X.(*ast.SelectorExpr)
	return ok && selected.Sel.Name == field
}

// settingOf returns the default of a setting, which all programs must share.
func (c *tree) settingOf(variable string) (figure, error) {
	var defaults []string
	for _, p := range c.packages {
		for _, file := range p.files {
			ast.Inspect(file, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok && field.Tag != nil {
					tag, _ := strconv.Unquote(field.Tag.Value)
					if reflect.StructTag(tag).Get("var") == variable {
						defaults = append(defaults, reflect.StructTag(tag).Get("default"))
					}
				}
				return true
			})
		}
	}
	if len(slices.Compact(defaults)) != 1 {
		return figure{}, fmt.Errorf("the setting %s has the defaults %q", variable, defaults)
	}
	n, err := strconv.ParseInt(defaults[0], 10, 64)
	return figure{n: n}, err
}

// optionOf returns the megabytes that follow an option in a file.
func optionOf(file, option string) (figure, error) {
	raw, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return figure{}, err
	}
	m := regexp.MustCompile(regexp.QuoteMeta(option) + `,? ([0-9]+)mb\b`).FindSubmatch(raw)
	if m == nil {
		return figure{}, fmt.Errorf("%s has no %s", file, option)
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	return figure{n: n << 20}, err
}

// A comparison that can't fail is none.
func TestReadFigure(t *testing.T) {
	for _, tt := range []struct {
		text     string
		duration bool
		want     int64
	}{
		{"4,096", false, 4096},
		{"16 KiB", false, 16384},
		{"3,700 bytes", false, 3700},
		{"4 times", false, 4},
		{"10 s", true, 10e9},
		{"2 min", true, 120e9},
		{"50 ms", true, 50e6},
		{"24 h", true, 86_400e9},
	} {
		if got, err := readFigure(tt.text, tt.duration); got != tt.want || err != nil {
			t.Errorf("%s: got %d, %v", tt.text, got, err)
		}
	}
	for text, duration := range map[string]bool{"10 s": false, "10": true, "ten": false, "10 apples": false, "10 KiB": true} {
		if got, err := readFigure(text, duration); err == nil {
			t.Errorf("%q (a duration: %t) was read as %d", text, duration, got)
		}
	}
}

func TestFindKnowsWhatIsNotThere(t *testing.T) {
	code := loadTree(t)
	for _, by := range []string{"vote.MaxNothing", "vote.ErrInvalid", "nowhere.MaxVoter", "socketio.Config.MaxNothing", "$NOTHING", "docker-compose.yml --nothing", "nofile.yml --maxmemory"} {
		if f, err := code.find(by); err == nil {
			t.Errorf("%s is %s", by, f)
		}
	}
}
