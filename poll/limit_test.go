package poll

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"popeye/vote"
)

func TestVoteRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.VoteRate = 2 })
		b, other := w.browser(t), w.browser(t)
		const path, body = "/api/v1/polls/single/votes", `{"vote":"a"}`
		b.post(path, body).is(t, http.StatusAccepted)
		b.send("/", "vote", "b").is(t, http.StatusOK) // counted together, whatever the way

		got := b.post(path, body)
		got.isAPIError(t, http.StatusTooManyRequests, "too_many", "Your last recorded vote counts")
		equal(t, "Retry-After", got.Header.Get("Retry-After"), "10")
		got = b.send("/", "vote", "c")
		got.isErrorPage(t, http.StatusTooManyRequests, "wait a few seconds")
		equal(t, "Retry-After", got.Header.Get("Retry-After"), "10")
		other.post(path, body).is(t, http.StatusAccepted)
		b.get("/").is(t, http.StatusOK) // looking is free

		wait, err := strconv.Atoi(got.Header.Get("Retry-After"))
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(wait)*time.Second + 1)
		b.post(path, body).is(t, http.StatusAccepted)
		equal(t, "ballots", w.ballots(), []vote.Ballot{"a", "b", "a", "a"})
	})
}

func TestLimiter(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	none := newLimiter(0)
	for range 1000 {
		if !none.allow("v", now) {
			t.Fatal("no limit, and yet refused")
		}
	}
	equal(t, "voters tracked without a limit", len(none.count), 0)

	// A crowd that is larger than our memory is let in; who is known stays bounded.
	l := newLimiter(1)
	for i := range maxTracked + 10 {
		if !l.allow(strconv.Itoa(i), now) {
			t.Fatalf("voter %d is refused", i)
		}
	}
	equal(t, "voters tracked", len(l.count), maxTracked)
	if l.allow("0", now.Add(window)) {
		t.Error("a second vote in the window is let in")
	}
	if !l.allow("0", now.Add(window+1)) {
		t.Error("the window does not end")
	}
	equal(t, "voters tracked in the new window", len(l.count), 1)
}
