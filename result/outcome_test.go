package result

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"popeye/count/rules"
	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// part returns what the rule made of a poll's ballots, as people read it: an element a
// line, without tags.
func (s *site) part(path string) string {
	s.T.Helper()
	a := s.Get(path + "?part=count")
	a.Want(s.T, http.StatusOK, `id="winners"`)
	a.Body = regexp.MustCompile(`(?s)<svg.*?</svg>`).ReplaceAllString(a.Body, "")
	lines := regexp.MustCompile(`</(p|li|tr|summary|h2|h3|div)>`).ReplaceAllString(a.Body, "\n")
	cells := regexp.MustCompile(`</t[hd]><t[hd]`).ReplaceAllString(lines, " | <td")
	return strings.TrimSpace(regexp.MustCompile(`\n+`).ReplaceAllString(tags.ReplaceAllString(cells, ""), "\n"))
}

// says fails unless a part has these lines, in this order.
func says(t *testing.T, part string, lines ...string) {
	t.Helper()
	rest := "\n" + part + "\n"
	for _, line := range lines {
		_, after, there := strings.Cut(rest, "\n"+line+"\n")
		if !there {
			t.Fatalf("no line %q in its place in\n%s", line, part)
		}
		rest = "\n" + after
	}
}

// ruled is a poll that a rule counts, with its ballots.
type ruled struct {
	rule    string
	kind    vote.Kind
	choose  func(*vote.Choices)
	ballots []vote.Ballot
	lines   []string // of its part, once it is closed
}

func repeat(ballot vote.Ballot, times int) (all []vote.Ballot) {
	for range times {
		all = append(all, ballot)
	}
	return all
}

func all(ballots ...[]vote.Ballot) (joined []vote.Ballot) {
	for _, b := range ballots {
		joined = append(joined, b...)
	}
	return joined
}

func seats(n vote.Limit) func(*vote.Choices) { return func(c *vote.Choices) { c.Seats = &n } }

func flag(set func(*vote.Choices, *bool)) func(*vote.Choices) {
	yes := true
	return func(c *vote.Choices) { set(c, &yes) }
}

// runoffBallots need three rounds: Pear goes out first, then Fig, and Apple wins.
var runoffBallots = all(repeat("a>b", 5), repeat("b>a", 4), repeat("c>b>a", 3), repeat("d>a", 1), repeat("c", 2))

var everyRule = []ruled{
	{"plurality/1", vote.Single, nil, all(repeat("b", 3), repeat("a", 1)), []string{
		"Winner: Banana", "How it is counted", "Counting rule: Most votes, one winner. The most votes win.", "Order", "Banana", "Apple", "Cherry and Date (equal)",
	}},
	{"approval/1", vote.Multiple, seats(2), all(repeat("a,b", 2), repeat("b,c", 1), repeat("b", 1)), []string{
		"Elected: Banana and Apple", "Counting rule: Most approvals, 2 winners. The most approvals win.",
	}},
	{"irv/1", vote.Ranked, nil, runoffBallots, []string{
		"Winner: Apple", "Order", "Apple", "Cherry", "Banana", "Date", "Rounds",
		"Round 1: Date goes out", "15 votes are still in. More than half of them is 8.", "Option | Votes",
		"Apple | 5", "Cherry | 5", "Banana | 4", "Date ✗ out | 1", "No further choice | 0",
		"Round 2: Banana goes out", "Option | Votes | Change", "Apple | 6 | +1", "Cherry | 5 | ", "Banana ✗ out | 4 | ",
		"Round 3: Apple is elected", "Apple ✓ elected | 10 | +4",
	}},
	{"stv/1", vote.Ranked, seats(2), all(repeat("a>b>c", 7), repeat("b", 1), repeat("c", 2), repeat("d>b", 1)), []string{
		"Elected: Apple and Banana", "Round 1: Apple is elected", "Quota: 4.00000", "Apple ✓ elected | 7.00000",
		"Apple ✓ elected in round 1 | 4.00000 | −3.00000", "Banana | 3.99999 | +2.99999",
	}},
	{"schulze/1", vote.Ranked, flag(func(c *vote.Choices, yes *bool) { c.EqualRanks = yes }), all(repeat("a>b=c", 3), repeat("b>a", 2)), []string{
		"Winner: Apple", "One to one", "Apple wins the comparison with each other option.", "Voters who prefer the option of the row to that of the columnOption | 1 | 2 | 3 | 4",
		"1. Apple | – | ✓ 3 wins | ✓ 5 wins | ✓ 5 wins", "2. Banana | 2 | – | ✓ 2 wins | ✓ 5 wins", "3. Cherry | 0 | 0 | – | ✓ 3 wins", "4. Date | 0 | 0 | 0 | –",
	}},
	{"ranked-pairs/1", vote.Ranked, nil, all(repeat("a>b>c", 4), repeat("b>c>a", 3), repeat("c>a>b", 2)), []string{
		"Winner: Apple", "One to one", "No option wins the comparison with each other one.", "1. Apple | – | ✓ 6 wins | 4 | ✓ 9 wins",
	}},
	{"borda/1", vote.Ranked, nil, all(repeat("a>b", 3), repeat("c", 1)), []string{
		"Winner: Apple", "Order", "Apple 10 points", "Banana 7 points", "Cherry 4.5 points", "Date 2.5 points",
	}},
	{"score/1", vote.Score, nil, all(repeat("a=5,b=1", 1), repeat("a=2", 1)), []string{
		"Winner: Apple", "Apple mean 3.50, 2 ratings, sum 7", "Banana mean 1.00, 1 rating, sum 1", "Cherry and Date (equal) not rated",
	}},
	{"median/1", vote.Score, nil, all(repeat("a=5,b=1", 1), repeat("a=2", 2)), []string{
		"Winner: Apple", "Apple median grade 2", "Banana median grade 0",
	}},
	{"star/1", vote.Score, nil, all(repeat("a=5,b=4", 2), repeat("a=0,b=5", 3), repeat("c=2,d=1", 1)), []string{
		"Winner: Banana", "Banana 23 points", "Date 1 point", "Round 1: Banana and Apple go into the runoff; Cherry and Date go out", "Option | Points", "Banana | 23", "Apple | 10",
		"Round 2: Banana is elected; Apple goes out", "Option | Votes", "Banana ✓ elected | 3", "Apple ✗ out | 2", "No preference | 1",
	}},
}

// Each rule has a poll here, and its page shows what the rule has to show.
func TestPageShowsWhatEachRuleMadeOfTheBallots(t *testing.T) {
	s := newSite(t, nil)
	tried := map[string]bool{}
	for _, r := range everyRule {
		tried[r.rule] = true
		t.Run(r.rule, func(t *testing.T) {
			slug := strings.ReplaceAll(strings.TrimSuffix(r.rule, "/1"), "/", "-")
			d := definition.Definition{Slug: slug, Question: "Which fruit?", Kind: r.kind, Options: fixture.Labels("Apple", "Banana", "Cherry", "Date"), Status: vote.Open}
			d.Rule = &r.rule
			if r.choose != nil {
				r.choose(&d.Choices)
			}
			s.Make(d)
			s.Vote(slug, r.ballots...)
			open := s.Get("/p/" + slug)
			open.Want(t, http.StatusOK, `<p class="winner">So far: <strong>`)
			open.Without(t, "Winner:", "Elected:")
			s.Become(slug, vote.Closing)
			s.Become(slug, vote.Closed)
			says(t, s.part("/p/"+slug), r.lines...)
			s.Get("/p/"+slug).Want(t, http.StatusOK, `id="counting"`, "How it is counted")
			present := s.Get("/p/" + slug + "/present")
			present.Want(t, http.StatusOK, `class="winner"`, "Counting rule:")
			present.Without(t, `id="counting"`)
		})
	}
	for _, kind := range vote.Kinds {
		for _, name := range rules.Names(kind) {
			if !tried[name] {
				t.Errorf("no page of %s is looked at", name)
			}
		}
	}
}
