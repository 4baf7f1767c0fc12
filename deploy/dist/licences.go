package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// licences returns the licences of modules as their authors wrote them, which
// most of them want to be given along with a program.
func (b builder) licences(ctx context.Context, modules []debug.Module) ([]byte, error) {
	folders, err := b.folders(ctx, modules)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, m := range modules {
		texts, err := licencesIn(folders[m.Path])
		if err != nil {
			return nil, fmt.Errorf("the licence of %s: %w", m.Path, err)
		}
		fmt.Fprintf(&out, "==== %s %s ====\n\n%s\n\n", m.Path, m.Version, bytes.Join(texts, []byte("\n\n")))
	}
	return out.Bytes(), nil
}

// folders returns where the source of each module is.
func (b builder) folders(ctx context.Context, modules []debug.Module) (map[string]string, error) {
	ask := func(args ...string) (*bytes.Reader, error) {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = b.source
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		return bytes.NewReader(out), err
	}
	root, err := ask("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(root)
	if err != nil {
		return nil, err
	}
	found := map[string]string{stdlib: strings.TrimSpace(string(text))}
	args := []string{"list", "-m", "-json"}
	for _, m := range modules {
		if m.Path != stdlib {
			args = append(args, m.Path)
		}
	}
	list, err := ask(args...)
	if err != nil {
		return nil, err
	}
	for in := json.NewDecoder(list); ; {
		var m struct{ Path, Dir string }
		if err := in.Decode(&m); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		found[m.Path] = m.Dir
	}
}

// licencesIn returns the licences and notices that lie in a folder.
func licencesIn(folder string) (texts [][]byte, err error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		name, _, _ := strings.Cut(strings.ToUpper(f.Name()), ".")
		name, _, _ = strings.Cut(name, "-")
		switch name {
		case "LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "PATENTS":
			text, err := os.ReadFile(filepath.Join(folder, f.Name()))
			if err != nil {
				return nil, err
			}
			texts = append(texts, bytes.TrimSpace(text))
		}
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("there is none in %s", folder)
	}
	return texts, nil
}
