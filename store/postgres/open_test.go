package postgres

import (
	"strings"
	"testing"
)

// A password with a slash in it looks like a port; no part of it may be told.
func TestAMalformedURLTellsNoPassword(t *testing.T) {
	for _, url := range []string{
		"postgres://u:hunt/er2@host/db", "postgres://u:hunt%er2@host/db", "postgres://u:hunt er2@host:x/db",
		"host=h password=hunt'er2 port=x", "host=h port=99999999 password=hunt",
	} {
		s, err := Open(t.Context(), url, Options{})
		if err == nil {
			s.Close()
			t.Errorf("%q is fine", url)
		} else if strings.Contains(err.Error(), "hunt") || strings.Contains(err.Error(), "er2") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
