// Package configtest holds docs/configuration.md to the settings that the
// programs really have. What enters is a program's section as it should be;
// what leaves is a failed test, or with -update the section as it is now.
package configtest

import (
	"flag"
	"os"
	"strings"
	"testing"
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
