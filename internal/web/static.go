package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
)

// Static serves files that are part of the program. Each has a URL that names
// its content, so a browser may keep it for ever and never shows an old one.
type Static struct {
	prefix string
	files  map[string]file
}

type file struct {
	body []byte
	hash string
}

// NewStatic reads every file below the roots into memory; prefix is the path
// they are served under, as in "/static/".
func NewStatic(prefix string, roots ...fs.FS) (*Static, error) {
	s := &Static{prefix: prefix, files: map[string]file{}}
	for _, root := range roots {
		err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := fs.ReadFile(root, name)
			sum := sha256.Sum256(body)
			s.files[name] = file{body, hex.EncodeToString(sum[:8])}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add adds the files of another. A name that both have must be of the same content:
// else one of them would be served in place of the other.
func (s *Static) add(more *Static) {
	if more.prefix != s.prefix {
		panic("web: files below " + more.prefix + " on a site that has them below " + s.prefix)
	}
	for name, f := range more.files {
		if old, ok := s.files[name]; ok && old.hash != f.hash {
			panic("web: two files are named " + name)
		}
		s.files[name] = f
	}
}

// URL returns where the named file is served. An unknown name gives a URL that
// answers 404: pages are tested for that.
func (s *Static) URL(name string) string {
	return s.prefix + name + "?v=" + s.files[name].hash
}

// ServeHTTP serves the file that the path names.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[len(s.prefix):]
	f, ok := s.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentTypes[path.Ext(name)])
	if r.URL.Query().Get("v") == f.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	_, _ = w.Write(f.body)
}

// contentTypes is what we serve: not the machine's table, which differs.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".map":  "application/json",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
	".yaml": "application/yaml; charset=utf-8",
	"":      "text/plain; charset=utf-8",
}
