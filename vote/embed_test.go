package vote

import (
	"errors"
	"strings"
	"testing"

	"popeye/vote/internal/origin"

	"pgregory.net/rapid"
)

func embedding(sites ...string) error {
	p := tea(Single)
	p.Embed = sites
	return p.Validate()
}

func TestEmbedTakesOriginsAlone(t *testing.T) {
	for _, sites := range [][]string{
		nil, {}, {"*"}, {"https://example.org"}, {"https://example.org:8443", "http://localhost:3000", "http://localhost", "https://a.b-c.example"},
	} {
		if err := embedding(sites...); err != nil {
			t.Errorf("%q: %v", sites, err)
		}
	}
	for _, sites := range [][]string{
		{""},
		{"example.org"},
		{"http://example.org"},
		{"https://example.org/"},
		{"https://example.org/page"},
		{"https://example.org?x"},
		{"https://user@example.org"},
		{"https://EXAMPLE.org"},
		{"https://*.example.org"},
		{"*", "https://example.org"},
		{"*", "*"},
		{"https://example.org", "https://example.org"},
		{"https://example.org; script-src *"},
		{"https://example.org https://evil.test"},
		{"https://example.org\r\nX: y"},
		{"'self'"},
		{"https://example.org:0"},
		{"https://example.org:65536"},
		{"https://-a.test"},
		{"https://" + strings.Repeat("a", origin.Max)},
		{"javascript://x"},
		{"http://localhost.evil.test"},
		strings.Split(strings.Repeat("https://example.org,", MaxEmbed+1), ","),
	} {
		if err := embedding(sites...); !errors.Is(err, ErrInvalid) {
			t.Errorf("%.80q: %v", sites, err)
		}
	}
}

// Whatever is taken ends no directive and no header.
func TestEmbedIsSafeInAHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		site := rapid.OneOf(rapid.String(), rapid.StringMatching(`https?://[a-z.;, *'\n]{0,20}(:[0-9]*)?`)).Draw(t, "site")
		if embedding(site) == nil && strings.ContainsAny(site, "; ,\r\n'\"\t") {
			t.Fatalf("%q is taken", site)
		}
	})
}
