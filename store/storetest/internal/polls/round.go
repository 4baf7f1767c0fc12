package polls

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var roundTests = []test{
	{"corrections are part of the history", corrections},
	{"reopenings are part of the history", reopenings},
	{"a new round", newRound},
	{"a new round that is asked for twice", roundOnce},
	{"a new round that is refused", roundRefused},
	{"a vote is stored in the poll in which it was cast", castIn},
	{"a new round while votes come", roundWhileVoting},
	{"what the environment asked", environment},
}

// nextRound is a poll that takes the place of another, which is kept.
func nextRound(keep string) store.NewRound {
	next := fixture.Poll("ignored", vote.Open)
	next.Question = "And now?"
	return store.NewRound{Next: next, Keep: func(vote.Poll) (string, error) { return keep, nil }}
}

// in makes an entry of a vote that says in which poll it was cast.
func in(p vote.Poll, position int64, slug, voter, ballot string) store.Entry {
	e := fixture.Entry(position, slug, voter, ballot)
	e.Vote.Created = p.CreatedKey()
	return e
}

// A word that changes after the opening is told for ever; what change itself
// says of the history does not count.
func corrections(h kit) {
	h.Create("club", vote.Draft)
	draft, err := h.Change("club", func(p *vote.Poll) { p.Question = "Dissolve the clubb?" })
	if err != nil || len(draft.Corrections) > 0 {
		h.Errorf("in a draft: %v, %v", draft.Corrections, err)
	}
	h.SetStatus("club", vote.Open)
	first, err := h.Change("club", func(p *vote.Poll) { p.Question = "Dissolve the club?" })
	if err != nil {
		h.Fatal(err)
	}
	second, err := h.Change("club", func(p *vote.Poll) {
		p.Options[1].Label += "!"
		p.Corrections, p.Reopenings, p.Parent = nil, []vote.Reopening{{Voters: 7}}, "elsewhere"
	})
	if err != nil {
		h.Fatal(err)
	}
	label := second.Options[1].Label
	want := []vote.Correction{
		{At: first.ChangedAt, Field: "question", Was: "Dissolve the clubb?", Is: "Dissolve the club?"},
		{At: second.ChangedAt, Field: "options." + second.Options[1].ID, Was: label[:len(label)-1], Is: label},
	}
	if d := cmp.Diff(want, second.Corrections); d != "" || second.Reopenings != nil || second.Parent != "" {
		h.Errorf("%v, %q (-want +got):\n%s", second.Reopenings, second.Parent, d)
	}
	h.wantPoll(second)
}

func reopenings(h kit) {
	h.Create("club", vote.Open)
	h.Apply(fixture.Batch(100, "club/ann=a", "club/bob=a", "club/cid=b"))
	for _, s := range []vote.Status{vote.Closing, vote.Closed} {
		h.SetStatus("club", s)
	}
	first := h.SetStatus("club", vote.Open)
	h.Apply(fixture.Batch(200, "club/dan=b"))
	h.SetStatus("club", vote.Closing)
	second := h.SetStatus("club", vote.Open)
	want := []vote.Reopening{{At: first.ChangedAt, Voters: 3}, {At: second.ChangedAt, Voters: 4}}
	if d := cmp.Diff(want, second.Reopenings); d != "" {
		h.Errorf("(-want +got):\n%s", d)
	}
	h.wantPoll(second)
	for range vote.MaxReopenings {
		h.SetStatus("club", vote.Closing)
		second = h.SetStatus("club", vote.Open)
	}
	if got := len(second.Reopenings); got != vote.MaxReopenings || second.Reopenings[got-1].At != second.ChangedAt {
		h.Errorf("%d reopenings are told, the last one at %v", got, second.Reopenings[got-1].At)
	}
}

// The old round goes on under another name as if it had always had it; the new
// one starts with nothing.
func newRound(h kit) {
	old := h.Create("lunch", vote.Open)
	h.Apply(fixture.Batch(100, "lunch/ann=a", "lunch/bob=b", "ann=a"))
	seq := h.Snapshot("lunch").Seq
	before := h.Catalog().Revision

	kept, made, err := h.Store.BeginRound(h.Ctx, "lunch", nextRound("lunch-of-monday"))
	if err != nil {
		h.Fatal(err)
	}
	want := old
	want.Slug, want.Status = "lunch-of-monday", vote.Closing
	want.Code, want.Revision, want.ChangedAt = kept.Code, kept.Revision, kept.ChangedAt
	if d := cmp.Diff(want, kept); d != "" {
		h.Errorf("kept (-want +got):\n%s", d)
	}
	if made.Slug != "lunch" || made.Parent != kept.Slug || made.Question != "And now?" || made.CreatedKey() == kept.CreatedKey() {
		h.Errorf("made %+v", made)
	}
	if !(before < kept.Revision && kept.Revision < made.Revision && made.Revision == h.Catalog().Revision) {
		h.Errorf("revisions %d, %d after %d", kept.Revision, made.Revision, before)
	}
	h.wantPoll(kept)
	h.wantPoll(made)
	h.WantTally("lunch-of-monday", vote.Tally{"a": 1, "b": 1})
	h.WantTally("lunch", nil)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1})
	if now := h.Snapshot("lunch").Seq; now <= seq {
		h.Errorf("seq %d after %d: whoever watches would not see the new round", now, seq)
	}
	h.WantOutcomes(h.Apply(fixture.Batch(300, "lunch/ann=b")), store.Recorded)
	h.WantOutcomes(h.Apply(fixture.Batch(200, "lunch-of-monday/ann=b")), store.Changed)
	h.WantOutcomes(h.Apply(fixture.Batch(50, "lunch-of-monday/bob=a")), store.Superseded) // positions went along
}

// A request that comes again, after a lost answer or by a second click, begins no
// second round: not even after votes came in.
func roundOnce(h kit) {
	h.Create("lunch", vote.Open)
	round := nextRound("monday")
	round.Request = "click-1"
	_, first, err := h.Store.BeginRound(h.Ctx, "lunch", round)
	if err != nil {
		h.Fatal(err)
	}
	h.Apply(fixture.Batch(100, "lunch/ann=a"))
	round.Keep = func(vote.Poll) (string, error) { return "tuesday", nil }
	kept, second, err := h.Another(h.T).BeginRound(h.Ctx, "lunch", round)
	if d := cmp.Diff(first, second); err != nil || d != "" || kept.Slug != "" {
		h.Errorf("%v, kept %q (-first +second):\n%s", err, kept.Slug, d)
	}
	h.WantTally("lunch", vote.Tally{"a": 1})
}

// What must not be done is not done at all.
func roundRefused(h kit) {
	h.Create("lunch", vote.Open)
	h.Create("taken", vote.Open)
	h.Apply(fixture.Batch(100, "lunch/ann=a"))
	before := h.Catalog()
	refusal := errors.New("not today")
	refuse := store.NewRound{Next: fixture.Poll("x", vote.Open), Keep: func(vote.Poll) (string, error) { return "", refusal }}
	unfit := nextRound("free")
	unfit.Next.Options = nil
	for _, c := range []struct {
		slug  string
		round store.NewRound
		want  error
	}{
		{"lunch", refuse, refusal},
		{"lunch", nextRound("taken"), store.ErrExists},
		{"lunch", nextRound("lunch"), store.ErrExists},
		{"lunch", nextRound("No Slug"), vote.ErrInvalid},
		{"lunch", unfit, vote.ErrInvalid},
		{"nowhere", nextRound("free"), store.ErrNoPoll},
		{"\x00", nextRound("free"), store.ErrNoPoll},
	} {
		if _, _, err := h.Store.BeginRound(h.Ctx, c.slug, c.round); !errors.Is(err, c.want) {
			h.Errorf("%s: %v, want %v", c.slug, err, c.want)
		}
	}
	if d := cmp.Diff(before, h.Catalog()); d != "" {
		h.Errorf("catalog (-before +after):\n%s", d)
	}
	h.WantTally("lunch", vote.Tally{"a": 1})
}

// A vote that is on its way while its poll gives its name away, or is made anew,
// is stored in its own poll or nowhere: never in the one that has the name now.
func castIn(h kit) {
	old := h.Create("lunch", vote.Open)
	h.WantOutcomes(h.Apply(store.Batch{ID: 100, Votes: []store.Entry{in(old, 100, "lunch", "ann", "a")}}), store.Recorded)
	kept, made, err := h.Store.BeginRound(h.Ctx, "lunch", nextRound("monday"))
	if err != nil {
		h.Fatal(err)
	}
	late := store.Batch{ID: 200, Votes: []store.Entry{in(made, 200, "lunch", "cid", "a"), in(old, 201, "lunch", "bob", "b")}}
	if _, err := h.Store.Apply(h.Ctx, late); !errors.Is(err, store.ErrMoved) {
		h.Fatalf("applied to the new round: %v", err)
	}
	h.WantTally("lunch", nil)
	late.Votes[1].Vote.Poll = "monday" // what whoever asks again finds out
	h.WantOutcomes(h.Apply(late), store.Recorded, store.Recorded)
	h.WantTally("lunch", vote.Tally{"a": 1})
	h.WantTally("monday", vote.Tally{"a": 1, "b": 1})
	if kept.CreatedKey() != old.CreatedKey() {
		h.Errorf("the old round was made at %v, not at %v", kept.CreatedAt, old.CreatedAt)
	}

	gone := store.Batch{ID: 300, Votes: []store.Entry{in(old, 300, "nowhere", "dan", "a")}}
	if _, err := h.Store.Apply(h.Ctx, gone); !errors.Is(err, store.ErrMoved) {
		h.Errorf("a name that is gone: %v", err)
	}
	if _, err := h.Store.Replay(h.Ctx, in(old, 4711, "lunch", "eve", "a")); !errors.Is(err, store.ErrNoDeadLetter) {
		h.Errorf("replayed what is no dead letter: %v", err)
	}
}

// However batches and the change of rounds interleave, each vote ends up in the
// round in which it was cast.
func roundWhileVoting(h kit) {
	const workers, each, rounds = 4, 40, 5
	h.Create("race", vote.Open)
	handles := []fixture.Store{h.Store, h.Another(h.T)}
	var cast atomic.Int64
	voted := make(chan struct{}, workers*each)
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			for i := range each {
				id := int64(w+1)<<40 | int64(i)<<8
				if err := castAndStore(h, handles[w%2], id, &cast); err != nil {
					return err
				}
				voted <- struct{}{}
			}
			return nil
		})
	}
	for r := range rounds {
		for range workers * each / (2 * rounds) {
			<-voted
		}
		if _, _, err := h.Store.BeginRound(h.Ctx, "race", nextRound(fmt.Sprintf("race-%d", r))); err != nil {
			h.Fatal(err)
		}
	}
	if err := g.Wait(); err != nil {
		h.Fatal(err)
	}
	var stored int64
	for _, p := range h.Catalog().Polls {
		for ballot, voters := range h.Tally(p.Slug) {
			if p.Slug != vote.DefaultSlug && string(ballot) != p.CreatedKey() {
				h.Errorf("%s holds a ballot of another round", p.Slug)
			}
			stored += voters
		}
	}
	if stored != cast.Load() {
		h.Errorf("%d votes are stored, %d were cast", stored, cast.Load())
	}
}

// castAndStore goes the way of a vote by hand: it reads the poll, casts in it (the
// ballot tells in which), and stores that as a worker does.
func castAndStore(h kit, s fixture.Store, id int64, cast *atomic.Int64) error {
	p, err := s.Poll(h.Ctx, "race")
	if err != nil {
		return err
	}
	cast.Add(1)
	e := in(p, id, "race", fmt.Sprint("v", id), p.CreatedKey())
	for {
		_, err := s.Apply(h.Ctx, store.Batch{ID: id, Votes: []store.Entry{e}})
		if !errors.Is(err, store.ErrMoved) {
			return err
		}
		catalog, err := s.Catalog(h.Ctx)
		if err != nil {
			return err
		}
		for _, q := range catalog.Polls {
			if q.CreatedKey() == p.CreatedKey() {
				e.Vote.Poll = q.Slug
			}
		}
	}
}

func environment(h kit) {
	want := ""
	for _, next := range []string{"{}", `{"question":"Où? <b>\"'é"}`, "{}"} {
		if got, err := h.Another(h.T).Environment(h.Ctx); err != nil || got != want {
			h.Errorf("asked %q, %v; want %q", got, err, want)
		}
		if err := h.Store.SetEnvironment(h.Ctx, next); err != nil {
			h.Fatal(err)
		}
		want = next
	}
}
