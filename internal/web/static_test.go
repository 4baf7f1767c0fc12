package web

import (
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"
)

func TestStatic(t *testing.T) {
	shared := fstest.MapFS{"look.css": {Data: []byte("shared")}, "page.js": {Data: []byte("shared")}, "js/deep.js": {Data: []byte("deep")}}
	own := fstest.MapFS{"page.js": {Data: []byte("own")}}
	s, err := NewStatic("/static/", shared, own)
	if err != nil {
		t.Fatal(err)
	}
	get := func(url string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, httptest.NewRequest("GET", url, nil))
		return rec
	}
	for name, want := range map[string]string{"look.css": "shared", "page.js": "own", "js/deep.js": "deep"} {
		got := get(s.URL(name))
		if got.Code != 200 || got.Body.String() != want {
			t.Errorf("%s: got %d %q, want %q", name, got.Code, got.Body, want)
		}
		if got := got.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
	if got := get("/static/look.css").Header(); got.Get("Cache-Control") != "no-cache" || got.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("without a hash: %v", got)
	}
	for _, url := range []string{s.URL("nothing"), "/static/", "/static/js", "/static/js/"} {
		if got := get(url); got.Code != 404 {
			t.Errorf("%s: got %d", url, got.Code)
		}
	}
}

// A file goes out compressed as far as it goes to whoever can read that, else as it is.
func TestStaticIsCompressedOnce(t *testing.T) {
	long := strings.Repeat("line of a script;\n", 200)
	s, err := NewStatic("/static/", fstest.MapFS{"a.js": {Data: []byte(long)}, "short.js": {Data: []byte("1")}})
	if err != nil {
		t.Fatal(err)
	}
	for accepts, zipped := range map[string]bool{
		"": false, "br": false, "gzip": true, "deflate, GZIP;q=0.5, br": true, "gzip;q=0": false, "gzip; q=0.0": false,
	} {
		rec, r := httptest.NewRecorder(), httptest.NewRequest("GET", s.URL("a.js"), nil)
		r.Header.Set("Accept-Encoding", accepts)
		s.ServeHTTP(rec, r)
		body := rec.Body.String()
		if got := rec.Header().Get("Content-Encoding"); (got == "gzip") != zipped || rec.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", accepts, rec.Header())
		}
		if zipped {
			unzip, err := gzip.NewReader(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(unzip)
			if err != nil || len(body) > 200 {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			body = string(plain)
		}
		if body != long {
			t.Errorf("%q: another file", accepts)
		}
	}
	rec, r := httptest.NewRecorder(), httptest.NewRequest("GET", s.URL("short.js"), nil)
	r.Header.Set("Accept-Encoding", "gzip")
	if s.ServeHTTP(rec, r); rec.Body.String() != "1" || rec.Header().Get("Content-Encoding") != "" {
		t.Errorf("what grows by compression: %v %q", rec.Header(), rec.Body)
	}
}

func TestStyleSheetsAreSqueezed(t *testing.T) {
	const style = "/* a { } */\n.a > b:not( .c ) ,\n  i { color : red;\n\tcontent: \" /* ; {  } */  \" }\n\n@media print { .a { margin: calc(1px + 2px) } }\n"
	const want = `.a > b:not( .c ) , i{color : red;content: " /* ; {  } */  "}@media print{.a{margin: calc(1px + 2px)}}`
	if got := squeeze(style); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Files that the program makes: one of many, and what a page holds within itself.
func TestStaticMakesFiles(t *testing.T) {
	s, err := NewStatic("/static/", fstest.MapFS{"a.js": {Data: []byte("a")}, "b.js": {Data: []byte("b")}, "bad.css": {Data: []byte("a{content:\"</style>\"}")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Bundle("both.js", "a.js", "b.js"); err != nil || string(s.files["both.js"].body) != "a\nb\n" {
		t.Errorf("%v, %q", err, s.files["both.js"].body)
	}
	if err := s.Bundle("both.js", "a.js", "none.js"); err == nil {
		t.Error("a bundle of a file that is not there")
	}
	for _, name := range []string{"none.css", "a.js", "bad.css"} {
		if _, err := s.Style(name); err == nil {
			t.Errorf("%s stands within a page", name)
		}
	}
}

// The URL of a file changes with its content, and with nothing else.
func TestStaticURL(t *testing.T) {
	url := func(content string) string {
		s, err := NewStatic("/static/", fstest.MapFS{"a.css": {Data: []byte(content)}})
		if err != nil {
			t.Fatal(err)
		}
		return s.URL("a.css")
	}
	one, again, two := url("one"), url("one"), url("two")
	if one != again || one == two {
		t.Errorf("%s, %s, %s", one, again, two)
	}
}

// brokenFS can't be read.
type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestStaticThatCanNotBeRead(t *testing.T) {
	if _, err := NewStatic("/static/", brokenFS{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

// What a script says to those who read it stays here; the script stays what it is.
func TestScriptsAreSentWithoutTheirNotes(t *testing.T) {
	const script = "// Why.\n\"use strict\";\n\n{\n  // What.\n  const a = \"// no note\"; // a note\n}\n"
	for name, want := range map[string]string{
		"a.js": "\"use strict\";\n{\nconst a = \"// no note\"; // a note\n}\n", "a.min.js": script, "a.txt": script,
	} {
		if got := string(newFile(name, []byte(script)).body); got != want {
			t.Errorf("%s is sent as %q", name, got)
		}
	}
}
