package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/store"
	"popeye/vote"
	"popeye/vote/catalog"
)

func (b *fixture) wantDid(want []string, steps ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.script.did(steps...)); diff != "" {
		b.t.Errorf("the steps (-want +got):\n%s", diff)
	}
}

// wantInLine compares what is published with the store.
func (b *fixture) wantInLine() {
	b.t.Helper()
	stored := b.store.catalogNow()
	b.queue.mu.Lock()
	defer b.queue.mu.Unlock()
	byName := func(p, q vote.Poll) int { return strings.Compare(p.Slug, q.Slug) }
	slices.SortFunc(stored.Polls, byName)
	published := catalog.State{Revision: b.queue.catalog.Revision, Mark: b.queue.catalog.Mark, Polls: slices.SortedFunc(slices.Values(b.queue.catalog.Polls), byName)}
	if diff := cmp.Diff(stored, published); diff != "" {
		b.t.Errorf("what is published (-stored +published):\n%s", diff)
	}
}

func TestOnlyWhatChangedIsReadAndPublished(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		for i := range 50 {
			b.store.add(poll(fmt.Sprintf("poll-%d", i), vote.Open))
		}
		b.start()
		b.script.forget()
		b.store.become("poll-7", vote.Draft)
		synctest.Wait()
		b.wantDid([]string{"catalog: 52 since 51, 1 polls", "catalog: 52 since 51, 1 polls", "publish: 51 to 52"}, "catalog", "publish")
		b.wantInLine()
		b.script.forget()
		pass(time.Minute)
		for _, line := range b.script.did("catalog", "publish") {
			if line != "catalog: 52 since 52, 0 polls" {
				t.Errorf("at rest: %q", line)
			}
		}
	})
}

// Each is a moment at which a worker may die, or another be faster.
func TestWhateverIsPublishedIsBroughtIntoLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(b *fixture)
		want  []string // what is published then
	}{
		{"a worker died before it published", func(*fixture) {}, []string{"publish: 5 to 7"}},
		{"a worker died before it heard that it had published", func(b *fixture) { b.script.next("publish", lost()) }, []string{"publish: 5 to 7"}},
		{"the queue came back as it was before", func(b *fixture) { b.queue.rewind(b, 3) }, []string{"publish: 3 to 7"}},
		{"the queue lost its memory", func(b *fixture) { b.queue.forgetCatalog() }, []string{"publish: 7"}},
		{"an older program has published", func(b *fixture) { b.queue.catalog.Mark = "" }, []string{"publish: 7"}},
		{"the queue has what another store gave this revision", func(b *fixture) { b.queue.catalog.Mark = "another" }, []string{"publish: 7"}},
		{"the queue has what the store gave before it was restored", func(b *fixture) {
			b.queue.catalog = catalog.State{Revision: 7, Mark: "another", Polls: []vote.Poll{poll("since", vote.Open)}}
		}, []string{"publish: 8"}},
		{"the same, and longer ago", func(b *fixture) { b.queue.catalog = catalog.State{Revision: 9, Mark: "another"} }, []string{"publish: 10"}},
		{"another worker is faster", func(b *fixture) {
			b.script.next("publish", fault{first: func(context.Context) { b.queue.rewind(b, 6) }})
		}, []string{"publish: 5 to 7", "publish: 6 to 7"}},
		{"another worker is faster, and newer", func(b *fixture) {
			b.script.next("publish", fault{first: func(ctx context.Context) { b.store.add(poll("new", vote.Open)); b.queue.rewind(b, 8) }})
		}, []string{"publish: 5 to 7"}},
		{"the queue loses its memory meanwhile", func(b *fixture) {
			b.script.next("publish", fault{first: func(context.Context) { b.queue.forgetCatalog() }})
		}, []string{"publish: 5 to 7", "publish: 7"}},
		{"someone has given the store a revision by hand", func(b *fixture) {
			b.store.mu.Lock()
			defer b.store.mu.Unlock()
			b.store.catalog.Revision, b.store.catalog.Mark = 8, ""
		}, []string{"publish: 9"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				for _, slug := range []string{"default", "lunch", "dinner"} {
					b.store.add(poll(slug, vote.Open))
				}
				b.store.become("lunch", vote.Draft)
				_ = b.store.DeletePoll(t.Context(), "lunch", nil)
				b.queue.rewind(b, 5)
				b.store.add(poll("lunch", vote.Open)) // the same name
				b.store.become("dinner", vote.Closing)
				b.queue.holdBack("dinner", true)
				b.store.asked = `the words of now`
				b.worker.Asked = false
				c.spoil(b)
				b.start()
				pass(5 * time.Second)
				b.wantDid(c.want, "publish")
				b.wantInLine()
			})
		})
	}
}

// rewind makes the queue have what the store had at a revision, or would have if
// its polls had been made by then.
func (q *fakeQueue) rewind(b *fixture, revision int64) {
	stored := b.store.catalogNow()
	b.store.mu.Lock()
	at := slices.IndexFunc(b.store.history, func(v catalog.Version) bool { return v.Revision == revision })
	version := b.store.history[at]
	b.store.mu.Unlock()
	then := catalog.State{Revision: revision, Mark: version.Mark, Polls: []vote.Poll{}}
	for _, p := range stored.Polls {
		if p.Revision <= revision {
			then.Polls = append(then.Polls, p)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.catalog = then
}

func TestTheNextWorkerFindsWhereTheQueueIs(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.start()
		b.finish()
		b.store.add(poll("lunch", vote.Open))
		_, _, err := b.store.BeginRound(t.Context(), "lunch", store.NewRound{
			Next: poll("", vote.Draft), Keep: func(vote.Poll) (string, error) { return "kept", nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		b.queue.holdBack("kept", true)
		b.script.forget()
		b.hire(nil)
		b.start()
		b.wantDid([]string{"publish: 1 to 4"}, "publish")
		b.wantPublished(map[string]vote.Status{"default": vote.Open, "lunch": vote.Draft, "kept": vote.Closing})
	})
}

// Another worker may publish, late, that its gate is open.
func TestAPollIsNotClosedBeforeItsLastGateIsPublished(t *testing.T) {
	withFixture(t, func(t *testing.T, b *fixture) {
		b.store.add(poll("default", vote.Open))
		closing := b.store.add(poll("lunch", vote.Closing))
		if err := b.worker.polls.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.queue.rewind(b, closing.Revision)
		next, err := b.worker.advance(t.Context(), closing.Revision-1)
		if err != nil || next != settleEvery || b.store.status("lunch") != vote.Closing {
			t.Errorf("%s after %v, %v", b.store.status("lunch"), next, err)
		}
		next, err = b.worker.advance(t.Context(), closing.Revision)
		if err != nil || next != 0 || b.store.status("lunch") != vote.Closed {
			t.Errorf("%s after %v, %v", b.store.status("lunch"), next, err)
		}
	})
}

// A row that was deleted or changed by hand is not in the store's log.
func TestAPollThatChangedByHandIsNotDueForEver(t *testing.T) {
	for name, change := range map[string]func(polls []vote.Poll) []vote.Poll{
		"deleted":  func(polls []vote.Poll) []vote.Poll { return polls[:1] },
		"put off":  func(polls []vote.Poll) []vote.Poll { polls[1].OpensAt = time.Now().Add(100 * time.Hour); return polls },
		"reopened": func(polls []vote.Poll) []vote.Poll { polls[1].Status = vote.Open; return polls },
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, b *fixture) {
				b.store.add(poll("default", vote.Open))
				p := poll("show", vote.Draft)
				p.OpensAt = time.Now().Add(time.Minute)
				b.store.add(p)
				b.start()
				b.store.mu.Lock()
				b.store.catalog.Polls = change(slices.Clone(b.store.catalog.Polls))
				b.store.mu.Unlock()
				b.script.forget()
				pass(2 * time.Minute)
				if n := len(b.script.did("catalog")); n > 150 {
					t.Errorf("the store was asked %d times in two minutes", n)
				}
			})
		})
	}
}

func TestAnAnswerThatWasLongOnItsWayDoesNotReplaceTheCopy(t *testing.T) {
	c := newMirror(nil)
	v := func(r int64) catalog.Version { return catalog.Version{Revision: r, Mark: fmt.Sprint("m", r)} }
	whole := func(r int64, slugs ...string) catalog.Change {
		change := catalog.Change{To: v(r)}
		for _, slug := range slugs {
			change.Polls = append(change.Polls, poll(slug, vote.Open))
		}
		return change
	}
	steps := []struct {
		since  catalog.Version
		change catalog.Change
		want   bool
		polls  int
	}{
		{catalog.Version{}, whole(5, "a", "b"), true, 2},
		{catalog.Version{}, whole(4, "a"), false, 2},
		{catalog.Version{}, whole(5, "a", "b"), true, 2},
		{v(5), catalog.Change{From: v(5), To: v(7), Deleted: []string{"a"}}, true, 1},
		{v(5), catalog.Change{From: v(5), To: v(6), Polls: []vote.Poll{poll("c", vote.Open)}}, false, 1},
		{v(5), catalog.Change{From: v(5), To: v(8), Polls: []vote.Poll{poll("c", vote.Open)}}, false, 1},
		{v(7), whole(3, "a", "b", "c"), true, 3}, // the store was restored
	}
	for i, s := range steps {
		if got := c.apply(s.since, s.change); got != s.want || len(c.polls) != s.polls {
			t.Errorf("step %d: %t with %d polls, want %t with %d", i, got, len(c.polls), s.want, s.polls)
		}
	}
}

// The copy, and what is looked for in it, is always as if it were read anew.
func TestTheCopyIsAsIfReadAnew(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newFixture(t).store
		followed := newMirror(s)
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			randomChange(r, s)
			if rapid.Bool().Draw(r, "refresh") {
				continue
			}
			anew := newMirror(s)
			for _, c := range []*mirror{followed, anew} {
				if err := c.refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(inside(anew), inside(followed)); d != "" {
				r.Fatalf("the copy (-read anew +followed):\n%s", d)
			}
		}
	})
}

// inside is what a copy has, in an order.
func inside(c *mirror) map[string]any {
	for _, slugs := range c.created {
		slices.Sort(slugs)
	}
	return map[string]any{
		"version": c.version, "polls": c.polls, "created": c.created, "due": c.due, "closing": c.closing, "next": c.next,
	}
}

func randomChange(t *rapid.T, s *fakeStore) {
	slug := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "poll")
	p := poll(slug, rapid.SampledFrom([]vote.Status{vote.Draft, vote.Open, vote.Closing, vote.Closed}).Draw(t, "status"))
	at := rapid.SampledFrom([]time.Time{{}, time.Unix(1e9, 0), time.Unix(2e9, 0)})
	p.OpensAt, p.ClosesAt = at.Draw(t, "opens"), at.Draw(t, "closes")
	p.CreatedAt = time.Unix(rapid.Int64Range(1, 3).Draw(t, "created"), 0)
	ctx := context.Background()
	_, known := find(s.catalogNow(), slug)
	switch rapid.SampledFrom([]string{"change", "delete", "round", "advance"}).Draw(t, "what") {
	case "delete":
		if known {
			_ = s.DeletePoll(ctx, slug, nil)
		}
	case "round":
		_, _, _ = s.BeginRound(ctx, slug, store.NewRound{Next: p, Keep: func(vote.Poll) (string, error) { return slug + "-kept", nil }})
	case "advance":
		_ = s.AdvanceRevision(ctx, s.catalogNow().Revision+rapid.Int64Range(-1, 3).Draw(t, "by"))
	default:
		if !known {
			s.add(p)
			return
		}
		_, _ = s.ChangePoll(ctx, slug, func(vote.Poll) (vote.Poll, error) { return p, nil })
	}
}

// A poll that another round follows is kept, though nobody has voted in it; one that
// was the default poll is not.
func TestOnlyTheDefaultPollHasASuccessor(t *testing.T) {
	c := mirror{known: &known{polls: map[string]vote.Poll{
		"runoff": {Slug: "runoff", Parent: "lunch"}, vote.DefaultSlug: {Slug: vote.DefaultSlug, Parent: "tea"},
	}}}
	for slug, want := range map[string]bool{"lunch": false, "tea": true, "runoff": false, "": false} {
		if got := c.hasSuccessor(slug); got != want {
			t.Errorf("%q: %t, want %t", slug, got, want)
		}
	}
}
