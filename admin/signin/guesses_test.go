package signin

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAfterAMinuteGuessesAreCountedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := New(Config{Token: "open sesame please"})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for want := 1; want <= TriesPerMinute+1; want++ {
				if n := d.guesses.miss(); n != want {
					t.Fatalf("try %d counts as %d", want, n)
				}
			}
			time.Sleep(time.Minute + time.Second) // of the bubble
		}
	})
}
