//go:build engine

package engine

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// ours are the services whose images this repository builds.
var ours = []string{"poll", "worker", "result"}

// sizeLimit is how many bytes our three images may have together, unpacked.
const sizeLimit = 75_000_000

// Each image is one static binary, the certificates, and a description.
func TestImages(t *testing.T) {
	t.Parallel()
	total := int64(0)
	for _, name := range ours {
		img, err := saved(popeye.project + "-" + name)
		if err != nil {
			t.Fatal(err)
		}
		total += img.size
		progress("the image of %s has %.1f MB", name, float64(img.size)/1e6)
		try(t, name, func() error { return checkImage(img, name, "popeye/cmd/"+name, native) })
		try(t, name+" --version", func() error { return saysVersion(name) })
	}
	try(t, "size", func() error {
		progress("poll, worker and result have %.1f MB together", float64(total)/1e6)
		if total > sizeLimit {
			return fmt.Errorf("the three images have %d bytes together, want at most %d", total, sizeLimit)
		}
		return nil
	})
	img, err := saved(hello.project + "-hello-world")
	if err != nil {
		t.Fatal(err)
	}
	try(t, "hello", func() error { return checkImage(img, "hello", "popeye/hello", native) })
	try(t, "convicts", func() error { return imageCheckConvicts(img) })
}

// saysVersion runs an image's program: it knows what it was built from.
func saysVersion(name string) error {
	out, err := docker("run", "--rm", "--network", "none", popeye.project+"-"+name, "--version")
	if err == nil && !strings.HasPrefix(out, fmt.Sprintf("%s e2e (revision %s, ", name, revision)) {
		err = fmt.Errorf("%s --version says %q", name, out)
	}
	return err
}

// For another architecture the compiler runs on this one; nothing is emulated.
func TestOtherArchitecture(t *testing.T) {
	t.Parallel()
	other := "arm64"
	if native == "arm64" {
		other = "amd64"
	}
	s := foreign
	s.env = []string{"DOCKER_DEFAULT_PLATFORM=linux/" + other}
	mustBuild(t, s)
	for _, name := range ours {
		img, err := saved(s.project + "-" + name)
		if err != nil {
			t.Fatal(err)
		}
		try(t, name+" for "+other, func() error { return checkImage(img, name, "popeye/cmd/"+name, other) })
	}
}

// machines are the architectures that the images are made for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// checkImage wants a static binary that this source was built to, nothing beside
// it but certificates, and labels that say what it is.
func checkImage(img image, name, pkg, arch string) error {
	if err := same("files", slices.Sorted(maps.Keys(img.files)), []string{"etc/ssl/certs/ca-certificates.crt", name}); err != nil {
		return err
	}
	err := errors.Join(
		same("entry point", img.Config.Entrypoint, []string{"/" + name}),
		same("health check", img.Config.Healthcheck.Test, []string{"CMD", "/" + name, "healthcheck"}),
		same("user", img.Config.User, "65532:65532"),
		same("architecture", img.Architecture, arch),
	)
	const label = "org.opencontainers.image."
	for key, want := range map[string]string{"version": "e2e", "revision": revision, "licenses": "MIT"} {
		err = errors.Join(err, same("label "+key, img.Config.Labels[label+key], want))
	}
	if img.Config.Labels[label+"title"] == "" || img.Config.Labels[label+"description"] == "" {
		err = errors.Join(err, errors.New("no title or no description"))
	}
	return errors.Join(err, checkBinary(img.files[name], pkg, arch))
}

func checkBinary(binary []byte, pkg, arch string) error {
	f, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		return err
	}
	if f.Machine != machines[arch] {
		return fmt.Errorf("the binary is for %s, want %s", f.Machine, arch)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("the binary is not static")
		}
	}
	if f.Section(".debug_info") != nil || f.Section(".symtab") != nil {
		return errors.New("the binary has symbols that nothing needs here")
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return err
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	return errors.Join(same("package", info.Path, pkg), same("cgo", settings["CGO_ENABLED"], "0"), same("trimpath", settings["-trimpath"], "true"))
}

// imageCheckConvicts breaks a good image in ways the check is there to notice.
func imageCheckConvicts(good image) error {
	var err error
	for what, change := range map[string]func(*image){
		"a shell beside":     func(i *image) { i.files["bin/sh"] = nil },
		"no certificates":    func(i *image) { delete(i.files, "etc/ssl/certs/ca-certificates.crt") },
		"root":               func(i *image) { i.Config.User = "" },
		"another entry":      func(i *image) { i.Config.Entrypoint = []string{"sh"} },
		"no health check":    func(i *image) { i.Config.Healthcheck.Test = nil },
		"no labels":          func(i *image) { i.Config.Labels = nil },
		"a dynamic binary":   func(i *image) { i.files["hello"], _ = os.ReadFile("/bin/sh") },
		"no binary, in fact": func(i *image) { i.files["hello"] = []byte("#!/bin/sh") },
	} {
		bad := good
		bad.files = maps.Clone(good.files)
		change(&bad)
		if checkImage(bad, "hello", "popeye/hello", native) == nil {
			err = errors.Join(err, fmt.Errorf("with %s the check passes", what))
		}
	}
	if checkBinary(good.files["hello"], "popeye/hello", "s390x") == nil {
		err = errors.Join(err, errors.New("for another machine the check passes"))
	}
	return err
}

// The build context has what the images are built from, and nothing that slows
// a build or has no business in an image.
func TestBuildContext(t *testing.T) {
	t.Parallel()
	mustBuild(t, contextOnly)
	img, err := saved(contextOnly.project + "-context")
	if err != nil {
		t.Fatal(err)
	}
	progress("the build context has %d files, %.2f MB", len(img.files), float64(img.size)/1e6)
	if img.size > 5_000_000 {
		t.Errorf("the build context has %d bytes", img.size)
	}
	for name := range img.files {
		name := strings.TrimPrefix(name, "deploy/demo/") // built by its own Dockerfile, from this context
		if regexp.MustCompile(`^(\.|deploy/|docs/|e2e/|bench/|tools/)|_test\.go$|/testdata/|node_modules|secret$`).MatchString(name) {
			t.Errorf("the build context has %s", name)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "cmd/poll/main.go"} {
		if img.files[name] == nil {
			t.Errorf("the build context lacks %s", name)
		}
	}
}

// After a change of the source the modules are not downloaded again; after a
// change of go.mod they would be.
func TestLayersAreCached(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(work, "changed")
	if err := copySource(dir); err != nil {
		t.Fatal(err)
	}
	addTo(t, filepath.Join(dir, "cmd/poll/main.go"), fmt.Sprintf("\n// A change, at %s.\n", time.Now())) // as none before
	steps, err := changed(dir).build("poll")
	if err != nil {
		t.Fatal(err)
	}
	if !isCached(steps, "RUN go mod download") {
		t.Errorf("a changed Go file downloads the modules again:\n%s", steps)
	}
	if isCached(steps, "go build") {
		t.Errorf("a changed Go file is not built:\n%s", steps)
	}
}

// isCached finds a step in what a build says, and whether it was in the cache:
//
//	#9 [build 4/6] RUN go mod download
//	#9 CACHED
func isCached(steps, instruction string) bool {
	for _, line := range strings.Split(steps, "\n") {
		number, rest, _ := strings.Cut(line, " ")
		if strings.HasPrefix(number, "#") && strings.Contains(rest, instruction) {
			return strings.Contains(steps, "\n"+number+" CACHED\n")
		}
	}
	return false
}

func addTo(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// copySource copies what .dockerignore lets into the build context, and the
// compose file.
func copySource(dir string) error {
	ignore, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	names := []string{".dockerignore", "docker-compose.yml"}
	for _, line := range strings.Split(string(ignore), "\n") {
		if name, ok := strings.CutPrefix(line, "!"); ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if info.IsDir() {
			err = os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name)))
		} else {
			err = copyFile(filepath.Join(dir, name), filepath.Join(root, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

func mustBuild(t *testing.T, s stack) {
	t.Helper()
	progress("building %s", s.project)
	if out, err := s.build(); err != nil {
		t.Fatal(err, out)
	}
}
