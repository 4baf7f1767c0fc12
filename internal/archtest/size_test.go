package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// maxFiles is how many files a package has at most, tests aside: of more, nobody keeps
// the arrows between them in mind. Some are larger.
const maxFiles = 16

var larger = map[string]struct {
	files int
	why   string
}{
	"popeye/store/storetest": {24, "each is a part of the suite, on one fixture; not split yet"},
}

// tooLarge returns what is wrong with the sizes of packages, by their paths.
func tooLarge(files map[string]int) (wrong []string) {
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if most := max(maxFiles, larger[path].files); files[path] > most {
			wrong = append(wrong, fmt.Sprintf("%s has %d files, tests aside; at most %d: split it where few arrows are", path, files[path], most))
		}
	}
	return wrong
}

// No package outgrows what one can keep in mind, and those that are larger are there.
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
	for path := range larger {
		if files[path] == 0 {
			t.Errorf("%s may be larger, and is not there", path)
		}
	}
}

func TestTooLarge(t *testing.T) {
	for path, limit := range map[string]int{"popeye/queue": maxFiles, "popeye/store/storetest": larger["popeye/store/storetest"].files} {
		if wrong := tooLarge(map[string]int{path: limit}); wrong != nil {
			t.Errorf("%d files: %q", limit, wrong)
		}
		if wrong := tooLarge(map[string]int{path: limit + 1}); len(wrong) != 1 {
			t.Errorf("%d files: %q", limit+1, wrong)
		}
	}
}
