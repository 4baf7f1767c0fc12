package web

import (
	"errors"
	"io/fs"
	"net/http/httptest"
	"testing"
	"testing/fstest"
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
