package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var inRecipe = regexp.MustCompile("`([a-zA-Z0-9_.-]*[/.][a-zA-Z0-9_./<>-]+)`")

// The recipes of CONTRIBUTING.md name files that exist. A file that a contributor
// makes, as in count/<rule>.go, goes into a folder that exists.
func TestRecipes(t *testing.T) {
	raw, err := os.ReadFile(root + "/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, recipes, _ := strings.Cut(string(raw), "\n## Recipes\n")
	recipes, _, _ = strings.Cut(recipes, "\n## ")
	for _, title := range []string{"A counting rule", "A kind", "A field of a poll", "A store", "A language"} {
		_, recipe, ok := strings.Cut(recipes, "\n### "+title+"\n")
		if !ok {
			t.Errorf("there is no recipe %q", title)
			continue
		}
		recipe, _, _ = strings.Cut(recipe, "\n### ")
		names := inRecipe.FindAllStringSubmatch(recipe, -1)
		if len(names) == 0 {
			t.Errorf("the recipe %q names no file", title)
		}
		for _, m := range names {
			path := m[1]
			if made, _, ok := strings.Cut(path, "<"); ok {
				path = filepath.Dir(made + "x")
			}
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("the recipe %q names %s, which is not there", title, m[1])
			}
		}
	}
}
