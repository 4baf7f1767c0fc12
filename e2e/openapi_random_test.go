package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"popeye/internal/testenv"
)

// Whatever is asked, of polls that come and go, the answer is documented.
func TestRandomRequestsAreAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	s, poll, result := prepared(t, "LOG_LEVEL=error")
	calls := ordinary()
	var texts []string
	for _, c := range calls {
		texts = append(texts, c.body)
	}
	slugs := []string{"open", "closed", "draft", "gone", "busy", "default", "nowhere", "%00", "A", someCode, noCode}
	asked := 0
	rapid.Check(t, func(rt *rapid.T) {
		c := rapid.SampledFrom(calls).Draw(rt, "call")
		if parts := strings.Split(c.path, "/"); len(parts) > 4 && rapid.Bool().Draw(rt, "another poll") {
			parts[4] = rapid.SampledFrom(slugs).Draw(rt, "slug")
			c.path = strings.Join(parts, "/")
		}
		if c.method != "GET" && rapid.Bool().Draw(rt, "another body") {
			c.body = rapid.OneOf(rapid.SampledFrom(texts), anyJSON()).Draw(rt, "body")
		}
		base := result
		if c.site == "poll" {
			base = poll
		}
		req, err := s.named(c.call).request(t.Context(), base, "Bearer "+testenv.AdminToken)
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := s.ask(req); err != nil && !errors.Is(err, context.Canceled) {
			rt.Fatal(err)
		}
		asked++
	})
	t.Logf("MEASURED %d random requests were answered as documented", asked)
}

// anyJSON is an object with fields of definitions and votes, of any type.
func anyJSON() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		b.WriteByte('{')
		for i := range rapid.IntRange(0, 4).Draw(t, "fields") {
			if i > 0 {
				b.WriteByte(',')
			}
			name := rapid.SampledFrom([]string{
				"question", "options", "kind", "rule", "seats", "quorum", "abstain", "equal_ranks", "withdrawn", "embed", "visibility", "time_zone", "archived",
				"vote", "id", "slug", "status", "min", "max", "opens_at", "closes_at", "title", "polls", "poll", "together", "from", "seconds", "listed", "x",
			}).Draw(t, "name")
			value := rapid.SampledFrom([]string{
				"null", "true", "1", "-1", "1e9", `""`, `"a"`, `"ranked"`, `"stv/1"`, `"closed"`, `"*"`, `["a","b"]`, `["*"]`, `[]`, `{}`, `{"a":1}`, `"2126-01-01T00:00:00Z"`, "[null]",
			}).Draw(t, "value")
			fmt.Fprintf(&b, "%q:%s", name, value)
		}
		return b.String() + "}"
	})
}
