package main

import (
	"errors"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type netConn = net.Conn

var errAway = errors.New("nothing listens there")

// A vote is tried with one id until it is answered for good, and counts once.
func TestVoteIsTried(t *testing.T) {
	const unavailable, tooMany = http.StatusServiceUnavailable, http.StatusTooManyRequests
	always := func(status, after int) func(int) (int, int, bool) {
		return func(int) (int, int, bool) { return status, after, false }
	}
	first := func(n, status, after int) func(int) (int, int, bool) {
		return func(try int) (int, int, bool) {
			if try > n {
				return 0, 0, false
			}
			return status, after, false
		}
	}
	for name, tt := range map[string]struct {
		fault      func(int) (int, int, bool)
		want       outcome
		tries      int // 0 for several
		after      time.Duration
		recordings int
	}{
		"at once":                    {nil, recorded, 1, 0, 1},
		"unavailable for a while":    {first(3, unavailable, 7), recorded, 4, 7 * time.Second, 1},
		"too many for a while":       {first(1, tooMany, 10), recorded, 2, 10 * time.Second, 1},
		"no time is named":           {first(2, http.StatusBadGateway, 0), recorded, 3, firstPause, 1},
		"the answer is lost":         {func(try int) (int, int, bool) { return 0, 0, try < 3 }, recorded, 3, firstPause, 1},
		"lost, then unavailable":     {func(try int) (int, int, bool) { return map[bool]int{true: unavailable}[try > 1], 5, true }, unknown, 0, firstPause, 1},
		"lost, then too many":        {func(try int) (int, int, bool) { return map[bool]int{true: tooMany}[try > 1], 5, true }, unknown, 0, firstPause, 1},
		"never available":            {always(unavailable, 2), unknown, 0, 2 * time.Second, 0},
		"always too many":            {always(tooMany, 2), refused, 0, 2 * time.Second, 0},
		"closed":                     {always(http.StatusConflict, 0), refused, 1, 0, 0},
		"longer than there's time":   {always(unavailable, 3600), unknown, 1, 0, 0},
		"longer than can be counted": {always(unavailable, math.MaxInt), unknown, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := openFakePoll(t, polls()[0])
				b.fault = tt.fault
				began := time.Now()
				v := &voter{client: s.visitor(), name: "somebody"}
				got, err := v.casts(t.Context(), t.Context(), s, "a")
				if got != tt.want || (err == nil) != (tt.want == recorded) {
					t.Errorf("it ends as %d (%v), want %d", got, err, tt.want)
				}
				if took := time.Since(began); took > patience+answerTimeout {
					t.Errorf("it took %s", took)
				}
				if len(b.times) != tt.recordings || len(b.ids) != tt.recordings || len(b.ballots) != tt.recordings || len(b.wrong) > 0 {
					t.Errorf("counted %d times as %d ids of %d voters; wrong: %v", len(b.times), len(b.ids), len(b.ballots), b.wrong)
				}
				if n := len(b.tries); n != tt.tries && (tt.tries > 0 || n < 3) {
					t.Errorf("it was tried %d times, want %d (0: several)", n, tt.tries)
				}
				for i := range b.tries[1:] {
					if pause := b.tries[i+1].Sub(b.tries[i]); pause < tt.after {
						t.Errorf("try %d came after %s, sooner than %s", i+2, pause, tt.after)
					}
				}
			})
		})
	}
}

// Whoever votes again is the same voter, also by a cookie for TLS only.
func TestVoterIsKnownAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := openFakePoll(t, polls()[0])
		ann, bob := &voter{client: s.visitor(), name: "ann"}, &voter{client: s.visitor(), name: "bob"}
		for _, cast := range []struct {
			by *voter
			b  ballot
		}{{ann, "a"}, {bob, "b"}, {ann, "c"}} {
			if o, err := cast.by.casts(t.Context(), t.Context(), s, cast.b); o != recorded {
				t.Fatal(o, err)
			}
		}
		if len(b.ballots) != 2 || b.ballots["of ann-1"] != "c" || b.ballots["of bob-1"] != "b" {
			t.Errorf("voters and ballots are %v", b.ballots)
		}
	})
}

// What is not Popeye is told by the flag that leads there.
func TestAnotherSite(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"nothing":       http.NotFound,
		"another page":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<p>Welcome")) },
		"another API":   func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"status":"open"}`)) },
		"sent to HTTPS": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "https://nowhere", http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			s := newSite(server.URL, "default")
			defer s.leave()
			_, err := s.poll(t.Context())
			if err == nil || !strings.Contains(err.Error(), "--url") && !strings.Contains(err.Error(), "no poll of Popeye") {
				t.Errorf("it is said: %v", err)
			}
		})
	}
}
