package result

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"popeye/api"
	"popeye/vote"
	"popeye/vote/event"
)

// A wall is told at once which poll of an event is shown, and how that is.
func TestEventIsFollowed(t *testing.T) {
	s := newSite(t, nil)
	e, err := s.DB.CreateEvent(t.Context(), "", event.Event{Title: "Evening", Polls: []string{"default"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.station.Run(ctx) }()
	defer func() { cancel(); <-done }()
	resp, err := http.Get(s.URL + "/api/v1/events/" + e.Code[:3] + "-" + e.Code[3:] + "/follow")
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
	begun := time.Now()
	if _, err := s.DB.ChangeEvent(t.Context(), e.Code, func(e event.Event) (event.Event, error) { return e.Next(), nil }); err != nil {
		t.Fatal(err)
	}
	if got := hears(); got.Poll != "default" || got.Status != vote.Open || got.Position != 1 {
		t.Errorf("shown: %+v", got)
	}
	t.Logf("MEASURED a wall heard of the step after %v", time.Since(begun))
	_, err = s.DB.ChangePoll(t.Context(), "default", func(p vote.Poll) (vote.Poll, error) { p.Status = vote.Closing; return p, nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := hears(); got.Status != vote.Closing {
		t.Errorf("closing: %+v", got)
	}
	if err := s.DB.DeleteEvent(t.Context(), e.Code); err != nil {
		t.Fatal(err)
	}
	if got := hears(); !got.Gone {
		t.Errorf("deleted: %+v", got)
	}
	for _, none := range []string{e.Code, "lunch", "%00"} {
		s.Get("/api/v1/events/"+none+"/follow").WantError(t, http.StatusNotFound, "no_event")
	}
}
