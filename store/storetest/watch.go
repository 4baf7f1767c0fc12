package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"popeye/store"
	"popeye/vote"
)

var watchTests = []test{
	{"tallies", watchTallies},
	{"polls", watchPolls},
	{"traced votes", watchTraced},
	{"by hand", watchByHand},
	{"never misses the last", watchTheLast},
	{"a watcher that does not return holds up nobody", slowWatcher},
	{"ends with its context", watchEnds},
}

// ears is a Watch that goes on until the test ends.
type ears struct {
	h     fixture
	heard chan struct{} // holds a token while calls is not empty

	mu    sync.Mutex
	calls []string
}

// listen starts to watch and waits until it listens.
func (h fixture) listen(s Store, topic store.Topic) *ears {
	h.Helper()
	e := &ears{h: h, heard: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(h.ctx)
	done := make(chan error, 1)
	go func() { done <- s.Watch(ctx, topic, e.changed) }()
	h.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			h.Errorf("watch ended with %v", err)
		}
	})
	e.wait("")
	return e
}

func (e *ears) changed(slug string) {
	e.mu.Lock()
	e.calls = append(e.calls, slug)
	e.mu.Unlock()
	select {
	case e.heard <- struct{}{}:
	default:
	}
}

// wait waits until something was heard about slug. "" is about every poll.
func (e *ears) wait(slug string) {
	e.h.Helper()
	var others []string
	for {
		e.mu.Lock()
		calls := e.calls
		e.calls = nil
		e.mu.Unlock()
		for i, c := range calls {
			if c == slug || c == "" {
				e.mu.Lock()
				e.calls = append(calls[i+1:], e.calls...)
				e.mu.Unlock()
				return
			}
			others = append(others, c)
		}
		select {
		case <-e.heard:
		case <-e.h.ctx.Done():
			e.h.Fatalf("nothing was heard about %q, only about %q", slug, others)
		}
	}
}

// A commit is heard in this process and in others, for each poll that it
// changed.
func watchTallies(h fixture) {
	h.create("lunch", vote.Open)
	other := h.Another(h.T)
	here, there := h.listen(h.Store, store.TalliesChanged), h.listen(other, store.TalliesChanged)
	h.apply(batch(100, "ann=a", "lunch/ann=a"))
	for _, e := range []*ears{here, there} {
		e.wait("lunch")
	}
	h.apply(batch(200, "ann=b"))
	for _, e := range []*ears{here, there} {
		e.wait(vote.DefaultSlug)
	}
	if _, err := other.Apply(h.ctx, batch(300, "lunch/ann=b")); err != nil {
		h.Fatal(err)
	}
	for _, e := range []*ears{here, there} {
		e.wait("lunch")
	}
}

// A stored vote that is traced is told of, before the news of its commit; one
// that is refused, or comes again, is not.
func watchTraced(h fixture) {
	h.create("lunch", vote.Open)
	h.create("done", vote.Draft)
	e := h.listen(h.Store, store.TalliesChanged)
	b := batch(100, "lunch/ann=a", "done/bob=a", "lunch/cid=b")
	for i := range b.Votes {
		b.Votes[i].Vote.TraceParent = fmt.Sprintf("00-trace-%d", i)
	}
	for range 2 {
		if _, err := h.Store.Apply(h.ctx, b); err != nil {
			h.Fatal(err)
		}
	}
	h.apply(batch(200, "dan=a"))
	heard := e.until(vote.DefaultSlug)
	want := []string{"lunch 00-trace-0", "lunch 00-trace-2", "lunch"}
	if !slices.Equal(heard, want) {
		h.Errorf("heard %q, want %q", heard, want)
	}
}

// until returns what is heard before the news of a poll.
func (e *ears) until(slug string) (heard []string) {
	e.h.Helper()
	for {
		e.mu.Lock()
		i := slices.Index(e.calls, slug)
		if i >= 0 {
			heard = slices.Clone(e.calls[:i])
			e.calls = e.calls[i+1:]
		}
		e.mu.Unlock()
		if i >= 0 {
			return heard
		}
		select {
		case <-e.heard:
		case <-e.h.ctx.Done():
			e.h.Fatalf("nothing was heard about %q", slug)
		}
	}
}

func watchPolls(h fixture) {
	here, there := h.listen(h.Store, store.PollsChanged), h.listen(h.Another(h.T), store.PollsChanged)
	for _, do := range []func(){
		func() { h.create("lunch", vote.Draft) },
		func() { h.setStatus("lunch", vote.Open) },
		func() {
			if err := h.Store.DeletePoll(h.ctx, "lunch", allow); err != nil {
				h.Fatal(err)
			}
		},
	} {
		do()
		here.wait("lunch")
		there.wait("lunch")
	}
}

func watchByHand(h fixture) {
	e := h.listen(h.Store, store.TalliesChanged)
	h.exec(`INSERT INTO votes (id, vote) VALUES ('ann', 'a')`)
	e.wait(vote.DefaultSlug)
	h.exec(`UPDATE votes SET vote = 'b' WHERE id = 'ann'`)
	e.wait(vote.DefaultSlug)
	h.exec(`DELETE FROM votes`)
	e.wait(vote.DefaultSlug)
}

// Whoever looks after each call sees the last state in the end, however many
// commits there were in between.
func watchTheLast(h fixture) {
	e := h.listen(h.Store, store.TalliesChanged)
	other := h.Another(h.T)
	const batches = 100
	done := make(chan error, 1)
	go func() {
		var err error
		for i := int64(0); i < batches && err == nil; i++ {
			_, err = other.Apply(h.ctx, batch(100+i, fmt.Sprintf("v%d=a", i)))
		}
		done <- err
	}()
	defer func() {
		if err := <-done; err != nil {
			h.Error(err)
		}
	}()
	for h.tally(vote.DefaultSlug)["a"] != batches {
		e.wait(vote.DefaultSlug)
	}
}

// A screen that hangs must not stop the vote.
func slowWatcher(h fixture) {
	release, entered := make(chan struct{}), make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(h.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Store.Watch(ctx, store.TalliesChanged, func(string) {
			select {
			case entered <- struct{}{}:
			default:
			}
			<-release
		})
	}()
	defer func() { cancel(); close(release); <-done }()
	<-entered
	for i := range int64(50) {
		h.apply(batch(100+i, fmt.Sprintf("v%d=a", i)))
	}
}

func watchEnds(h fixture) {
	ctx, cancel := context.WithCancel(h.ctx)
	err := h.Store.Watch(ctx, store.PollsChanged, func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		h.Errorf("watch ended with %v", err)
	}
	called := false
	err = h.Store.Watch(ctx, store.PollsChanged, func(string) { called = true })
	if !errors.Is(err, context.Canceled) || called {
		h.Errorf("watch with an ended context: %v, called %t", err, called)
	}
}
