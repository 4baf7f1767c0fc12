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
		w := newFixture(t, func(c *Config) { c.VoteRate = 2 })
		b, other := w.browser(t), w.browser(t)
		const path, body = "/api/v1/polls/single/votes", `{"vote":"a"}`
		b.post(path, body).is(t, http.StatusAccepted)
		b.send("/", "vote", "b").is(t, http.StatusOK) // counted together, whatever the way

		got := b.post(path, body)
		got.isAPIError(t, http.StatusTooManyRequests, "too_many", "Your last recorded vote counts")
		equal(t, "Retry-After", got.Header.Get("Retry-After"), "5")
		got = b.send("/", "vote", "c")
		got.isErrorPage(t, http.StatusTooManyRequests, "wait a few seconds")
		equal(t, "Retry-After", got.Header.Get("Retry-After"), "5")
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
