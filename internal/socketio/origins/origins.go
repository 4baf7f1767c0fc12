// Package origins decides which web pages may connect to a server. What enters is a list of
// origins and a request; what leaves is whether it may proceed, as headers for its browser.
package origins

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Origins decides which web pages may connect: those of the server's own host, and those listed. A request without
// an Origin header comes from no web page and is admitted.
type Origins struct {
	Any    bool
	listed map[string]bool // "scheme://host[:port]" in lower case, without a default port, as browsers send it
}

// Parse reads a list of origins; "*" is any.
func Parse(list []string) (Origins, error) {
	o := Origins{listed: make(map[string]bool, len(list))}
	for _, s := range list {
		if s == "*" {
			o.Any = true
			continue
		}
		u, err := url.Parse(strings.ToLower(s))
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" ||
			u.RawQuery != "" || u.Fragment != "" {
			return o, fmt.Errorf("socketio config: %q is not an origin like https://vote.example.org", s)
		}
		host := u.Host
		if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
			host = strings.TrimSuffix(host, port)
		}
		o.listed[u.Scheme+"://"+host] = true
	}
	return o, nil
}

// Admit reports whether the request may proceed, and tells the browser so. It compares hosts, not schemes: behind a
// proxy that ends TLS the server can't know its own.
func (o Origins) Admit(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	w.Header().Add("Vary", "Origin")
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	same := u.Host != "" && strings.EqualFold(u.Host, r.Host)
	if !same && !o.Any && !o.listed[strings.ToLower(origin)] {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	return true
}

// Preflight answers the question a browser asks before a cross-origin request that is not a simple one. Any header
// may be sent, as none is looked at.
func Preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Max-Age", "600")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
}
