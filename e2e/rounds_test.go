package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"popeye/vote"
)

// asks makes a program's environment ask for another default poll.
func (p *program) asks(question string, options ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var env []string
	for _, v := range p.env {
		if !strings.HasPrefix(v, "QUESTION=") && !strings.HasPrefix(v, "OPTION_") {
			env = append(env, v)
		}
	}
	env = append(env, "QUESTION="+question)
	for i, o := range options {
		env = append(env, fmt.Sprintf("OPTION_%c=%s", 'A'+i, o))
	}
	p.env = env
}

// allPolls are what the organiser is shown, by question.
func allPolls(t testing.TB, result string) map[string]vote.Poll {
	t.Helper()
	_, body := organise(t, adminToken, "GET", result+"/api/v1/polls", "")
	var list struct{ Polls []vote.Poll }
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	polls := map[string]vote.Poll{}
	for _, p := range list.Polls {
		polls[p.Question] = p
	}
	return polls
}

// asksNow waits until the voting page asks a question.
func asksNow(t testing.TB, poll, question string) {
	t.Helper()
	eventually(t, "the page asks "+question, func() error {
		_, body, err := get(poll + "/api/v1/polls/default")
		if err == nil && !strings.Contains(string(body), question) {
			err = errors.New(string(body))
		}
		return err
	})
}

// Eight people vote, and the program restarts with another question: that one
// begins with no votes, and the eight keep theirs.
func TestOtherWordsAtARestartAreANewRound(t *testing.T) {
	t.Run("one process", func(t *testing.T) {
		p, poll, result := onePopeye(t)
		otherWords(t, p, poll, result)
	})
	t.Run("services", func(t *testing.T) {
		s := newStack(t, 1).startAll(t)
		otherWords(t, s.workers[0], s.polls[0].url, s.results[0].url)
	})
}

func otherWords(t *testing.T, moves *program, poll, result string) {
	restart := func(question string, options ...string) {
		t.Helper()
		if err := moves.stop(); err != nil {
			t.Fatal(err)
		}
		moves.asks(question, options...)
		moves.start(t)
		answers(t, result)
		asksNow(t, poll, question)
	}
	const classic, dinner = "What's your favorite DevOps tool?", "Dinner?"
	for range 8 {
		if err := newVoter().vote(poll, "a"); err != nil {
			t.Fatal(err)
		}
	}
	shows(t, result, "default", "a:8 b:0 c:0 d:0")
	restart(dinner, "Pizza", "Salad")
	shows(t, result, "default", "a:0 b:0")
	if !strings.Contains(moves.log.String(), "begins a new round") {
		t.Error("the log does not say so")
	}
	eventually(t, "the old round is closed and keeps its votes", func() error {
		old := allPolls(t, result)[classic]
		c, err := results(result, old.Slug)
		if err == nil && (c.String() != "a:8 b:0 c:0 d:0" || c.Status != "closed" || old.Slug == vote.DefaultSlug) {
			err = fmt.Errorf("%s is %+v", old.Slug, c)
		}
		return err
	})
	if err := newVoter().vote(poll, "b"); err != nil {
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
	s := newStack(t, 1).startAll(t)
	questions := []string{"Dinner?", "Lunch?", "Supper?", "Tea?"}
	recorded := newRecorded()
	stop := make(chan struct{})
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() { votesAsShown(t, s.polls[0].url, recorded, stop) })
	}
	for i, q := range questions {
		for range 2 { // the first one dies on the way
			s.workers[0].kill()
			s.workers[0].asks(q, "Yes", "No")
			s.workers[0].start(t)
			<-time.After(time.Duration(60*i) * time.Millisecond) // nothing to wait for: a crash comes at any moment
		}
		asksNow(t, s.polls[0].url, q)
		recorded.wait(t, q, 50)
	}
	close(stop)
	crowd.Wait()

	for question, want := range recorded.all() {
		eventually(t, question+" has its votes", func() error {
			p, ok := allPolls(t, s.results[0].url)[question]
			c, err := results(s.results[0].url, p.Slug)
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
		var p struct{ Question, Edition string }
		_, body, err := get(poll + "/api/v1/polls/default")
		if err != nil || json.Unmarshal(body, &p) != nil || p.Edition == "" {
			continue
		}
		resp, err := client.Post(poll+"/api/v1/polls/default/votes", "application/json",
			strings.NewReader(fmt.Sprintf(`{"vote":"a","edition":%q}`, p.Edition)))
		if err != nil {
			t.Errorf("a vote: %v", err)
			continue
		}
		resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusAccepted:
			recorded.add(p.Question)
		case http.StatusConflict: // it has changed
		default:
			t.Errorf("a vote was answered %d", resp.StatusCode)
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
	eventually(t, fmt.Sprintf("%d votes for %s", n, question), func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.votes[question] < n {
			return fmt.Errorf("there are %d", r.votes[question])
		}
		return nil
	})
}
