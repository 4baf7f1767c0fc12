package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
	"popeye/vote/definition"
)

// A real browser shows a live result in the frame of a site that the organiser named,
// and in no other's. Whether it does is seen by the viewers that the result counts: the
// page in the frame connects.
func TestResultIsFramedByNamedSitesAlone(t *testing.T) {
	var frame string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>Blog</title><iframe src="%s" onload="window.framed = true"></iframe>`, frame)
	}))
	defer site.Close()
	u, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	p, _, result := onePopeye(t)
	frame = result + "/embed/lunch"
	d := people.OpenPoll("lunch", "Where to?", "Pizza", "Sushi")
	d.Embed = []string{"http://localhost:" + u.Port()}
	people.NewOrganiser(result).Makes(t, d)

	chromium := browser(t)
	viewers := func() float64 { return p.Metric(t, "popeye_result_viewers") }
	stranger := person(t, chromium, "http://127.0.0.1:"+u.Port())
	stranger.sees("the frame that another site has", `window.framed === true`)
	named := person(t, chromium, d.Embed[0])
	testenv.Eventually(t, "the named site's frame is live", func() error {
		if n := viewers(); n != 1 {
			return fmt.Errorf("%v viewers", n)
		}
		return nil
	})
	named.photograph("embed")

	closed := definition.Edit{Choices: vote.Choices{Embed: []string{}}}
	if _, err := people.NewOrganiser(result).ChangePoll(t.Context(), "lunch", closed); err != nil {
		t.Fatal(err)
	}
	late := person(t, chromium, d.Embed[0])
	late.sees("the frame that is no longer allowed", `window.framed === true`)
	if n := viewers(); n != 1 {
		t.Errorf("%v viewers, but only the first page may have one", n)
	}
}
