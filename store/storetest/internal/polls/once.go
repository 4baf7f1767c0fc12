package polls

import (
	"errors"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var onceTests = []test{
	{"Again", createOnceAgain},
	{"Taken", createOnceTaken},
	{"AtOnce", createOnceAtOnce},
	{"AfterDeletion", createOnceAfterDeletion},
}

func (h kit) createOnce(s fixture.Store, request string, p vote.Poll) vote.Poll {
	h.Helper()
	made, err := s.CreateOnce(h.Ctx, request, p)
	if err != nil {
		h.Fatal(err)
	}
	return made
}

// A request that comes again, to another process too, gets the poll that it made
// as it is by then, whatever it asks for now, and the catalog stays where it is.
func createOnceAgain(h kit) {
	made := h.createOnce(h.Store, "one", fixture.Poll("lunch", vote.Open))
	if d := cmp.Diff(made, h.Catalog().Polls[1]); d != "" {
		h.Errorf("made (-returned +read):\n%s", d)
	}
	closing, err := h.Store.ChangePoll(h.Ctx, "lunch", func(p vote.Poll) (vote.Poll, error) {
		p.Status = vote.Closing
		return p, nil
	})
	if err != nil {
		h.Fatal(err)
	}
	before := h.Catalog()
	for _, again := range []vote.Poll{fixture.Poll("lunch", vote.Open), fixture.Poll("lunch-2", vote.Open)} {
		if d := cmp.Diff(closing, h.createOnce(h.Another(h.T), "one", again)); d != "" {
			h.Errorf("again (-as it is +returned):\n%s", d)
		}
	}
	if d := cmp.Diff(before, h.Catalog()); d != "" {
		h.Errorf("the catalog moved (-before +after):\n%s", d)
	}
}

// A request that was refused has made nothing and may ask for another name. One
// without a name is a new one each time.
func createOnceTaken(h kit) {
	h.Create("lunch", vote.Open)
	if _, err := h.Store.CreateOnce(h.Ctx, "one", fixture.Poll("lunch", vote.Open)); !errors.Is(err, store.ErrExists) {
		h.Errorf("a name that is taken: %v", err)
	}
	if made := h.createOnce(h.Store, "one", fixture.Poll("lunch-2", vote.Open)); made.Slug != "lunch-2" {
		h.Errorf("made %q", made.Slug)
	}
	if made := h.createOnce(h.Store, "two", fixture.Poll("lunch-3", vote.Open)); made.Slug != "lunch-3" {
		h.Errorf("another request made %q", made.Slug)
	}
	for _, slug := range []string{"tea", "coffee"} {
		if made := h.createOnce(h.Store, "", fixture.Poll(slug, vote.Open)); made.Slug != slug {
			h.Errorf("a request without a name made %q", made.Slug)
		}
	}
	if _, err := h.Store.CreateOnce(h.Ctx, "", fixture.Poll("tea", vote.Open)); !errors.Is(err, store.ErrExists) {
		h.Errorf("no name twice: %v", err)
	}
}

// Of a request that comes to several processes at once, one makes the poll and
// all get it, even if they ask for different names.
func createOnceAtOnce(h kit) {
	stores := []fixture.Store{h.Store, h.Another(h.T), h.Another(h.T), h.Another(h.T)}
	for _, request := range []string{"one", "two", "three"} {
		made := make([]vote.Poll, len(stores))
		var g errgroup.Group
		for i, s := range stores {
			g.Go(func() (err error) {
				made[i], err = s.CreateOnce(h.Ctx, request, fixture.Poll(request+"-"+vote.OptionID(i), vote.Open))
				return err
			})
		}
		if err := g.Wait(); err != nil {
			h.Fatal(err)
		}
		for _, p := range made[1:] {
			if d := cmp.Diff(made[0], p); d != "" {
				h.Errorf("two answers to one request (-one +other):\n%s", d)
			}
		}
	}
	if n := len(h.Catalog().Polls); n != 1+3 {
		h.Errorf("there are %d polls, want the default one and 3", n)
	}
}

func createOnceAfterDeletion(h kit) {
	first := h.createOnce(h.Store, "one", fixture.Poll("lunch", vote.Draft))
	if err := h.Store.DeletePoll(h.Ctx, "lunch", func(vote.Poll) error { return nil }); err != nil {
		h.Fatal(err)
	}
	if again := h.createOnce(h.Store, "one", fixture.Poll("lunch", vote.Draft)); again.Revision <= first.Revision {
		h.Errorf("revision %d after %d", again.Revision, first.Revision)
	}
}
