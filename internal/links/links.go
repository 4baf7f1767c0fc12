// Package links makes links that lead from one station to another, also on other devices.
// What enters is a request, and what an operator set; what leaves is an address.
package links

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Beside returns the address of the other station: base if it is set, else the
// host of this one at the given port. That host is in own, the public URL of this
// station, if it has one; only without does the request say. It has no final slash.
func Beside(r *http.Request, base, own, port string) string {
	if base != "" {
		return strings.TrimSuffix(base, "/")
	}
	host := r.Host
	if u, err := url.Parse(own); err == nil && u.Host != "" {
		host = u.Host
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(strings.Trim(host, "[]"), port)}
	return u.String()
}

// Outward returns a link as other devices reach it: one that leads to the device itself
// names host instead, if that is known.
func Outward(link, host string) string {
	u, err := url.Parse(link)
	if err != nil || host == "" || Reachable(link) {
		return link
	}
	u.Host = net.JoinHostPort(host, u.Port())
	return u.String()
}

// Reachable reports whether a link leads other devices to this machine rather
// than to themselves.
func Reachable(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host != "localhost" && !strings.HasSuffix(host, ".localhost")
	}
	return !ip.Unmap().IsLoopback() && !ip.Unmap().IsUnspecified()
}

// maxHost is the longest name that there can be.
const maxHost = 253

// IsHost reports whether a request's Host is an address or a name, with a port or
// without. None at all is what HTTP/1.0 sends.
func IsHost(host string) bool {
	if h, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil && port != "" {
			return false
		}
		if host = h; strings.Contains(h, ":") {
			host = "[" + h + "]"
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && ip.Is6() && ip.Zone() == "" && strings.HasSuffix(inner, "]")
	}
	strange := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._", c)
	}
	return len(host) <= maxHost && !strings.ContainsFunc(host, strange)
}
