package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// asks makes a program's environment ask for another default poll.
func asks(p *testenv.Program, question string, options ...string) {
	var env []string
	for _, v := range p.Env {
		if !strings.HasPrefix(v, "QUESTION=") && !strings.HasPrefix(v, "OPTION_") {
			env = append(env, v)
		}
	}
	env = append(env, "QUESTION="+question)
	for i, o := range options {
		env = append(env, fmt.Sprintf("OPTION_%c=%s", 'A'+i, o))
	}
	p.Env = env
}

// allPolls are what the organiser is shown, by question.
func allPolls(t testing.TB, result string) map[string]vote.Poll {
	t.Helper()
	all, err := people.NewOrganiser(result).Polls(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	polls := map[string]vote.Poll{}
	for _, p := range all {
		polls[p.Question] = p
	}
	return polls
}

// asksNow waits until the voting page asks a question.
func asksNow(t testing.TB, poll, question string) {
	t.Helper()
	testenv.Eventually(t, "the page asks "+question, func() error {
		p, err := people.NewVoter(poll).Poll(context.Background(), vote.DefaultSlug)
		if err == nil && p.Question != question {
			err = errors.New(p.Question)
		}
		return err
	})
}

// Eight people vote, and the program restarts with another question: that one
// begins with no votes, and the eight keep theirs.
func TestOtherWordsAtARestartAreANewRound(t *testing.T) {
	t.Run("one process", func(t *testing.T) {
		p, poll, result := onePopeye(t)
		otherWords(t, p.Program, poll, result)
	})
	t.Run("services", func(t *testing.T) {
		s := newStack(t, 1).Start(t)
		otherWords(t, s.Workers[0], s.Polls[0].URL, s.Results[0].URL)
	})
}

func otherWords(t *testing.T, moves *testenv.Program, poll, result string) {
	restart := func(question string, options ...string) {
		t.Helper()
		if err := moves.Stop(); err != nil {
			t.Fatal(err)
		}
		asks(moves, question, options...)
		moves.Start(t)
		testenv.Answers(t, result+"/")
		asksNow(t, poll, question)
	}
	const classic, dinner = "What's your favorite DevOps tool?", "Dinner?"
	for range 8 {
		if err := people.NewVoter(poll).Submit(t.Context(), "", "a"); err != nil {
			t.Fatal(err)
		}
	}
	shows(t, result, "default", "a:8 b:0 c:0 d:0")
	restart(dinner, "Pizza", "Salad")
	shows(t, result, "default", "a:0 b:0")
	if moves.Log().Count("begins a new round") == 0 {
		t.Error("the log does not say so")
	}
	testenv.Eventually(t, "the old round is closed and keeps its votes", func() error {
		old := allPolls(t, result)[classic]
		c, err := results(result, old.Slug)
		if err == nil && (totals(c) != "a:8 b:0 c:0 d:0" || c.Status != "closed" || old.Slug == vote.DefaultSlug) {
			err = fmt.Errorf("%s is %+v", old.Slug, c)
		}
		return err
	})
	if err := people.NewVoter(poll).Submit(t.Context(), "", "b"); err != nil {
		t.Fatal(err)
	}
	shows(t, result, "default", "a:0 b:1")

	restart(dinner, "Pizza", "Salad") // the same words are the same round
	shows(t, result, "default", "a:0 b:1")
	if got := allPolls(t, result); len(got) != 2 {
		t.Errorf("there are %d polls: %v", len(got), got)
	}
}

// The words change again and again while people vote, and each change is cut off
// by a crash of the worker: every vote that was answered "recorded" is in the
// round whose question its voter was shown, and in no other.
func TestRoundsChangeUnderVotes(t *testing.T) {
	t.Parallel()
	s := newStack(t, 1).Start(t)
	questions := []string{"Dinner?", "Lunch?", "Supper?", "Tea?"}
	recorded := newRecorded()
	stop := make(chan struct{})
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() { votesAsShown(t, s.Polls[0].URL, recorded, stop) })
	}
	for i, q := range questions {
		for range 2 { // the first one dies on the way
			s.Workers[0].Kill()
			asks(s.Workers[0], q, "Yes", "No")
			s.Workers[0].Start(t)
			<-time.After(time.Duration(60*i) * time.Millisecond) // nothing to wait for: a crash comes at any moment
		}
		asksNow(t, s.Polls[0].URL, q)
		recorded.wait(t, q, 50)
	}
	close(stop)
	crowd.Wait()

	for question, want := range recorded.all() {
		testenv.Eventually(t, question+" has its votes", func() error {
			p, ok := allPolls(t, s.Results[0].URL)[question]
			c, err := results(s.Results[0].URL, p.Slug)
			if err == nil && (!ok || c.Total != int64(want)) {
				err = fmt.Errorf("%d votes are recorded, %d are counted in %s", want, c.Total, p.Slug)
			}
			return err
		})
		t.Logf("MEASURED %s: %d votes recorded, and in its round", question, want)
	}
}

// votesAsShown casts votes of new voters, each in the edition that was shown.
func votesAsShown(t *testing.T, poll string, recorded *recordedVotes, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		v := people.NewVoter(poll)
		p, err := v.Poll(t.Context(), vote.DefaultSlug)
		if err != nil || p.Edition == "" {
			continue
		}
		_, err = v.Vote(t.Context(), vote.DefaultSlug, api.Cast{Vote: client.Choice("a"), Edition: p.Edition})
		switch {
		case err == nil:
			recorded.add(p.Question)
		case client.StatusOf(err) != http.StatusConflict: // else it has changed
			t.Errorf("a vote: %v", err)
		}
	}
}

// recordedVotes counts votes answered "recorded", by the question shown.
type recordedVotes struct {
	mu    sync.Mutex
	votes map[string]int
}

func newRecorded() *recordedVotes { return &recordedVotes{votes: map[string]int{}} }

func (r *recordedVotes) add(question string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.votes[question]++
}

func (r *recordedVotes) all() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.votes
}

func (r *recordedVotes) wait(t *testing.T, question string, n int) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprintf("%d votes for %s", n, question), func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.votes[question] < n {
			return fmt.Errorf("there are %d", r.votes[question])
		}
		return nil
	})
}
