package worker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"popeye/internal/traces"
)

// sampled and unsampled are trace contexts as poll sends them.
const (
	sampled   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

func tracedVote(voter, traceParent string, at time.Time) string {
	return fmt.Sprintf(`{"voter_id": %q, "vote": "a", "at": %q, "traceparent": %q}`,
		voter, at.UTC().Format(time.RFC3339Nano), traceParent)
}

// recordSpans makes the fixture's worker trace, and returns what it has recorded.
func (b *fixture) recordSpans() *tracetest.SpanRecorder {
	r := tracetest.NewSpanRecorder()
	b.worker.Tracer = sdk.NewTracerProvider(sdk.WithSpanProcessor(r)).Tracer("test")
	return r
}

func TestATracedVoteIsFollowedToTheCommit(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		spans := b.recordSpans()
		accepted := time.Now().Add(-time.Second)
		b.queue.push(100, tracedVote("ann", sampled, accepted), tracedVote("bob", unsampled, accepted), classic("cid", "a"))
		b.start()
		parent := traces.Parse(sampled)
		var batch sdk.ReadOnlySpan
		var got []string
		for _, s := range spans.Ended() {
			got = append(got, s.Name())
			if s.SpanContext().TraceID() != parent.TraceID() {
				t.Errorf("%s is of another trace", s.Name())
			}
			switch s.Name() {
			case "queue":
				if d := s.EndTime().Sub(s.StartTime()); d != time.Second || s.Parent().SpanID() != parent.SpanID() {
					t.Errorf("the vote waited for %s, its parent is %s", d, s.Parent().SpanID())
				}
			case "batch":
				batch = s
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff([]string{"batch", "commit", "queue"}, got); diff != "" {
			t.Fatal(diff)
		}
		for _, s := range spans.Ended() {
			if s.Name() == "commit" && s.Parent().SpanID() != batch.SpanContext().SpanID() {
				t.Error("the commit is not a part of the batch")
			}
		}
		told := b.store.traceParents()
		if len(told) != 1 || traces.Parse(told[0]).SpanID() != batch.SpanContext().SpanID() {
			t.Errorf("the store is to tell of %q, want the batch's span alone", told)
		}
	})
}

// Each try is a span of its own; the wait in the queue is one.
func TestATraceShowsEachTry(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		spans := b.recordSpans()
		b.script.next("apply", fails())
		b.queue.push(100, tracedVote("ann", sampled, time.Now().Add(-time.Second)))
		b.start()
		pass(time.Second)
		var got []string
		for _, s := range spans.Ended() {
			got = append(got, fmt.Sprint(s.Name(), " ", s.Status().Code))
			if strings.Contains(s.Status().Description, errAway.Error()) {
				t.Error("the trace quotes the error, which may name a voter")
			}
		}
		slices.Sort(got)
		want := []string{
			"batch " + codes.Error.String(), "batch " + codes.Unset.String(),
			"commit " + codes.Error.String(), "commit " + codes.Unset.String(), "queue " + codes.Unset.String(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACrowdThatIsTracedIsBounded(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		spans := b.recordSpans()
		var votes []string
		for i := range 3 * maxTraced {
			votes = append(votes, tracedVote(fmt.Sprint("voter", i), sampled, time.Now().Add(-time.Second)))
		}
		b.queue.push(100, votes...)
		b.start()
		if n := len(spans.Ended()); n != 3*maxTraced { // queue, batch, commit
			t.Errorf("%d spans, want %d", n, 3*maxTraced)
		}
		if n := len(b.store.traceParents()); n != maxTraced {
			t.Errorf("the store is to tell of %d votes, want %d", n, maxTraced)
		}
	})
}

// A time that a stranger made up makes no span: a collector would refuse what
// comes with it. The rest of the trace goes on.
func TestAWaitThatCantBeIsNotShown(t *testing.T) {
	for name, at := range map[string]time.Time{
		"none":            {},
		"before 1970":     time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC),
		"in the year 1":   time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC),
		"in the future":   time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
		"a day ago":       time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC), // where a bubble's time begins
		"at this instant": time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				spans := b.recordSpans()
				b.queue.push(100, tracedVote("ann", sampled, at))
				b.start()
				var got []string
				for _, s := range spans.Ended() {
					got = append(got, s.Name())
					if s.StartTime().Year() != 2000 {
						t.Errorf("%s begins at %s", s.Name(), s.StartTime())
					}
				}
				slices.Sort(got)
				if diff := cmp.Diff([]string{"batch", "commit"}, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// Who does not trace has the store tell of nothing, whatever clients send.
func TestWithoutATracerNothingIsTold(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.queue.push(100, tracedVote("ann", sampled, time.Now()))
		b.start()
		if told := b.store.traceParents(); len(told) > 0 {
			t.Errorf("the store is to tell of %q", told)
		}
	})
}

// traceParents are those of the votes that are stored.
func (s *fakeStore) traceParents() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, e := range s.ballots {
		if e.Vote.TraceParent != "" {
			all = append(all, e.Vote.TraceParent)
		}
	}
	return all
}
