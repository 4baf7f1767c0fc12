package web

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

// Two stations on one site: each explains its own errors; faults are logged alike.
func TestEachStationExplainsItsOwnErrors(t *testing.T) {
	errOwn := errors.New("no such thing")
	says := func(code string) func(error) error {
		return func(err error) error {
			if errors.Is(err, errOwn) {
				return NewError(http.StatusNotFound, code, "None.", nil)
			}
			return err
		}
	}
	s := newTestSite(t, func(site *Site) {
		site.Explain = says("of_the_site")
		site.Handle("GET /api/site", func(http.ResponseWriter, *http.Request) error { return errOwn })
		guest := site.Explained(says("of_the_guest"))
		guest.Handle("GET /api/guest", func(http.ResponseWriter, *http.Request) error { return errOwn })
		guest.Handle("GET /api/broken", func(http.ResponseWriter, *http.Request) error { return errors.New("step one: disk full") })
	})
	for path, want := range map[string]string{"/api/site": "of_the_site", "/api/guest": "of_the_guest", "/api/broken": "internal"} {
		if got := s.get(path).Body.String(); !strings.Contains(got, `"`+want+`"`) {
			t.Errorf("%s: %s, want the code %s", path, got, want)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, `route="GET /api/broken"`) || !strings.Contains(log, "step one: disk full") {
		t.Errorf("the fault is not in the log:\n%s", log)
	}
}

func files(t *testing.T, prefix string, content map[string]string) *Static {
	t.Helper()
	root := fstest.MapFS{}
	for name, text := range content {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := NewStatic(prefix, root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStationsShareFiles(t *testing.T) {
	one := files(t, "/static/", map[string]string{"look.css": "shared", "one.js": "one"})
	other := files(t, "/static/", map[string]string{"look.css": "shared", "other.js": "other"})
	s := newTestSite(t, func(site *Site) { site.HandleFiles(one); site.HandleFiles(other) })
	for url, want := range map[string]string{one.URL("look.css"): "shared", one.URL("one.js"): "one", other.URL("other.js"): "other", other.URL("look.css"): "shared"} {
		if got := s.get(url); got.Code != http.StatusOK || got.Body.String() != want {
			t.Errorf("%s: %d %s", url, got.Code, got.Body)
		}
	}
	if one.URL("other.js") == other.URL("other.js") {
		t.Error("a station's own files have changed")
	}
	for name, wrong := range map[string]*Static{
		"another file of the same name": files(t, "/static/", map[string]string{"look.css": "other"}),
		"another path":                  files(t, "/files/", nil),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is taken", name)
				}
			}()
			site := &Site{Mux: http.NewServeMux()}
			site.HandleFiles(one)
			site.HandleFiles(wrong)
		}()
	}
}
