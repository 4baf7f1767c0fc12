package live

import (
	"testing"
	"time"

	"popeye/internal/fixture"
	"popeye/result/audience"
)

func TestPaceOfReads(t *testing.T) {
	for _, tt := range []struct {
		took          time.Duration
		err           error
		pause, anyway time.Duration
	}{
		{0, nil, MinPause, LookAnyway},
		{16 * time.Millisecond, nil, MinPause, LookAnyway},
		{time.Second, nil, 3 * time.Second, 10 * time.Second},
		{0, fixture.ErrAway, MinPause, LookAnyway},
		{100 * time.Millisecond, fixture.ErrAway, 300 * time.Millisecond, LookAnyway},
		{audience.ReadTimeout, fixture.ErrAway, LookAnyway, LookAnyway},
	} {
		if pause, anyway := pace(tt.took, tt.err); pause != tt.pause || anyway != tt.anyway {
			t.Errorf("after %v and %v: %v, %v", tt.took, tt.err, pause, anyway)
		}
	}
}
