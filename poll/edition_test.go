package poll

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/api"
	"popeye/vote"
)

// shown returns the edition that a page was made from.
func shown(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `name="edition" value="`)
	edition, _, _ := strings.Cut(rest, `"`)
	if !ok || edition == "" {
		t.Fatalf("the page does not say what it shows:\n%s", page)
	}
	return edition
}

// Whatever makes another poll of what a page shows, a tap on that page is not
// counted for it; the answer shows the poll as it is now, and a tap there counts.
func TestVoteOnAnOldPageIsNotCounted(t *testing.T) {
	changes := map[string]func(*vote.Poll){
		"swapped labels": func(p *vote.Poll) {
			p.Options = []vote.Option{{ID: "a", Label: "Bancha"}, {ID: "b", Label: "Assam"}, p.Options[2]}
		},
		"another question":      func(p *vote.Poll) { p.Question = "Which one not?" },
		"deleted and made anew": func(p *vote.Poll) { p.CreatedAt = p.CreatedAt.Add(time.Hour) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			b := w.browser(t)
			old := shown(t, b.get("/p/multiple").body)
			w.change("multiple", change)
			got := b.send("/p/multiple", "edition", old, "vote", "a", "vote", "b")
			got.is(t, http.StatusConflict, "The poll has changed since you opened it, so this vote was not recorded.")
			got.hides(t, "Recorded", " checked")
			equal(t, "ballots", len(w.ballots()), 0)

			b.send("/p/multiple", "edition", shown(t, got.body), "vote", "a", "vote", "b").is(t, http.StatusOK, "Recorded")
			equal(t, "ballots", w.ballots(), []vote.Ballot{"a,b"})
		})
	}
}

func TestVoteOnAPageOfAPollThatWasOnlyScheduledCounts(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	edition := shown(t, b.get("/").body)
	w.change("default", func(p *vote.Poll) { p.ClosesAt = time.Now().Add(time.Hour) })
	b.send("/", "edition", edition, "vote", "b").is(t, http.StatusOK, "Recorded")
}

func TestProgramSaysWhichEditionItShowed(t *testing.T) {
	w := newFixture(t)
	var p api.Poll
	if err := json.Unmarshal([]byte(w.ask(request("GET", "/api/v1/polls/single", "")).body), &p); err != nil {
		t.Fatal(err)
	}
	cast := func(edition string) answer {
		return w.ask(request("POST", "/api/v1/polls/single/votes", `{"vote":"a","edition":"`+edition+`"}`))
	}
	cast(p.Edition).is(t, http.StatusAccepted)
	w.change("single", func(p *vote.Poll) { p.Question = "Another one?" })
	cast(p.Edition).is(t, http.StatusConflict, `"poll_changed"`)
	cast("nonsense").is(t, http.StatusConflict, `"poll_changed"`)
	cast("").is(t, http.StatusAccepted) // who does not say is not asked
	equal(t, "ballots", len(w.ballots()), 2)
}

// A page that has its answer lost tries again after the words have changed: what
// was recorded before still is, and what was not is not recorded now.
func TestRetryOverAChangeOfWords(t *testing.T) {
	for _, tt := range []struct {
		name     string
		first    fault
		status   int
		recorded int
	}{
		{"recorded before", answerLost, http.StatusOK, 1},
		{"not recorded before", unavailable, http.StatusConflict, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(t)
			b := w.browser(t)
			form := []string{"vote", "a", "id", "tap-1", "edition", shown(t, b.get("/").body)}
			w.fail(tt.first)
			b.send("/", form...).is(t, http.StatusServiceUnavailable)
			w.change("default", func(p *vote.Poll) { p.Question = "Which default, now?" })
			equal(t, "status of the retry", b.send("/", form...).StatusCode, tt.status)
			equal(t, "votes", len(w.ballots()), tt.recorded)
		})
	}
}

// A program that tries again after another poll took the name reads what was recorded,
// and has not voted in the new one.
func TestRetryOverAChangeNamesTheRecordedVote(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	body := `{"vote":"a","id":"tap-1","edition":"` + shown(t, b.get("/").body) + `"}`
	w.fail(answerLost)
	b.post("/api/v1/polls/default/votes", body).is(t, http.StatusServiceUnavailable)
	w.change("default", func(p *vote.Poll) {
		p.Question, p.Visibility, p.PassKey = "And now?", vote.VisibleAfterVote, "a key of this poll"
	})
	again := b.post("/api/v1/polls/default/votes", body)
	again.is(t, http.StatusAccepted)
	if !strings.Contains(again.body, `"vote":"a"`) || strings.Contains(again.body, `"pass"`) {
		t.Errorf("the retry is answered %s", again.body)
	}
	equal(t, "votes", len(w.ballots()), 1)
}

func TestVoteSaysInWhichPollItWasCast(t *testing.T) {
	w := newFixture(t)
	w.ask(request("POST", "/p/single", "vote=a"))
	want, _ := w.Poll(t.Context(), "single")
	equal(t, "created", w.casts()[0].Vote.Created, want.CreatedKey())
}

func TestHistoryIsOnThePage(t *testing.T) {
	w := newFixture(t)
	at := time.Date(2026, 11, 28, 12, 4, 0, 0, time.UTC)
	w.change("single", func(p *vote.Poll) {
		p.Corrections = []vote.Correction{{At: at, Field: "options.a", Was: "Asam", Is: "Assam"}, {At: at, Field: "question", Was: "Witch?", Is: "Which?"}}
		p.Reopenings = []vote.Reopening{{At: at, Voters: 9}, {At: at, Voters: 1}, {At: at}}
	})
	w.ask(request("GET", "/p/single", "")).is(t, http.StatusOK, "an option was “<bdi>Asam</bdi>” and is “<bdi>Assam</bdi>” now",
		"the question was “<bdi>Witch?</bdi>”", "Reopened", "after 9 people had voted", "after one person", "before anybody")
	w.ask(request("GET", "/api/v1/polls/single", "")).is(t, http.StatusOK, `"was":"Asam","is":"Assam"`, `"voters":9`)
	w.ask(request("GET", "/p/ranked", "")).hides(t, `class="history"`)
}
