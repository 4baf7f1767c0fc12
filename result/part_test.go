package result

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/count"
	"popeye/internal/fixture"
	"popeye/result/audience"
	"popeye/vote"
	"popeye/vote/definition"
)

// open makes an open poll of fruit.
func (s *site) open(slug string, kind vote.Kind, choose ...func(*vote.Choices)) {
	s.T.Helper()
	d := definition.Definition{Slug: slug, Question: "Which fruit?", Kind: kind, Options: fixture.Labels("Apple", "Banana", "Cherry", "Date"), Status: vote.Open}
	for _, c := range choose {
		c(&d.Choices)
	}
	s.Make(d)
}

// close ends a poll.
func (s *site) close(slug string) {
	s.T.Helper()
	s.Become(slug, vote.Closing)
	s.Become(slug, vote.Closed)
}

// A tie that only the lot decides stands beside the winner, with the order of the lot.
func TestATieIsSaidBesideTheWinner(t *testing.T) {
	s := newSite(t, nil)
	s.open("tie", vote.Single)
	s.Vote("tie", "a", "b")
	s.close("tie")
	p, err := s.Store.Poll(t.Context(), "tie")
	if err != nil {
		t.Fatal(err)
	}
	first, second := "Apple", "Banana"
	if lot := count.ElectionOf(p).Lot; slices.Index(lot, 0) > slices.Index(lot, 1) {
		first, second = second, first
	}
	says(t, s.part("/p/tie"), "Winner: "+first,
		"Tie between Apple and Banana, decided by lot. The order of the lot was fixed before voting opened: "+first+", "+second+".", "The lot")
	s.Get("/p/tie").Want(t, http.StatusOK, "<code>"+p.LotSeed+"</code>")
	s.Get("/p/tie/present").Want(t, http.StatusOK, "decided by lot")
}

// Without a ballot there is no winner, whatever the lot would say.
func TestWithoutBallotsNobodyWins(t *testing.T) {
	s := newSite(t, nil)
	s.open("none", vote.Ranked)
	open := s.Get("/p/none")
	open.Want(t, http.StatusOK, "Counting rule: <strong>Instant runoff</strong>, one winner.")
	open.Without(t, `class="winner"`, "Rounds", "<h3>")
	s.close("none")
	s.Get("/p/none").Want(t, http.StatusOK, "Nobody voted, so there is no winner.")
}

// Who abstains is among the voters and outside every percentage.
func TestAbstentionsAreOutsideEveryPercentage(t *testing.T) {
	s := newSite(t, nil)
	s.open("may", vote.Single, flag(func(c *vote.Choices, yes *bool) { c.Abstain = yes }))
	s.Vote("may", "a", "a", "b", "-", "-", "-")
	a := s.Get("/p/may")
	a.Want(t, http.StatusOK, "<b>6</b> people have voted", " · 3 abstained", `<span class="share">67 %</span>`, `<span class="share">33 %</span>`, `<rect width="66.67%"`)
	s.Get("/api/v1/polls/may/results").Want(t, http.StatusOK, `"total":6`, `"abstained":3`)
}

// An option that has withdrawn does not win, and the count with it stands beside.
func TestTheCountWithoutAWithdrawnOptionDecides(t *testing.T) {
	s := newSite(t, nil)
	s.open("gone", vote.Ranked)
	s.Vote("gone", "a>b", "a>b", "a", "b", "b", "c>a")
	if _, err := s.Store.ChangePoll(t.Context(), "gone", func(p vote.Poll) (vote.Poll, error) {
		p.Withdrawn = []string{"a"}
		return p, nil
	}); err != nil {
		t.Fatal(err)
	}
	s.close("gone")
	says(t, s.part("/p/gone"), "Winner: Banana", "Withdrawn, and not counted: Apple. With all options the result would be: Apple.",
		"Order", "Banana", "The count with all options", "Winner: Apple", "Order", "Apple", "The lot")
	s.Get("/p/gone").Want(t, http.StatusOK, `Apple</span><span class="tag">withdrawn</span>`, `data-withdrawn="a"`)
}

// Nothing of the ballots is in the part of a poll that does not show them.
func TestAPartShowsNoMoreThanThePage(t *testing.T) {
	s := newSite(t, nil)
	closed := vote.VisibleClosed
	s.open("later", vote.Single, func(c *vote.Choices) { c.Visibility = &closed })
	s.Vote("later", "c")
	for _, path := range []string{"/p/later", "/p/later?part=count", "/p/later/present"} {
		a := s.Get(path)
		a.Want(t, http.StatusOK, `id="winners"`, "Most votes")
		a.Without(t, `class="winner"`, "So far", "<h3>", "Order")
	}
	s.Make(definition.Definition{Slug: "draft", Question: "Who?", Options: fixture.Labels("Popeye", "Olive")})
	a := s.Get("/p/draft?part=count")
	a.Want(t, http.StatusOK, "Counting rule:")
	a.Without(t, "Popeye", "Olive", "The lot", "seed")
}

// A part that has not changed is not sent again.
func TestAPartThatIsTheSameIsNotSent(t *testing.T) {
	s := newSite(t, nil)
	first := s.Get("/?part=count")
	first.Want(t, http.StatusOK, `id="winners"`)
	tag := first.Header.Get("ETag")
	if cache := first.Header.Get("Cache-Control"); tag == "" || cache != "private, no-cache" {
		t.Errorf("ETag %q, Cache-Control %q", tag, cache)
	}
	if again := s.Do("GET", "/?part=count", "", "If-None-Match", tag); again.StatusCode != http.StatusNotModified || again.Body != "" {
		t.Errorf("sent again: %s %q", again.Status, again.Body)
	}
	s.Get("/p/nowhere?part=count").Want(t, http.StatusNotFound)
	s.Get("/p/default/present?part=count").Without(t, `id="counting"`)
}

// However many ask, a poll is read for its part once a second; an error is not kept.
func TestAPartIsReadOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p parts
		reads := 0
		ask := func(slug string, err error) error {
			_, got := p.recent(slug, func() (audience.Counted, error) { reads++; return audience.Counted{}, err })
			return got
		}
		for _, step := range []struct {
			wait  time.Duration
			slug  string
			err   error
			reads int
		}{
			{0, "lunch", fixture.ErrAway, 1},
			{0, "lunch", nil, 2},
			{partFor - time.Millisecond, "lunch", nil, 2},
			{0, "dinner", nil, 3},
			{time.Millisecond, "lunch", nil, 4},
			{0, "dinner", nil, 4},
		} {
			time.Sleep(step.wait)
			if err := ask(step.slug, step.err); !errors.Is(err, step.err) || reads != step.reads {
				t.Errorf("%s: %d reads, want %d; error %v", step.slug, reads, step.reads, err)
			}
		}
		time.Sleep(partFor)
		if _ = ask("breakfast", nil); len(p.kept) != 1 {
			t.Errorf("%d parts are kept, old ones too", len(p.kept))
		}
	})
}

// The larger the crowd and the part, the longer pages wait for it.
func TestAPageWaitsForItsPart(t *testing.T) {
	large := &count.Result{}
	for range 29 {
		r := count.Round{Votes: map[string]string{}}
		for i := range 15 {
			r.Votes[vote.OptionID(i)] = "1"
		}
		large.Rounds = append(large.Rounds, r)
	}
	for _, c := range []struct {
		viewers int
		of      *count.Result
		seconds int
	}{{0, nil, 2}, {1, large, 2}, {1000, nil, 2}, {1000, large, 8}, {10_000, nil, 3}, {10_000, large, 60}} {
		if got := pauseOf(c.viewers, c.of); got != c.seconds {
			t.Errorf("%d viewers of %v wait %d s, want %d", c.viewers, c.of != nil, got, c.seconds)
		}
	}
}

// A page has room for so many cells; of more it says where they are.
func TestAPageHasRoomForSoManyCells(t *testing.T) {
	s := newSite(t, nil)
	var words []string
	for i := range 100 {
		words = append(words, fmt.Sprintf("Candidate %d.", i+1))
	}
	rule := "schulze/1"
	for _, d := range []definition.Definition{{Slug: "pairs"}, {Slug: "rounds"}} {
		d.Question, d.Kind, d.Options, d.Status = "Who?", vote.Ranked, fixture.Labels(words...), vote.Open
		if d.Slug == "pairs" {
			d.Rule = &rule
		}
		s.Make(d)
		s.Vote(d.Slug, "a>b", "b>c>a", "c")
		a := s.Get("/p/" + d.Slug + "?part=count")
		a.Want(t, http.StatusOK)
		if n := strings.Count(a.Body, "<td"); n > 3*2500 || len(a.Body) > 1<<20 {
			t.Errorf("%s: %d cells, %d bytes", d.Slug, n, len(a.Body))
		}
	}
	s.Get("/p/pairs").Want(t, http.StatusOK, "The comparisons of 100 options are too many for a page.")
	s.Get("/p/rounds").Want(t, http.StatusOK, "Round 1:", "<td")
}

// Whatever shows the winner says how long to wait before it asks again.
func TestEveryLivePageNamesAPause(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/p/default", "/p/default/present", "/embed/default", "/?part=count"} {
		s.Get(path).Want(t, http.StatusOK, `id="winners"`, `data-pause="2"`)
	}
}
