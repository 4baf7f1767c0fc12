package result

import (
	"net/http"
	"testing"

	"popeye/vote/event"
)

// The pages of an event show its current poll, with the event's own code, or that there
// is none yet.
func TestPagesOfAnEvent(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PollURL = "https://vote.example" })
	e, err := s.DB.CreateEvent(t.Context(), "", event.Event{Title: "Tuesday", Polls: []string{"default"}})
	if err != nil {
		t.Fatal(err)
	}
	follows := `data-follow="/api/v1/events/` + e.Code + `/follow"`
	s.Get("/e/"+e.Code).Want(t, http.StatusOK, "Tuesday", "The next result will appear here", follows, `data-shown=""`)
	code := "<span>" + e.Code[:3] + "</span><span>" + e.Code[3:] + "</span>"
	s.Get("/e/"+e.Code+"/present").Want(t, http.StatusOK, "Tuesday", "The next question will appear here", follows, "vote.example", code, "<svg")

	if _, err := s.DB.ChangeEvent(t.Context(), e.Code, func(e event.Event) (event.Event, error) { return e.Next(), nil }); err != nil {
		t.Fatal(err)
	}
	p, err := s.DB.Poll(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Get("/e/"+e.Code).Want(t, http.StatusOK, p.Question, "Tuesday", `data-shown="default"`, follows, `href="https://vote.example/e/`+e.Code+`"`)
	s.Get("/e/"+e.Code+"/present").Want(t, http.StatusOK, p.Question, `data-shown="default"`, code, "<svg")
	for _, path := range []string{"/e/nothing", "/e/999999/present"} {
		s.Get(path).Want(t, http.StatusNotFound)
	}
}
