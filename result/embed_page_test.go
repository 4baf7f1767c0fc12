package result

import (
	"net/http"
	"strings"
	"testing"

	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// framed makes a poll that some sites may embed.
func framed(s *site, slug string, sites ...string) {
	s.Make(definition.Definition{
		Slug: slug, Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi"), Status: vote.Open, Choices: vote.Choices{Embed: sites},
	})
}

// Only /embed, and only of a poll whose organiser says so, may be framed, by the sites
// that are named.
func TestEmbedMayBeFramedByNamedSitesAlone(t *testing.T) {
	s := newSite(t, nil)
	framed(s, "lunch", "https://example.org", "http://localhost:3000")
	framed(s, "any", vote.AnySite)
	framed(s, "none")
	for path, want := range map[string]string{
		"/embed/lunch": "https://example.org http://localhost:3000", "/embed/any": "*", "/embed/none": "'none'", "/embed/default": "'none'",
		"/embed/nowhere": "'none'", "/p/lunch": "'none'", "/p/lunch/present": "'none'", "/p/any": "'none'",
	} {
		h := s.Get(path).Header
		policy := h.Get("Content-Security-Policy")
		if !strings.HasSuffix(policy, "frame-ancestors "+want) || !strings.HasPrefix(policy, "default-src 'self'; ") {
			t.Errorf("%s has the policy %q, want frame-ancestors %s", path, policy, want)
		}
		if h.Get("X-Frame-Options") != "" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// The frame shows the count, live and without a script, and nothing that acts.
func TestEmbedShowsTheCountAndNothingThatActs(t *testing.T) {
	s := newSite(t, nil)
	framed(s, "lunch", "https://example.org")
	s.Vote("lunch", "a", "a", "b")
	a := s.Get("/embed/lunch")
	a.Want(t, http.StatusOK, "Where to?", "Pizza", `<b class="votes">2</b> <span class="share">67 %</span>`, `data-poll="lunch"`, `class="wall embed"`,
		`<noscript><meta http-equiv="refresh" content="5"></noscript>`, `target="_blank" rel="noopener"`, "wall.js")
	a.Without(t, "<form", "<button", "<input", "/admin", "/present", ".csv")
	for _, id := range []string{"stale", "status", "question", "when", "bars", "rows", "total", "invalid", "live"} { // what wall.js changes
		a.Want(t, http.StatusOK, `id="`+id+`"`)
	}
	s.Get("/embed/nowhere").Want(t, http.StatusNotFound)
	s.Get("/embed/A%00").Want(t, http.StatusNotFound)
}

// What a poll hides is not in the frame either.
func TestEmbedHidesWhatThePollHides(t *testing.T) {
	s := newSite(t, nil)
	closed := vote.VisibleClosed
	s.Make(definition.Definition{
		Slug: "secret", Question: "Who?", Options: fixture.Labels("Popeye", "Olive"), Status: vote.Open,
		Choices: vote.Choices{Embed: []string{"*"}, Visibility: &closed},
	})
	s.Vote("secret", "a", "a", "a", "b")
	s.Get("/embed/secret").Without(t, "75 %", `<b class="votes">3</b>`)
	s.Become("secret", vote.Closed)
	s.Get("/embed/secret").Want(t, http.StatusOK, "75 %")
}
