package poll

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"popeye/api"
	"popeye/poll/voter"
	"popeye/vote"
	"popeye/vote/definition"
)

var passLink = regexp.MustCompile(`href="[^"]*/p/tea\?pass=([^"]+)"`)

// shownToVoters publishes a poll whose results those see who have voted.
func shownToVoters(t *testing.T, w *fixture, v vote.Visibility) vote.Poll {
	t.Helper()
	p, err := definition.NewPoll(definition.Definition{
		Slug: "tea", Question: "Which tea?", Options: []definition.OptionText{{Label: "Assam"}, {Label: "Bancha"}}, Status: vote.Open,
		Choices: vote.Choices{Visibility: &v},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Revision, p.CreatedAt = 99, time.Now().Truncate(time.Microsecond)
	w.publish(p)
	return p
}

// passIn returns the pass that a page links to, "" for none.
func passIn(t *testing.T, page string) string {
	t.Helper()
	m := passLink.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	pass, err := url.QueryUnescape(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

func TestAVoterGetsAPassToTheResults(t *testing.T) {
	w := newFixture(t)
	p := shownToVoters(t, w, vote.VisibleAfterVote)
	ann := w.browser(t)
	if pass := passIn(t, ann.get("/p/tea").body); pass != "" {
		t.Fatalf("before voting there is the pass %s", pass)
	}
	for what, page := range map[string]string{"the vote": ann.send("/p/tea", "vote", "a").body, "a later visit": ann.get("/p/tea").body} {
		if pass := passIn(t, page); !p.CheckPass(pass, time.Now()) {
			t.Errorf("%s gives the pass %q", what, pass)
		} else if p.CheckPass(pass, time.Now().Add(voter.PassAge+time.Second)) {
			t.Errorf("that of %s is good for ever", what)
		}
	}
	program := w.browser(t)
	var got api.Receipt
	if err := json.Unmarshal([]byte(program.post("/api/v1/polls/tea/votes", `{"vote":"b"}`).body), &got); err != nil || !p.CheckPass(got.Pass, time.Now()) {
		t.Errorf("a program gets %+v, %v", got, err)
	}
}

// Only a vote makes a pass: not a cookie that was made up, or taken from another voter.
func TestNobodyElseGetsAPass(t *testing.T) {
	w := newFixture(t)
	p := shownToVoters(t, w, vote.VisibleAfterVote)
	ann, bob := w.browser(t), w.browser(t)
	ann.send("/p/tea", "vote", "a")
	bob.get("/p/tea")
	name := voter.VotedName(testKey, "tea")
	stolen := ann.cookie("/p/tea", name)
	if stolen == "" {
		t.Fatal("a voter keeps no proof")
	}
	at, _ := url.Parse(site + "/p/tea")
	for what, c := range map[string]*http.Cookie{
		"a choice that is made up":       {Name: voter.ChoiceName(testKey, "tea"), Value: p.CreatedKey() + ".a", Path: "/p/tea"},
		"a proof that is made up":        {Name: name, Value: "AAAA", Path: "/p/tea"},
		"the proof of another voter":     {Name: name, Value: stolen, Path: "/p/tea"},
		"the proof for an earlier poll ": {Name: name, Value: voter.Proof(voter.Asker{Key: testKey, ID: "x"}, p), Path: "/p/tea"},
	} {
		bob.client.Jar.SetCookies(at, []*http.Cookie{c})
		if pass := passIn(t, bob.get("/p/tea").body); pass != "" {
			t.Errorf("%s gives a pass", what)
		}
	}
	if a := ann.send("/p/tea", "vote", "zzz"); passIn(t, a.body) == "" {
		t.Error("a voter whose next vote is refused loses the pass")
	}
	if a := bob.send("/p/tea", "vote", "zzz"); passIn(t, a.body) != "" {
		t.Error("a vote that is refused gives a pass")
	}
}

// Where a vote shows nobody the results, there is no pass and no cookie for one.
func TestOtherVisibilitiesGiveNoPass(t *testing.T) {
	for _, v := range []vote.Visibility{vote.VisibleLive, vote.VisibleClosed, vote.VisibleManual} {
		w := newFixture(t)
		shownToVoters(t, w, v)
		b := w.browser(t)
		if a := b.send("/p/tea", "vote", "a"); strings.Contains(a.body, "pass=") || b.cookie("/p/tea", voter.VotedName(testKey, "tea")) != "" {
			t.Errorf("%s gives a pass", v)
		}
	}
}
