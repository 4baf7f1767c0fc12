package web

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"go.opentelemetry.io/otel/trace"

	"popeye/internal/links"
)

// Site is a station's face: routes, and the chain that each request goes
// through. Fill it, then call Handler once.
type Site struct {
	Log     *slog.Logger
	Mux     *http.ServeMux
	Explain func(error) error // gives a station's errors their status; may be nil
	// ErrorPage shows an error to a person; an error of its own gives plain text.
	ErrorPage func(w http.ResponseWriter, r *http.Request, e *Error) error
	// Origins are URLs under which people reach this site besides the one in the
	// request's Host: a proxy may rewrite that.
	Origins  []string
	Requests *Requests // from NewRequests

	// Tracer makes the spans of requests; nil for none.
	Tracer trace.Tracer

	// Stream is a handler that must see the connection as it is: never
	// compressed, and free to keep it. Served under StreamPath.
	Stream     http.Handler
	StreamPath string

	files   *Static        // nil if there are none
	streams *http.ServeMux // nil if there are none
}

// Handle adds a route, as in "GET /p/{slug}".
func (s *Site) Handle(pattern string, h Handler) {
	s.Mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// Routes are those of one of several stations on a site.
type Routes struct {
	site    *Site
	explain func(error) error
}

// Explained returns a way to add routes whose errors get their status from explain
// in place of the site's Explain.
func (s *Site) Explained(explain func(error) error) Routes { return Routes{s, explain} }

// Handle adds a route, as in "GET /admin".
func (r Routes) Handle(pattern string, h Handler) {
	r.site.Mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) {
		if err := h(w, req); err != nil {
			r.site.show(w, req, Report(r.site.Log, req, r.explain(err)))
		}
	})
}

// HandleStream adds the route of an answer that goes on for long. It is never
// compressed, which would hold back what is written, and neither timed nor traced.
func (s *Site) HandleStream(pattern string, h Handler) {
	if s.streams == nil {
		s.streams = http.NewServeMux()
	}
	s.streams.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// isStream reports whether a request is for one of those routes, which are read only.
func (s *Site) isStream(r *http.Request) bool {
	if s.streams == nil || r.Method != http.MethodGet {
		return false
	}
	_, pattern := s.streams.Handler(r)
	return pattern != ""
}

// HandleFiles adds the route of files. Several stations may add theirs below the
// same path; the shared ones among them are the same.
func (s *Site) HandleFiles(files *Static) {
	if s.files == nil {
		s.files = &Static{prefix: files.prefix, files: map[string]file{}}
		s.Mux.Handle("GET "+files.prefix, s.files)
	}
	s.files.add(files)
}

// fail answers with an error.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if s.Explain != nil {
		err = s.Explain(err)
	}
	s.show(w, r, Report(s.Log, r, err))
}

// Report returns the Error in err, and logs what is a fault of the program as one.
// A backend that is away is logged once by whoever watches it, not here for every
// request that has to do without.
func Report(log *slog.Logger, r *http.Request, err error) *Error {
	e := asError(err)
	switch {
	case e.Status == http.StatusInternalServerError:
		log.Error("a request failed", "route", r.Pattern, "error", err)
	case e.Status > http.StatusInternalServerError:
		log.Debug("a request failed", "route", r.Pattern, "status", e.Status, "error", err)
	}
	return e
}

// Handler returns the site. It fails only for an origin that is no URL.
func (s *Site) Handler() (http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.show(w, r, NewError(http.StatusForbidden, "cross_origin", "web.cross_origin", nil))
	}))
	for _, o := range s.Origins {
		if o == "" {
			continue
		}
		u, err := url.Parse(o)
		if err != nil {
			return nil, err
		}
		if err := guard.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, err
		}
	}
	pages := gzhttp.GzipHandler(guard.Handler(s.missing(s.Mux)))
	root := http.NewServeMux()
	root.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if s.isStream(r) {
			s.streams.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
	if s.Stream != nil {
		root.Handle(s.StreamPath, s.Stream)
	}
	return s.observe(s.headers(s.hosted(keepLanguage(root)))), nil
}

// hosted refuses requests for a host that can't be one: it would come back in
// links.
func (s *Site) hosted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !links.IsHost(r.Host) {
			s.show(w, r, NewError(http.StatusBadRequest, "malformed", "web.host", nil))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// missing shows what the routes do not know in our own words.
func (s *Site) missing(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		blank := &answer{ResponseWriter: w, mute: true}
		h.ServeHTTP(blank, r) // says which methods there are, in a header
		switch {
		case blank.status == http.StatusMethodNotAllowed:
			s.show(w, r, NewError(blank.status, "method_not_allowed", "web.method",
				map[string]any{"Method": r.Method, "Allowed": w.Header().Get("Allow")}))
		case blank.status >= 300 && blank.status < 400:
			w.WriteHeader(blank.status)
		default:
			w.Header().Del("Content-Type")
			s.show(w, r, NewError(http.StatusNotFound, "not_found", "web.not_found", nil))
		}
	})
}

// policy is the strictest that our pages work under. A style sheet that stands within
// them is allowed by its hash.
func (s *Site) policy() string {
	style := "style-src 'self'"
	if s.files != nil {
		for _, sheet := range s.files.styles {
			style += " " + sheet.source()
		}
	}
	return "default-src 'self'; " + style + "; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
}

// headers are those of every answer.
func (s *Site) headers(next http.Handler) http.Handler {
	same := http.Header{}
	same.Set("Content-Security-Policy", s.policy())
	same.Set("X-Content-Type-Options", "nosniff")
	same.Set("Referrer-Policy", "same-origin") // stricter would hide a form's origin
	same.Set("Cross-Origin-Opener-Policy", "same-origin")
	same.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		maps.Copy(h, same) // a handler that has another value puts it in its place
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// noRoute is what a request has come to that no route is for.
const noRoute = "none"

// observe times each request, and turns a panic into an answer and a log line.
func (s *Site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		r, endSpan := s.traced(r)
		a := &answer{ResponseWriter: w, request: r}
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				s.Log.Error("a handler panicked", "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
				if a.status == 0 {
					s.show(a, r, asError(errors.New("panic")))
				}
			}
			route := r.Pattern
			if route == "" || route == "/" {
				route = noRoute
			}
			endSpan(route, a.status)
			if !s.isStream(r) {
				s.Requests.of(answered{route, a.status}).UpdateDuration(began)
			}
			s.Log.Debug("request", "route", route, "status", a.status, "took", time.Since(began))
		}()
		next.ServeHTTP(a, r)
	})
}

// answer remembers the status that went out.
type answer struct {
	http.ResponseWriter
	request *http.Request // whose language the answer is in; nil if it says nothing
	status  int
	mute    bool // takes the status, writes nothing
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		if a.request != nil {
			speak(a.Header(), a.request, status)
		}
	}
	if !a.mute {
		a.ResponseWriter.WriteHeader(status)
	}
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.mute {
		return len(b), nil
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
