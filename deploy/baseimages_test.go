package deploy

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notRun are the images for which there is no stand-in.
var notRun = []string{"grafana/grafana"}

// What the Dockerfiles, Compose and the Swarm start from is what the tests on an
// engine see to: so none runs there in another version.
func TestBaseImages(t *testing.T) {
	named := map[string]bool{}
	for _, image := range namedImages(t) {
		name, _, _ := strings.Cut(image, ":")
		if !slices.Contains(notRun, name) {
			named[image] = true
		}
	}
	tried := map[string]bool{}
	for _, image := range regexp.MustCompile(`[\w./-]+:[\w.-]*\d[\w.-]*`).FindAllString(read(t, "../scripts/e2e-docker.sh"), -1) {
		tried[image] = true
	}
	if err := same("images that are tried", slices.Sorted(maps.Keys(tried)), slices.Sorted(maps.Keys(named))); err != nil {
		t.Error(err)
	}
}

// A stand-in that is compiled is of the version that its tag says. Jaeger counts its
// own versions from 2, and those of its Go module from 1.
func TestCompiledStandIns(t *testing.T) {
	named := namedImages(t)
	for _, s := range []struct{ image, module, version, file string }{
		{"caddy:2.11.9-alpine", "github.com/caddyserver/caddy/v2", "2.11.9", "caddy"},
		{"otel/opentelemetry-collector:0.140.0", "go.opentelemetry.io/collector/otelcol", "0.140.0", "jaeger"},
		{"jaegertracing/jaeger:2.13.0", "github.com/jaegertracing/jaeger", "1.76.0", "jaeger"},
	} {
		if !slices.Contains(named, s.image) {
			t.Errorf("nothing runs %s; what runs is %q", s.image, named)
		}
		file := "../tools/" + s.file + "/go.mod"
		if !strings.Contains(read(t, file), s.module+" v"+s.version+" ") {
			t.Errorf("%s does not have %s %s, which stands in for %s", file, s.module, s.version, s.image)
		}
	}
}

// namedImages are all that are not made here.
func namedImages(t *testing.T) (all []string) {
	t.Helper()
	dockerfiles, err1 := filepath.Glob("../*/Dockerfile")
	deeper, err2 := filepath.Glob("../*/*/Dockerfile")
	composed, err3 := filepath.Glob("../docker-compose*.yml")
	if err1 != nil || err2 != nil || err3 != nil || len(dockerfiles) == 0 || len(deeper) == 0 || len(composed) == 0 {
		t.Fatalf("the files are not found: %v %v %v", err1, err2, err3)
	}
	files := slices.Concat(dockerfiles, deeper, composed, []string{swarmFile, helloFile})
	for _, file := range files {
		for _, m := range regexp.MustCompile(`(?m)^(?:FROM(?: --\S+)?|\s+image:) ([\w./-]+:[\w.-]+)`).FindAllStringSubmatch(read(t, file), -1) {
			all = append(all, m[1])
		}
	}
	return all
}
