package count

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"popeye/vote"
)

func TestMeanIsTheNearestHundredth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raters := rapid.Int64Range(1, 1<<50).Draw(t, "raters")
		points := rapid.Int64Range(0, vote.MaxPoints).Draw(t, "points")*raters/7 + rapid.Int64Range(0, raters).Draw(t, "rest")
		// A half goes up in FloatString too: no mean is below 0.
		if got, want := mean(points, raters), big.NewRat(points, raters).FloatString(2); got != want {
			t.Fatalf("%d / %d is %s, want %s", points, raters, got, want)
		}
	})
}
