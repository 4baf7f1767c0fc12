// Package configtest holds docs/configuration.md to the settings that the
// programs really have, and the programs to what each of them answers. What
// enters is a program, or its section as it should be; what leaves is a failed
// test, or with -update the section as it is now.
package configtest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"popeye/internal/config"
)

var update = flag.Bool("update", false, "write what is made from the code instead of checking it")

// Documented checks that the file has the section, between its marks.
func Documented(t *testing.T, file, name, section string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
	before, rest, ok := strings.Cut(string(raw), begin)
	now, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks %q and %q", file, begin, end)
	}
	if now == section {
		return
	}
	if !*update {
		t.Fatalf("%s is not what %s has; run make docs. It should say:\n%s", file, name, section)
	}
	if err := os.WriteFile(file, []byte(before+begin+section+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Helped checks that the help of each command shows how it is called, and of the
// settings few.
func Helped(t *testing.T, commands []string, run func(context.Context, []string, func(string) string, io.Writer, io.Writer) error) {
	t.Helper()
	count := func(args ...string) (settings int, help string) {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, "--help"), func(string) string { return "" }, &out, io.Discard); !errors.Is(err, config.ErrHelp) {
			t.Errorf("%s --help: %v", args, err)
		}
		return strings.Count(out.String(), "($"), out.String()
	}
	all, _ := count()
	for _, command := range commands {
		settings, help := count(strings.Fields(command)...)
		if settings >= all || !strings.Contains(help, "\nExamples:\n") {
			t.Errorf("%s --help shows %d of %d settings, or no examples:\n%s", command, settings, all, help)
		}
	}
}

// Versioned checks that a program says what it was made from, and does no more.
func Versioned(t *testing.T, name string, run func(context.Context, []string, func(string) string, io.Writer, io.Writer) error) {
	t.Helper()
	var out, log bytes.Buffer
	err := run(t.Context(), []string{"--version"}, func(string) string { return "" }, &out, &log)
	said := out.String()
	if !errors.Is(err, config.ErrHelp) || !strings.HasPrefix(said, name+" ") || !strings.HasSuffix(said, runtime.Version()+")\n") || log.Len() > 0 {
		t.Errorf("error %v, it says %q and logs %q", err, said, &log)
	}
}
