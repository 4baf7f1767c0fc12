package house

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

var route = regexp.MustCompile(`site\.Handle\("([A-Z]+) (/api/[^"]+)"`)

// The OpenAPI file has each route of the two stations, and no other.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	var want []string
	for _, file := range []string{"/poll/station.go", "/result/station.go"} {
		raw, err := os.ReadFile(root + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range route.FindAllStringSubmatch(string(raw), -1) {
			want = append(want, strings.ToLower(m[1])+" "+m[2])
		}
	}
	var doc struct {
		Paths map[string]map[string]any
	}
	raw, err := os.ReadFile(root + "/docs/openapi.yaml")
	if err == nil {
		err = yaml.Unmarshal(raw, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for path, methods := range doc.Paths {
		for m := range methods {
			if m != "parameters" {
				got = append(got, m+" "+path)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	want = slices.Compact(want) // both stations show a poll
	if !slices.Equal(got, want) {
		t.Errorf("docs/openapi.yaml has\n%s\nthe code has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
