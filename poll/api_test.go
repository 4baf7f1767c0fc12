package poll

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"popeye/api"
	"popeye/internal/metrics/metricstest"
	"popeye/internal/traces"
	"popeye/queue"
	"popeye/vote"
)

const votesOf = "/api/v1/polls/%s/votes"

func TestAPIVote(t *testing.T) {
	tests := []struct {
		slug, vote string
		want       vote.Ballot
	}{
		{"default", `"a"`, "a"},
		{"single", `"c"`, "c"},
		{"multiple", `["c","a"]`, "a,c"},
		{"ranked", `["b","a"]`, "b>a"},
		{"score", `{"b":2,"a":4}`, "a=4,b=2"},
		{"ranked", `"b>a"`, "b>a"},
	}
	for _, tt := range tests {
		t.Run(tt.slug, func(t *testing.T) {
			w := newWorld(t)
			got := w.ask(request("POST", fmt.Sprintf(votesOf, tt.slug), `{"vote":`+tt.vote+`,"id":"cast-1"}`))
			got.is(t, http.StatusAccepted)
			equal(t, "body", got.body, `{"status":"recorded","poll":"`+tt.slug+`","vote":"`+string(tt.want)+`","id":"cast-1"}`+"\n")
			equal(t, "Content-Type", got.Header.Get("Content-Type"), "application/json; charset=utf-8")
			equal(t, "ballots", w.ballots(), []vote.Ballot{tt.want})
			c := w.casts()[0]
			equal(t, "poll", c.Vote.Poll, tt.slug)
			equal(t, "id", c.Vote.ID, "cast-1")
			equal(t, "Once", c.Once, true)
			equal(t, "revision", c.Revision, w.polls[tt.slug].Revision)
		})
	}
}

// Without an id of the client's the station makes one, unlike any other.
func TestAPIVoteWithoutAnID(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, body := range []string{`{"vote":"a"}`, `{"vote":"a","id":""}`, `{"vote":"a","id":null}`} {
		got := w.ask(request("POST", fmt.Sprintf(votesOf, "default"), body))
		got.is(t, http.StatusAccepted)
		var a api.Receipt
		if err := json.Unmarshal([]byte(got.body), &a); err != nil {
			t.Fatal(err)
		}
		id, err := uuid.Parse(a.ID)
		if err != nil || id.Version() != 7 || seen[a.ID] {
			t.Errorf("id %q of version %d: %v; or it was there before", a.ID, id.Version(), err)
		}
		seen[a.ID] = true
	}
	for _, c := range w.casts() {
		if c.Once || !seen[c.Vote.ID] {
			t.Errorf("cast %+v", c)
		}
	}
}

// A vote carries the trace context of our own span, if that is recorded; never
// what a client sends.
func TestAPITraceContext(t *testing.T) {
	const client = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for name, tt := range map[string]struct {
		tracer   trace.Tracer
		recorded bool
	}{
		"no tracer":  {nil, false},
		"unsampled":  {sdk.NewTracerProvider(sdk.WithSampler(sdk.ParentBased(sdk.NeverSample()))).Tracer("test"), false},
		"everything": {sdk.NewTracerProvider().Tracer("test"), true},
	} {
		w := newWorld(t, func(c *Config) { c.Tracer = tt.tracer })
		for _, header := range []string{client, "", client + "0", "00-x\n"} {
			r := request("POST", fmt.Sprintf(votesOf, "default"), `{"vote":"a"}`)
			r.Header.Set("Traceparent", header)
			w.ask(r).is(t, http.StatusAccepted)
		}
		for _, c := range w.casts() {
			sent := traces.Parse(c.Vote.TraceParent)
			if (c.Vote.TraceParent != "") != tt.recorded || sent.IsSampled() != tt.recorded || sent.TraceID() == traces.Parse(client).TraceID() {
				t.Errorf("%s: the vote carries %q", name, c.Vote.TraceParent)
			}
		}
	}
}

func TestAPIShowsAPoll(t *testing.T) {
	w := newWorld(t)
	got := w.ask(request("GET", "/api/v1/polls/score", ""))
	got.is(t, http.StatusOK)
	equal(t, "body", got.body, `{"slug":"score","question":"Which score?","kind":"score","options":[`+
		`{"id":"a","label":"Assam"},{"id":"b","label":"Bancha"},{"id":"c","label":"Ceylon"}],"min":0,"max":5,"status":"open","rule":"score/1","seats":1,"edition":"kVQsmf3NFt47nzJC"}`+"\n")
	equal(t, "Cache-Control", got.Header.Get("Cache-Control"), "no-cache")

	got = w.ask(request("GET", "/api/v1/polls/draft", ""))
	got.is(t, http.StatusOK, `"options":[],`, `"status":"draft"`)
	w.ask(request("GET", "/api/v1/polls/closed", "")).is(t, http.StatusOK, `"label":"Assam"`, `"status":"closed"`)
}

func TestAPIShowsTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.scheduled("single", vote.Open, 0, time.Minute)
		w.scheduled("draft", vote.Draft, time.Hour, 2*time.Hour)
		w.ask(request("GET", "/api/v1/polls/single", "")).is(t, http.StatusOK, `"status":"open","closes_at":"2000-01-01T00:01:00Z",`)
		w.ask(request("GET", "/api/v1/polls/draft", "")).is(t, http.StatusOK, `"status":"draft","opens_at":"2000-01-01T01:00:00Z","closes_at":"2000-01-01T02:00:00Z","rule":"plurality/1","seats":1}`)
		time.Sleep(2 * time.Hour) // no worker has said anything since
		w.ask(request("GET", "/api/v1/polls/single", "")).is(t, http.StatusOK, `"status":"closing","closes_at":"2000-01-01T00:01:00Z",`)
		w.ask(request("GET", "/api/v1/polls/draft", "")).is(t, http.StatusOK, `"status":"draft"`)
	})
}

// A client that did not hear the answer asks again with the same id, and the
// vote is there once.
func TestRetryAfterALostAnswer(t *testing.T) {
	ask := map[string]func(*browser) answer{
		"form": func(b *browser) answer { return b.send("/p/single", "vote", "b", "id", "cast-1") },
		"api": func(b *browser) answer {
			return b.post(fmt.Sprintf(votesOf, "single"), `{"vote":"b","id":"cast-1"}`)
		},
	}
	for name, send := range ask {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := w.browser(t)
			b.get("/p/single")
			w.fail(answerLost)
			lost := send(b)
			lost.is(t, http.StatusServiceUnavailable)
			equal(t, "Retry-After", lost.Header.Get("Retry-After"), "3")
			again := send(b)
			if again.StatusCode >= 300 || !strings.Contains(strings.ToLower(again.body), "recorded") {
				t.Errorf("the retry: %d %s", again.StatusCode, again.body)
			}
			// Even when the poll has closed in between.
			w.change("single", func(p *vote.Poll) { p.Status = vote.Closed })
			if late := send(b); late.StatusCode >= 300 {
				t.Errorf("the late retry: %d %s", late.StatusCode, late.body)
			}
			equal(t, "ballots", w.ballots(), []vote.Ballot{"b"})
		})
	}
}

// What was not recorded before the poll closed is not recorded after.
func TestFirstTryAfterClosing(t *testing.T) {
	w := newWorld(t)
	got := w.ask(request("POST", fmt.Sprintf(votesOf, "closed"), `{"vote":"a","id":"cast-1"}`))
	got.is(t, http.StatusConflict, `"code":"not_open"`)
	equal(t, "ballots", w.ballots(), []vote.Ballot{})
}

func TestPollChangesUnderAVote(t *testing.T) {
	w := newWorld(t)
	relabel := w.changed("single", func(p *vote.Poll) { p.Question += "?" })
	shrink := w.changed("single", func(p *vote.Poll) { p.Options = p.Options[:2] })

	w.fail(relabel, relabel, relabel) // the fourth try finds it as it was read
	w.ask(request("POST", fmt.Sprintf(votesOf, "single"), `{"vote":"c"}`)).is(t, http.StatusAccepted)
	equal(t, "ballots", w.ballots(), []vote.Ballot{"c"})

	w.fail(relabel, relabel, relabel, relabel)
	got := w.ask(request("POST", fmt.Sprintf(votesOf, "single"), `{"vote":"c"}`))
	got.is(t, http.StatusServiceUnavailable, `"code":"unavailable"`)

	w.fail(shrink) // and the ballot is checked anew: c is none any more
	got = w.ask(request("POST", fmt.Sprintf(votesOf, "single"), `{"vote":"c"}`))
	got.is(t, http.StatusUnprocessableEntity, `“c” is not an option of this poll. Its options are a, b.`)
	equal(t, "ballots", w.ballots(), []vote.Ballot{"c"})
}

// A queue that does not answer costs the voter no more than castTimeout.
func TestSlowQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.fail(slow)
		began := time.Now()
		got := w.ask(request("POST", fmt.Sprintf(votesOf, "default"), `{"vote":"a"}`))
		got.is(t, http.StatusServiceUnavailable, `"code":"unavailable"`)
		equal(t, "Retry-After", got.Header.Get("Retry-After"), "3")
		equal(t, "time waited", time.Since(began), castTimeout)
	})
}

// A voter who leaves is not a fault of ours: nothing is written down as one, nor
// counted with those that a queue that is away turns down.
func TestVoterLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.fail(slow)
		r := request("POST", fmt.Sprintf(votesOf, "default"), `{"vote":"a"}`)
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			leave()
		}()
		w.ask(r.WithContext(ctx)).is(t, http.StatusServiceUnavailable)
		if log := w.log.text(); strings.Contains(log, "level=ERROR") {
			t.Error(log)
		}
		figures := metricstest.Values(t, w.registry)
		equal(t, "left", figures["popeye_poll_votes_total left"], 1)
		equal(t, "unavailable", figures["popeye_poll_votes_total unavailable"], 0)
	})
}

// What the queue says reaches the client in the client's words.
func TestAnswersOfTheQueue(t *testing.T) {
	tests := []struct {
		err    error
		status int
		code   string
		says   string
	}{
		{queue.ErrNotOpen, 409, "not_open", "This poll is closed."},
		{queue.ErrNoPoll, 404, "no_poll", "There is no poll at this address."},
		{queue.ErrIDReused, 422, "id_reused", "Use a new id for each vote"},
		{fmt.Errorf("apply: %w", queue.ErrRefused), 409, "refused", "Your vote could not be counted"},
		{fmt.Errorf("redis: %w", queue.ErrUnavailable), 503, "unavailable", "it may not have been recorded"},
		{queue.ErrChanged, 503, "unavailable", "it may not have been recorded"},
		{fmt.Errorf("a fault of the program, secret"), 500, "internal", "Something went wrong on our side."},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			w := newWorld(t)
			for range maxTries {
				w.fail(refuse(tt.err))
			}
			got := w.ask(request("POST", fmt.Sprintf(votesOf, "default"), `{"vote":"a"}`))
			got.isAPIError(t, tt.status, tt.code, tt.says)
			got.hides(t, "secret", "redis")
			retry := map[bool]string{true: "3"}[tt.status == 503]
			equal(t, "Retry-After", got.Header.Get("Retry-After"), retry)
			if logged := strings.Contains(w.log.text(), "level=ERROR"); logged != (tt.status == 500) {
				t.Errorf("logged as an error: %v", logged)
			}
			equal(t, "ballots", w.ballots(), []vote.Ballot{})
		})
	}
}
