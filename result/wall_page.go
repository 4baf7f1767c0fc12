package result

import (
	"net/http"
	"time"

	"popeye/internal/web"
	"popeye/result/audience"
	"popeye/result/countview"
	"popeye/result/wall"
)

// showBigScreen shows the live count to a room, with the way to vote.
func (s *Station) showBigScreen(w http.ResponseWriter, r *http.Request) error {
	return s.showBigScreenIn(w, r, nil)
}

// showBigScreenIn shows it as a part of an event, nil for none.
func (s *Station) showBigScreenIn(w http.ResponseWriter, r *http.Request, e *shownEvent) error {
	if r.URL.Query().Get("part") == partCount {
		return s.showPart(w, r, true)
	}
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // figures of a moment
	screen := s.wall(r, s.seen(r, counted, true).Results)
	screen.Join.Code = counted.Poll().Code
	if e != nil {
		screen.Join, screen.Follow, screen.Joined = joinOf(e), e.follow(), e.Joined
	}
	return web.HTML(w, http.StatusOK, s.look.Page(screen.Page()))
}

// wall is a poll on the big screen.
func (s *Station) wall(r *http.Request, res audience.Results) wall.Wall {
	screen := wall.Wall{
		View: countview.View{Say: printer(r), Results: res, Pause: pauseOf(s.viewers.Viewers(), res.Count)},
		Now:  time.Now(), Theme: wall.ThemeOf(r.URL.Query().Get("theme")),
	}
	screen.Notes = nil // small print: a room can't read it, and the bars need its place
	screen.Schedule = scheduleOf(res, screen.Now)
	screen.Join.URL = s.invitation(r, res.Poll)
	screen.Join.Reachable = web.Reachable(screen.Join.URL)
	return screen
}
