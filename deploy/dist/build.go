package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// builder builds the programs of one source.
type builder struct {
	source            string
	version, revision string
}

// newBuilder asks git what the source is. Outside of a repository nobody knows.
func newBuilder(ctx context.Context, source string) builder {
	git := func(args ...string) string {
		out, _ := exec.CommandContext(ctx, "git", append([]string{"-C", source}, args...)...).Output()
		return strings.TrimSpace(string(out))
	}
	return builder{
		source:   source,
		version:  cmp.Or(git("describe", "--tags", "--always", "--dirty=-changed"), "unknown"),
		revision: cmp.Or(git("rev-parse", "HEAD"), "unknown"),
	}
}

// program is one that was built.
type program struct {
	name    string // as in "popeye"
	file    string // its name in the archive, as in "popeye.exe"
	content []byte
}

// bundle makes an archive and its SBOM, and returns the archive's name.
func (b builder) bundle(ctx context.Context, folder, system string, what bundle) (string, error) {
	base := fmt.Sprintf("%s-%s-%s", what.name, b.version, strings.ReplaceAll(system, "/", "-"))
	var programs []program
	for _, name := range what.programs {
		p, err := b.build(ctx, system, name)
		if err != nil {
			return "", err
		}
		programs = append(programs, p)
	}
	modules, err := modulesOf(programs)
	if err != nil {
		return "", err
	}
	texts, err := b.licences(ctx, modules)
	if err != nil {
		return "", err
	}
	ours, err := os.ReadFile(filepath.Join(b.source, "LICENSE"))
	if err != nil {
		return "", err
	}
	files := []file{{"LICENSE", 0o644, ours}, {"LICENSES-OF-LIBRARIES.txt", 0o644, texts}}
	for _, p := range programs {
		files = append(files, file{p.file, 0o755, p.content})
	}
	pack, name := tarball, base+".tar.gz"
	if strings.HasPrefix(system, "windows/") {
		pack, name = zipped, base+".zip"
	}
	archive, err := pack(base, files)
	if err != nil {
		return "", err
	}
	list, err := sbom(b, what.name, programs)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, base+".cdx.json"), list, 0o644); err != nil {
		return "", err
	}
	return name, os.WriteFile(filepath.Join(folder, name), archive, 0o644)
}

// build builds one program for a system such as "linux/amd64".
func (b builder) build(ctx context.Context, system, name string) (program, error) {
	goos, goarch, ok := strings.Cut(system, "/")
	if !ok {
		return program{}, fmt.Errorf("%q is no system: write it as in linux/amd64", system)
	}
	p := program{name: name, file: name}
	if goos == "windows" {
		p.file += ".exe"
	}
	folder, err := os.MkdirTemp("", "popeye-dist-")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, p.file)
	config := "popeye/internal/config."
	// No -dwarf: -s would take it out again.
	cmd := exec.CommandContext(ctx, "go", "build", "-tags=grpcnotrace", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false",
		"-ldflags=-s -w -X "+config+"version="+b.version+" -X "+config+"revision="+b.revision, "-o", out, "./cmd/"+name)
	cmd.Dir = b.source
	cmd.Env = plainEnv(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if said, err := cmd.CombinedOutput(); err != nil {
		return p, fmt.Errorf("build %s: %w\n%s", name, err, said)
	}
	p.content, err = os.ReadFile(out)
	return p, err
}

// plainEnv is an environment without what would change the bytes of a program.
func plainEnv(env []string, more ...string) []string {
	changes := []string{"GOFLAGS", "GOEXPERIMENT", "GOAMD64", "GOARM64", "GOFIPS140", "GOWORK"}
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(changes, name)
	})
	return append(env, append(more, "GOWORK=off")...)
}
