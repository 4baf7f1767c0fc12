package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/api"
	"popeye/client"
	"popeye/count"
	"popeye/count/rules"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// lives are ballots of each kind, of three options and seven voters: b wins by each
// rule, and a comes second.
var lives = map[vote.Kind][]vote.Ballot{
	vote.Single:   {"b", "b", "b", "b", "a", "a", "c"},
	vote.Multiple: {"b", "a,b", "b", "b,c", "a,b", "a", "b"},
	vote.Ranked:   {"b>a>c", "b>a>c", "b>a", "b>a>c", "a>b>c", "a>b>c", "c>a>b"},
	vote.Score:    {"a=3,b=5,c=1", "a=3,b=5", "a=4,b=5,c=0", "a=3,b=5", "a=5,b=4,c=2", "a=3,b=5", "a=2,b=5,c=3"},
}

// A poll of each kind, counted by each of its rules, from its making to its end,
// through the real programs. Every file that it leaves recounts to what was shown.
func TestAPollFromDraftToFinal(t *testing.T) {
	t.Run("one process", func(t *testing.T) {
		_, poll, result := onePopeye(t, "VOTE_RATE=0")
		wholeLives(t, poll, result)
	})
	t.Run("services", func(t *testing.T) {
		s := newStack(t, 1).Start(t)
		wholeLives(t, s.Polls[0].URL, s.Results[0].URL)
	})
}

func wholeLives(t *testing.T, poll, result string) {
	seen := 0
	for _, kind := range vote.Kinds {
		for _, rule := range rules.Names(kind) {
			seen++
			name := strings.NewReplacer("/", "-").Replace(rule)
			t.Run(name, func(t *testing.T) { life{t, people.NewOrganiser(result), poll, kind, rule, name}.live() })
		}
	}
	if seen < 10 {
		t.Errorf("there are %d rules", seen)
	}
}

// life is that of one poll.
type life struct {
	t         *testing.T
	organiser people.Organiser
	poll      string // the site where people vote
	kind      vote.Kind
	rule      string
	slug      string
}

func (l life) live() {
	d := people.OpenPoll(l.slug, "Where to, by "+l.rule+"?", "Pizza", "Sushi", "Salad")
	d.Kind, d.Rule, d.Status, d.Abstain = l.kind, &l.rule, vote.Draft, new(true)
	if l.rule == "stv/1" {
		d.Seats = new(vote.Limit(2))
	}
	l.organiser.Makes(l.t, d)
	l.organiser.Opens(l.t, l.slug)
	l.votes(l.slug, append(slices.Clone(lives[l.kind]), vote.Abstention)...)
	l.closes(l.slug)
	final := l.final(l.slug)
	if final.Rule != l.rule || final.Winners[0] != "b" || final.Voters != 7 || final.Abstained != 1 || len(final.Winners) != max(1, final.Seats) {
		l.t.Errorf("the result is %+v", final)
	}
	l.recounts(l.slug, final)

	runoff, err := l.organiser.NewRound(l.t.Context(), l.slug, api.NewRound{ID: "1", Slug: l.slug + "-runoff", Options: []string{"a", "b"}, Status: vote.Open})
	if err != nil || runoff.Parent != l.slug || len(runoff.Options) != 2 || runoff.Rule != l.rule {
		l.t.Fatalf("the runoff is %+v, %v", runoff, err)
	}
	first := map[vote.Kind][]vote.Ballot{vote.Ranked: {"a>b", "a", "b>a"}, vote.Score: {"a=5,b=0", "a=5,b=1", "a=1,b=2"}}[l.kind]
	if first == nil {
		first = []vote.Ballot{"a", "a", "b"}
	}
	l.votes(runoff.Slug, first...)
	l.closes(runoff.Slug)
	second := l.final(runoff.Slug)
	if !slices.Equal(second.Winners, []string{"a"}) {
		l.t.Errorf("the runoff was won by %v", second.Winners)
	}
	l.recounts(runoff.Slug, second)
	if d := cmp.Diff(final, l.final(l.slug)); d != "" {
		l.t.Errorf("the round before (-was +is):\n%s", d)
	}
	l.ends(runoff.Slug)
}

// ends puts the poll away, asks the same again, and deletes it.
func (l life) ends(runoff string) {
	l.t.Helper()
	again, err := l.organiser.DuplicatePoll(l.t.Context(), l.slug, api.Duplicate{})
	if err != nil || again.Status != vote.Draft || again.Rule != l.rule || again.Slug == l.slug {
		l.t.Fatalf("the duplicate is %+v, %v", again, err)
	}
	p, err := l.organiser.ChangePoll(l.t.Context(), l.slug, api.Change{Choices: vote.Choices{Archived: new(true), Withdrawn: []string{"c"}}})
	if l.rule == "stv/1" { // two seats, and two options would be left
		if client.StatusOf(err) != http.StatusUnprocessableEntity {
			l.t.Errorf("an option of two seats' withdrew: %+v, %v", p, err)
		}
	} else if err != nil || !p.Archived {
		l.t.Errorf("it is archived: %t, %v", p.Archived, err)
	} else if without := l.final(l.slug).Without; without == nil || without.Winners[0] != "b" {
		l.t.Errorf("without the option that withdrew it is %+v", without)
	}
	for _, slug := range []string{l.slug, runoff, again.Slug} {
		l.organiser.Deletes(l.t, slug)
		if _, err := l.organiser.Results(l.t.Context(), slug); client.StatusOf(err) != http.StatusNotFound {
			l.t.Errorf("%s is deleted: %v", slug, err)
		}
	}
}

func (l life) votes(slug string, ballots ...vote.Ballot) {
	l.t.Helper()
	testenv.Answers(l.t, l.poll+"/p/"+slug)
	for i, b := range ballots {
		v := people.NewVoter(l.poll)
		testenv.Eventually(l.t, "the vote is taken", func() error { return v.Cast(l.t.Context(), slug, b, fmt.Sprint(slug, i)) })
	}
}

func (l life) closes(slug string) {
	l.t.Helper()
	l.organiser.Closes(l.t, slug)
	testenv.Eventually(l.t, slug+" is closed", func() error {
		r, err := l.organiser.Results(l.t.Context(), slug)
		if err == nil && r.Status != vote.Closed {
			err = fmt.Errorf("it is %s", r.Status)
		}
		return err
	})
}

func (l life) final(slug string) count.Result {
	l.t.Helper()
	var r api.Results
	testenv.Eventually(l.t, slug+" has a count", func() (err error) {
		r, err = l.organiser.Results(l.t.Context(), slug)
		if err == nil && (r.Status != vote.Closed || r.Count == nil) {
			err = fmt.Errorf("it is %+v", r)
		}
		return err
	})
	return *r.Count
}

// recounts counts each file of a poll with the command.
func (l life) recounts(slug string, shown count.Result) {
	l.t.Helper()
	for _, format := range []string{"json", "csv", "blt"} {
		raw := l.export(slug, format)
		if raw == nil {
			continue
		}
		file := filepath.Join(l.t.TempDir(), slug+"."+format)
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			l.t.Fatal(err)
		}
		var got count.Result
		out, err := popeye(l.t.Context(), "count", "--json", "--rule="+l.rule, file)
		if err == nil {
			err = json.Unmarshal(out, &got)
		}
		if err != nil {
			l.t.Fatalf("count the %s file: %v", format, err)
		}
		if format == "blt" { // it has neither a lot nor abstentions
			got.Lot, got.Abstained = shown.Lot, shown.Abstained
		}
		if d := cmp.Diff(asJSON(l.t, shown), asJSON(l.t, got)); d != "" {
			l.t.Errorf("%s as %s (-shown +counted):\n%s", slug, format, d)
		}
	}
}

// export reads a file of ballots; nil for a format that has no such ballots.
func (l life) export(slug, format string) []byte {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), testenv.Patience)
	defer cancel()
	status, raw, err := testenv.Get(ctx, l.organiser.URL()+"/api/v1/polls/"+slug+"/ballots."+format)
	if format == "blt" && status >= http.StatusBadRequest && l.kind == vote.Score {
		return nil // BLT has ranks and approvals alone
	}
	if err != nil || status != http.StatusOK {
		l.t.Fatalf("ballots.%s: %d %s, %v", format, status, raw, err)
	}
	return raw
}

func asJSON(t *testing.T, v any) (plain any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// popeye runs one of the program's commands, and returns what it prints.
func popeye(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "popeye"), args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s%s", err, &out, &said)
	}
	return out.Bytes(), nil
}
