package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// onePopeye starts everything in one process, on a folder of its own.
func onePopeye(t testing.TB, more ...string) (p *testenv.Popeye, poll, result string) {
	t.Helper()
	p = testenv.NewPopeye(t, bin, t.TempDir(), more...)
	began := time.Now()
	p.Start(t)
	t.Logf("MEASURED both pages were served %d ms after the start of the process", time.Since(began).Milliseconds())
	return p, p.URL, p.Result
}

// Somebody with nothing but the program votes, watches, changes their mind,
// and loses nothing to a crash.
func TestOneProcess(t *testing.T) {
	p, poll, result := onePopeye(t)
	chromium := browser(t)
	screen := person(t, chromium, result+"/")
	screen.sees("no votes yet", `document.querySelector("#total").innerText === "No votes yet"`)
	voteAndWatch(t, poll, screen, person(t, chromium, poll+"/"), person(t, chromium, poll+"/"))

	p.Kill()
	screen.sees("the screen says that it lost the count", `!document.querySelector("#stale").hidden`)
	screen.photograph("result-lost")
	p.Start(t)
	testenv.Answers(t, poll+"/")
	screen.sees("the screen is live again", `document.querySelector("#stale").hidden`)
	screen.seesVotes("a", 0)
	screen.seesVotes("b", 2)
	if err := people.NewVoter(poll).Submit(t.Context(), "", "d"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("d", 1)
	if err := p.Stop(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
}

// voteAndWatch: two people vote, the screen follows without being loaded again,
// and one of them changes their mind.
func voteAndWatch(t *testing.T, poll string, screen, ann, bob tab) {
	t.Helper()
	screen.do("mark the page", chromedp.Action[chromedp.Void](markPage))
	ann.photograph("poll")
	ann.votes("Ansible")
	ann.photograph("poll-recorded")
	screen.seesVotes("a", 1)
	bob.votes("Chef")
	screen.seesVotes("b", 1)
	ann.votes("Chef")
	screen.seesVotes("a", 0)
	screen.seesVotes("b", 2)
	screen.sees("the number of people", `document.querySelector("#total").innerText.startsWith("2 ")`)
	screen.photograph("result")
	ann.do("refresh", chromedp.Reload())
	ann.sees("the choice is still shown", `document.querySelector(".notice.good").innerText.includes("Chef")`)
	screen.sees("the page was never loaded again", `window.samePage === true`)
	screen.seesVotes("b", 2)
}

// A browser without JavaScript votes by the plain form, and a refresh of the
// page it ends on does not vote again.
func TestPlainForm(t *testing.T) {
	_, poll, result := onePopeye(t)
	ann := people.NewVoter(poll)
	for _, choice := range []vote.Ballot{"a", "c"} {
		if err := ann.Submit(t.Context(), "", choice); err != nil {
			t.Fatal(err)
		}
	}
	shows(t, result, "default", "a:0 b:0 c:1 d:0")
}

// Several polls at once, of every kind, from the organiser's API to the count.
func TestEveryKind(t *testing.T) {
	_, poll, result := onePopeye(t)
	for _, c := range []struct {
		slug string
		kind vote.Kind
		most *vote.Limit
		vote string
		form vote.Ballot
		want string
	}{
		{"one", vote.Single, nil, `"b"`, "b", "a:0 b:2 c:0"},
		{"some", vote.Multiple, new(vote.Limit(2)), `["c","a"]`, "a,c", "a:2 b:0 c:2"},
		{"order", vote.Ranked, nil, `["b","a"]`, "b>a", "a:0 b:2 c:0"},
		{"points", vote.Score, nil, `{"a":4,"c":1}`, "a=4,c=1", "a:8 b:0 c:2"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			d := people.OpenPoll(c.slug, "Where to?", "Pizza", "Sushi", "Salad")
			d.Kind, d.Max = c.kind, c.most
			people.NewOrganiser(result).Makes(t, d)
			site := poll + "/p/" + c.slug
			testenv.Answers(t, site)
			r, err := people.NewVoter(poll).Vote(t.Context(), c.slug, api.Cast{Vote: json.RawMessage(c.vote)})
			if err != nil || r.Vote != c.form {
				t.Fatalf("cast: recorded as %q, %v", r.Vote, err)
			}
			if err := people.NewVoter(site).Submit(t.Context(), "", c.form); err != nil {
				t.Fatal(err)
			}
			shows(t, result, c.slug, c.want)
		})
	}
	shows(t, result, "default", "a:0 b:0 c:0 d:0")
}

// A container's health check asks the program itself.
func TestHealthcheckOfOneProcess(t *testing.T) {
	p, _, _ := onePopeye(t)
	ask := func() error {
		cmd := exec.Command(filepath.Join(bin, "popeye"), "healthcheck", "--ready")
		cmd.Env = p.Env
		return cmd.Run()
	}
	testenv.Eventually(t, "the health check passes", ask)
	p.Kill()
	if ask() == nil {
		t.Error("the health check passes without the program")
	}
}
