package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
)

// patience is how long a test waits for what must happen.
const patience = 2 * time.Minute

// failer is what both testing.T and rapid.T are.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// fixture is one queue under test. Its methods fail the test when the queue
// does not do what they say.
type fixture struct {
	failer
	Fixture
	t   *testing.T
	ctx context.Context

	casts    *sync.WaitGroup // goroutines in Cast
	revision int64           // of the last catalog published
	last     catalog.State   // that publish published
	voters   int             // made so far
}

func newFixture(t *testing.T, h Fixture) *fixture {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	f := &fixture{failer: t, Fixture: h, t: t, ctx: ctx, casts: &sync.WaitGroup{}}
	t.Cleanup(func() { cancel(); f.casts.Wait() })
	return f
}

// poll is a definition for tests. The revision is given by publish.
func poll(slug string, status vote.Status) vote.Poll {
	return vote.Poll{
		Slug: slug, Question: "Tea or coffee?", Kind: vote.Single, Status: status,
		Options: []vote.Option{{ID: "a", Label: "Tea"}, {ID: "b", Label: "Coffee"}},
	}
}

// publish publishes polls as a catalog of a newer revision, which all of them get.
// Every second time that is a change from what was published before: it makes no
// difference.
func (f *fixture) publish(polls ...vote.Poll) {
	f.Helper()
	f.revision++
	next := catalog.State{Revision: f.revision, Mark: fmt.Sprintf("mark-%d", f.revision), Polls: slices.Clone(polls)}
	for i := range next.Polls {
		next.Polls[i].Revision = f.revision
	}
	c := next.Whole()
	if f.revision%2 == 0 && f.last.Revision > 0 {
		c.From = f.last.Version()
		c.Deleted = namesBut(f.last.Polls, polls)
	}
	if err := f.Catalog.Publish(f.ctx, c); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.last = next
}

// namesBut returns the names of polls that are not among others.
func namesBut(polls, others []vote.Poll) (names []string) {
	for _, p := range polls {
		if !slices.ContainsFunc(others, func(q vote.Poll) bool { return q.Slug == p.Slug }) {
			names = append(names, p.Slug)
		}
	}
	return names
}

// vote makes a cast of a new voter for a poll as last published.
func (f *fixture) vote(slug string) queue.Cast {
	f.voters++
	return queue.Cast{
		Vote:     vote.Vote{Poll: slug, Voter: fmt.Sprintf("voter-%d", f.voters), Ballot: "a"},
		Revision: f.revision,
	}
}

// pending is a cast whose answer may still be on its way: one queue answers
// when the vote is appended, another when it is stored.
type pending struct {
	queue.Cast
	answer chan error // of one element
}

// cast casts, and returns when the vote is appended or the answer is there.
func (f *fixture) cast(c queue.Cast) *pending {
	f.Helper()
	before := f.stats().Accepted
	p := f.start(c)
	f.until("a cast is appended or answered", func() bool {
		return len(p.answer) == 1 || f.stats().Accepted > before
	})
	return p
}

// start casts, and returns at once.
func (f *fixture) start(c queue.Cast) *pending {
	p := &pending{c, make(chan error, 1)}
	f.casts.Go(func() { p.answer <- f.Inbox.Cast(f.ctx, c) })
	return p
}

// castN casts n votes for a poll, one after the other.
func (f *fixture) castN(slug string, n int) []*pending {
	f.Helper()
	casts := make([]*pending, n)
	for i := range casts {
		casts[i] = f.cast(f.vote(slug))
	}
	return casts
}

// recorded waits for the answers and fails unless all are nil.
func (f *fixture) recorded(casts ...*pending) {
	f.Helper()
	for _, p := range casts {
		f.answered(p, nil)
	}
}

// answered waits for an answer and fails unless it is want.
func (f *fixture) answered(p *pending, want error) {
	f.Helper()
	select {
	case err := <-p.answer:
		p.answer <- err // for whoever asks again
		if !errors.Is(err, want) {
			f.Fatalf("Cast: got %v, want %v", err, want)
		}
	case <-f.ctx.Done():
		f.Fatalf("Cast has not answered")
	}
}

// refused casts and fails unless the answer is want and nothing was appended.
func (f *fixture) refused(c queue.Cast, want error) {
	f.Helper()
	before := f.stats().Accepted
	f.answered(f.start(c), want)
	if after := f.stats().Accepted; after != before {
		f.Fatalf("Cast answered %v and appended %d messages", want, after-before)
	}
}

func (f *fixture) take(w Worker) queue.Batch {
	f.Helper()
	b, err := w.Take(f.ctx)
	if err != nil {
		f.Fatalf("Take: %v", err)
	}
	if len(b.Messages) == 0 || b.ID != b.Messages[0].Position {
		f.Fatalf("Take: batch %d has %d messages and does not begin with the position it is named by", b.ID, len(b.Messages))
	}
	return b
}

func (f *fixture) ack(w Worker, b queue.Batch, refused ...queue.Refusal) {
	f.Helper()
	if err := w.Ack(f.ctx, b, refused); err != nil {
		f.Fatalf("Ack: %v", err)
	}
}

func (f *fixture) replace(w Worker, b queue.Batch) {
	f.Helper()
	if err := w.Replace(f.ctx, b); err != nil {
		f.Fatalf("Replace: %v", err)
	}
}

// drain takes and acknowledges until nothing waits and nothing is held.
func (f *fixture) drain(w Worker) (drained []queue.Message) {
	f.Helper()
	for f.stats().Waiting > 0 || len(f.stats().Leased) > 0 {
		b := f.take(w)
		f.ack(w, b)
		drained = append(drained, b.Messages...)
	}
	return drained
}

// stats reads the stats, checks what is always true of them, and takes off
// what was accepted before.
func (f *fixture) stats() queue.Stats {
	f.Helper()
	stats, err := f.Meter.Stats(f.ctx)
	if err != nil {
		f.Fatalf("Figures: %v", err)
	}
	for _, h := range stats.Leased {
		if last := h.ID + h.Messages - 1; last > stats.Position {
			f.Fatalf("Figures: batch %d ends at %d, after the position %d", h.ID, last, stats.Position)
		}
	}
	if off := time.Since(stats.AsOf); off > time.Hour || off < -time.Hour {
		f.Fatalf("Figures: read at %s", stats.AsOf)
	}
	if stats.Since.IsZero() != (stats.Waiting == 0) || stats.Since.After(stats.AsOf) {
		f.Fatalf("Figures: %d wait since %s, as of %s", stats.Waiting, stats.Since, stats.AsOf)
	}
	stats.Accepted -= f.Before
	return stats
}

// holds fails unless the queue holds what is said. Where it stands in time is for
// tests of their own.
func (f *fixture) holds(when string, want queue.Stats) {
	f.Helper()
	elsewhere := cmpopts.IgnoreFields(queue.Stats{}, "Position", "AsOf", "Since", "Claims")
	if diff := cmp.Diff(want, f.stats(), elsewhere); diff != "" {
		f.Fatalf("stats %s (-want +got):\n%s", when, diff)
	}
}

func (f *fixture) settled(slug string, want bool, when string) {
	f.Helper()
	got, err := f.Catalog.Settled(f.ctx, slug)
	if err != nil {
		f.Fatalf("Settled: %v", err)
	}
	if got != want {
		f.Fatalf("Settled is %t %s", got, when)
	}
}

// until waits for a condition that nobody announces.
func (f *fixture) until(what string, condition func() bool) {
	f.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-f.ctx.Done():
			f.Fatalf("waited in vain until %s", what)
		}
	}
}

// equal fails unless the values are the same.
func (f *fixture) equal(what string, got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// voters decodes who voted, in order.
func (f *fixture) votersOf(messages []queue.Message) []string {
	f.Helper()
	var voters []string
	for _, m := range messages {
		v, err := queue.Decode(m.Raw)
		if err != nil {
			f.Fatalf("Decode: %v", err)
		}
		voters = append(voters, v.Voter)
	}
	return voters
}

func votersCast(casts []*pending) []string {
	var voters []string
	for _, p := range casts {
		voters = append(voters, p.Vote.Voter)
	}
	return voters
}
