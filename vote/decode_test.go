package vote

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodePollRefusesWhatItDoesNotKnow(t *testing.T) {
	p := tea(Score)
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodePoll(raw)
	if d := cmp.Diff(p, got); err != nil || d != "" {
		t.Errorf("%v, (-want +got):\n%s", err, d)
	}
	for _, newer := range []string{`{"riddle":1,`, `{"options":[{"id":"a","label":"A","picture":"a.png"}],`} {
		if _, err := DecodePoll([]byte(strings.Replace(string(raw), "{", newer, 1))); !errors.Is(err, ErrNewer) {
			t.Errorf("%s: %v", newer, err)
		}
	}
	for _, broken := range []string{"", "{", "[]", `{"min":"x"}`} {
		if _, err := DecodePoll([]byte(broken)); err == nil || errors.Is(err, ErrNewer) {
			t.Errorf("%q: %v", broken, err)
		}
	}
}
