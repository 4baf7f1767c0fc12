//go:build engine

package engine

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// image is what an image consists of, as the engine hands it out.
type image struct {
	Architecture string
	Config       struct {
		User                string
		Entrypoint          []string
		Labels              map[string]string
		Healthcheck         struct{ Test []string }
		Cmd, OnBuild, Shell []string
	}
	files map[string][]byte // of all layers; folders are left out
	size  int64             // of the files, unpacked
}

// saved reads an image from the engine.
func saved(name string) (image, error) {
	archive := filepath.Join(work, strings.ReplaceAll(name, "/", "-")+".tar")
	defer os.Remove(archive)
	if out, err := exec.Command("docker", "save", "--output", archive, name).CombinedOutput(); err != nil {
		return image{}, errors.New(string(out))
	}
	f, err := os.Open(archive)
	if err != nil {
		return image{}, err
	}
	defer f.Close()
	parts, err := untar(f)
	if err != nil {
		return image{}, err
	}
	var manifest []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(parts["manifest.json"], &manifest); err != nil {
		return image{}, err
	}
	img := image{files: map[string][]byte{}}
	for _, layer := range manifest[0].Layers {
		files, err := untar(bytes.NewReader(parts[layer]))
		if err != nil {
			return image{}, err
		}
		for name, content := range files {
			img.files[name] = content
			img.size += int64(len(content))
		}
	}
	return img, json.Unmarshal(parts[manifest[0].Config], &img)
}

// untar reads the files of an archive, which may be compressed.
func untar(r io.Reader) (map[string][]byte, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(2); slices.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReader(z)
	}
	files := map[string][]byte{}
	for in := tar.NewReader(b); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if files[strings.TrimPrefix(h.Name, "./")], err = io.ReadAll(in); err != nil {
			return nil, err
		}
	}
}
