package vote

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

const (
	// AnySite in place of origins allows every site to embed a poll.
	AnySite = "*"
	// MaxEmbed is how many origins a poll may name.
	MaxEmbed  = 20
	maxOrigin = 200
)

// origin is a site as a browser names it. It goes into a header as it is, so nothing
// is in it that could end there. Only this machine may do without TLS: whoever sits
// between could show the frame on a page of their own.
var origin = regexp.MustCompile(`^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://localhost)(:[0-9]{1,5})?$`)

// checkEmbed wants origins, each once, or "*" alone.
func checkEmbed(sites []string) error {
	if len(sites) > MaxEmbed {
		return invalid("poll.embed_many", Args{"Max": MaxEmbed, "Count": len(sites)})
	}
	for i, s := range sites {
		if anyone := s == AnySite && len(sites) == 1; !anyone && !isOrigin(s) || slices.Contains(sites[:i], s) {
			return invalid("poll.embed", Args{"Site": Clip(s)})
		}
	}
	return nil
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxOrigin || !origin.MatchString(s) {
		return false
	}
	port, err := strconv.Atoi(u.Port())
	return u.Port() == "" || err == nil && 0 < port && port <= 65535
}
