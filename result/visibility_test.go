package result

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"popeye/vote"
)

// A poll that hides its results until it closes tells nobody how it stands.
func TestAClosedPollHidesItsResultsUntilThen(t *testing.T) {
	p := single("lunch", vote.Open)
	p.Visibility = vote.VisibleClosed
	s := newFakeStore(p)
	for range 73 {
		s.count("lunch", "b")
	}
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		told := w.last("tally").Body
		for _, path := range []string{"/api/v1/polls/lunch/results", "/p/lunch", "/p/lunch/present"} {
			_, body := h.get(path)
			told += body
		}
		if strings.Contains(told, `"votes":`) || strings.Contains(told, "<b class=\"votes\">") {
			t.Errorf("told was %s", told)
		}
		p.Status = vote.Closed
		s.put(p)
		pass(time.Second)
		var shown struct{ Options []struct{ Votes int } }
		_, body := h.get("/api/v1/polls/lunch/results")
		if err := json.Unmarshal([]byte(body), &shown); err != nil || len(shown.Options) != 3 || shown.Options[1].Votes != 73 {
			t.Errorf("once closed: %s, %v", body, err)
		}
	})
}
