// Command table runs the attacks on Popeye, each a test of its own that says what
// has to hold, and writes what came of it as a table: into docs/reliability.md with
// -write, else to standard output. It ends with 1 if anything did not hold.
//
//	make attacks
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"time"
)

// attack is what somebody tries, and what has to hold. Test is a pattern for go
// test -run in Package, below the module's root.
type attack struct{ Tries, Holds, Package, Test string }

func main() {
	write := flag.String("write", "", "the document to write the table into, between its markers")
	flag.Parse()
	if err := run(*write); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(document string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	text, survived := tryAll(ctx, os.Stderr)
	if err := put(text, document, os.Stdout); err != nil {
		return err
	}
	if !survived {
		return errors.New("not everything held: see above")
	}
	return nil
}

// tryAll tries all, one after the other, and tells how far it is.
func tryAll(ctx context.Context, progress io.Writer) (table string, survived bool) {
	var b strings.Builder
	b.WriteString("| somebody tries | what has to hold | held | measured | shown by |\n|---|---|---|---|---|\n")
	survived = true
	for i, a := range attacks {
		began := time.Now()
		ok, measured := try(ctx, a)
		answer := map[bool]string{true: "yes", false: "**no**"}[ok]
		fmt.Fprintf(progress, "%2d of %d  %4.0fs  %s: %s\n", i+1, len(attacks), time.Since(began).Seconds(), a.Test, answer)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | `%s` in %s |\n", a.Tries, a.Holds, answer, strings.Join(measured, "; "), a.Test, a.Package)
		survived = survived && ok
	}
	return b.String(), survived
}

var (
	figure = regexp.MustCompile(`MEASURED (.*)`)
	passed = regexp.MustCompile(`(?m)^--- PASS: `)
	within = regexp.MustCompile(`(?m)^    --- PASS: `)
)

// try runs a test. That none was found, or that it was skipped, shows nothing.
func try(ctx context.Context, a attack) (survived bool, measured []string) {
	out, err := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-timeout=10m", "-run", "^"+a.Test+"$", "./"+a.Package).CombinedOutput()
	for _, m := range figure.FindAllSubmatch(out, -1) {
		measured = append(measured, strings.ReplaceAll(string(m[1]), "|", "/"))
	}
	if cases := len(within.FindAll(out, -1)); cases > 0 && len(measured) == 0 {
		measured = []string{fmt.Sprintf("%d cases", cases)}
	}
	slices.Sort(measured) // cases come in any order
	survived = err == nil && passed.Match(out) && !strings.Contains(string(out), "--- SKIP")
	if !survived {
		fmt.Fprintf(os.Stderr, "%s\n", out)
	}
	return survived, measured
}

const begins, ends = "<!-- attacks: written by make attacks -->\n", "<!-- end of attacks -->"

// put writes the table between the markers of a document, or to out if there is none.
func put(table, document string, out io.Writer) error {
	if document == "" {
		_, err := io.WriteString(out, table)
		return err
	}
	raw, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(raw), begins)
	_, after, closed := strings.Cut(rest, ends)
	if !found || !closed {
		return fmt.Errorf("%s has no place for the table: write %q and %q there", document, begins, ends)
	}
	return os.WriteFile(document, []byte(before+begins+table+ends+after), 0o644)
}
