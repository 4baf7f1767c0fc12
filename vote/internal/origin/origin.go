// Package origin knows the origins that a poll may name: sites as a browser names them,
// fit for a header as they are.
package origin

import (
	"net/url"
	"regexp"
	"strconv"
)

// Max is how long an origin may be, in bytes.
const Max = 200

// form is a site as a browser names it. It goes into a header as it is, so nothing
// is in it that could end there. Only this machine may do without TLS: whoever sits
// between could show the frame on a page of their own.
var form = regexp.MustCompile(`^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://localhost)(:[0-9]{1,5})?$`)

// Valid reports whether s is an origin.
func Valid(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > Max || !form.MatchString(s) {
		return false
	}
	port, err := strconv.Atoi(u.Port())
	return u.Port() == "" || err == nil && 0 < port && port <= 65535
}
