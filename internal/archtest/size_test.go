package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// maxFiles is how many files a package has at most, tests aside: of more, nobody keeps
// the arrows between them in mind.
const maxFiles = 14

// tooLarge returns what is wrong with the sizes of packages, by their paths.
func tooLarge(files map[string]int) (wrong []string) {
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if files[path] > maxFiles {
			wrong = append(wrong, fmt.Sprintf("%s has %d files, tests aside; at most %d: split it where few arrows are", path, files[path], maxFiles))
		}
	}
	return wrong
}

// No package outgrows what one can keep in mind.
func TestPackagesAreSmall(t *testing.T) {
	files := map[string]int{}
	for _, p := range listed(t) {
		if strings.HasPrefix(p.ImportPath, "popeye/tools/") {
			continue
		}
		files[p.ImportPath] = len(p.GoFiles) + len(p.IgnoredGoFiles)
		for _, name := range p.IgnoredGoFiles {
			if strings.HasSuffix(name, "_test.go") {
				files[p.ImportPath]--
			}
		}
	}
	for _, wrong := range tooLarge(files) {
		t.Error(wrong)
	}
	if len(files) == 0 {
		t.Error("there are no packages")
	}
}

func TestTooLarge(t *testing.T) {
	files := map[string]int{"popeye/queue": maxFiles, "popeye/vote": 1}
	if wrong := tooLarge(files); wrong != nil {
		t.Errorf("%v: %q", files, wrong)
	}
	files["popeye/queue"]++
	if wrong := tooLarge(files); len(wrong) != 1 {
		t.Errorf("%v: %q", files, wrong)
	}
}
