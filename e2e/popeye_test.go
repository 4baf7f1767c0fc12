package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"popeye/internal/testenv"
)

// onePopeye starts everything in one process, on a folder of its own.
func onePopeye(t testing.TB, more ...string) (p *program, poll, result string) {
	t.Helper()
	pollAddr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	resultAddr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	p = newProgram(t, "popeye", append([]string{
		"POLL_ADDR=" + pollAddr, "RESULT_ADDR=" + resultAddr, "DATA_DIR=" + t.TempDir(), "ADMIN_TOKEN=" + adminToken,
	}, more...)...)
	began := time.Now()
	p.start(t)
	poll, result = "http://"+pollAddr, "http://"+resultAddr
	for _, site := range []string{poll, result} {
		answers(t, site)
	}
	t.Logf("MEASURED both pages were served %d ms after the start of the process", time.Since(began).Milliseconds())
	return p, poll, result
}

func answers(t testing.TB, site string) {
	t.Helper()
	eventually(t, site+" answers", func() error {
		status, body, err := get(site + "/")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, body)
		}
		return err
	})
}

// Somebody with nothing but the program votes, watches, changes their mind,
// and loses nothing to a crash.
func TestOneProcess(t *testing.T) {
	p, poll, result := onePopeye(t)
	chromium := browser(t)
	screen := person(t, chromium, result+"/")
	screen.sees("no votes yet", `document.querySelector("#total").innerText === "No votes yet"`)
	voteAndWatch(t, poll, screen, person(t, chromium, poll+"/"), person(t, chromium, poll+"/"))

	p.kill()
	screen.sees("the screen says that it lost the count", `!document.querySelector("#stale").hidden`)
	screen.photograph("result-lost")
	p.start(t)
	answers(t, poll)
	screen.sees("the screen is live again", `document.querySelector("#stale").hidden`)
	screen.seesVotes("a", 0)
	screen.seesVotes("b", 2)
	if err := newVoter().vote(poll, "d"); err != nil {
		t.Fatal(err)
	}
	screen.seesVotes("d", 1)
	if err := p.stop(); err != nil {
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
	ann := newVoter()
	for _, ballot := range []string{"a", "c"} {
		if err := ann.vote(poll, ballot); err != nil {
			t.Fatal(err)
		}
	}
	shows(t, result, "default", "a:0 b:0 c:1 d:0")
}

// Several polls at once, of every kind, from the organiser's API to the count.
func TestEveryKind(t *testing.T) {
	_, poll, result := onePopeye(t)
	for _, c := range []struct{ slug, kind, more, vote, form, want string }{
		{"one", "single", "", `"b"`, "b", "a:0 b:2 c:0"},
		{"some", "multiple", `,"min":1,"max":2`, `["c","a"]`, "a,c", "a:2 b:0 c:2"},
		{"order", "ranked", "", `["b","a"]`, "b>a", "a:0 b:2 c:0"},
		{"points", "score", "", `{"a":4,"c":1}`, "a=4,c=1", "a:8 b:0 c:2"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			status, body := organise(t, adminToken, "POST", result+"/api/v1/polls", fmt.Sprintf(
				`{"slug":%q,"question":"Where to?","kind":%q,"options":["Pizza","Sushi","Salad"],"status":"open"%s}`, c.slug, c.kind, c.more))
			if status != http.StatusCreated {
				t.Fatalf("create: %d %s", status, body)
			}
			site := poll + "/p/" + c.slug
			answersPath(t, site)
			resp, err := http.Post(poll+"/api/v1/polls/"+c.slug+"/votes", "application/json", strings.NewReader(`{"vote":`+c.vote+`}`))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusAccepted {
				t.Fatalf("cast: status %d", resp.StatusCode)
			}
			if err := newVoter().vote(site, c.form); err != nil {
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
		cmd.Env = p.env
		return cmd.Run()
	}
	eventually(t, "the health check passes", ask)
	p.kill()
	if ask() == nil {
		t.Error("the health check passes without the program")
	}
}

func answersPath(t testing.TB, url string) {
	t.Helper()
	eventually(t, url+" answers", func() error {
		status, _, err := get(url)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d", status)
		}
		return err
	})
}
