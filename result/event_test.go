package result

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"popeye/api"
	"popeye/vote"
)

// A wall is told at once which poll of an event is shown, and how that is.
func TestEventIsFollowed(t *testing.T) {
	lunch := poll("lunch", vote.Draft)
	store := newFakeStore(lunch)
	store.putEvent(vote.Event{Code: "482913", Title: "Evening", Polls: []string{"lunch"}})
	s := newStation(t, store)
	server := httptest.NewServer(handler(t, s))
	defer server.Close()
	defer s.walls.End()
	resp, err := http.Get(server.URL + "/api/v1/events/482%20913/follow")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewScanner(resp.Body)
	hears := func() (state api.EventState) {
		t.Helper()
		for in.Scan() {
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &state); err != nil {
					t.Fatal(err)
				}
				return state
			}
		}
		t.Fatal("the stream has ended")
		return state
	}
	if got := hears(); got.Poll != "" || got.Of != 1 {
		t.Errorf("before the first poll: %+v", got)
	}
	store.putEvent(vote.Event{Code: "482913", Title: "Evening", Polls: []string{"lunch"}, Current: "lunch"})
	if got := hears(); got.Poll != "lunch" || got.Status != vote.Draft || got.Position != 1 {
		t.Errorf("shown: %+v", got)
	}
	lunch.Status = vote.Open
	lunch.Revision++
	store.put(lunch)
	if got := hears(); got.Status != vote.Open {
		t.Errorf("opened: %+v", got)
	}
	store.putEvent(vote.Event{Code: "482913"})
	if got := hears(); !got.Gone {
		t.Errorf("deleted: %+v", got)
	}
	for _, none := range []string{"482913", "lunch", "%00"} {
		resp, err := http.Get(server.URL + "/api/v1/events/" + none + "/follow")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", none, resp.Status)
		}
	}
}
