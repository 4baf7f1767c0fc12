package main

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"popeye/vote"
)

// A crowd as it is by default, for some minutes: it comes in waves of the rate
// that was asked for, no more people than were asked for, who change their minds,
// and the lead changes.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := openFakePoll(t, polls()[0])
		log := new(logbook)
		c := newCrowd(s, settings{Rate: 10, Voters: 1500, Seed: 1}, log.logger())
		const length = 8 * time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		began, leaders := time.Now(), []string(nil)
		go func() {
			for sleep(ctx, 5*time.Second) {
				b.with(func() { leaders = append(leaders, b.leader()) })
			}
		}()
		if err := c.run(ctx); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()

		want := 10 * int(length.Seconds())
		if n := len(b.times); n < want*9/10 || n > want*11/10 {
			t.Errorf("%d votes in %s at 10 a second", n, length)
		}
		if n := len(b.ballots); n != 1500 {
			t.Errorf("%d people voted, want 1500, and then only changes of mind", n)
		}
		if changes := len(slices.Compact(slices.Clone(leaders))) - 1; changes < 3 {
			t.Errorf("the lead changed %d times: %v", changes, leaders)
		}
		waves := within(b.times, began, tide/3)
		if low, high := slices.Min(waves[:6]), slices.Max(waves[:6]); high < 2*low {
			t.Errorf("no waves: votes in thirds of a tide were %v", waves)
		}
		if len(b.wrong) > 0 || len(b.tries) != len(b.times) {
			t.Errorf("%d tries for %d votes; wrong were %v", len(b.tries), len(b.times), b.wrong)
		}
		if b.most > atOnce {
			t.Errorf("%d connections at once", b.most)
		}
		checkSum(t, log, len(b.times), 0, 0)
		if n := len(log.lines(t, "voting")); n != int(length/reportEvery)-1 && n != int(length/reportEvery) {
			t.Errorf("it reported %d times in %s", n, length)
		}
	})
}

// checkSum wants the last line to account for every vote.
func checkSum(t *testing.T, log *logbook, recorded, refused, unknown int) {
	t.Helper()
	last := log.lines(t, "the crowd has left")
	if len(last) != 1 {
		t.Fatalf("the end is told %d times", len(last))
	}
	want := map[string]any{
		"offered": float64(recorded + refused + unknown), "recorded": float64(recorded),
		"refused": float64(refused), "unknown": float64(unknown),
	}
	for name, n := range want {
		if last[0][name] != n {
			t.Errorf("in the end %s is %v, want %v", name, last[0][name], n)
		}
	}
}

// What the crowd says is a ballot of the poll, whatever its kind.
func TestBallots(t *testing.T) {
	for _, p := range polls() {
		t.Run(string(p.Kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := openFakePoll(t, p)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if err := newCrowd(s, settings{Rate: 50, Voters: 5000, Seed: 2}, new(logbook).logger()).run(ctx); err != nil {
					t.Fatal(err)
				}
				if len(b.wrong) > 0 {
					t.Errorf("no ballots: %v", b.wrong)
				}
				kinds := map[vote.Ballot]bool{}
				for _, ballot := range b.ballots {
					kinds[ballot] = true
				}
				if len(kinds) < 4 {
					t.Errorf("all of %d voters say one of %v", len(b.ballots), slices.Collect(maps.Keys(kinds)))
				}
			})
		})
	}
}

// While the poll is closed nobody comes; when it opens, they come again.
func TestClosedPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := openFakePoll(t, polls()[0])
		log := new(logbook)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- newCrowd(s, settings{Rate: 20, Voters: 100, Seed: 3}, log.logger()).run(ctx) }()
		seen := func(d time.Duration, status vote.Status) (n int) {
			b.with(func() { b.poll.Status = status })
			time.Sleep(2 * lookEvery)
			b.with(func() { b.tries = nil })
			time.Sleep(d)
			b.with(func() { n = len(b.tries) })
			return n
		}
		if n := seen(10*time.Second, vote.Open); n == 0 {
			t.Error("nobody votes in an open poll")
		}
		if n := seen(time.Minute, vote.Closed); n > 0 {
			t.Errorf("%d tried to vote in a closed poll", n)
		}
		if n := seen(10*time.Second, vote.Open); n == 0 {
			t.Error("nobody comes back")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(log.lines(t, "the poll is closed")) != 1 || len(log.lines(t, "the poll is open")) != 2 {
			t.Errorf("it says of the poll:\n%s", log.text.String())
		}
	})
}

// A site that is away when the crowd comes is waited for.
func TestSiteComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := openFakePoll(t, polls()[0])
		there := time.Now().Add(20 * time.Second)
		dial := s.transport.DialContext
		s.transport.DialContext = func(ctx context.Context, network, addr string) (c netConn, err error) {
			if time.Now().Before(there) {
				return nil, errAway
			}
			return dial(ctx, network, addr)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := newCrowd(s, settings{Rate: 20, Voters: 100, Seed: 4}, new(logbook).logger()).run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(b.times) == 0 || b.times[0].Before(there) {
			t.Errorf("%d votes", len(b.times))
		}
	})
}

// A site that takes requests and never answers holds a bounded crowd, and can't
// keep it from leaving.
func TestSiteHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := openFakePoll(t, polls()[0])
		hang := make(chan struct{})
		var came int
		b.fault = func(try int) (int, int, bool) {
			came = try
			b.mu.Unlock()
			<-hang
			b.mu.Lock()
			return http.StatusServiceUnavailable, 1, false
		}
		log := new(logbook)
		const length = answerTimeout - time.Second
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		began := time.Now()
		if err := newCrowd(s, settings{Rate: 100, Voters: 5000, Seed: 5}, log.logger()).run(ctx); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > length+drain {
			t.Errorf("it left after %s, want at most %s", took, length+drain)
		}
		b.mu.Lock()
		if came != atOnce {
			t.Errorf("%d voted at once, want %d", came, atOnce)
		}
		b.mu.Unlock()
		close(hang)
		checkSum(t, log, 0, 0, atOnce)
	})
}

// The same seed likes the same things; another likes others.
func TestPreferencesAreChosenBySeed(t *testing.T) {
	p := polls()[2]
	said := func(seed uint64) (all []string) {
		chance := rand.New(rand.NewPCG(seed, 1))
		for i := range 50 {
			all = append(all, preferences{seed}.order(p.Options, time.Duration(i)*time.Second, chance)...)
		}
		return all
	}
	if !slices.Equal(said(7), said(7)) || slices.Equal(said(7), said(8)) {
		t.Error("seeds do not choose")
	}
}
