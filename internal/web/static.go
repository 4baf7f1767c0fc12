package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Static serves files that are part of the program. Each has a URL that names
// its content, so a browser may keep it for ever and never shows an old one. They are
// compressed once, at the start. Safe for concurrent use once it is filled.
type Static struct {
	prefix string
	files  map[string]file
	styles []Style // those that pages hold within themselves
}

type file struct {
	body   []byte
	zipped []byte // nil where that is not smaller
	hash   string
}

// made are the files of this process so far, each made once: several stations of one
// program serve the same ones. Only what belongs to the program is here.
var made sync.Map // of file, by the hash of extension and content

// newFile returns the file that becomes of a source with this name.
func newFile(name string, source []byte) file {
	kind := path.Ext(name)
	if strings.Contains(name, ".min.") { // others' stay as they came
		kind = ""
	}
	key := sha256.Sum256(append([]byte(kind+"\x00"), source...))
	if f, ok := made.Load(key); ok {
		return f.(file)
	}
	f := makeFile(kind, source)
	made.Store(key, f)
	return f
}

func makeFile(kind string, body []byte) file {
	switch kind {
	case ".css":
		body = []byte(squeeze(string(body)))
	case ".js":
		body = scriptNotes.ReplaceAll(body, nil)
	}
	sum := sha256.Sum256(body)
	return file{body, zip(body), hex.EncodeToString(sum[:8])}
}

// zip returns a body compressed as far as it goes, nil if that is not smaller.
func zip(body []byte) []byte {
	var zipped bytes.Buffer
	w, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression) // a level that there is
	_, _ = w.Write(body)                                       // into memory
	_ = w.Close()
	if zipped.Len() >= len(body) {
		return nil
	}
	return zipped.Bytes()
}

var (
	comments = regexp.MustCompile(`(?s)("[^"]*")|/\*.*?\*/`)
	spaces   = regexp.MustCompile(`("[^"]*")|\s*([{};])\s*|\s+`)
)

// scriptNotes are what a script of ours says to its readers: lines that are comments, and
// the space that lines begin with. No text of ours goes over several lines.
var scriptNotes = regexp.MustCompile(`(?m)^[ \t]*(//.*)?\n|^[ \t]+`)

// squeeze takes out of a style sheet what is for those who read its file: comments, and
// space where none is needed.
func squeeze(style string) string {
	style = comments.ReplaceAllString(style, "$1")
	return strings.TrimSpace(spaces.ReplaceAllStringFunc(style, func(part string) string {
		if part[0] == '"' {
			return part
		}
		return cmp.Or(strings.TrimSpace(part), " ")
	}))
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
			s.files[name] = newFile(name, body)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Add adds a file that the program makes itself.
func (s *Static) Add(name string, body []byte) { s.files[name] = newFile(name, body) }

// Bundle adds a file that is others one after another: one request in place of many.
// It fails if one of them is not there.
func (s *Static) Bundle(name string, parts ...string) error {
	var whole []byte
	for _, part := range parts {
		f, ok := s.files[part]
		if !ok {
			return fmt.Errorf("there is no file %s for %s", part, name)
		}
		whole = append(append(whole, f.body...), '\n')
	}
	s.Add(name, whole)
	return nil
}

// Style is a style sheet that a page may hold within itself.
type Style string

// Style returns the named style sheet for pages to hold, which the content policy of the
// site then allows. It fails for what could not stand within a page.
func (s *Static) Style(name string) (Style, error) {
	f, ok := s.files[name]
	if !ok || path.Ext(name) != ".css" || bytes.Contains(f.body, []byte("</")) {
		return "", fmt.Errorf("%s can't be the style of a page", name)
	}
	s.styles = append(s.styles, Style(f.body))
	return Style(f.body), nil
}

// source names the style sheet in a content policy, which lets it stand in a page while
// no other may.
func (s Style) source() string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
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
	for _, style := range more.styles {
		if !slices.Contains(s.styles, style) {
			s.styles = append(s.styles, style)
		}
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
	if f.zipped == nil {
		_, _ = w.Write(f.body)
		return
	}
	h.Set("Vary", "Accept-Encoding")
	if !takesGzip(r) {
		_, _ = w.Write(f.body)
		return
	}
	h.Set("Content-Encoding", "gzip")
	_, _ = w.Write(f.zipped)
}

// takesGzip reports whether the other side can read gzip.
func takesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return !strings.HasPrefix(quality, "q=0") || strings.Trim(quality, "q=0.") != ""
		}
	}
	return false
}

// contentTypes is what we serve: not the machine's table, which differs.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".map":  "application/json",
	".png":  "image/png",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
	".yaml": "application/yaml; charset=utf-8",
	"":      "text/plain; charset=utf-8",

	".webmanifest": "application/manifest+json",
}
