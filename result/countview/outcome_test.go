package countview

import (
	"testing"

	"popeye/count"
	"popeye/internal/i18n"
)

// Whatever may break a tie has words for people. The lot has a sentence of its own.
func TestEveryTieBreakHasWords(t *testing.T) {
	for _, by := range count.TieBreaks {
		if words := i18n.English.Text(breakers[by], nil); by != count.ByLot && (breakers[by] == "" || words == breakers[by]) {
			t.Errorf("what %q broke is explained as %q", by, words)
		}
	}
}
