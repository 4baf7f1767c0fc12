package pace

import (
	"testing"

	"popeye/internal/i18n"
)

func TestThePaceIsToldOnceTheMinuteIsKnown(t *testing.T) {
	for _, c := range []struct {
		totals []int64
		want   string
	}{
		{nil, ""},
		{[]int64{7}, ""},
		{[]int64{7, 8, 9, 10, 11, 12}, ""},
		{[]int64{7, 8, 9, 10, 11, 12, 13}, "6 votes in the last minute"},
		{[]int64{1, 7, 7, 7, 7, 7, 7, 7}, "0 votes in the last minute"},
	} {
		if got := lately(i18n.English, c.totals, 6); got != c.want {
			t.Errorf("%v: %q, not %q", c.totals, got, c.want)
		}
	}
}
