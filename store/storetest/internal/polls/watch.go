package polls

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
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

// A commit is heard in this process and in others, for each poll that it
// changed.
func watchTallies(h kit) {
	h.Create("lunch", vote.Open)
	other := h.Another(h.T)
	here, there := h.Listen(h.Store, store.TalliesChanged), h.Listen(other, store.TalliesChanged)
	h.Apply(fixture.Batch(100, "ann=a", "lunch/ann=a"))
	for _, e := range []*fixture.Ears{here, there} {
		e.Wait("lunch")
	}
	h.Apply(fixture.Batch(200, "ann=b"))
	for _, e := range []*fixture.Ears{here, there} {
		e.Wait(vote.DefaultSlug)
	}
	if _, err := other.Apply(h.Ctx, fixture.Batch(300, "lunch/ann=b")); err != nil {
		h.Fatal(err)
	}
	for _, e := range []*fixture.Ears{here, there} {
		e.Wait("lunch")
	}
}

// A stored vote that is traced is told of, before the news of its commit; one
// that is refused, or comes again, is not.
func watchTraced(h kit) {
	h.Create("lunch", vote.Open)
	h.Create("done", vote.Draft)
	e := h.Listen(h.Store, store.TalliesChanged)
	b := fixture.Batch(100, "lunch/ann=a", "done/bob=a", "lunch/cid=b")
	for i := range b.Votes {
		b.Votes[i].Vote.TraceParent = fmt.Sprintf("00-trace-%d", i)
	}
	for range 2 {
		if _, err := h.Store.Apply(h.Ctx, b); err != nil {
			h.Fatal(err)
		}
	}
	h.Apply(fixture.Batch(200, "dan=a"))
	heard := e.Until(vote.DefaultSlug)
	want := []string{"lunch 00-trace-0", "lunch 00-trace-2", "lunch"}
	if !slices.Equal(heard, want) {
		h.Errorf("heard %q, want %q", heard, want)
	}
}

func watchPolls(h kit) {
	here, there := h.Listen(h.Store, store.PollsChanged), h.Listen(h.Another(h.T), store.PollsChanged)
	for _, do := range []func(){
		func() { h.Create("lunch", vote.Draft) },
		func() { h.SetStatus("lunch", vote.Open) },
		func() {
			if err := h.Store.DeletePoll(h.Ctx, "lunch", fixture.Allow); err != nil {
				h.Fatal(err)
			}
		},
	} {
		do()
		here.Wait("lunch")
		there.Wait("lunch")
	}
}

func watchByHand(h kit) {
	e := h.Listen(h.Store, store.TalliesChanged)
	h.MustExec(`INSERT INTO votes (id, vote) VALUES ('ann', 'a')`)
	e.Wait(vote.DefaultSlug)
	h.MustExec(`UPDATE votes SET vote = 'b' WHERE id = 'ann'`)
	e.Wait(vote.DefaultSlug)
	h.MustExec(`DELETE FROM votes`)
	e.Wait(vote.DefaultSlug)
}

// Whoever looks after each call sees the last state in the end, however many
// commits there were in between.
func watchTheLast(h kit) {
	e := h.Listen(h.Store, store.TalliesChanged)
	other := h.Another(h.T)
	const batches = 100
	done := make(chan error, 1)
	go func() {
		var err error
		for i := int64(0); i < batches && err == nil; i++ {
			_, err = other.Apply(h.Ctx, fixture.Batch(100+i, fmt.Sprintf("v%d=a", i)))
		}
		done <- err
	}()
	defer func() {
		if err := <-done; err != nil {
			h.Error(err)
		}
	}()
	for h.Tally(vote.DefaultSlug)["a"] != batches {
		e.Wait(vote.DefaultSlug)
	}
}

// A screen that hangs must not stop the vote.
func slowWatcher(h kit) {
	release, entered := make(chan struct{}), make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(h.Ctx)
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
		h.Apply(fixture.Batch(100+i, fmt.Sprintf("v%d=a", i)))
	}
}

func watchEnds(h kit) {
	ctx, cancel := context.WithCancel(h.Ctx)
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
