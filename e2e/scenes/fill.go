package scenes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/store"
	"popeye/store/sqlite"
	"popeye/vote"
	"popeye/vote/definition"
	"popeye/vote/event"
)

// voters is how many vote in a poll that has votes.
const voters = 24

// House is a popeye with something of everything in it.
type House struct {
	Poll, Result string

	organiser people.Organiser
	cast      map[string]int64 // votes by poll
	// Codes of events.
	lobby, running, together, over string
}

// rules are all rules, by kind of ballot.
var rules = map[vote.Kind][]string{
	vote.Single:   {"plurality/1"},
	vote.Multiple: {"approval/1"},
	vote.Ranked:   {"irv/1", "stv/1", "schulze/1", "ranked-pairs/1", "borda/1"},
	vote.Score:    {"score/1", "median/1", "star/1"},
}

var menu = []string{"Pizza", "Sushi", "Salad", "Burgers", "Tacos"}

// Start starts the popeye of bin on an empty folder, makes the polls and events, and lets
// people vote. It ends with the test.
func Start(t testenv.T, bin, folder string, env ...string) *House {
	t.Helper()
	leaveDeadLetters(t, filepath.Join(folder, "popeye.db"))
	p := testenv.NewPopeye(t, bin, folder, append([]string{"DEV=true"}, env...)...)
	p.Start(t)
	h := &House{Poll: p.URL, Result: p.Result, organiser: people.NewOrganiser(p.Result), cast: map[string]int64{}}
	h.fillRules(t)
	h.fillStates(t)
	h.fillVisibility(t)
	h.fillEvents(t)
	testenv.Eventually(t, "all votes are counted", h.counted)
	return h
}

// counted returns an error until pages show every vote.
func (h *House) counted() error {
	ctx := context.Background()
	all := int64(0)
	for slug, want := range h.cast {
		r, err := h.organiser.Results(ctx, slug)
		if err != nil || r.Total != want {
			return fmt.Errorf("%s has %d votes of %d, %w", slug, r.Total, want, err)
		}
		all += want
	}
	a, err := h.organiser.Account(ctx)
	if err == nil && (a.Stored != all || a.Waiting != 0) {
		err = fmt.Errorf("the account is of other votes than %d: %+v", all, a)
	}
	return err
}

// leaveDeadLetters leaves some to the operator: a popeye has none of its own making.
func leaveDeadLetters(t testenv.T, file string) {
	t.Helper()
	ctx := context.Background()
	s, err := sqlite.Open(ctx, file)
	if err == nil {
		batch := store.Batch{ID: 1}
		for i, raw := range []string{"rubbish", `{"version":99}`, ""} {
			batch.Dead = append(batch.Dead, store.Dead{Position: int64(i + 1), Reason: "It is no vote.", Raw: []byte(raw)})
		}
		_, err = s.Apply(ctx, batch)
		err = errors.Join(err, s.Close())
	}
	if err != nil {
		t.Fatalf("leave dead letters: %v", err)
	}
}

// slugOf names the poll of a rule.
func slugOf(rule string) string { return "rule-" + strings.TrimSuffix(rule, "/1") }

func (h *House) fillRules(t testenv.T) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 5))
	for _, kind := range []vote.Kind{vote.Single, vote.Multiple, vote.Ranked, vote.Score} {
		for _, rule := range rules[kind] {
			d := people.OpenPoll(slugOf(rule), "Where to for lunch on the last day?", menu...)
			d.Kind, d.Rule, d.Abstain = kind, &rule, new(true)
			if rule == "stv/1" {
				d.Seats = new(vote.Limit(2))
			}
			if rule == "schulze/1" || rule == "borda/1" {
				d.EqualRanks = new(true)
			}
			h.makes(t, d)
			for range voters {
				h.votes(t, d.Slug, ballot(random, kind))
			}
		}
	}
	h.change(t, slugOf("irv/1"), definition.Edit{Choices: vote.Choices{Withdrawn: []string{"d"}}})
	h.organiser.Closes(t, slugOf("irv/1"))
	h.organiser.Closes(t, slugOf("schulze/1"))
}

// ballot is a vote of somebody, as in JSON. Option b is the favourite.
func ballot(random *rand.Rand, kind vote.Kind) any {
	order := []string{"a", "b", "b", "c", "d", "e"}
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	seen := map[string]bool{}
	var some []string
	for _, o := range order[:3] {
		if !seen[o] {
			seen[o] = true
			some = append(some, o)
		}
	}
	switch kind {
	case vote.Single:
		return order[0]
	case vote.Score:
		points := map[string]int{}
		for _, o := range some {
			points[o] = random.IntN(6)
		}
		return points
	case vote.Multiple, vote.Ranked:
	}
	return some
}

// makes makes a poll, and waits until voters have it.
func (h *House) makes(t testenv.T, d api.NewPoll) {
	t.Helper()
	h.organiser.Makes(t, d)
	testenv.Answers(t, h.Poll+"/p/"+d.Slug)
}

func (h *House) votes(t testenv.T, slug string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = people.NewVoter(h.Poll).Vote(context.Background(), slug, api.Cast{Vote: raw})
	}
	if err != nil {
		t.Fatalf("vote in %s: %v", slug, err)
	}
	h.cast[slug]++
}

func (h *House) change(t testenv.T, slug string, e definition.Edit) {
	t.Helper()
	if _, err := h.organiser.ChangePoll(context.Background(), slug, e); err != nil {
		t.Fatalf("change %s: %v", slug, err)
	}
}

// fillStates makes polls that are drafts, closed, tied, without votes, long, in two
// directions, or about to end.
func (h *House) fillStates(t testenv.T) {
	t.Helper()
	draft := people.OpenPoll("draft", "Which film on Friday?", "Alien", "Amélie", "فيلم عربي")
	draft.Status = vote.Draft
	many := people.OpenPoll("many", "Which talk was best?", manyTalks()...)
	mixed := people.OpenPoll("mixed", "أين نلتقي؟ At the café (2nd floor)?", "نعم، الساعة 5", "No – too far", "C# أو Go؟")
	for _, d := range []api.NewPoll{
		draft, many, mixed,
		people.OpenPoll("closed", "Who brings the cake?", "Ann", "Bob", "Cem"),
		people.OpenPoll("tie", "Tea or coffee?", "Tea", "Coffee"),
		people.OpenPoll("empty", "Anything else?", "Yes", "No"),
		described("noted-single", vote.Single), described("noted-multiple", vote.Multiple), described("noted-ranked", vote.Ranked), described("noted-score", vote.Score),
	} {
		h.makes(t, d)
	}
	for i := range 6 {
		h.votes(t, "closed", string("ab"[i%5%2]))
		h.votes(t, "tie", string("ab"[i%2]))
		h.votes(t, "many", string("aaabbc"[i%6]))
		h.votes(t, "mixed", string("aaabbc"[i%6]))
		h.votes(t, "noted-single", string("bbbaad"[i%6]))
	}
	h.change(t, "mixed", definition.Edit{Choices: vote.Choices{Listed: new(true)}})
	h.organiser.Closes(t, "closed")
	h.organiser.Closes(t, "tie")
}

// described is a poll whose options have notes: a short one, one of another script, a
// long one, and none.
func described(slug string, kind vote.Kind) api.NewPoll {
	d := people.OpenPoll(slug, "Where do we meet in May?", "Lisbon", "القاهرة", "The old mill by the lake", "Online")
	d.Kind = kind
	d.Options[0].Note = "three days, by plane"
	d.Options[1].Note = "في فندق على ضفة النيل، مع رحلة ليوم واحد"
	d.Options[2].Note = "an hour by train; rooms for two, meals included, and a hall for the talks that takes forty of us if we squeeze"
	return d
}

func manyTalks() (labels []string) {
	for i := range 24 {
		labels = append(labels, fmt.Sprintf("Talk %d: how we moved %d services in a weekend", i+1, i+3))
	}
	return labels
}

// fillVisibility makes polls whose results are hidden, each in its own way.
func (h *House) fillVisibility(t testenv.T) {
	t.Helper()
	for _, v := range []vote.Visibility{vote.VisibleClosed, vote.VisibleManual, vote.VisibleAfterVote} {
		slug := "hidden-" + strings.ReplaceAll(string(v), "_", "-")
		d := people.OpenPoll(slug, "Who chairs the club?", "Dara", "Eli", "Farah")
		d.Visibility = &v
		h.makes(t, d)
		for i := range 5 {
			h.votes(t, slug, string("abb"[i%3]))
		}
	}
}

// fillEvents makes four evenings: one that has not begun, one that shows a question, one
// with several at once, and one that shows a closed one.
func (h *House) fillEvents(t testenv.T) {
	t.Helper()
	polls := []string{slugOf("plurality/1"), slugOf("approval/1"), slugOf("borda/1"), slugOf("score/1")}
	h.lobby = h.event(t, "Club night", "", false, polls...)
	h.running = h.event(t, "Tuesday team night", polls[0], false, polls...)
	h.together = h.event(t, "Feedback on the day", "", true, polls...)
	h.over = h.event(t, "Cake", "closed", false, "closed", "draft")
}

func (h *House) event(t testenv.T, title, shown string, together bool, polls ...string) (code string) {
	t.Helper()
	ctx := context.Background()
	e, err := h.organiser.CreateEvent(ctx, event.Definition{Title: title, Polls: polls, Together: together})
	if err == nil && shown != "" {
		e, err = h.organiser.ShowPoll(ctx, e.Code, shown)
	}
	if err != nil {
		t.Fatalf("make the event %s: %v", title, err)
	}
	testenv.Answers(t, h.Poll+"/e/"+e.Code)
	return e.Code
}
