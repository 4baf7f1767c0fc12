package live

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPace(t *testing.T) {
	var p Pace
	start := time.Unix(1_000_000, 0)
	for _, c := range []struct {
		after time.Duration
		total int64
		want  []int64
	}{
		{0, 5, []int64{5}},
		{3 * time.Second, 6, []int64{6}},                  // within a step the newest counts
		{10 * time.Second, 8, []int64{6, 8}},              //
		{30 * time.Second, 12, []int64{6, 8, 10, 12}},     // nobody looked for a step
		{40 * time.Second, 14, []int64{6, 8, 10, 12, 14}}, //
		{35 * time.Second, 15, []int64{6, 8, 10, 12, 14}}, // a clock that went back
		{45 * time.Second, 2, []int64{2}},                 // cleared
		{80 * time.Second, 5, []int64{5}},                 // nobody looked for a while
		{60 * time.Minute, 9, []int64{9}},                 // a long pause
		{60*time.Minute + 10*time.Second, 10, []int64{9, 10}},
	} {
		p.add(c.total, start.Add(c.after))
		if d := cmp.Diff(c.want, p.Totals); d != "" {
			t.Errorf("%v, %d votes (-want +got):\n%s", c.after, c.total, d)
		}
	}
	for i := range 500 {
		p.add(int64(10+i), start.Add(2*time.Hour+time.Duration(i)*PaceStep))
	}
	if len(p.Totals) != PaceSteps+1 || p.Totals[0] != 509-PaceSteps {
		t.Errorf("%d steps are kept, from %d", len(p.Totals), p.Totals[0])
	}
}

func TestPacesAreBounded(t *testing.T) {
	var p paces
	for i := range 3 * maxPaces {
		p.add(fmt.Sprint("poll-", i), 1, time.Unix(1_000_000, 0))
	}
	if len(p.kept) > maxPaces {
		t.Errorf("%d are kept", len(p.kept))
	}
	if got := p.of("nowhere", time.Now()); len(got.Totals) != 0 {
		t.Errorf("a poll that nobody watches has %v", got)
	}
}

func TestAPaceThatIsOldIsNotTold(t *testing.T) {
	var p paces
	start := time.Unix(1_000_000, 0)
	p.add("lunch", 5, start)
	if got := p.of("lunch", start.Add(2*PaceStep)); len(got.Totals) != 1 {
		t.Errorf("of a moment ago there is %v", got)
	}
	if got := p.of("lunch", start.Add(3*PaceStep)); len(got.Totals) != 0 {
		t.Errorf("long after there is %v", got)
	}
}
