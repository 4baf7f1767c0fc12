package web

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Beside returns the address of the other station: base if it is set, else the
// host that the request was sent to, at the given port. It has no final slash.
func Beside(r *http.Request, base, port string) string {
	if base != "" {
		return strings.TrimSuffix(base, "/")
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(strings.Trim(host, "[]"), port)}
	return u.String()
}
