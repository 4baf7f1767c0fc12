package vote

import (
	"errors"
	"testing"
)

// Every pair of statuses: what may follow what, and nothing else.
func TestStatusTo(t *testing.T) {
	all := []Status{Draft, Open, Closing, Closed, "", "deleted"}
	may := map[[2]Status]bool{
		{Draft, Open}:     true,
		{Open, Closing}:   true,
		{Closing, Closed}: true,
		{Closing, Open}:   true,
		{Closed, Open}:    true,
	}
	for _, from := range all {
		for _, to := range all {
			want := from == to || may[[2]Status{from, to}]
			got, err := from.To(to)
			switch {
			case want && (err != nil || got != to):
				t.Errorf("%q to %q: got %q, %v", from, to, got, err)
			case !want && (!errors.Is(err, ErrInvalid) || got != from):
				t.Errorf("%q to %q: got %q, %v; want it refused", from, to, got, err)
			}
		}
	}
	_, err := Draft.To(Closed)
	if want := "invalid: a poll that is draft can not become closed"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStatusStores(t *testing.T) {
	for status, want := range map[Status]bool{Draft: false, Open: true, Closing: true, Closed: false, "": false} {
		if got := status.Stores(); got != want {
			t.Errorf("%q stores: %v", status, got)
		}
	}
}
