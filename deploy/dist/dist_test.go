package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// The same source, in two folders and checked out at two times, becomes the same
// bytes; and these are programs that run anywhere.
func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	system := runtime.GOOS + "/" + runtime.GOARCH
	// The program itself, for under the race detector packing takes minutes.
	dist := filepath.Join(t.TempDir(), "dist-program")
	if said, err := exec.Command("go", "build", "-o", dist, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, said)
	}
	var made [2]map[string][]byte
	for i, name := range []string{"here", "somewhere-else/deeper"} {
		source := filepath.Join(t.TempDir(), name)
		checkOut(t, source)
		out := filepath.Join(t.TempDir(), "dist")
		if said, err := exec.Command(dist, "--source", source, "--out", out, "--only", system).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		made[i] = readFolder(t, out)
		for name, content := range made[i] {
			if bytes.Contains(content, []byte(source)) {
				t.Errorf("%s tells the folder of its source", name)
			}
		}
	}
	for name := range made[0] {
		if !bytes.Equal(made[0][name], made[1][name]) {
			t.Errorf("%s differs", name)
		}
	}
	base := "popeye-test-1-" + strings.ReplaceAll(system, "/", "-")
	services := strings.Replace(base, "popeye", "popeye-services", 1)
	want := []string{sumsFile, services + ".cdx.json", services + ".tar.gz", base + ".cdx.json", base + ".tar.gz"}
	if names := slices.Sorted(maps.Keys(made[1])); !slices.Equal(names, want) {
		t.Fatalf("made %q, want %q", names, want)
	}
	files := untar(t, made[0][base+".tar.gz"], base)
	checkProgram(t, files["popeye"])
	for _, words := range []string{"==== stdlib go1", "==== modernc.org/sqlite v", "Redistribution and use in source and binary forms"} {
		if !bytes.Contains(files["LICENSES-OF-LIBRARIES.txt"], []byte(words)) {
			t.Errorf("the licences lack %q", words)
		}
	}
	checkSBOM(t, made[0][base+".cdx.json"], files["popeye"])
	checkSums(t, made[0])
	for _, name := range []string{"poll", "worker", "result"} {
		if len(untar(t, made[0][services+".tar.gz"], services)[name]) == 0 {
			t.Errorf("the services lack %s", name)
		}
	}
}

// checkOut copies what git knows of the source, with a repository of its own
// whose tag is test-1.
func checkOut(t *testing.T, folder string) {
	t.Helper()
	list, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.Trim(string(list), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		to := filepath.Join(folder, name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "LICENSE"}, {"commit", "-q", "-m", "A source"}, {"tag", "test-1"}} {
		cmd := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

func readFolder(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	files, err := os.ReadDir(folder)
	for _, f := range files {
		content, readErr := os.ReadFile(filepath.Join(folder, f.Name()))
		all[f.Name()], err = content, errors.Join(err, readErr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// untar reads an archive whose files all lie in one folder.
func untar(t *testing.T, archive []byte, folder string) map[string][]byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		name, ok := strings.CutPrefix(h.Name, folder+"/")
		if !ok || !h.ModTime.Equal(noTime) || h.Uname != "" || h.Uid != 0 {
			t.Errorf("%s is of %s, changed at %s", h.Name, h.Uname, h.ModTime)
		}
		if files[name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		if executable := h.Mode&0o111 != 0; executable != !strings.Contains(name, "LICENSE") {
			t.Errorf("%s has mode %o", name, h.Mode)
		}
	}
}

func checkProgram(t *testing.T, binary []byte) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range info.Settings {
		if want := map[string]string{"CGO_ENABLED": "0", "-trimpath": "true"}[s.Key]; want != "" && s.Value != want || strings.HasPrefix(s.Key, "vcs") {
			t.Errorf("the program was built with %s=%s", s.Key, s.Value)
		}
	}
	file := filepath.Join(t.TempDir(), "popeye")
	if err := os.WriteFile(file, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(file, "--version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(said), "popeye test-1 (revision ") {
		t.Errorf("popeye --version: %v, %s", err, said)
	}
}

// checkSBOM wants each library of the program, and no other.
func checkSBOM(t *testing.T, list, binary []byte) {
	t.Helper()
	var doc struct {
		BomFormat, SpecVersion, SerialNumber string
		Metadata                             struct{ Timestamp string }
		Components                           []struct{ Type, Name, Version, Purl string }
	}
	if err := json.Unmarshal(list, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.BomFormat != "CycloneDX" || doc.SpecVersion == "" || doc.SerialNumber != "" || doc.Metadata.Timestamp != "" {
		t.Errorf("the SBOM is %s %s, serial number %q, of %q", doc.BomFormat, doc.SpecVersion, doc.SerialNumber, doc.Metadata.Timestamp)
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"application popeye test-1 ", fmt.Sprintf("library stdlib %[1]s pkg:golang/stdlib@%[1]s", info.GoVersion)}
	for _, m := range info.Deps {
		want = append(want, fmt.Sprintf("library %[1]s %[2]s pkg:golang/%[1]s@%[2]s", m.Path, m.Version))
	}
	var got []string
	for _, c := range doc.Components {
		got = append(got, fmt.Sprintf("%s %s %s %s", c.Type, c.Name, c.Version, c.Purl))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || len(got) < 10 {
		t.Errorf("the SBOM lists\n%s\nthe program has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// checkSums asks sha256sum, as a person does who downloads.
func checkSums(t *testing.T, files map[string][]byte) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sha256sum", "--check", sumsFile)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != len(files)-1 {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}

func TestAZipHasNoTimeAndKeepsModes(t *testing.T) {
	files := []file{{"LICENSE", 0o644, []byte("MIT")}, {"popeye.exe", 0o755, bytes.Repeat([]byte("x"), 1000)}}
	archive, err := zipped("popeye-1", files)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range z.File {
		content, err := fs.ReadFile(z, f.Name)
		if err != nil || f.Name != "popeye-1/"+files[i].name || !bytes.Equal(content, files[i].content) {
			t.Errorf("file %d is %s: %v", i, f.Name, err)
		}
		if !f.Modified.Equal(noTime) || f.Mode() != files[i].mode {
			t.Errorf("%s is of %s, with mode %v", f.Name, f.Modified, f.Mode())
		}
	}
}

// What the environment says changes no byte of a program.
func TestPlainEnv(t *testing.T) {
	got := plainEnv([]string{"PATH=/bin", "GOFLAGS=-race", "GOAMD64=v3", "GOEXPERIMENT=x", "GOWORK=/w"}, "GOOS=linux")
	if want := []string{"PATH=/bin", "GOOS=linux", "GOWORK=off"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyAnEarlierResultIsReplaced(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "dist")
	fill := func(text string) func(string) error {
		return func(fresh string) error {
			return errors.Join(os.WriteFile(filepath.Join(fresh, text), []byte(text), 0o644), writeSums(fresh))
		}
	}
	for _, text := range []string{"old", "new"} {
		if err := replace(folder, fill(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := replace(folder, func(string) error { return errors.New("no compiler") }); err == nil {
		t.Error("a failure is not told")
	}
	if files := readFolder(t, folder); len(files) != 2 || string(files["new"]) != "new" {
		t.Errorf("the folder has %q", files)
	}
	precious := t.TempDir()
	if err := os.WriteFile(filepath.Join(precious, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := replace(precious, fill("new")); err == nil || len(readFolder(t, precious)) != 1 {
		t.Errorf("a folder of somebody else's: %v", err)
	}
}
