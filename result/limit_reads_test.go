package result

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"popeye/vote"
)

// crowd is how many voters make a poll one whose reads may be expensive.
const crowd = dearVoters

// readers watches the reads of a fake store.
type readers struct {
	mu      sync.Mutex
	now     map[string]int           // under way, by poll
	most    map[string]int           // the most at once
	atOnce  int                      // the most at once of all polls
	reading map[string]time.Duration // for how long
}

// slow makes each read of a store take so long, unless its context ends before.
func slow(s *fakeStore, takes time.Duration) *readers {
	r := &readers{now: map[string]int{}, most: map[string]int{}, reading: map[string]time.Duration{}}
	s.onRead(func(ctx context.Context, slug string) {
		began := time.Now()
		r.add(slug, 1)
		select {
		case <-time.After(takes):
		case <-ctx.Done():
		}
		r.add(slug, -1)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reading[slug] += time.Since(began)
	})
	return r
}

func (r *readers) add(slug string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now[slug] += n
	r.most[slug] = max(r.most[slug], r.now[slug])
	all := 0
	for _, k := range r.now {
		all += k
	}
	r.atOnce = max(r.atOnce, all)
}

func (r *readers) underWay() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.now {
		n += k
	}
	return n
}

// mostAtOnce returns how many reads were under way at once: of one poll, or of
// all with "".
func (r *readers) mostAtOnce(slug string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slug == "" {
		return r.atOnce
	}
	return r.most[slug]
}

// spent returns for how long a poll was read since the last call.
func (r *readers) spent(slug string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.reading[slug]
	r.reading[slug] = 0
	return all
}

// result asks for a poll's results, in the background.
func (h *shown) result(slug string) <-chan string {
	answers := make(chan string, 1)
	go func() {
		resp, body := h.get("/api/v1/polls/" + slug + "/results")
		answers <- resp.Status + " " + body
	}()
	return answers
}

// names counts those that the reader remembers.
func (h *shown) names() int {
	synctest.Wait()
	return h.station.reader.Names()
}

// crowded returns a store with a poll of so many voters.
func crowded(slug string) *fakeStore {
	s := newFakeStore(single("default", vote.Open), single(slug, vote.Open))
	for range crowd {
		s.count(slug, "a")
	}
	return s
}

func TestAFeedReadsForAQuarterOfTheTimeAtMost(t *testing.T) {
	for _, takes := range []time.Duration{time.Millisecond, 20 * time.Millisecond, time.Second, 5 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
			atStation(t, s, func(t *testing.T, h *shown) {
				r := slow(s, takes)
				w := h.enter()
				w.subscribe("lunch")
				pass(20 * takes)
				r.spent("lunch")
				const long = 10 * time.Minute
				began, votes := time.Now(), 0
				for time.Since(began) < long {
					s.count("lunch", "a")
					votes++
					pass(100 * time.Millisecond)
				}
				spent := r.spent("lunch")
				if least := long / 8 * min(takes, minPause) / minPause; spent > long/4 || spent < least {
					t.Errorf("the feed was reading for %v of %v", spent, long)
				}
				pass(10 * takes)
				if e := w.last("scores"); e != scores(votes, 0, 0) {
					t.Errorf("the last figures are %s of %d", e.Body, votes)
				}
			})
		})
	}
}

func TestAnExpensivePollAtRestIsReadSeldom(t *testing.T) {
	s := crowded("lunch")
	atStation(t, s, func(t *testing.T, h *shown) {
		slow(s, time.Second)
		h.enter().subscribe("lunch")
		pass(time.Minute)
		before := s.asked("lunch")
		pass(10 * time.Minute)
		if reads := s.asked("lunch") - before; reads > 60 || reads < 50 {
			t.Errorf("%d reads in ten quiet minutes", reads)
		}
	})
}

// A poll whose reading takes longer than the store is given otherwise is shown
// all the same, and not told to be lost each time.
func TestAPollThatTakesLongToReadIsShown(t *testing.T) {
	s := crowded("lunch")
	atStation(t, s, func(t *testing.T, h *shown) {
		slow(s, 2*storeTimeout)
		w := h.enter()
		w.subscribe("lunch")
		pass(2*storeTimeout + time.Second)
		got := w.take()
		if len(got) != 6 || got[2].Name != "stale" || got[4].Name != "tally" || got[5].Name != "stale" || !strings.Contains(got[5].Body, `"stale":false`) {
			t.Errorf("at first: %q", got)
		}
		for i := range 3 {
			s.count("lunch", "b")
			pass(time.Minute)
			w.want(scores(crowd, i+1, 0), tally("lunch", crowd+i+1))
		}
	})
}

func TestOnePollIsReadByOneAtATime(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		pass(time.Second)
		r, before := slow(s, 100*time.Millisecond), s.asked("lunch")
		s.count("lunch", "a")
		synctest.Wait() // the feed reads
		s.count("lunch", "b")
		var answers []<-chan string
		for range 50 {
			answers = append(answers, h.result("lunch"))
		}
		synctest.Wait()
		for _, a := range answers {
			if got := <-a; !strings.HasPrefix(got, "200") || !strings.Contains(got, `"total":2`) {
				t.Errorf("who asked after the second vote got %s", got)
			}
		}
		if reads, most := s.asked("lunch")-before, r.mostAtOnce("lunch"); most != 1 || reads != 2 {
			t.Errorf("%d reads, %d at once, for 50 requests and a feed", reads, most)
		}
		pass(time.Second)
		if e := w.last("scores"); e != scores(1, 1, 0) {
			t.Errorf("the viewer got %s", e.Body)
		}
	})
}

func TestRequestsCanNotKeepTheStoreBusyWithAnExpensivePoll(t *testing.T) {
	s := crowded("lunch")
	atStation(t, s, func(t *testing.T, h *shown) {
		r := slow(s, time.Second)
		<-h.result("lunch")
		r.spent("lunch")
		const long = 10 * time.Minute
		votes := crowd
		for began := time.Now(); time.Since(began) < long; pass(100 * time.Millisecond) {
			s.count("lunch", "a")
			votes++
			var total int
			got := <-h.result("lunch")
			if _, err := fmt.Sscanf(got[strings.Index(got, `"total":`):], `"total":%d`, &total); err != nil {
				t.Fatalf("%v: %s", err, got)
			}
			if most := 10 * (1 + keepFor); votes-total > most { // while a read took place and was kept
				t.Fatalf("%d votes are missing: %s", votes-total, got)
			}
		}
		if spent := r.spent("lunch"); spent > long/4 {
			t.Errorf("the store was read for %v of %v", spent, long)
		}
	})
}

// What was slow for another reason than its size is not kept: who has changed
// something sees it.
func TestASmallPollIsAlwaysReadAnew(t *testing.T) {
	s := newFakeStore(single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		slow(s, time.Second)
		for i := range 5 {
			s.count("lunch", "a")
			if got := <-h.result("lunch"); !strings.Contains(got, fmt.Sprintf(`"total":%d`, i+1)) {
				t.Errorf("after %d votes: %s", i+1, got)
			}
		}
	})
}

// Strangers who make up names may not use up the store's connections.
func TestLookupsLeaveTheStoreToPollsThatAreKnown(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		pass(time.Second)
		w.take()
		r := slow(s, 2*time.Second)
		var answers []<-chan string
		for i := range 5 * maxLookups {
			answers = append(answers, h.result(fmt.Sprint("nowhere-", i)))
		}
		synctest.Wait()
		s.onRead(nil)
		s.count("default", "a")
		w.want(scores(1, 0, 0)) // at once
		if most := r.mostAtOnce(""); most != maxLookups {
			t.Errorf("%d lookups at once, want %d", most, maxLookups)
		}
		for _, a := range answers {
			if got := <-a; !strings.HasPrefix(got, "404") {
				t.Errorf("got %s", got)
			}
		}
		if n := h.names(); n != 1 {
			t.Errorf("%d names are remembered, want that of the one poll there is", n)
		}
	})
}

// Nor may they leave behind lookups that nobody waits for.
func TestLookupsThatNobodyWaitsForEnd(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		r := slow(s, time.Hour)
		var answers []<-chan string
		for i := range 5 * maxLookups {
			answers = append(answers, h.result(fmt.Sprint("nowhere-", i)))
		}
		for _, a := range answers {
			if got := <-a; !strings.HasPrefix(got, "503") {
				t.Errorf("got %s", got)
			}
		}
		if n := h.names(); n != maxLookups || r.underWay() != maxLookups {
			t.Errorf("%d names are remembered, %d are looked up, want the %d under way", n, r.underWay(), maxLookups)
		}
		pass(lookupTimeout)
		if n := h.names(); n != maxLookups || r.underWay() != 0 {
			t.Errorf("in the end %d names are remembered, %d are looked up", n, r.underWay())
		}
		for i := range maxLate + 10 {
			<-h.result(fmt.Sprint("nowhere-else-", i))
			pass(lookupTimeout)
		}
		if n := h.names(); n != maxLate || r.underWay() != 0 {
			t.Errorf("%d names are remembered, want the last %d; %d are looked up", n, maxLate, r.underWay())
		}
	})
}

// Who gives up waiting finds the figures when coming back, instead of beginning
// anew each time.
func TestAReadThatTakesLongerThanARequestIsNotInVain(t *testing.T) {
	s := crowded("lunch")
	atStation(t, s, func(t *testing.T, h *shown) {
		slow(s, 2*storeTimeout)
		began := time.Now()
		if got := <-h.result("lunch"); !strings.HasPrefix(got, "503") || time.Since(began) != storeTimeout {
			t.Errorf("after %v: %s", time.Since(began), got)
		}
		pass(storeTimeout)
		began = time.Now()
		if got := <-h.result("lunch"); !strings.HasPrefix(got, "200") || time.Since(began) != 0 || s.asked("lunch") != 1 {
			t.Errorf("after %v and %d reads: %s", time.Since(began), s.asked("lunch"), got)
		}
	})
}

// A poll that takes longer to read than the longest first try is shown in the end:
// each try gets more time, and goes on while those who ask are told to come back.
func TestAReadThatTakesLongerThanATryIsShownInTheEnd(t *testing.T) {
	for _, takes := range []time.Duration{storeTimeout + 1, lookupTimeout + time.Second, 4*lookupTimeout + time.Second} {
		s := crowded("lunch")
		atStation(t, s, func(t *testing.T, h *shown) {
			slow(s, takes)
			began, got := time.Now(), "503"
			for strings.HasPrefix(got, "503") && time.Since(began) < 10*takes {
				got = <-h.result("lunch")
			}
			if !strings.HasPrefix(got, "200") || !strings.Contains(got, `"as_of"`) {
				t.Errorf("a read that takes %v: after %v still %s", takes, time.Since(began), got)
			}
			// What was read is shown, as of then, until there is something newer.
			pass(time.Hour)
			got = <-h.result("lunch")
			for range 5 {
				if again := <-h.result("lunch"); !strings.HasPrefix(got, "200") || again != got {
					t.Errorf("an hour later, while it is read again: %s, want %s", again, got)
				}
			}
			pass(takes)
			if again := <-h.result("lunch"); again == got || !strings.HasPrefix(again, "200") {
				t.Errorf("after it was read again: %s", again)
			}
		})
	}
}

func TestAReadThatHangsIsGivenUpWithTheTimeItUsuallyTakes(t *testing.T) {
	for usual, bound := range map[time.Duration]time.Duration{
		0: storeTimeout, time.Second: 4 * time.Second, 5 * time.Second: 20 * time.Second, 20 * time.Second: 80 * time.Second,
	} {
		s := crowded("lunch")
		atStation(t, s, func(t *testing.T, h *shown) {
			slow(s, usual)
			<-h.result("lunch")
			pass(time.Hour)
			r := slow(s, time.Hour)
			h.result("lunch")
			pass(bound - 1)
			if r.underWay() != 1 {
				t.Errorf("a read that takes %v is given up before %v", usual, bound)
			}
			pass(1)
			if r.underWay() != 0 {
				t.Errorf("a read that takes %v is not given up within %v", usual, bound)
			}
		})
	}
}

// When the station stops, nothing goes on that nobody waits for.
func TestReadsEndWithTheStation(t *testing.T) {
	s := crowded("lunch")
	atStation(t, s, func(t *testing.T, h *shown) {
		r := slow(s, time.Hour)
		<-h.result("lunch")
		h.enter().subscribe("default")
		pass(time.Second)
		if n := r.underWay(); n != 2 {
			t.Fatalf("%d reads under way", n)
		}
		h.close()
		synctest.Wait()
		if n := r.underWay(); n != 0 {
			t.Errorf("%d reads go on", n)
		}
		resp, _ := h.get("/")
		synctest.Wait()
		if resp.StatusCode != http.StatusServiceUnavailable || r.underWay() != 0 {
			t.Errorf("a request after that: %s, and %d reads go on", resp.Status, r.underWay())
		}
	})
}
