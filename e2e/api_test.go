package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/api"
	"popeye/client"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// recorder keeps the body of the last answer, as it came.
type recorder struct{ body []byte }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := testenv.Network.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	r.body, err = io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(r.body))
	return resp, err
}

// What the programs answer is, to the last field, what package api says: a body that
// was read and written again is the same.
func TestAnswersAreThoseOfPackageAPI(t *testing.T) {
	_, poll, result := onePopeye(t)
	last := &recorder{}
	voter := client.New(client.Config{URL: poll, Transport: last})
	organiser := client.New(client.Config{URL: result, Token: testenv.AdminToken, Transport: last})
	is := func(what string, answer any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		again, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(generic(t, last.body), generic(t, again)); d != "" {
			t.Errorf("%s (-answered +read and written again):\n%s", what, d)
		}
	}
	ctx := t.Context()
	d := people.OpenPoll("points", "Where to?", "Pizza", "Sushi")
	d.Kind = vote.Score
	made, err := organiser.CreatePoll(ctx, d)
	is("a new poll", made, err)
	testenv.Eventually(t, "the poll is published", func() error {
		_, err := voter.Poll(context.Background(), "points")
		return err
	})
	receipt, err := voter.Vote(ctx, "points", api.Cast{Vote: json.RawMessage(`{"a":4}`), ID: "one"})
	is("a vote", receipt, err)
	closed, err := organiser.ClosePoll(ctx, "points")
	is("closing", closed, err)
	testenv.Eventually(t, "the poll is closed", func() error {
		r, err := organiser.Results(context.Background(), "points")
		if err == nil && r.Status != vote.Closed {
			err = fmt.Errorf("it is %s", r.Status)
		}
		return err
	})
	opened, err := organiser.OpenPoll(ctx, "points")
	is("opening again", opened, err)
	changed, err := organiser.ChangePoll(ctx, "points", api.Change{Question: new("Where do we eat?")})
	is("a correction", changed, err)
	results, err := organiser.Results(ctx, "points")
	is("results", results, err)
	all, err := organiser.Polls(ctx)
	is("all polls", api.Polls{Polls: all}, err)
	testenv.Eventually(t, "there is an account", func() error {
		_, err := organiser.Account(context.Background())
		return err
	})
	account, err := organiser.Account(ctx)
	is("the account", account, err)
	testenv.Eventually(t, "the correction is published", func() error {
		p, err := voter.Poll(context.Background(), "points")
		if err == nil && len(p.Corrections) == 0 {
			err = fmt.Errorf("it asks %q", p.Question)
		}
		return err
	})
	shown, err := voter.Poll(ctx, "points")
	is("a poll", shown, err)
	if err := organiser.DeletePoll(ctx, "points"); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("deleting an open poll: %v", err)
	}
	is("an error", api.Failure{Error: api.Problem{Code: "not_closed", Message: "Close the poll first: votes may still be on their way."}}, nil)
}

// generic is JSON as any program reads it.
func generic(t *testing.T, raw []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return v
}
