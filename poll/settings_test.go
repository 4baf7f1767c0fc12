package poll

import (
	"net/http"
	"strings"
	"testing"

	"popeye/vote"
)

func abstains(p *vote.Poll) { p.Abstain = true }

// Who abstains is told so, may change their mind, and finds the form empty.
func TestVoterAbstains(t *testing.T) {
	for slug, choice := range map[string][]string{
		"single": {"vote", "a"}, "multiple": {"vote", "a"}, "ranked": {"rank-a", "1"}, "score": {"score-a", "3"},
	} {
		t.Run(slug, func(t *testing.T) {
			w := newFixture(t)
			path := "/p/" + slug
			b := w.browser(t)
			const button = `<button class="option" name="vote" value="-"`
			b.get(path).hides(t, button)
			b.send(path, "vote", "-").is(t, http.StatusUnprocessableEntity, `role="alert"`)

			w.change(slug, abstains)
			b.get(path).is(t, http.StatusOK, button+` aria-pressed="false"`, "Abstain")
			// Whoever filled the form in before they abstained sends both.
			got := b.send(path, append(choice, "vote", "-")...)
			got.is(t, http.StatusOK, "Recorded: <strong>you abstained</strong>.", "You can change your vote until the poll closes.", button+` aria-pressed="true"`)
			got.hides(t, " checked", " selected", `value="a" aria-pressed="true"`)
			b.get(path).is(t, http.StatusOK, "you abstained")

			got = b.send(path, choice...)
			got.is(t, http.StatusOK, "<bdi>Assam</bdi>", button+` aria-pressed="false"`)
			got.hides(t, "abstained")
			equal(t, "voters", w.voters(), 1)
			if ballots := w.ballots(); len(ballots) != 2 || ballots[0] != vote.Abstention {
				t.Errorf("ballots %v", ballots)
			}
		})
	}
}

// An option that is called "-" is an option where nobody can abstain.
func TestOptionIsNotTakenForAnAbstention(t *testing.T) {
	w := newFixture(t)
	w.change("multiple", func(p *vote.Poll) { p.Options = []vote.Option{{ID: "-", Label: "Dash"}, p.Options[0], p.Options[1]} })
	w.browser(t).send("/p/multiple", "vote", "a", "vote", "-").is(t, http.StatusOK, "<bdi>Dash</bdi>, <bdi>Assam</bdi>")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"-,a"})
}

// The same place twice is a fault, unless the poll allows it: then the page says so,
// and what is recorded shows who shares a place.
func TestVoterGivesTheSamePlaceTwice(t *testing.T) {
	w := newFixture(t)
	b := w.browser(t)
	same := []string{"rank-a", "1", "rank-b", "1", "rank-c", "2"}
	b.get("/p/ranked").hides(t, "Several options may share a place.")
	b.send("/p/ranked", same...).is(t, http.StatusUnprocessableEntity, "Two options share place 1.")
	w.change("ranked", func(p *vote.Poll) { p.EqualRanks, p.Rule = true, "schulze/1" })
	b.get("/p/ranked").is(t, http.StatusOK, "Several options may share a place.")
	got := b.send("/p/ranked", same...)
	got.is(t, http.StatusOK, "<strong>1. <bdi>Assam</bdi> and <bdi>Bancha</bdi>, 2. <bdi>Ceylon</bdi></strong>")
	equal(t, "fields at place 1", strings.Count(got.body, `<option value="1" selected>`), 2)
	w.ask(request("POST", "/api/v1/polls/ranked/votes", `{"vote":["c",["b","a"]]}`)).is(t, http.StatusAccepted, `"vote":"c>a=b"`)
	equal(t, "ballots", w.ballots(), []vote.Ballot{"a=b>c", "c>a=b"})
}

// Voters know how their votes are counted, on the page and by the API.
func TestVoterIsToldHowVotesAreCounted(t *testing.T) {
	w := newFixture(t)
	w.change("ranked", func(p *vote.Poll) {
		p.Rule, p.Seats, p.LotSeed, p.EqualRanks, p.Abstain, p.Withdrawn = "borda/1", 1, "drawn", true, true, []string{"b"}
	})
	w.change("draft", func(p *vote.Poll) { p.LotSeed, p.Withdrawn = "drawn", []string{"b"} })
	w.ask(request("GET", "/", "")).is(t, http.StatusOK, "Counting rule: <strong>Most votes</strong>, one winner.")
	w.ask(request("GET", "/p/ranked", "")).is(t, http.StatusOK, "Counting rule: <strong>Borda count</strong>, one winner.")
	w.ask(request("GET", "/p/closed", "")).hides(t, "Counting rule")
	w.ask(request("GET", "/api/v1/polls/ranked", "")).is(t, http.StatusOK,
		`"rule":"borda/1","seats":1,"equal_ranks":true,"abstain":true,"withdrawn":["b"],"lot_seed":"drawn"`)
	w.ask(request("GET", "/api/v1/polls/draft", "")).hides(t, "drawn", "withdrawn")
}

// An option that withdraws stays on the ballot, and says so. A vote from a page that
// does not say it yet is recorded: it means the same.
func TestWithdrawnOptionStaysOnTheBallot(t *testing.T) {
	for slug, field := range map[string][]string{
		"single": {"vote", "b"}, "multiple": {"vote", "b"}, "ranked": {"rank-b", "1"}, "score": {"score-b", "3"},
	} {
		w := newFixture(t)
		b := w.browser(t)
		old := shown(t, b.get("/p/"+slug).body)
		w.change(slug, func(p *vote.Poll) { p.Withdrawn = []string{"b"} })
		b.send("/p/"+slug, append(field, "edition", old)...).is(t, http.StatusOK, "Recorded",
			`<bdi>Bancha</bdi><span class="quiet"> (withdrawn)</span>`)
		equal(t, "votes", len(w.ballots()), 1)
	}
}

// With a script too: a tap abstains, clears what was chosen, and another tap votes.
func TestVoterAbstainsByATap(t *testing.T) {
	browser := chromium(t)
	w := newFixture(t)
	w.change("ranked", abstains)
	p := opens(t, browser, w.wire(t).URL+"/p/ranked")
	ask[bool](p, selecting("rank-a", "2", "")[0]+" ?? true")
	p.tap(p.find(of("Abstain")))
	p.says("Recorded: you abstained.")
	p.isCalm()
	p.sees("the button is pressed", `document.querySelector("button[value='-'][aria-pressed=true]")`)
	equal(t, "what is chosen", ask[string](p, `document.querySelector("[name=rank-a]").value`), "")
	ask[bool](p, selecting("rank-b", "1", "")[0]+" ?? true")
	p.says("Not sent yet. Recorded is still: you abstained.")
	p.photograph("abstained")
	p.tap(p.find(`document.querySelector(".primary")`))
	p.says("Recorded: 1. Bancha.")
	p.sees("the button is not pressed", `document.querySelector("button[value='-'][aria-pressed=false]")`)
	equal(t, "ballots", w.ballots(), []vote.Ballot{"-", "b"})
}
