package result

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// The votes of a poll in these tests: numbers that stand nowhere by accident.
const plantedA, plantedB = 531, 303 // fewer than audience.DearVoters: a slow machine keeps no older count

var planted = regexp.MustCompile(`\b(531|303)\b|\b(64|36)[\s\x{202f}\x{a0}]*%`)

// byKey is an organiser of the tests.
const byKey = "I-Organise"

func organises(c *Config) {
	c.IsOrganiser = func(r *http.Request) bool { return r.Header.Get(byKey) != "" }
}

// plant makes a poll with those votes.
func (s *site) plant(slug string, v vote.Visibility, hideVoters bool) vote.Poll {
	s.T.Helper()
	s.Make(definition.Definition{
		Slug: slug, Question: "Where to?", Options: fixture.Labels("Pizza", "Sushi", "Salad"), Status: vote.Open,
		Choices: vote.Choices{Visibility: &v, HideVoters: &hideVoters},
	})
	s.Vote(slug, slices.Concat(slices.Repeat([]vote.Ballot{"a"}, plantedA), slices.Repeat([]vote.Ballot{"b"}, plantedB))...)
	p, err := s.Store.Poll(s.T.Context(), slug)
	if err != nil {
		s.T.Fatal(err)
	}
	return p
}

// reveal shows or hides a poll's results by hand.
func (s *site) reveal(slug string, shown bool) {
	s.T.Helper()
	if _, err := s.Store.ChangePoll(s.T.Context(), slug, func(p vote.Poll) (vote.Poll, error) { return p.Reveal(shown) }); err != nil {
		s.T.Fatal(err)
	}
}

// addresses are the addresses at which results are.
func addresses(slug, pass string) []string {
	query := ""
	if pass != "" {
		query = "?pass=" + pass
	}
	api := "/api/v1/polls/" + slug
	return []string{
		"/p/" + slug + query, "/p/" + slug + "/present" + query, "/embed/" + slug, api + "/results" + query, api + "/results.csv" + query,
		api + "/ballots.json" + query, api + "/ballots.csv" + query, api + "/ballots.blt" + query,
	}
}

// withoutCode is a page without the code of its poll, which may have any digits.
func (s *site) withoutCode(slug, page string) string {
	s.T.Helper()
	p, err := s.Store.Poll(s.T.Context(), slug)
	if err != nil {
		s.T.Fatal(err)
	}
	return regexp.MustCompile(p.Code[:3]+`[^0-9]{0,40}`+p.Code[3:]).ReplaceAllString(page, "")
}

// plantedTotal is how many have voted, as a number by itself: not a part of a code or a time.
var plantedTotal = regexp.MustCompile(fmt.Sprintf(`\b%d\b`, plantedA+plantedB))

// wantHidden looks for the votes everywhere.
func (s *site) wantHidden(when, slug, pass string, total bool) {
	s.T.Helper()
	for _, path := range addresses(slug, pass) {
		a := s.Get(path)
		body := s.withoutCode(slug, a.Body)
		if found := planted.FindString(body); found != "" {
			s.T.Errorf("%s: %s tells %s:\n%s", when, path, found, a.Body)
		}
		if told := plantedTotal.MatchString(body); told && !total || !told && total && strings.HasSuffix(path, "/results") {
			s.T.Errorf("%s: %s: want the number of voters told to be %t:\n%s", when, path, total, a.Body)
		}
		switch {
		case strings.Contains(path, ".csv") || strings.Contains(path, "/ballots"):
			a.WantError(s.T, http.StatusForbidden, "hidden")
		default:
			a.Want(s.T, http.StatusOK)
		}
	}
}

// wantShown wants the votes everywhere; those that list ballots if they may be read.
func (s *site) wantShown(when, slug, pass string, ballots bool, headers ...string) {
	s.T.Helper()
	for _, path := range addresses(slug, pass) {
		if strings.Contains(path, "/ballots") && !ballots {
			s.Do("GET", path, "", headers...).WantError(s.T, http.StatusForbidden, "hidden")
			continue
		}
		if !strings.HasPrefix(path, "/api/") && len(headers) > 0 && !strings.HasPrefix(path, "/p/"+slug+"?") && path != "/p/"+slug ||
			strings.HasPrefix(path, "/embed/") && pass != "" {
			continue // see TestARoomSeesNoMoreWhoeverOpensItsScreen
		}
		if a := s.Do("GET", path, "", headers...); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "531") || !strings.Contains(a.Body, "303") {
			s.T.Errorf("%s: %s does not tell the votes: %s\n%s", when, path, a.Status, a.Body)
		}
	}
}

func TestWhoSeesTheResultsOfEachVisibilityAndWhen(t *testing.T) {
	s := newSite(t, organises)
	me := []string{byKey, "yes"}
	for _, v := range vote.Visibilities {
		for _, hideVoters := range []bool{false, true} {
			slug := strings.ReplaceAll(fmt.Sprint(v, "-", hideVoters), "_", "-")
			t.Run(slug, func(t *testing.T) {
				s.T = t
				p := s.plant(slug, v, hideVoters)
				pass := p.Pass(time.Now().Add(time.Hour))
				live := v == vote.VisibleLive
				if live {
					s.wantShown("open", slug, "", false)
				} else {
					s.wantHidden("open", slug, "", !hideVoters)
					s.wantHidden("open, with an old pass", slug, p.Pass(time.Now().Add(-time.Second)), !hideVoters)
					s.wantHidden("open, with a pass that is made up", slug, "zzzzzz.AAAAAAAAAAAAAAAAAAAAAA", !hideVoters)
				}
				s.wantShown("open, to the organiser", slug, "", true, me...)
				if v == vote.VisibleAfterVote {
					s.wantShown("open, with a pass", slug, pass, false)
				}
				if v == vote.VisibleManual {
					s.reveal(slug, true)
					s.wantShown("revealed", slug, "", false)
					s.reveal(slug, false)
					s.wantHidden("hidden again", slug, "", !hideVoters)
				}
				s.Become(slug, vote.Closing)
				if !live {
					s.wantHidden("closing", slug, "", !hideVoters)
				}
				s.Become(slug, vote.Closed)
				if v == vote.VisibleManual {
					s.wantHidden("closed, not revealed", slug, "", !hideVoters)
					s.reveal(slug, true)
				}
				s.wantShown("closed", slug, "", true)
				s.Become(slug, vote.Open)
				if v == vote.VisibleClosed && !hideVoters { // how many had voted by then everyone has seen
					s.wantHidden("reopened", slug, "", !hideVoters)
				}
			})
		}
	}
}

// An organiser who shows a room the big screen does not show it what is hidden.
func TestARoomSeesNoMoreWhoeverOpensItsScreen(t *testing.T) {
	s := newSite(t, organises)
	s.plant("lunch", vote.VisibleClosed, false)
	for _, path := range []string{"/p/lunch/present", "/p/lunch/present?part=count", "/embed/lunch"} {
		if a := s.Do("GET", path, "", byKey, "yes"); planted.MatchString(s.withoutCode("lunch", a.Body)) || a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s\n%s", path, a.Status, a.Body)
		}
	}
}

// A part of a page that is kept for a moment is kept for those who may see the same.
func TestAPartIsKeptForThoseWhoMaySeeIt(t *testing.T) {
	s := newSite(t, organises)
	s.plant("lunch", vote.VisibleClosed, false)
	const path = "/p/lunch?part=count"
	for range 2 { // whoever asks first
		s.Do("GET", path, "", byKey, "yes").Want(t, http.StatusOK, `class="winner"`)
		if a := s.Get(path); planted.MatchString(s.withoutCode("lunch", a.Body)) || strings.Contains(a.Body, `class="winner"`) || a.StatusCode != http.StatusOK {
			t.Errorf("anyone gets %s", a.Body)
		}
	}
}

// A pass is for one poll: not for another of the same name, nor for one that has another
// visibility by now.
func TestAPassOpensOnePollAlone(t *testing.T) {
	s := newSite(t, organises)
	lunch, dinner := s.plant("lunch", vote.VisibleAfterVote, false), s.plant("dinner", vote.VisibleAfterVote, false)
	until := time.Now().Add(time.Hour)
	s.wantHidden("with another poll's pass", "lunch", dinner.Pass(until), true)
	forged := lunch
	forged.CreatedAt = forged.CreatedAt.Add(time.Microsecond)
	s.wantHidden("with the pass of an earlier poll of that name", "lunch", forged.Pass(until), true)
	s.wantShown("with its own", "lunch", lunch.Pass(until), false)
	closed := vote.VisibleClosed
	_, err := s.Store.ChangePoll(t.Context(), "lunch", func(p vote.Poll) (vote.Poll, error) {
		return definition.Edit{Choices: vote.Choices{Visibility: &closed}}.Apply(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wantHidden("with its own, hidden until it closes by now", "lunch", lunch.Pass(until), true)
}

// The key of the passes is in nothing that anybody is told.
func TestTheKeyOfPassesIsToldNobody(t *testing.T) {
	s := newSite(t, organises)
	p := s.plant("lunch", vote.VisibleAfterVote, false)
	if len(p.PassKey) < 16 {
		t.Fatalf("the key is %q", p.PassKey)
	}
	for _, path := range addresses("lunch", "") {
		if a := s.Do("GET", path, "", byKey, "yes"); strings.Contains(a.Body, p.PassKey) {
			t.Errorf("%s tells it", path)
		}
	}
	if told, _ := json.Marshal(p); strings.Contains(string(told), p.PassKey) {
		t.Errorf("the organiser's API tells it: %s", told)
	}
}

// seq tells nothing of votes where their number is hidden, and still grows with each
// change of what is seen.
func TestSeqTellsNothingOfVotesThatAreHidden(t *testing.T) {
	s := newSite(t, organises)
	s.plant("lunch", vote.VisibleManual, true)
	seq := func() (seq float64) {
		var got map[string]any
		s.Get("/api/v1/polls/lunch/results").Into(t, &got)
		return got["seq"].(float64)
	}
	before := seq()
	s.Vote("lunch", "a", "c")
	if now := seq(); now != before {
		t.Errorf("votes let it grow from %v to %v", before, now)
	}
	for i := range 4 {
		s.reveal("lunch", i%2 == 0)
		if now := seq(); now <= before {
			t.Errorf("a change, and it goes from %v to %v", before, now)
		} else {
			before = now
		}
		s.Vote("lunch", "a", "c")
	}
}

// A poll that hides how many have voted hides it in its history too.
func TestAReopeningTellsNoNumberThatIsHidden(t *testing.T) {
	s := newSite(t, organises)
	s.plant("lunch", vote.VisibleManual, true)
	for _, status := range []vote.Status{vote.Closing, vote.Closed, vote.Open} {
		s.Become("lunch", status)
	}
	s.wantHidden("reopened", "lunch", "", false)
	s.Get("/p/lunch").Want(t, http.StatusOK, "Reopened")
	s.Get("/p/lunch").Without(t, "before anybody had voted")
}

func TestAPageSaysWhenHiddenResultsCome(t *testing.T) {
	s := newSite(t, organises)
	for v, says := range map[vote.Visibility]string{
		vote.VisibleAfterVote: "Results come when you have voted, or when the poll closes.",
		vote.VisibleClosed:    "Results come when the poll closes.", vote.VisibleManual: "Results come when the organiser reveals them.",
	} {
		slug := strings.ReplaceAll(string(v), "_", "-")
		s.plant(slug, v, false)
		for _, path := range []string{"/p/" + slug, "/p/" + slug + "/present"} {
			s.Get(path).Want(t, http.StatusOK, says, "people have voted")
			s.Get(path).Without(t, `id="bars"`, "results.csv")
		}
		if got := s.Get("/api/v1/polls/"+slug+"/results.csv").WantError(t, http.StatusForbidden, "hidden"); got != says {
			t.Errorf("%s: %q", v, got)
		}
	}
}

// hides is a poll of three options with a visibility.
func hides(slug string, v vote.Visibility) vote.Poll {
	p := single(slug, vote.Open)
	p.Visibility, p.PassKey = v, "a key of twenty bytes"
	return p
}

// hiddenTally is what a viewer gets of results that are hidden.
func hiddenTally(slug string, total int) heard { return tally(slug, total) }

func TestViewersGetNoVotesWhileTheyAreHidden(t *testing.T) {
	p := hides("lunch", vote.VisibleManual)
	s := newFakeStore(single("default", vote.Open), p)
	s.count("lunch", "a", "a", "b")
	atStation(t, s, func(t *testing.T, h *shown) {
		early := h.enter()
		early.subscribe("lunch")
		late := h.enter()
		late.subscribe("lunch")
		for _, w := range []*watcher{early, late} {
			e := w.last("tally")
			if !strings.Contains(e.Body, `"hidden":true`) || strings.Contains(e.Body, "votes") || strings.Contains(e.Body, "count") || totalOf(e) != "lunch 3" {
				t.Errorf("hidden: %s", e.Body)
			}
		}
		s.count("lunch", "c")
		pass(time.Second)
		early.want(hiddenTally("lunch", 4)) // and no scores
		p.Revealed = true
		s.put(p)
		pass(time.Second)
		early.want(scores(2, 1, 1), tally("lunch", 4))
		p.Revealed = false
		s.put(p)
		pass(time.Second)
		if e := early.last("tally"); strings.Contains(e.Body, "votes") {
			t.Errorf("hidden again: %s", e.Body)
		}
		s.count("lunch", "a")
		pass(time.Second)
		early.want(hiddenTally("lunch", 5))
		last := h.enter()
		last.subscribe("lunch")
		last.want(welcome, scores(0, 0, 0), hiddenTally("lunch", 5), subscribed("lunch"))
	})
}

func TestClassicViewersGetNoScoresWhileTheyAreHidden(t *testing.T) {
	p := hides("default", vote.VisibleClosed)
	s := newFakeStore(p)
	s.count("default", "a")
	atStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		w.want(welcome)
		s.count("default", "b")
		pass(time.Minute)
		w.want()
		p.Status = vote.Closed
		s.put(p)
		pass(time.Second)
		w.want(scores(1, 1, 0))
	})
}

// Where the number of voters is hidden, not even that something changed is told.
func TestViewersAreToldNothingOfVotesWhoseNumberIsHidden(t *testing.T) {
	p := hides("lunch", vote.VisibleClosed)
	p.HideVoters = true
	s := newFakeStore(single("default", vote.Open), p)
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		if e := w.last("tally"); strings.Contains(e.Body, "total") {
			t.Errorf("it tells %s", e.Body)
		}
		s.count("lunch", "a", "b")
		pass(time.Minute)
		w.want()
	})
}

func TestAPassOpensAConnectionToVoters(t *testing.T) {
	p := hides("lunch", vote.VisibleAfterVote)
	s := newFakeStore(single("default", vote.Open), p)
	s.count("lunch", "a")
	atStation(t, s, func(t *testing.T, h *shown) {
		voter, other := h.enter(), h.enter()
		other.subscribe("lunch")
		good := p.Pass(time.Now().Add(time.Hour))
		voter.send(`421["subscribe",{"channel":"lunch","pass":"` + good + `"}]`)
		voter.want(welcome, scores(0, 0, 0), scores(1, 0, 0), tally("lunch", 1), subscribed("lunch"))
		other.take()
		s.count("lunch", "b")
		pass(time.Second)
		voter.want(scores(1, 1, 0), tally("lunch", 2))
		other.want(hiddenTally("lunch", 2))
		other.send(`421["subscribe",{"channel":"lunch","pass":"` + good + `"}]`) // they have voted since
		other.want(scores(1, 1, 0), tally("lunch", 2), subscribed("lunch"))
		p.Visibility = vote.VisibleManual // it is hidden from voters too
		s.put(p)
		pass(time.Second)
		for _, w := range []*watcher{voter, other} {
			if e := w.last("tally"); strings.Contains(e.Body, "votes") {
				t.Errorf("a voter gets %s", e.Body)
			}
		}
	})
}

func TestAnOrganisersConnectionSeesWhatIsHidden(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), hides("lunch", vote.VisibleManual))
	s.count("lunch", "a")
	mine := func(c *Config) { c.IsOrganiser = func(*http.Request) bool { return true } }
	atClosedStation(t, s, func(t *testing.T, h *shown) {
		h.open()
		w := h.enter()
		w.subscribe("lunch")
		w.want(welcome, scores(0, 0, 0), scores(1, 0, 0), tally("lunch", 1), subscribed("lunch"))
		w.send(`421["subscribe",{"channel":"lunch","room":true}]`) // the big screen
		if e := w.last("tally"); strings.Contains(e.Body, "votes") {
			t.Errorf("a room gets %s", e.Body)
		}
	}, mine)
}
