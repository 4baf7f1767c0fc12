package web

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
)

// testSite is a site with a route for each thing that may happen.
type testSite struct {
	http.Handler
	log      bytes.Buffer
	registry *metrics.Registry
}

func newTestSite(t *testing.T, change func(*Site)) *testSite {
	t.Helper()
	s := &testSite{registry: metrics.NewRegistry()}
	site := &Site{
		Log: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Mux: http.NewServeMux(), Requests: NewRequests(s.registry, "test"),
	}
	site.Handle("GET /ok/{name}", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "fine")
		return err
	})
	site.Handle("GET /long", func(w http.ResponseWriter, _ *http.Request) error {
		return JSON(w, http.StatusOK, strings.Repeat("long ", 1000))
	})
	site.Handle("GET /fault", func(http.ResponseWriter, *http.Request) error { return errors.New("disk full") })
	site.Handle("GET /away", func(http.ResponseWriter, *http.Request) error {
		return &Error{Status: http.StatusServiceUnavailable, Code: "away", Message: "Not now.", Cause: errors.New("refused")}
	})
	site.Handle("GET /panic", func(http.ResponseWriter, *http.Request) error { panic("a nil map") })
	site.Handle("GET /late", func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		panic("too late for a page")
	})
	site.Handle("GET /abort", func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) })
	if change != nil {
		change(site)
	}
	var err error
	if s.Handler, err = site.Handler(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *testSite) get(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	s.ServeHTTP(rec, r)
	return rec
}

func TestErrorsAreWrittenDownByTheirKind(t *testing.T) {
	tests := []struct {
		path   string
		status int
		log    string // level, and what it says of the cause
	}{
		{"/fault", 500, `level=ERROR msg="a request failed" route="GET /fault" error="disk full"`},
		{"/away", 503, `level=DEBUG msg="a request failed" route="GET /away" status=503 error="away: refused"`},
		{"/panic", 500, `level=ERROR msg="a handler panicked" route="GET /panic" panic="a nil map" stack=`},
		{"/late", 200, `level=ERROR msg="a handler panicked" route="GET /late" panic="too late for a page" stack=`},
		{"/ok/x", 200, ""},
		{"/nowhere", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			s := newTestSite(t, nil)
			got := s.get(tt.path)
			if got.Code != tt.status {
				t.Errorf("status %d, want %d", got.Code, tt.status)
			}
			if strings.Contains(got.Body.String(), "nil map") || strings.Contains(got.Body.String(), "disk") {
				t.Errorf("the cause is told to a stranger: %s", got.Body)
			}
			if tt.path == "/late" && got.Body.Len() > 0 {
				t.Errorf("the answer had begun, and %q was added", got.Body)
			}
			if tt.log == "" {
				if strings.Contains(s.log.String(), "level=ERROR") {
					t.Errorf("the log: %s", &s.log)
				}
			} else if !strings.Contains(s.log.String(), tt.log) {
				t.Errorf("the log lacks\n%s\nin\n%s", tt.log, &s.log)
			}
		})
	}
}

// A handler that gives up its connection on purpose is not stopped.
func TestAbort(t *testing.T) {
	s := newTestSite(t, nil)
	defer func() {
		if p, _ := recover().(error); !errors.Is(p, http.ErrAbortHandler) {
			t.Errorf("recovered %v", p)
		}
		if strings.Contains(s.log.String(), "level=ERROR") {
			t.Errorf("the log: %s", &s.log)
		}
	}()
	s.get("/abort")
}

// The names of routes are those of the code, whatever a stranger asks for.
func TestRoutesInMetrics(t *testing.T) {
	s := newTestSite(t, nil)
	for _, path := range []string{"/ok/a", "/ok/b", "/", "/nowhere", "/ok/", "/fault", "/panic", "//ok/a"} {
		s.get(path)
	}
	const name = "popeye_http_request_seconds "
	want := map[string]float64{
		name + "GET /ok/{name} test 200": 2, name + "none test 404": 3, name + "GET /fault test 500": 1,
		name + "GET /panic test 500": 1, name + "none test 307": 1,
	}
	if diff := cmp.Diff(want, metricstest.Values(t, s.registry)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorPage(t *testing.T) {
	own := newTestSite(t, func(s *Site) {
		s.ErrorPage = func(w http.ResponseWriter, _ *http.Request, e *Error) error {
			w.WriteHeader(e.Status)
			_, err := io.WriteString(w, "our own page: "+e.Message)
			return err
		}
	})
	if got := own.get("/away"); got.Code != 503 || got.Body.String() != "our own page: Not now." {
		t.Errorf("got %d %q", got.Code, got.Body)
	}
	broken := newTestSite(t, func(s *Site) {
		s.ErrorPage = func(http.ResponseWriter, *http.Request, *Error) error { return errors.New("no template") }
	})
	if got := broken.get("/away"); got.Code != 503 || got.Body.String() != "Not now.\n" {
		t.Errorf("a page that can't be shown: got %d %q", got.Code, got.Body)
	}
}

func TestExplain(t *testing.T) {
	s := newTestSite(t, func(s *Site) {
		s.Explain = func(error) error { return NewError(http.StatusConflict, "full", "The disk is full.", nil) }
	})
	if got := s.get("/fault"); got.Code != http.StatusConflict || got.Body.String() != "The disk is full.\n" {
		t.Errorf("got %d %q", got.Code, got.Body)
	}
}

// A stream sees the connection as it is: not compressed, and free to take it.
func TestStream(t *testing.T) {
	s := newTestSite(t, func(s *Site) {
		s.StreamPath = "/stream/"
		s.Stream = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				http.Error(w, err.Error(), http.StatusTeapot)
				return
			}
			defer conn.Close()
			_, _ = buffered.WriteString("as it is")
			_ = buffered.Flush()
		})
	})
	server := httptest.NewServer(s)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /stream/x HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n")
	got, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil || string(got) != "as it is" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCompression(t *testing.T) {
	s := newTestSite(t, nil)
	if got := s.get("/long").Header().Get("Content-Encoding"); got != "gzip" {
		t.Errorf("a long answer has the encoding %q", got)
	}
	if got := s.get("/ok/x").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("a short answer has the encoding %q", got)
	}
}

func TestOrigins(t *testing.T) {
	for origin, ok := range map[string]bool{
		"": true, "https://vote.test": true, "https://vote.test/lunch/": true, "http://vote.test:5000": true,
		"vote.test": false, "://": false, "/lunch": false,
	} {
		s := &Site{Mux: http.NewServeMux(), Origins: []string{origin}}
		if _, err := s.Handler(); (err == nil) != ok {
			t.Errorf("%q: got %v", origin, err)
		}
	}
}

func TestOnlyAHostThatCanBeOneIsServed(t *testing.T) {
	s := newTestSite(t, nil)
	for host, want := range map[string]int{
		"": 200, "vote.test": 200, "vote.test.": 200, "VOTE.test:5000": 200, "my_box": 200, "xn--bcher-kva.example:80": 200,
		"192.0.2.7": 200, "192.0.2.7:80": 200, "[::1]": 200, "[2001:db8::7]:5000": 200, "vote.test:": 200,
		"vote.test:x": 400, "vote.test:70000": 400, "evil.example,vote.test": 400, "vote.test@evil.example": 400,
		"a'b": 400, "(a)": 400, "a;b": 400, "[::1": 400, "[x]": 400, "[192.0.2.7]": 400, "a:b:c": 400, "bücher": 400,
		strings.Repeat("a", 254): 400,
	} {
		for _, path := range []string{"/ok/x", "/nowhere"} {
			rec, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
			r.Host = host
			s.ServeHTTP(rec, r)
			if refused := rec.Code == http.StatusBadRequest; refused != (want == http.StatusBadRequest) {
				t.Errorf("%s at %q: %d, want %d", path, host, rec.Code, want)
			}
		}
	}
}
