package polls

import (
	"net/http"
	"strings"
	"testing"
)

// wire sends nothing, and remembers the token of what would have been sent.
type wire struct{ token string }

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	return nil, http.ErrHandlerTimeout
}

// tokenSent returns the token that a server at url is told.
func tokenSent(t *testing.T, url, given, file string) string {
	t.Helper()
	c, err := Server{URL: url}.Client(given, file)
	if err != nil {
		t.Fatal(err)
	}
	w := new(wire)
	c.HTTP().Transport = w
	if _, err := c.Polls(t.Context()); err == nil {
		t.Fatal("nothing can have come back")
	}
	return w.token
}
