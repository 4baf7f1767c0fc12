package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

var route = regexp.MustCompile(`(?:site\.Handle|site\.HandleStream|handle)\("([A-Z]+) (/api/[^"]+)"`)

// The OpenAPI file has each route of the two sites, at its server, and no other.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	var want []string
	for file, station := range map[string]string{"poll/station.go": "poll", "result/station.go": "result", "admin/station.go": "result", "admin/events/api.go": "result"} {
		raw, err := os.ReadFile(root + "/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range route.FindAllStringSubmatch(string(raw), -1) {
			want = append(want, strings.ToLower(m[1])+" "+m[2]+" at "+station)
		}
	}
	type servers []struct{ Description string }
	type operation struct{ Servers servers }
	var doc struct {
		Paths map[string]struct {
			Get, Post, Put, Patch, Delete *operation
			Servers                       servers
		}
	}
	raw, err := os.ReadFile(root + "/api/openapi.yaml")
	if err == nil {
		err = yaml.Unmarshal(raw, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for path, p := range doc.Paths {
		for method, o := range map[string]*operation{"get": p.Get, "post": p.Post, "put": p.Put, "patch": p.Patch, "delete": p.Delete} {
			if o == nil {
				continue
			}
			for _, s := range append(o.Servers, p.Servers...) { // a path that names servers has operations that don't
				station, _, _ := strings.Cut(s.Description, ":")
				got = append(got, method+" "+path+" at "+station)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("api/openapi.yaml has\n%s\nthe code has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var (
	givenCode = regexp.MustCompile(`(?:(?:Errorf|newRefusal)\([\w.]+,\s*|\b[Cc]ode: |Code = )"([a-z_]+)"`)
	toldCode  = regexp.MustCompile("code: { enum: \\[([a-z_, ]+)\\]|`([a-z]+_[a-z_]+)`")
)

// The OpenAPI file has each code of an error, and no other.
func TestOpenAPIHasEveryCode(t *testing.T) {
	var want, got []string
	for _, folder := range []string{"/poll", "/result", "/admin", "/internal/web"} {
		files, err := filepath.Glob(root + folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("no code in %s: %v", folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range givenCode.FindAllStringSubmatch(string(raw), -1) {
				want = append(want, m[1])
			}
		}
	}
	raw, err := os.ReadFile(root + "/api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range toldCode.FindAllStringSubmatch(string(raw), -1) {
		got = append(got, strings.FieldsFunc(m[1]+m[2], func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if want, got = slices.Compact(want), slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("api/openapi.yaml has the codes\n%v\nthe code gives\n%v", got, want)
	}
}
